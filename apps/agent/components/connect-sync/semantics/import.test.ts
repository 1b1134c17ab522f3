/** What an import makes of names and anchors, and what the cloud’s import confirms. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CycleRecord } from '@springline/connect-sync/connector-space/store';
import { encodeEntry } from '@springline/directory/attribute-list/encode';
import type { DirectoryEntry } from '@springline/directory/entry';
import type { ImportSink } from '@springline/directory/source';
import { anchor, changed, entry, groupOfNames, guid, inetOrgPerson, uuid } from '../../../testing/bench-entries.ts';
import { cloudAnchors, faultCodes, inCloud, rowOf } from '../../../testing/bench-looks.ts';
import { baseDn, contact, group, SyncBench, stepOf, user } from '../../../testing/sync-bench.ts';

const staff = (n: number): string => `CN=user${n},OU=Staff,${baseDn}`;
const staged = (cycle: CycleRecord): Record<string, number> => {
  const { counters } = stepOf(cycle, 'corp', 'Import');
  return Object.fromEntries(Object.entries(counters).filter(([name]) => name.startsWith('stage-')));
};

interface ImportRow {
  readonly name: string;
  readonly before: readonly DirectoryEntry[];
  readonly after: readonly DirectoryEntry[];
  readonly counters: Record<string, number>;
  readonly created: number;
  readonly live: readonly string[];
}

const imports: readonly ImportRow[] = [
  {
    name: 'the same data stages nothing',
    before: [user(1), user(2)],
    after: [user(1), user(2)],
    counters: { 'stage-no-change': 2 },
    created: 2,
    live: [anchor(1), anchor(2)],
  },
  {
    name: 'values in another order are the same data',
    before: [user(1, { otherTelephone: ['1', '2'] })],
    after: [user(1, { otherTelephone: ['2', '1'] })],
    counters: { 'stage-no-change': 1 },
    created: 1,
    live: [anchor(1)],
  },
  {
    name: 'a DN in another spelling is the same DN',
    before: [user(1)],
    after: [changed(user(1), {}, staff(1).replaceAll(',', ' , ').toUpperCase())],
    counters: { 'stage-no-change': 1 },
    created: 1,
    live: [anchor(1)],
  },
  {
    name: 'another value is an update of the object with the anchor',
    before: [user(1)],
    after: [user(1, { title: 'x' })],
    counters: { 'stage-update': 1 },
    created: 1,
    live: [anchor(1)],
  },
  {
    name: 'another DN with the same anchor is a rename, and the object stays the same',
    before: [user(1)],
    after: [changed(user(1), {}, `CN=new name,OU=Alumni,${baseDn}`)],
    counters: { 'stage-rename': 1 },
    created: 1,
    live: [anchor(1)],
  },
  {
    name: 'the same DN with another anchor is another object; the one that had it is gone',
    before: [user(1), user(2)],
    after: [changed(user(3), { cn: 'user1' }, staff(1)), user(2)],
    counters: { 'stage-add': 1, 'stage-delete': 1, 'stage-no-change': 1 },
    created: 3,
    live: [anchor(2), anchor(3)],
  },
  {
    name: 'an object that another takes the DN of, and that comes back under a new one, is renamed',
    before: [user(1)],
    after: [changed(user(3), {}, staff(1)), changed(user(1), {}, staff(9))],
    counters: { 'stage-add': 1, 'stage-rename': 1 },
    created: 2,
    live: [anchor(1), anchor(3)],
  },
  {
    name: 'an object of another type is another object under the same anchor: delete-add',
    before: [user(1), user(2)],
    after: [changed(contact(1), {}, staff(1)), user(2)],
    counters: { 'stage-delete-add': 1, 'stage-no-change': 1 },
    created: 2,
    live: [anchor(2)],
  },
  {
    name: 'what a whole read did not see is gone',
    before: [user(1), user(2), user(3)],
    after: [user(1), user(2)],
    counters: { 'stage-delete': 1, 'stage-no-change': 2 },
    created: 3,
    live: [anchor(1), anchor(2)],
  },
];

for (const { name, before, after, counters, created, live } of imports) {
  test(name, async () => {
    const bench = new SyncBench();
    bench.put(...before);
    await bench.cycle();
    bench.directory('corp').replaceAll(after);
    const cycle = await bench.cycle();
    assert.deepEqual(staged(cycle), counters, JSON.stringify(cycle.steps));
    assert.equal(bench.cloud.created.length, created);
    assert.deepEqual(cloudAnchors(bench), [...live].sort());
  });
}

test('an object that becomes one of another type is made anew in the cloud with its new type', async () => {
  const bench = new SyncBench();
  bench.put(user(1), group(10, [staff(1)]));
  await bench.cycle();
  bench.drop(staff(1));
  bench.put(changed(contact(1), {}, staff(1)));
  const cycle = await bench.cycle();
  assert.equal(stepOf(cycle, 'corp', 'Sync').counters['connector-delete-add-processed'], 1);
  assert.deepEqual(faultCodes(bench), ['object-type-changed']);
  await bench.cycle();
  assert.deepEqual(faultCodes(bench), []);
  assert.equal(inCloud(bench, anchor(1))?.objectType, 'contact');
  assert.deepEqual(inCloud(bench, anchor(10))?.references['member'], [anchor(1)]);
});

test('an object of another type that sync did not make is left to people', async () => {
  const bench = new SyncBench();
  const made = { objectType: 'user', sourceAnchor: anchor(1), attributes: { displayName: 'by another tool' } };
  await bench.cloud.sendBatch([{ op: 'add', ...made }]);
  bench.put(contact(1));
  for (let times = 0; times < 3; times++) {
    await bench.cycle();
    assert.deepEqual(faultCodes(bench), ['object-type-changed']);
    assert.equal(inCloud(bench, anchor(1))?.objectType, 'user');
  }
  await bench.cloud.sendBatch([{ op: 'delete', objectType: 'user', sourceAnchor: anchor(1) }]);
  await bench.cycle();
  await bench.cycle();
  assert.equal(inCloud(bench, anchor(1))?.objectType, 'contact');
});

test('a name that is only referred to is a placeholder, which the object takes the place of when it is read', async () => {
  const bench = new SyncBench('openldap');
  const people = `ou=people,${baseDn}`;
  bench.put(inetOrgPerson(2, baseDn), groupOfNames(10, baseDn, [`uid=p1,${people}`, `uid=p2,${people}`]));
  await bench.cycle();
  const placeholder = rowOf(bench, 'corp', `uid=p1,${people}`);
  assert.deepEqual([placeholder?.type, placeholder?.anchor, placeholder?.mv], ['placeholder', null, null]);
  bench.put(inetOrgPerson(1, baseDn));
  await bench.cycle();
  assert.equal(rowOf(bench, 'corp', `uid=p1,${people}`)?.id, placeholder!.id);
  const members = Object.values(bench.cloud.state()).flatMap(
    (found) => (found as { references: { member?: string[] } }).references.member ?? [],
  );
  assert.equal(members.length, 2);
});

for (const { kind, wins } of [
  { kind: 'openldap', wins: 'entryUUID' },
  { kind: 'ldap', wins: 'entryUUID' },
  { kind: 'active-directory', wins: 'objectGUID' },
] as const) {
  test(`an object of ${kind} is told by its ${wins}, whatever else it shows`, async () => {
    const bench = new SyncBench(kind);
    const both = changed(inetOrgPerson(1, baseDn), { objectGUID: guid(7) });
    bench.put(both);
    await bench.cycle();
    const expected = wins === 'objectGUID' ? guid(7) : Buffer.from(uuid(1).replaceAll('-', ''), 'hex');
    assert.deepEqual(Buffer.from(rowOf(bench, 'corp', both.dn)!.anchor as Uint8Array), Buffer.from(expected));
  });
}

/** A source that is told call by call, from a cookie on. */
function told(
  calls: (sink: ImportSink) => void,
  unmentionedAreGone = false,
): { read: (_: unknown, sink: ImportSink) => Promise<{ unmentionedAreGone: boolean }> } {
  return {
    read: async (_, sink) => {
      calls(sink);
      sink.page(Buffer.from('cookie'));
      return { unmentionedAreGone };
    },
  };
}

async function withCookie(...entries: readonly DirectoryEntry[]): Promise<SyncBench> {
  const bench = new SyncBench();
  const directory = bench.directory('corp');
  directory.source = told((sink) => {
    for (const entry of entries) sink.entry(encodeEntry(entry));
  }, true);
  await bench.cycle();
  return bench;
}

test('who lost the DN to another is transient until the source says what became of it, and deletes nobody', async () => {
  const bench = await withCookie(user(1), user(2));
  const directory = bench.directory('corp');
  directory.source = told((sink) => sink.entry(encodeEntry(changed(user(3), {}, staff(1)))));
  const cycle = await bench.cycle();
  assert.deepEqual(cloudAnchors(bench), [anchor(1), anchor(2), anchor(3)].sort());
  assert.equal(bench.store.searchRows(bench.engine.directories[0]!.connector, { by: 'transient' }, 0, 9).length, 1);
  assert.equal(stepOf(cycle, 'corp', 'Import').result, 'completed-transient-objects');
  directory.source = told((sink) =>
    sink.changes(encodeEntry({ dn: staff(9), attributes: new Map([['objectGUID', [guid(1)]]]) })),
  );
  const next = await bench.cycle();
  assert.deepEqual(staged(next), { 'stage-rename': 1 });
  assert.equal(next.result, 'success');
  assert.equal(bench.cloud.created.length, 3);
  directory.source = told((sink) => sink.gone(guid(1)));
  await bench.cycle();
  assert.deepEqual(cloudAnchors(bench), [anchor(2), anchor(3)].sort());
});

test('a delta that tells of one object twice leaves what it told last', async () => {
  const bench = await withCookie(user(1), user(2));
  bench.directory('corp').source = told((sink) => {
    for (const title of ['a', 'b']) sink.entry(encodeEntry(user(1, { title })));
    sink.entry(encodeEntry(user(3)));
    sink.gone(guid(3));
  });
  await bench.cycle();
  assert.deepEqual(inCloud(bench, anchor(1))?.attributes['title'], ['b']);
  assert.deepEqual(cloudAnchors(bench), [anchor(1), anchor(2)].sort());
});

test('an object that is told of as gone and then as there is there', async () => {
  const bench = await withCookie(user(1), user(2), group(10, [staff(1)]));
  bench.directory('corp').source = told((sink) => {
    sink.gone(guid(1));
    sink.entry(encodeEntry(user(1)));
  });
  await bench.cycle();
  assert.equal(bench.cloud.created.length, 3);
  assert.deepEqual(inCloud(bench, anchor(10))?.references['member'], [anchor(1)]);
});

test('in a delta an object that leaves the chosen containers is gone, whole or in part', async () => {
  for (const tell of ['entry', 'changes'] as const) {
    const bench = await withCookie(user(1), user(2));
    const directory = bench.directory('corp');
    directory.isInScope = (dn) => dn.includes('OU=Staff');
    const moved = changed(user(1), {}, `CN=user1,OU=Elsewhere,${baseDn}`);
    directory.source = told((sink) => sink[tell](encodeEntry(moved)));
    await bench.cycle();
    assert.deepEqual(cloudAnchors(bench), [anchor(2)], tell);
  }
});

test('in a delta an object that becomes one of no interest is gone', async () => {
  const bench = await withCookie(user(1), user(2));
  const printer = changed(user(1), { objectClass: ['top', 'printQueue'] });
  bench.directory('corp').source = told((sink) => sink.entry(encodeEntry(printer)));
  await bench.cycle();
  assert.deepEqual(cloudAnchors(bench), [anchor(2)]);
});

test('a part of an object of which nothing is known is passed over', async () => {
  const bench = await withCookie(user(1));
  bench.directory('corp').source = told((sink) => {
    sink.changes(
      encodeEntry({
        dn: staff(5),
        attributes: new Map<string, (string | Uint8Array)[]>([
          ['objectGUID', [guid(5)]],
          ['title', ['x']],
        ]),
      }),
    );
    sink.gone(guid(6));
    sink.present(guid(7));
  });
  assert.equal((await bench.cycle()).result, 'success');
  assert.deepEqual(cloudAnchors(bench), [anchor(1)]);
});

test('what the cloud shows otherwise than it was exported is named, and sent again', async () => {
  const bench = new SyncBench();
  bench.put(user(1, { title: 'Boss' }), user(2));
  await bench.cycle();
  const object = bench.cloud.objects.get(anchor(1))!;
  // The cloud says yes and keeps something else.
  bench.cloud.beforeAnswer = () => void object.attributes.set('title', ['Clerk']);
  bench.put(user(1, { title: 'President' }));
  const cycle = await bench.cycle();
  assert.equal(stepOf(cycle, 'corp', 'Import').result, 'success');
  assert.deepEqual(faultCodes(bench), ['exported-change-not-reimported']);
  bench.cloud.beforeAnswer = () => undefined;
  bench.cloud.operations.length = 0;
  await bench.cycle();
  assert.deepEqual(bench.cloud.operations, [
    { op: 'update', objectType: 'user', sourceAnchor: anchor(1), attributes: { title: 'President' } },
  ]);
  assert.deepEqual(faultCodes(bench), []);
  assert.deepEqual(inCloud(bench, anchor(1))?.attributes['title'], ['President']);
});

test('a run that finds other values in the cloud than were exported ends with a warning', async () => {
  const bench = new SyncBench();
  bench.put(user(1, { title: 'Boss' }), user(2));
  await bench.cycle();
  const object = bench.cloud.objects.get(anchor(1))!;
  bench.cloud.beforeAnswer = () => void object.attributes.set('title', ['Clerk']);
  bench.put(user(1, { title: 'President' }));
  assert.equal((await bench.cycle()).result, 'completed-warnings');
});

test('an export without an import behind it counts as done, and is confirmed by the next import', async () => {
  const bench = new SyncBench();
  bench.put(user(1), user(2));
  await bench.cycle();
  const { readPage } = bench.cloud;
  let reads = 0;
  Object.assign(bench.cloud, {
    readPage: (cursor: string | undefined) => (++reads > 1 ? Promise.reject(new Error('offline')) : readPage(cursor)),
  });
  bench.explain = () => ({ result: 'stopped-connectivity' });
  bench.put(user(1, { title: 'Boss' }));
  await bench.cycle();
  const cloudRow = (): unknown =>
    bench.store
      .linkedRows(rowOf(bench, 'corp', staff(1))!.mv!)
      .find(({ connector }) => connector === bench.engine.cloud.connector)?.unconfirmed;
  assert.notEqual(cloudRow(), null);
  Object.assign(bench.cloud, { readPage });
  bench.cloud.operations.length = 0;
  await bench.cycle();
  assert.equal(cloudRow(), null);
  assert.deepEqual(bench.cloud.operations, []);
});

test('until it is confirmed a value goes along with every further export of its object', async () => {
  const bench = new SyncBench();
  bench.put(user(1), user(2));
  await bench.cycle();
  const { readPage } = bench.cloud;
  Object.assign(bench.cloud, { readPage: () => Promise.resolve({ objects: [], cursor: '1.999', more: false }) });
  bench.put(user(1, { title: 'Boss' }));
  await bench.cycle();
  bench.cloud.operations.length = 0;
  bench.put(user(1, { title: 'Boss', department: 'Board' }));
  await bench.cycle();
  Object.assign(bench.cloud, { readPage });
  const [operation] = bench.cloud.operations;
  assert.deepEqual(operation?.op === 'update' && operation.attributes, { title: 'Boss', department: 'Board' });
});

test('of an object that fails, the first and last time and the number of tries are kept', async () => {
  const bench = new SyncBench();
  bench.put(user(1), user(2));
  bench.cloud.refuse = ({ sourceAnchor }) => (sourceAnchor === anchor(1) ? 'AttributeValueMustBeUnique' : undefined);
  await bench.cycle();
  const [first] = bench.store.faults(undefined, 1);
  await bench.cycle();
  await bench.cycle();
  const [last] = bench.store.faults(undefined, 1);
  assert.equal(last!.fault!.firstSeenAt, first!.fault!.firstSeenAt);
  assert.ok(last!.fault!.lastSeenAt > first!.fault!.lastSeenAt);
  assert.deepEqual([first!.fault!.retryCount, last!.fault!.retryCount], [0, 2]);
  assert.match(last!.fault!.message, /refused by the test/);
});

test('deletes that were staged by a run that went no further evaporate when the objects are there again', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'staged-deletes-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const isRestarted of [false, true]) {
    const file = join(folder, `${isRestarted}.db`);
    const first = new SyncBench({ file });
    const content = [user(1), user(2), user(3), group(10, [staff(1), staff(2)])];
    first.put(...content);
    await first.cycle();
    const before = first.cloud.state();
    const { readPage } = first.cloud;
    const reach = (isThere: boolean): void =>
      void Object.assign(first.cloud, { readPage: isThere ? readPage : () => Promise.reject(new Error('offline')) });
    first.explain = () => ({ result: 'stopped-connectivity' });
    first.drop(staff(1));
    first.drop(staff(2));
    // The cycle ends before anything is synchronised; without a first page the import of the cloud cannot go on.
    reach(false);
    const stopped = new SyncBench({ file, cloud: first.cloud, content: first.directories, seed: 9 });
    stopped.explain = first.explain;
    assert.equal((await stopped.cycle()).result, 'stopped-connectivity');
    reach(true);
    first.directory('corp').replaceAll(content);
    const next = isRestarted
      ? new SyncBench({ file, cloud: first.cloud, content: first.directories, seed: 10 })
      : stopped;
    assert.equal((await next.cycle()).result, 'success');
    assert.deepEqual(next.cloud.state(), before, `restarted: ${isRestarted}`);
  }
});

test('what lies below a renamed container is named by its new name, also before it is told of', async () => {
  const bench = await withCookie(user(1), user(2), group(10, []));
  const renamed = (n: number): string => `CN=user${n},OU=Employees,${baseDn}`;
  bench.directory('corp').source = told((sink) => {
    sink.entry(encodeEntry(entry(`OU=Employees,${baseDn}`, ['top', 'organizationalUnit'], { objectGUID: guid(700) })));
    const added = new Map<string, (string | Uint8Array)[]>([
      ['objectGUID', [guid(10)]],
      ['member;range=1-1', [renamed(1)]],
    ]);
    sink.changes(encodeEntry({ dn: `CN=group10,OU=Groups,${baseDn}`, attributes: added }));
    for (const n of [1, 2]) sink.entry(encodeEntry(changed(user(n), {}, renamed(n))));
  });
  const cycle = await bench.cycle();
  assert.equal(stepOf(cycle, 'corp', 'Import').counters['stage-rename'], 2);
  assert.deepEqual(inCloud(bench, anchor(10))?.references['member'], [anchor(1)]);
});

for (const kind of ['openldap', 'active-directory'] as const) {
  test(`${kind}: a reference that came is gone again with it, also where the process began anew in between`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'came-and-went-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'state.db');
    const people = `ou=people,${baseDn}`;
    const [plain, other] =
      kind === 'openldap' ? [inetOrgPerson(1, people), inetOrgPerson(2, people)] : [user(1), user(2)];
    const managed = changed(plain!, { manager: other!.dn });
    let bench = new SyncBench({ directories: [{ name: 'corp', kind }], file });
    const managers = (): unknown[] =>
      Object.values(bench.cloud.state()).flatMap(
        (found) => (found as { references: { manager?: string[] } }).references.manager ?? [],
      );
    const { cloud, directories } = bench;
    for (const [entry, count] of [
      [plain!, 0],
      [managed, 1],
      [plain!, 0],
      [managed, 1],
    ] as const) {
      bench.put(entry, other!);
      await bench.cycle();
      assert.equal(managers().length, count);
      bench.store.close();
      bench = new SyncBench({ directories: [{ name: 'corp', kind }], file, cloud, content: directories });
    }
    bench.store.close();
  });
}
