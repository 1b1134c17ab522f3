import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { placeholderRow, placeholderType } from '@springline/connect-sync/connector-space/placeholder';
import type { ConnectorId, CsId, CsRow, ObjectFault, RowSearch } from '@springline/connect-sync/connector-space/store';
import fc from 'fast-check';
import { anchorOf, insertRows, linked, newStore, rowOf, storeFile } from '../testing/store-rows.ts';
import { openSyncStore, type SqliteSyncStore } from './sync-store.ts';

interface World {
  readonly store: SqliteSyncStore;
  readonly directory: ConnectorId;
  readonly cloud: ConnectorId;
}

function world(t: TestContext): World {
  const store = newStore(t);
  return { store, directory: store.connector('default', 'openldap'), cloud: store.connector('cloud', 'cloud') };
}

const idsOf = (rows: readonly CsRow[]): CsId[] => rows.map(({ id }) => id);

test('a row is found by its number, its anchor and its DN, in its own connector only', (t) => {
  const { store, directory, cloud } = world(t);
  const id = store.insertRow(rowOf(directory, 1));
  const text = store.insertRow(rowOf(cloud, 2, { anchor: 'cloud-2', hologram: '{"a":[1]}' }));
  assert.equal(store.rowByAnchor(directory, anchorOf(1))?.id, id);
  assert.equal(store.rowByAnchor(cloud, 'cloud-2')?.anchor, 'cloud-2');
  assert.equal(store.rowByAnchor(cloud, anchorOf(1)), undefined);
  assert.equal(store.rowByAnchor(directory, anchorOf(9)), undefined);
  assert.equal(store.rowByDn(directory, 'cn=1,dc=a')?.id, id);
  assert.equal(store.idByDn(cloud, 'cn=2,dc=a'), text);
  assert.deepEqual([store.idByDn(cloud, 'cn=1,dc=a'), store.rowByDn(directory, 'cn=9,dc=a')], [undefined, undefined]);
  assert.equal(store.row(99 as CsId), undefined);
});

test('a row that was put in first of all, and deleted, is found no more', (t) => {
  const { store, directory } = world(t);
  const id = store.insertRow(rowOf(directory, 1));
  store.deleteRow(id);
  assert.deepEqual(
    [store.row(id), store.idByDn(directory, 'cn=1,dc=a'), store.rowByAnchor(directory, anchorOf(1))],
    [undefined, undefined, undefined],
  );
  assert.equal(store.anchors(directory).size, 0);
});

test('a placeholder becomes the object that was imported under its name', (t) => {
  const { store, directory } = world(t);
  const id = store.insertRow(placeholderRow(directory, 'CN=1,DC=a', 'cn=1,dc=a'));
  assert.deepEqual(
    [store.row(id)!.type, store.row(id)!.anchor, store.row(id)!.hologram],
    [placeholderType, null, null],
  );
  assert.deepEqual([store.countImported(directory), store.countRows(directory)], [0, 1]);
  store.replaceImported(id, rowOf(directory, 1));
  assert.equal(store.rowByAnchor(directory, anchorOf(1))?.id, id);
  assert.equal(store.rowByDn(directory, 'cn=1,dc=a')?.type, 'user');
  const index = store.anchors(directory);
  assert.ok(index.hasFingerprint(index.find(anchorOf(1)), rowOf(directory, 1).fingerprint!));
});

test('an object that is gone leaves its name, for what refers to it, and nothing else', (t) => {
  const { store, directory } = world(t);
  const [id, other] = insertRows(store, directory, 1, 2) as [CsId, CsId];
  const mv = linked(store, 'u', [id, directory]);
  store.stageImport(id, 'delete', '{}');
  store.setExport(id, { pendingExport: 'update' });
  store.setFault(id, fault('x'));
  store.setReference(id, 'member', other, 'confirmed');
  store.adjustReferenceCount(id, 'member', 1);
  store.setReference(other, 'member', id, 'confirmed');
  store.enqueueReferences(id);
  store.addSeeker(7, id);
  store.becomePlaceholder(id);
  const { dn, ...row } = store.row(id)!;
  assert.deepEqual(row, {
    ...{ id, connector: directory, anchor: null, isTransient: false, type: placeholderType, hologram: null },
    ...{ pendingImport: 'none', synchronized: null, mv: null, link: null, referenceAttributes: [] },
    ...{
      desired: null,
      unconfirmed: null,
      pendingExport: 'none',
      referenceSources: null,
      fault: null,
      guard: null,
      kept: null,
    },
  });
  assert.equal(store.idByDn(directory, 'cn=1,dc=a'), id);
  assert.equal(dn, 'CN=1,DC=a');
  assert.deepEqual([store.rowByAnchor(directory, anchorOf(1)), store.linkedRows(mv)], [undefined, []]);
  assert.deepEqual([store.references(id), store.referrers(id)], [[], [other]]);
  assert.deepEqual([store.countReferences(id, 'member'), store.referenceQueue(9), store.hasSeekers()], [0, [], false]);
});

test('a renamed object is found by its new name only', (t) => {
  const { store, directory } = world(t);
  const id = store.insertRow(rowOf(directory, 1));
  store.replaceImported(id, { ...rowOf(directory, 1), dn: 'CN=2,DC=a', dnKey: 'cn=2,dc=a' });
  assert.deepEqual([store.idByDn(directory, 'cn=1,dc=a'), store.idByDn(directory, 'cn=2,dc=a')], [undefined, id]);
  assert.equal(store.row(id)?.dn, 'CN=2,DC=a');
});

test('a transient object keeps the name that people know, is not found by it, and is read again', (t) => {
  const { store, directory } = world(t);
  const [id, other] = insertRows(store, directory, 1, 2) as [CsId, CsId];
  store.makeTransient(id);
  store.makeTransient(id);
  assert.deepEqual([store.row(id)!.isTransient, store.row(other)!.isTransient], [true, false]);
  assert.equal(store.row(id)!.dn, 'CN=1,DC=a');
  assert.equal(store.idByDn(directory, 'cn=1,dc=a'), undefined);
  const index = store.anchors(directory);
  assert.equal(index.hasFingerprint(index.find(anchorOf(1)), rowOf(directory, 1).fingerprint!), false);
  const heir = store.insertRow(rowOf(directory, 3, { dn: 'CN=1,DC=a', dnKey: 'cn=1,dc=a' }));
  assert.equal(store.idByDn(directory, 'cn=1,dc=a'), heir);
  store.replaceImported(id, { ...rowOf(directory, 1), dn: 'CN=4,DC=a', dnKey: 'cn=4,dc=a' });
  assert.deepEqual([store.row(id)!.isTransient, store.idByDn(directory, 'cn=4,dc=a')], [false, id]);
  assert.equal(store.idByDn(directory, 'cn=1,dc=a'), heir);
});

test('a transient object is found by no name after a restart either', (t) => {
  const file = storeFile(t);
  const first = openSyncStore(file);
  const directory = first.connector('default', 'openldap');
  const id = first.insertRow(rowOf(directory, 1));
  first.makeTransient(id);
  first.close();
  const second = openSyncStore(file);
  t.after(() => second.close());
  assert.deepEqual([second.idByDn(directory, 'cn=1,dc=a'), second.row(id)!.isTransient], [undefined, true]);
  const index = second.anchors(directory);
  assert.equal(index.hasFingerprint(index.find(anchorOf(1)), rowOf(directory, 1).fingerprint!), false);
});

test('what the cloud says of an object changes that and nothing else', (t) => {
  const { store, cloud } = world(t);
  const id = store.insertRow(rowOf(cloud, 1, { anchor: null, hologram: null, fingerprint: null }));
  store.updateImported(id, { anchor: 'a-1', hologram: '{}' });
  assert.equal(store.rowByAnchor(cloud, 'a-1')?.id, id);
  store.updateImported(id, { anchor: 'a-2' });
  assert.deepEqual([store.rowByAnchor(cloud, 'a-1'), store.rowByAnchor(cloud, 'a-2')?.hologram], [undefined, '{}']);
  store.updateImported(id, { type: 'group' });
  store.updateImported(id, {});
  store.updateImported(id, { anchor: null, hologram: null });
  const { anchor, type, hologram } = store.row(id)!;
  assert.deepEqual({ anchor, type, hologram }, { anchor: null, type: 'group', hologram: null });
  assert.deepEqual([store.rowByAnchor(cloud, 'a-2'), store.anchors(cloud).size], [undefined, 0]);
});

test('what synchronisation last worked with is kept from the first change on, until it has worked again', (t) => {
  const { store, directory, cloud } = world(t);
  const [a, b] = insertRows(store, directory, 1, 2) as [CsId, CsId];
  insertRows(store, cloud, 3);
  store.stageImport(a, 'add', null);
  store.stageImport(b, 'update', 'first');
  store.stageImport(b, 'delete', 'second');
  assert.deepEqual([store.pendingImport(a), store.pendingImport(b)], ['add', 'delete']);
  assert.deepEqual([store.row(b)!.synchronized, store.row(b)!.pendingImport], ['first', 'delete']);
  assert.deepEqual([store.countPendingImports(directory), store.countPendingImports(cloud)], [2, 0]);
  store.unstageImport(b);
  assert.deepEqual([store.pendingImport(b), store.row(b)!.synchronized], ['none', null]);
  store.stageImport(b, 'delete-add', null);
  store.unstageImports([a, b, 99 as CsId]);
  store.unstageImports([]);
  assert.equal(store.countPendingImports(directory), 0);
});

test('pending imports come in portions, in the order of their numbers, of one connector', (t) => {
  const { store, directory, cloud } = world(t);
  const mixed = [1, 2, 3, 4, 5].map((n) => store.insertRow(rowOf(n % 2 === 0 ? cloud : directory, n)));
  for (const id of [...mixed].reverse()) store.stageImport(id, 'update', null);
  assert.deepEqual(idsOf(store.pendingImports(directory, 0, 2)), [mixed[0], mixed[2]]);
  assert.deepEqual(idsOf(store.pendingImports(directory, mixed[2]!, 2)), [mixed[4]]);
  assert.deepEqual(idsOf(store.pendingImports(cloud, 0, 9)), [mixed[1], mixed[3]]);
  for (const at of [1, 2, 4]) store.stageImport(mixed[at]!, 'delete', null);
  assert.deepEqual(idsOf(store.stagedDeletes(directory, 0, 9)), [mixed[2], mixed[4]]);
  assert.deepEqual(idsOf(store.stagedDeletes(directory, mixed[2]!, 9)), [mixed[4]]);
});

test('everything imported can be marked for synchronisation again; placeholders and what waits already stay as they are', (t) => {
  const { store, directory, cloud } = world(t);
  const [a, b] = insertRows(store, directory, 1, 2) as [CsId, CsId];
  const placeholder = store.insertRow(placeholderRow(directory, 'CN=9', 'cn=9'));
  const [other] = insertRows(store, cloud, 3) as [CsId];
  store.stageImport(b, 'delete', 'known');
  store.stageAll(directory);
  assert.deepEqual(
    [a, b, placeholder, other].map((id) => store.pendingImport(id)),
    ['update', 'delete', 'none', 'none'],
  );
  assert.equal(store.row(b)!.synchronized, 'known');
});

test('rows are linked to a metaverse object, each to one', (t) => {
  const { store, directory, cloud } = world(t);
  const [a, b] = insertRows(store, directory, 1, 2) as [CsId, CsId];
  const [c] = insertRows(store, cloud, 3) as [CsId];
  assert.equal(store.hasLinks(directory), false);
  const first = linked(store, 'u1', [b, directory], [a, directory], [c, cloud]);
  assert.deepEqual(idsOf(store.linkedRows(first)), [a, b, c]);
  assert.deepEqual([store.row(a)!.mv, store.row(a)!.link, store.hasLinks(cloud)], [first, 'joined', true]);
  assert.deepEqual([store.counterpart(a, cloud), store.counterpart(c, cloud)], [c, c]);
  const second = linked(store, 'u2');
  store.link(a, directory, second, 'projected');
  assert.deepEqual([store.row(a)!.mv, store.row(a)!.link], [second, 'projected']);
  assert.equal(store.counterpart(a, cloud), undefined);
  store.unlink(b);
  store.unlink(a);
  assert.deepEqual([idsOf(store.linkedRows(first)), store.linkedRows(second), store.row(b)!.mv], [[c], [], null]);
  assert.equal(store.hasLinks(directory), false);
});

const exportOf = ({ desired, unconfirmed, pendingExport, referenceSources, guard, kept }: CsRow): object => ({
  desired,
  unconfirmed,
  pendingExport,
  referenceSources,
  guard,
  kept,
});
const nothing = {
  desired: null,
  unconfirmed: null,
  pendingExport: 'none',
  referenceSources: null,
  guard: null,
  kept: null,
};

test('what is to be exported is changed in part, or as a whole', (t) => {
  const { store, cloud } = world(t);
  const [id] = insertRows(store, cloud, 1) as [CsId];
  store.setExport(id, {});
  assert.deepEqual(exportOf(store.row(id)!), nothing);
  store.setExport(id, { pendingExport: 'add', desired: '{}' });
  store.setExport(id, { guard: 'approved' });
  store.setExport(id, { referenceSources: 'from', unconfirmed: '{"a":[1]}' });
  assert.deepEqual(exportOf(store.row(id)!), {
    ...{
      desired: '{}',
      unconfirmed: '{"a":[1]}',
      pendingExport: 'add',
      referenceSources: 'from',
      guard: 'approved',
      kept: null,
    },
  });
  store.setExport(id, { desired: null, guard: null });
  const { desired, guard, referenceSources } = store.row(id)!;
  assert.deepEqual([desired, guard, referenceSources], [null, null, 'from']);
  store.setExport(id, { ...nothing, pendingExport: 'update', desired: 'x' });
  assert.deepEqual(exportOf(store.row(id)!), { ...nothing, pendingExport: 'update', desired: 'x' });
});

test('pending exports are objects and references of one connector, each row once, in the order of their numbers', (t) => {
  const { store, directory, cloud } = world(t);
  const [a, b, c, d] = insertRows(store, cloud, 1, 2, 3, 4) as [CsId, CsId, CsId, CsId];
  const [foreign] = insertRows(store, directory, 5) as [CsId];
  for (const id of [c, a, foreign]) store.setExport(id, { pendingExport: 'update' });
  store.setExport(d, { pendingExport: 'none', desired: 'x' });
  for (const id of [b, c]) store.setReference(id, 'member', a, 'pending-add');
  assert.deepEqual(store.pendingExportIds(cloud, { isDelete: false }), [a, c]);
  assert.deepEqual(idsOf(store.pendingExportPage(cloud, 0, 2)), [a, b]);
  assert.deepEqual(idsOf(store.pendingExportPage(cloud, b, 9)), [c]);
  assert.deepEqual([store.countPendingExports(cloud), store.countPendingExports(directory)], [3, 1]);
});

test('pending exports are told by type, deletes apart', (t) => {
  const { store, cloud } = world(t);
  const [a, b, c] = insertRows(store, cloud, 1, 2, 3) as [CsId, CsId, CsId];
  store.updateImported(b, { type: 'group' });
  store.setExport(a, { pendingExport: 'update' });
  store.setExport(b, { pendingExport: 'add' });
  store.setExport(c, { pendingExport: 'delete' });
  assert.deepEqual([...store.pendingExportTypes(cloud)].sort(), ['group', 'user']);
  assert.deepEqual(store.pendingExportIds(cloud, { isDelete: false, type: 'group' }), [b]);
  assert.deepEqual(store.pendingExportIds(cloud, { isDelete: true }), [c]);
});

test('what is taken away waits for a decision until it is approved', (t) => {
  const { store, directory, cloud } = world(t);
  const [a, b, c] = insertRows(store, cloud, 1, 2, 3) as [CsId, CsId, CsId];
  const undecided = (): unknown => [
    store.hasUndecidedRemovals(cloud),
    [...store.undecidedDeletes(cloud)],
    store.undecidedRemovals(cloud),
    idsOf(store.clearingRows(cloud, 0, 9)),
  ];
  store.setExport(a, { pendingExport: 'update' });
  assert.deepEqual(undecided(), [false, [], [], []]);
  store.setExport(a, { pendingExport: 'delete' });
  assert.deepEqual(undecided(), [true, [['user', 1]], [], []]);
  assert.equal(store.hasUndecidedRemovals(directory), false);
  store.setExport(a, { guard: 'approved' });
  store.setExport(b, { pendingExport: 'update', guard: 'clears' });
  assert.deepEqual(undecided(), [true, [], [], [b]]);
  assert.deepEqual(store.clearingRows(cloud, b, 9), []);
  store.setExport(b, { guard: 'approved' });
  store.setReference(c, 'member', a, 'pending-delete');
  store.setReference(c, 'owner', a, 'pending-delete');
  assert.deepEqual(undecided(), [false, [], [], []], 'of what is not wanted itself nothing is taken away');
  store.setExport(c, { desired: '{}' });
  assert.deepEqual(undecided(), [true, [], [{ row: c, removed: 2 }], []]);
  assert.deepEqual(store.undecidedRemovals(cloud, 'member'), [{ row: c, removed: 1 }]);
  assert.deepEqual(store.clearedReferences(cloud, 'member'), [{ type: 'user', attribute: 'owner', count: 1 }]);
  assert.deepEqual(
    [store.rowsClearedOf(cloud, 'user', 'owner'), store.countReferring(cloud, 'user', 'owner')],
    [[c], 1],
  );
  store.setReference(c, 'owner', b, 'pending-add');
  assert.deepEqual(store.clearedReferences(cloud, 'member'), [], 'it gets another');
  store.setExport(c, { guard: 'approved' });
  assert.deepEqual(undecided(), [false, [], [], []]);
});

test('holders of an attribute are counted by what was sent last, and a value that looks like a name is none', (t) => {
  const { store, cloud } = world(t);
  const [a, b, c, d] = insertRows(store, cloud, 1, 2, 3, 4) as [CsId, CsId, CsId, CsId];
  store.updateImported(a, { hologram: '{"mail":["a@x"]}' });
  store.updateImported(b, { hologram: '{"title":["\\"mail\\":["]}' });
  store.updateImported(c, { hologram: '{"mail":["c@x"]}' });
  store.setExport(c, { unconfirmed: '{"title":["x"]}' });
  store.updateImported(d, { type: 'group', hologram: '{"mail":["d@x"]}' });
  assert.deepEqual([store.countHolding(cloud, 'user', 'mail'), store.countHolding(cloud, 'user', 'title')], [1, 2]);
});

function fault(code: string): ObjectFault {
  return { code, message: "it's", firstSeenAt: 1, lastSeenAt: 2, retryCount: 3 } as unknown as ObjectFault;
}

test('a fault is kept as it was told last, until it is taken away', (t) => {
  const { store, directory, cloud } = world(t);
  const [a, b] = insertRows(store, directory, 1, 2) as [CsId, CsId];
  const [c] = insertRows(store, cloud, 3) as [CsId];
  store.setFault(a, fault('first'));
  for (const id of [c, b, a]) store.setFault(id, fault(`of ${id}`));
  assert.deepEqual(store.row(a)!.fault, fault(`of ${a}`));
  assert.deepEqual(
    [idsOf(store.faults(undefined, 9)), idsOf(store.faults(directory, 9))],
    [
      [a, b, c],
      [a, b],
    ],
  );
  assert.deepEqual([idsOf(store.faults(undefined, 1)), store.countFaults()], [[a], 3]);
  store.setFault(a, null);
  store.setFault(a, null);
  assert.deepEqual([store.row(a)!.fault, store.countFaults()], [null, 2]);
});

test('rows are counted by connector and type; what was never imported is not there', (t) => {
  const { store, directory, cloud } = world(t);
  const ids = insertRows(store, directory, 1, 2);
  store.insertRow(rowOf(directory, 3, { type: 'group' }));
  store.insertRow(placeholderRow(directory, 'CN=9', 'cn=9'));
  store.insertRow(rowOf(cloud, 4, { anchor: null }));
  assert.deepEqual([store.countRows(directory), store.countRows(directory, 'user'), store.countRows(cloud)], [4, 2, 1]);
  assert.deepEqual([store.countImported(directory), store.countImported(cloud)], [3, 0]);
  assert.deepEqual(
    store.countPresent(directory),
    new Map([
      ['user', 2],
      ['group', 1],
    ]),
  );
  assert.deepEqual(store.countPresent(cloud), new Map());
  assert.deepEqual(store.importedIds(directory).slice(0, 2), ids);
});

test('rows are searched by what waits, what failed, what is not linked, and by their names', (t) => {
  const { store, directory, cloud } = world(t);
  const names = ['CN=Ada', 'CN=a%b', 'CN=a_b', 'CN=c\\d', 'CN=Grace', 'CN=GrÖße'];
  const ids = names.map((dn, n) => store.insertRow(rowOf(directory, n, { dn, dnKey: dn.toLowerCase() })));
  const placeholder = store.insertRow(placeholderRow(directory, 'CN=Ada,OU=gone', 'cn=ada,ou=gone'));
  const [foreign] = insertRows(store, cloud, 20) as [CsId];
  const [ada, percent, underscore, backslash, grace, grosse] = ids as [CsId, CsId, CsId, CsId, CsId, CsId];
  store.stageImport(ada, 'update', null);
  store.setExport(percent, { pendingExport: 'update' });
  store.setReference(underscore, 'member', ada, 'pending-delete');
  store.setReference(backslash, 'member', ada, 'sent-delete');
  store.setFault(grace, fault('x'));
  linked(store, 'u', [grosse, directory], [foreign, cloud]);
  store.makeTransient(grace);
  const found = (wanted: RowSearch): CsId[] => idsOf(store.searchRows(directory, wanted, 0, 99));
  assert.deepEqual(found({ by: 'pending-import' }), [ada]);
  assert.deepEqual(found({ by: 'pending-export' }), [percent, underscore]);
  assert.deepEqual(found({ by: 'error' }), [grace]);
  assert.deepEqual(found({ by: 'transient' }), [grace]);
  assert.deepEqual(found({ by: 'disconnected' }), [ada, percent, underscore, backslash, grace]);
  assert.deepEqual(found({ by: 'all' }), ids);
  for (const [text, gives] of [
    ['ada', [ada, placeholder]],
    ['%', [percent]],
    ['_', [underscore]],
    ['\\', [backslash]],
    ['Öße', [grosse]],
    ["' OR 1=1 --", []],
  ] as const) {
    assert.deepEqual(found({ by: 'text', text }), gives, text);
  }
  assert.deepEqual(idsOf(store.searchRows(directory, { by: 'all' }, ada, 2)), [percent, underscore]);
  assert.deepEqual(idsOf(store.searchRows(cloud, { by: 'all' }, 0, 99)), [foreign]);
});

type Step =
  | { readonly does: 'insert' | 'transient' | 'placeholder' | 'delete'; readonly n: number }
  | { readonly does: 'rename'; readonly n: number; readonly to: number }
  | { readonly does: 'reopen' };

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    does: fc.constantFrom('insert' as const, 'transient' as const, 'placeholder' as const, 'delete' as const),
    n: fc.nat(5),
  }),
  fc.record({ does: fc.constant('rename' as const), n: fc.nat(5), to: fc.nat(5) }),
  fc.record({ does: fc.constant('reopen' as const) }),
);

test('what is found in memory is what the tables hold, whatever was done before and between restarts', (t) => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 15 }), (list) => {
      const file = storeFile(t);
      let store = openSyncStore(file);
      const connector = store.connector('default', 'openldap');
      /** Object -> its row, its name if it has one, and whether it is more than a name. */
      const model = new Map<number, { id: CsId; dn: number | undefined; isObject: boolean }>();
      const isTaken = (dn: number): boolean => [...model.values()].some((one) => one.dn === dn);
      for (const step of list) {
        if (step.does === 'reopen') {
          store.close();
          store = openSyncStore(file);
          continue;
        }
        const known = model.get(step.n);
        if (step.does === 'insert') {
          if (known !== undefined || isTaken(step.n)) continue;
          model.set(step.n, { id: store.insertRow(rowOf(connector, step.n)), dn: step.n, isObject: true });
        } else if (known === undefined) {
        } else if (step.does === 'delete') {
          store.deleteRow(known.id);
          model.delete(step.n);
        } else if (step.does === 'transient') {
          store.makeTransient(known.id);
          model.set(step.n, { ...known, dn: undefined });
        } else if (step.does === 'placeholder') {
          if (known.dn === undefined) continue;
          store.becomePlaceholder(known.id);
          model.set(step.n, { ...known, isObject: false });
        } else if (step.does === 'rename' && !isTaken(step.to)) {
          const { dn, dnKey } = rowOf(connector, step.to);
          store.replaceImported(known.id, { ...rowOf(connector, step.n), dn, dnKey });
          model.set(step.n, { ...known, dn: step.to, isObject: true });
        }
      }
      for (let n = 0; n <= 5; n++) {
        const named = [...model.values()].find((one) => one.dn === n);
        assert.equal(store.idByDn(connector, `cn=${n},dc=a`), named?.id, `DN ${n}`);
        const known = model.get(n);
        assert.equal(store.rowByAnchor(connector, anchorOf(n))?.id, known?.isObject === true ? known.id : undefined);
      }
      store.close();
    }),
    { numRuns: 30 },
  );
});
