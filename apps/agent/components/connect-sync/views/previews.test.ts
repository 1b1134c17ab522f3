import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import type { PreviewView } from '@springline/api/shapes/sync';
import type { PendingExportView } from '@springline/api/shapes/sync-objects';
import type { ExportOperation } from '@springline/connect-sync/export/operations';
import { normaliseDn } from '@springline/directory/dn';
import type { DirectoryEntry } from '@springline/directory/entry';
import fc from 'fast-check';
import { anchor, baseDn, contact, group, user } from '../../../testing/sync-bench.ts';
import { PlanStore, planFolder } from './plan-store.ts';
import { BenchContext } from './testing/bench-context.ts';

type Told = Readonly<Record<string, unknown>>;

/** What the plan says that the cloud will be told, by source anchor. */
function toldByPlan(items: readonly PendingExportView[], anchorOf: ReadonlyMap<string, string>): Told {
  const anchors = (dns: readonly string[]): string[] => dns.map((dn) => anchorOf.get(normaliseDn(dn)) ?? dn).sort();
  return byAnchor(
    items.map(({ sourceAnchor, operation, attributes, references }) => ({
      sourceAnchor,
      operation,
      attributes: attributes.map(({ name, new: values }) => [name, [...values].sort()] as const),
      references: references.map(
        ({ attribute, added, removed }) => [attribute, anchors(added), anchors(removed)] as const,
      ),
    })),
  );
}

/** What the cloud was told, by source anchor: attributes and references of one object come in several operations. */
function toldByRun(operations: readonly ExportOperation[]): Told {
  const merged = new Map<string, { operation: string; attributes: [string, string[]][]; references: unknown[] }>();
  for (const operation of operations) {
    const { sourceAnchor, op } = operation;
    const found = merged.get(sourceAnchor) ?? { operation: op, attributes: [], references: [] };
    merged.set(sourceAnchor, found);
    if (operation.op === 'delete') continue;
    for (const [name, value] of Object.entries(operation.attributes)) {
      const values = value === null ? [] : Array.isArray(value) ? value : [value];
      found.attributes.push([
        name,
        values.map((each) => (typeof each === 'boolean' ? (each ? 'True' : 'False') : String(each))).sort(),
      ]);
    }
    for (const [attribute, { add, remove }] of Object.entries(operation.references ?? {})) {
      found.references.push([attribute, [...add].sort(), [...remove].sort()]);
    }
  }
  return byAnchor([...merged].map(([sourceAnchor, told]) => ({ sourceAnchor, ...told })));
}

function byAnchor(
  all: readonly { sourceAnchor: string; operation: string; attributes: unknown; references: unknown }[],
): Told {
  return Object.fromEntries(
    all
      .map(
        ({ sourceAnchor, ...told }) =>
          [
            sourceAnchor,
            { ...told, attributes: inOrder(told.attributes), references: inOrder(told.references) },
          ] as const,
      )
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function inOrder(list: unknown): unknown {
  return [...(list as (readonly [string, ...unknown[]])[])].sort(([a], [b]) => (a < b ? -1 : 1));
}

async function whole(context: BenchContext, first: PreviewView): Promise<readonly PendingExportView[]> {
  const items = [...first.items];
  for (let next = first.next; next !== undefined; ) {
    const page: PreviewView = await context.ask('preview.get', { plan: first.plan, after: next, limit: 3 });
    items.push(...page.items);
    next = page.next;
  }
  return items;
}

const numbers = fc.integer({ min: 1, max: 6 });
const titles = fc.constantFrom(undefined, 'Engineer', 'Chief', ' Sales ');
const change = fc.oneof(
  fc.record({
    kind: fc.constant('user' as const),
    n: numbers,
    title: titles,
    manager: fc.option(numbers),
    filtered: fc.boolean(),
    moved: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('group' as const),
    n: fc.integer({ min: 10, max: 12 }),
    members: fc.uniqueArray(numbers),
  }),
  fc.record({ kind: fc.constant('contact' as const), n: fc.integer({ min: 20, max: 21 }), title: titles }),
  fc.record({ kind: fc.constant('drop' as const), n: fc.integer({ min: 1, max: 21 }) }),
  fc.record({ kind: fc.constant('cloud-drop' as const), n: numbers }),
);
type Change = typeof change extends fc.Arbitrary<infer C> ? C : never;

function entryOf(context: BenchContext, n: number): DirectoryEntry | undefined {
  return [...context.bench.entries.values()].find((entry) =>
    new RegExp(`^CN=(user|group|contact)${n},`).test(entry.dn),
  );
}

function apply(context: BenchContext, one: Change): void {
  const { bench } = context;
  if (one.kind === 'cloud-drop') {
    if (bench.cloud.objects.get(anchor(one.n))?.deleted === false) bench.cloud.remove(anchor(one.n));
    return;
  }
  const old = entryOf(context, one.n);
  if (old !== undefined) bench.drop(old.dn);
  const dnOf = (n: number): string => entryOf(context, n)?.dn ?? user(n).dn;
  switch (one.kind) {
    case 'drop':
      return;
    case 'group':
      bench.put(group(one.n, one.members.map(dnOf)));
      return;
    case 'contact':
      bench.put(contact(one.n, { title: one.title }));
      return;
    case 'user': {
      const more = { title: one.title, manager: one.manager === null ? undefined : dnOf(one.manager) };
      const hidden = one.filtered ? { adminDescription: 'User_1' } : {};
      bench.put(user(one.n, { ...more, ...hidden }, one.moved ? `OU=Moved,${baseDn}` : undefined));
    }
  }
}

const filterChiefs = {
  name: 'own.yaml',
  text: `rules:
  - name: In from AD - Chiefs
    precedence: 50
    direction: inbound
    connectorKind: active-directory
    sourceObjectType: user
    targetObjectType: person
    linkType: Join
    flows:
      - { target: department, expression: '"Of " & IIF(IsNullOrEmpty([title]), "nobody", [title])' }
      - { target: cloudFiltered, expression: 'IIF([title] = "Chief", True, NULL)' }
`,
};

test('what a preview says is what the run then exports, operation by operation', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { maxLength: 12 }),
      fc.array(change, { maxLength: 8 }),
      fc.constantFrom('delta' as const, 'full' as const),
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom('whole' as const, 'dirsync' as const, 'delete-phase' as const),
      async (before, then, mode, withRules, isStaging, manner) => {
        const context = new BenchContext(t);
        const { bench } = context;
        bench.directory('corp').manner = manner;
        for (const one of before) apply(context, one);
        await bench.cycle();
        bench.isStaging = isStaging;
        for (const one of then.slice(0, 2)) apply(context, one);
        await bench.cycle();
        bench.isStaging = false;
        for (const one of then.slice(2)) apply(context, one);
        if (withRules) {
          // Other rules are tried on what was read, so that is read now.
          bench.isStaging = true;
          await bench.cycle();
          bench.isStaging = false;
        }
        const anchorOf = new Map(
          [...bench.entries.values()].map((entry) => [
            normaliseDn(entry.dn),
            Buffer.from(entry.attributes.get('objectGUID')![0] as Uint8Array).toString('base64'),
          ]),
        );
        const state = JSON.stringify(bench.cloud.state());
        const made = await context.ask('preview', { mode, limit: 2, ...(withRules ? { rules: [filterChiefs] } : {}) });
        assert.equal(JSON.stringify(bench.cloud.state()), state);
        const items = await whole(context, made);
        if (withRules) bench.setRules([filterChiefs]);
        bench.cloud.operations.length = 0;
        const record = await bench.cycle();
        assert.deepEqual(made.errors, []);
        assert.equal(record.result, 'success');
        assert.deepEqual(toldByPlan(items, anchorOf), toldByRun(bench.cloud.operations));
        const totals = { add: 0, update: 0, delete: 0 };
        for (const { operation } of items) totals[operation] += 1;
        assert.deepEqual(made.totals, totals);
      },
    ),
    { numRuns: 40, seed: 20_260_101 },
  );
});

async function syncedContext(t: TestContext): Promise<BenchContext> {
  const context = new BenchContext(t);
  context.bench.put(user(1, { title: 'Chief' }), user(2), group(10, [user(1).dn]));
  await context.bench.cycle();
  return context;
}

/** Every row of every table but the writer's lease. */
function contentOf(file: string): string {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
    return JSON.stringify(
      tables.map(({ name }) => [name, database.prepare(`SELECT * FROM "${String(name)}" ORDER BY 1`).all()]),
    );
  } finally {
    database.close();
  }
}

test('a preview changes nothing of the server, and leaves no copy behind', async (t) => {
  const context = await syncedContext(t);
  context.bench.put(user(3), user(2, { title: 'New' }));
  const state = join(context.folder, 'state.db');
  const before = contentOf(state);
  await context.ask('preview', { mode: 'full', rules: [filterChiefs] });
  assert.equal(contentOf(state), before);
  assert.deepEqual(
    readdirSync(context.folder).filter((name) => name.startsWith('trial')),
    [],
  );
});

test('other rules are tried on everything: who would leave the cloud, by which rule, and what goes with them', async (t) => {
  const context = await syncedContext(t);
  const { totals, items, joins } = await context.ask('preview', { rules: [filterChiefs] });
  assert.deepEqual(totals, { add: 0, update: 1, delete: 1 });
  const left = items.find(({ sourceAnchor }) => sourceAnchor === anchor(1));
  assert.equal(left?.operation, 'delete');
  const stays = items.find(({ sourceAnchor }) => sourceAnchor === anchor(2));
  assert.deepEqual(
    stays?.attributes.map(({ name, new: values }) => [name, values]),
    [['department', ['Of nobody']]],
  );
  assert.ok(stays!.why.length > 0);
  assert.deepEqual(
    joins.map(({ connector, action }) => [connector, action]),
    [['Cloud directory', 'disconnect']],
  );
});

test('other rules are tried on what the host holds: the directory is not asked for what they would like to read', async (t) => {
  const context = await syncedContext(t);
  const { bench } = context;
  let reads = 0;
  bench.directory('corp').source = {
    read: async () => {
      reads += 1;
      return { unmentionedAreGone: false };
    },
  };
  const reading = filterChiefs.text.replaceAll('[title]', '[homePhone]');
  const { errors } = await context.ask('preview', { rules: [{ name: 'own.yaml', text: reading }] });
  assert.deepEqual([errors, reads], [[], 0]);
  await context.ask('preview', {});
  assert.equal(reads, 1);
});

test('a preview ends when nobody waits for it any more: from afar within a minute, here within ten', async (t) => {
  const context = await syncedContext(t);
  for (const { rules, withinMs } of [
    { rules: [filterChiefs], withinMs: 55_000 },
    { rules: undefined, withinMs: 600_000 },
  ]) {
    const asked: number[] = [];
    const timeout = t.mock.method(AbortSignal, 'timeout', (ms: number) => {
      asked.push(ms);
      const late = new AbortController();
      setImmediate(() => late.abort());
      return late.signal;
    });
    await assert.rejects(context.ask('preview', { mode: 'full', ...(rules === undefined ? {} : { rules }) }), {
      code: 'call-timeout',
    });
    timeout.mock.restore();
    assert.deepEqual(asked, [withinMs]);
    assert.deepEqual(new PlanStore(context.folder).list(), [], 'half a plan is none');
    assert.deepEqual(
      readdirSync(context.folder).filter((name) => name.startsWith('trial')),
      [],
    );
  }
  await context.ask('preview', { mode: 'full', rules: [filterChiefs] });
});

test('a preview of one object tells of that object alone', async (t) => {
  const context = await syncedContext(t);
  const { totals, items } = await context.ask('preview', { object: user(2).dn, rules: [filterChiefs] });
  assert.deepEqual(totals, { add: 0, update: 1, delete: 0 });
  assert.deepEqual(
    items.map(({ sourceAnchor }) => sourceAnchor),
    [anchor(2)],
  );
  assert.deepEqual((await context.ask('preview', { object: user(1).dn, rules: [filterChiefs] })).totals, {
    add: 0,
    update: 0,
    delete: 1,
  });
  await assert.rejects(context.ask('preview', { object: 'CN=nobody,DC=corp' }), { code: 'object-unknown' });
});

test('new objects are told with the links that are made for them', async (t) => {
  const context = await syncedContext(t);
  context.bench.put(user(3));
  const { joins } = await context.ask('preview', {});
  assert.deepEqual(
    joins.map(({ connector, dn, action, metaverseObject }) => [connector, dn, action, metaverseObject]),
    [
      ['corp', user(3).dn, 'project', 'User 3'],
      ['Cloud directory', user(3).dn, 'provision', 'User 3'],
    ],
  );
  for (const { rule } of joins) assert.match(rule, /Join/);
});

test('an object that would fail is told with the rule that fails it', async (t) => {
  const context = await syncedContext(t);
  const broken = filterChiefs.text.replace(/'"Of .*'/, `'CStr(CNum([displayName]))'`);
  const { errors } = await context.ask('preview', { rules: [{ name: 'own.yaml', text: broken }] });
  assert.deepEqual(
    errors.map(({ object, rule }) => [object, rule]),
    [
      [user(1).dn, 'In from AD - Chiefs'],
      [user(2).dn, 'In from AD - Chiefs'],
    ],
  );
});

test('rules that are no rules are refused with the place of the fault', async (t) => {
  const context = await syncedContext(t);
  await assert.rejects(context.ask('preview', { rules: [{ name: 'own.yaml', text: 'rules:\n  - nme: x\n' }] }), {
    code: 'rules-malformed',
    message: /own\.yaml:2/,
  });
  assert.deepEqual(
    readdirSync(context.folder).filter((name) => name === planFolder),
    [],
  );
});

test('the last five plans are kept, and no more', async (t) => {
  const context = await syncedContext(t);
  const plans: string[] = [];
  for (let n = 0; n < 7; n++) {
    plans.push((await context.ask('preview', {})).plan);
    context.bench.clock.advance(1_000);
  }
  for (const plan of plans.slice(2)) await context.ask('preview.get', { plan });
  await assert.rejects(context.ask('preview.get', { plan: plans[0]! }), { code: 'plan-unknown' });
  assert.equal(readdirSync(join(context.folder, planFolder)).length, 5);
});

test('the plan knows what waited already, just so, and what is new', async (t) => {
  const context = await syncedContext(t);
  const { bench } = context;
  bench.isStaging = true;
  bench.put(user(1, { title: 'Clerk' }), user(2, { title: 'Clerk' }));
  await bench.cycle();
  bench.put(user(2, { title: 'Boss' }), user(3));
  const { plan } = await context.ask('preview', {});
  const { items } = new PlanStore(context.folder).page(plan, undefined, 10);
  assert.deepEqual(
    items.map(({ sourceAnchor, isOld }) => [sourceAnchor, isOld]),
    [
      [anchor(1), true],
      [anchor(2), false],
      [anchor(3), false],
    ],
  );
});

test('what the delete guard would hold is marked, and the run then stops before it', async (t) => {
  const context = new BenchContext(t);
  for (let n = 100; n < 130; n++) context.bench.put(user(n));
  await context.bench.cycle();
  for (let n = 100; n < 125; n++) context.bench.drop(user(n).dn);
  const { totals, items } = await context.ask('preview', { limit: 200 });
  assert.equal(totals.delete, 25);
  assert.ok(items.every(({ held }) => held));
  assert.equal((await context.bench.cycle()).result, 'stopped-deletion-threshold-exceeded');
});

test('one object is read, synchronised and exported now, and what else waits goes on waiting', async (t) => {
  const context = await syncedContext(t);
  const { bench } = context;
  bench.put(user(1, { title: 'Engineer' }), user(2, { title: 'Engineer' }), user(3));
  bench.cloud.operations.length = 0;
  const other = bench.store.rowByDn(bench.engine.directories[0]!.connector, normaliseDn(user(2).dn))!.id;
  bench.store.stageImport(other, 'update', null);
  const record = await context.ask('preview.commit', { object: user(1).dn });
  assert.equal(bench.store.pendingImport(other), 'update');
  assert.equal(record.kind, 'single-object');
  assert.equal(record.result, 'success');
  assert.deepEqual(
    record.steps.map(({ connector, profile }) => [connector, profile]),
    [
      ['corp', 'Delta Import'],
      ['Cloud directory', 'Delta Import'],
      ['corp', 'Delta Synchronization'],
      ['Cloud directory', 'Export'],
      ['Cloud directory', 'Delta Import'],
    ],
  );
  assert.deepEqual(bench.cloud.operations, [
    { op: 'update', objectType: 'user', sourceAnchor: anchor(1), attributes: { title: 'Engineer' } },
  ]);
  assert.equal((await context.ask('history', { limit: 1 }))[0]?.kind, 'single-object');
  await context.ask('preview.commit', { object: user(3).dn });
  assert.ok(Object.hasOwn(bench.cloud.state(), anchor(3)));
  await bench.cycle();
  assert.deepEqual(
    bench.cloud.operations.slice(2).map(({ sourceAnchor }) => sourceAnchor),
    [anchor(2)],
  );
});

test('a single object is never deleted, not read without consent, and not taken from outside the scope', async (t) => {
  const context = await syncedContext(t);
  const { bench } = context;
  bench.put(user(1, { adminDescription: 'User_1' }));
  bench.cloud.operations.length = 0;
  const record = await context.ask('preview.commit', { object: user(1).dn });
  assert.deepEqual(bench.cloud.operations, []);
  assert.match(record.steps.at(-1)?.detail ?? '', /left to the next run/);
  bench.mayReadEntry = () => false;
  await assert.rejects(context.ask('preview.commit', { object: user(2).dn }), { code: 'object-without-consent' });
  bench.mayReadEntry = () => true;
  bench.directory('corp').isInScope = () => false;
  await assert.rejects(context.ask('preview.commit', { object: user(2).dn }), { code: 'object-out-of-scope' });
  bench.directory('corp').isInScope = () => true;
  bench.drop(user(2).dn);
  await assert.rejects(context.ask('preview.commit', { object: user(2).dn }), { code: 'object-not-in-directory' });
  bench.setRules([filterChiefs]);
  await assert.rejects(context.ask('preview.commit', { object: user(2).dn }), { code: 'full-cycle-needed' });
});

test('a staging server synchronises a single object and exports nothing', async (t) => {
  const context = await syncedContext(t);
  const { bench } = context;
  bench.isStaging = true;
  bench.put(user(1, { title: 'Engineer' }));
  bench.cloud.operations.length = 0;
  const record = await context.ask('preview.commit', { object: anchor(1) });
  assert.equal(record.steps.at(-1)?.profile, 'Delta Synchronization');
  assert.deepEqual(bench.cloud.operations, []);
  assert.equal((await context.ask('pending', {})).total, 1);
  assert.ok(!existsSync(join(context.folder, planFolder)));
});
