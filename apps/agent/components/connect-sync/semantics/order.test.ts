/**
 * What wins depends on what is there and on the rules, and never on the order in which anything was read or happened. And
 * where nothing changed, nothing is written.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { Forest, inetOrgPerson } from '../../../testing/bench-entries.ts';
import { faultCodes } from '../../../testing/bench-looks.ts';
import { inbound, provisionUsers, ruleSetOf } from '../../../testing/bench-rules.ts';
import { ModelDirectory, modelChanges } from '../../../testing/model-directory.ts';
import { baseDn, digestOfStore, SyncBench } from '../../../testing/sync-bench.ts';

const names = ['first', 'second', 'third'] as const;
const forests = new Map(names.map((name) => [name, new Forest(`DC=${name},DC=example`)]));
const numbers = 4;

/** One person is known by mail in several directories; each gives what it has. */
const rules = ruleSetOf([
  inbound('In - User', 100, {
    linkType: 'Provision',
    join: [[{ cs: 'mail', mv: 'mail' }]],
    flows: [
      { target: 'mail', source: 'mail' },
      { target: 'sourceAnchor', source: 'mail' },
      { target: 'otherMobile', source: 'otherMobile', mergeType: 'Merge' },
    ],
  }),
  inbound('In - title of the department', 110, {
    scope: [[{ attribute: 'department', operator: 'ISNOTNULL' }]],
    flows: [{ target: 'title', expression: 'IIF([department] = "none", AuthoritativeNull, [department])' }],
  }),
  inbound('In - title', 120, { flows: [{ target: 'title', source: 'title' }] }),
  provisionUsers(['mail', 'title', 'otherMobile']),
]);

interface Person {
  readonly title: string | undefined;
  readonly department: string | undefined;
  readonly otherMobile: readonly string[];
}

type Event =
  | { readonly kind: 'put'; readonly directory: number; readonly n: number; readonly person: Person }
  | { readonly kind: 'drop'; readonly directory: number; readonly n: number }
  | { readonly kind: 'cycle' };

function events(directories: number): fc.Arbitrary<Event> {
  const place = { directory: fc.nat(directories - 1), n: fc.integer({ min: 1, max: numbers }) };
  const person = fc.record({
    title: fc.constantFrom('x', 'y', undefined),
    department: fc.constantFrom('none', 'd', undefined, undefined),
    otherMobile: fc.uniqueArray(fc.constantFrom('1', '2', '3'), { maxLength: 2 }),
  });
  return fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('put'), ...place, person }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('drop'), ...place }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('cycle') }) },
  ) as fc.Arbitrary<Event>;
}

/** What the rules say, without an engine: by the order of rules first, then by that of the directories. */
function expected(content: readonly ReadonlyMap<number, Person>[]): Record<string, unknown> {
  const state: Record<string, unknown> = {};
  for (let n = 1; n <= numbers; n++) {
    const found = content.flatMap((people) => people.get(n) ?? []);
    if (found.length === 0) continue;
    const departments = found.flatMap(({ department }) => department ?? []);
    const [department] = departments;
    const title = department === 'none' ? undefined : (department ?? found.flatMap((person) => person.title ?? [])[0]);
    const mobiles = [...new Set(found.flatMap(({ otherMobile }) => otherMobile))].sort();
    const attributes = {
      mail: [`p${n}@example`],
      ...(mobiles.length === 0 ? {} : { otherMobile: mobiles }),
      ...(title === undefined ? {} : { title: [title] }),
    };
    state[`p${n}@example`] = { objectType: 'user', attributes, references: {} };
  }
  return state;
}

for (const directories of [2, 3]) {
  test(`with ${directories} directories the winning values are those of the rules, whatever came when and in which order`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(events(directories), { minLength: 3, maxLength: 30 }),
        fc.nat(99),
        async (sequence, seed) => {
          const connected = names.slice(0, directories);
          const bench = new SyncBench({
            directories: connected.map((name) => ({
              name,
              kind: 'active-directory',
              baseDn: forests.get(name)!.baseDn,
            })),
            ruleSet: rules,
          });
          const content = connected.map(() => new Map<number, Person>());
          for (const [at, name] of connected.entries()) {
            bench.directory(name).order = (list) => (((seed >> at) & 1) === 1 ? list.toReversed() : list);
            // Never empty, which would be held as an accident; without a mail address nobody.
            bench.directory(name).put(forests.get(name)!.user(900 + at));
          }
          for (const event of [...sequence, { kind: 'cycle' } as const]) {
            if (event.kind === 'cycle') {
              const cycle = await bench.cycle();
              assert.deepEqual(faultCodes(bench), []);
              assert.equal(cycle.result, 'success', JSON.stringify(cycle.steps));
              continue;
            }
            const { directory: at, n } = event;
            const forest = forests.get(connected[at]!)!;
            const directory = bench.directory(connected[at]!);
            if (event.kind === 'put') {
              content[at]!.set(n, event.person);
              directory.put(forest.user(at * 100 + n, { mail: `p${n}@example`, ...event.person }));
            } else if (content[at]!.delete(n)) {
              directory.drop(forest.dnOf(at * 100 + n));
            }
          }
          const { state: cloudState } = { state: bench.cloud.state() };
          assert.deepEqual(cloudState, expected(content));
        },
      ),
      { numRuns: 80, seed: 20261123 },
    );
  });
}

for (const { kind, manner } of [
  { kind: 'active-directory', manner: 'whole' },
  { kind: 'active-directory', manner: 'dirsync' },
  { kind: 'openldap', manner: 'delete-phase' },
  { kind: 'openldap', manner: 'present-phase' },
] as const) {
  test(`${kind}, ${manner}: a run with nothing changed writes nothing and exports nothing`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'unchanged-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    let number = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(modelChanges, { minLength: 10, maxLength: 30 }), async (changes) => {
        number += 1;
        const file = join(folder, `${number}.db`);
        const bench = new SyncBench({ directories: [{ name: 'corp', kind }], file });
        const directory = bench.directory('corp');
        directory.manner = manner;
        const model = new ModelDirectory(kind, baseDn);
        const witness = kind === 'openldap' ? inetOrgPerson(900, baseDn) : new Forest(baseDn).user(900);
        for (const change of changes) {
          model.apply(change);
          if (change.kind !== 'cycle') continue;
          directory.replaceAll([witness, ...model.entries()]);
          await bench.cycle();
        }
        directory.replaceAll([witness, ...model.entries()]);
        await bench.cycle();
        // What the cloud’s import confirmed of the last export may still be looked at by the next run.
        await bench.cycle();
        const before = digestOfStore(file);
        bench.cloud.operations.length = 0;
        await bench.cycle();
        assert.equal(digestOfStore(file), before);
        assert.deepEqual(bench.cloud.operations, []);
        bench.store.close();
      }),
      { numRuns: 20, seed: 20261123 },
    );
  });
}

test('who is deleted and made again, time after time, ends as one object of the cloud', async () => {
  const bench = new SyncBench();
  const forest = new Forest(baseDn);
  bench.put(forest.user(900), forest.group(950, []));
  await bench.cycle();
  for (let life = 1; life <= 6; life++) {
    const user = { ...forest.user(life), dn: forest.dnOf(1) };
    bench.put(user, forest.group(950, [user.dn]));
    await bench.cycle();
    if (life % 3 === 0) {
      bench.drop(forest.dnOf(1));
      bench.put(forest.group(950, []));
      await bench.cycle();
    }
  }
  const user = { ...forest.user(7), dn: forest.dnOf(1) };
  bench.put(user, forest.group(950, [user.dn]));
  await bench.cycle();
  const fresh = new SyncBench();
  fresh.put(...bench.entries.values());
  await fresh.cycle();
  assert.deepEqual(bench.cloud.state(), fresh.cloud.state());
  assert.equal(Object.keys(bench.cloud.state()).length, 3);
});
