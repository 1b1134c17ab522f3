import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectorId, CsId, ReferenceState } from '@springline/connect-sync/connector-space/store';
import { insertRows, linked, newStore } from '../testing/store-rows.ts';
import type { SqliteSyncStore } from './sync-store.ts';

interface World {
  readonly store: SqliteSyncStore;
  readonly directory: ConnectorId;
  readonly cloud: ConnectorId;
}

function world(t: Parameters<typeof newStore>[0]): World {
  const store = newStore(t);
  return { store, directory: store.connector('default', 'openldap'), cloud: store.connector('cloud', 'cloud') };
}

/** Reference targets of a row with their states. */
const stateOf = (store: SqliteSyncStore, row: CsId, attribute = 'member'): [CsId, ReferenceState][] =>
  store.references(row, attribute).map(({ target, state }) => [target, state]);

test('references are kept by row, attribute and target, each with its state', (t) => {
  const { store, directory } = world(t);
  const [a, b, c] = insertRows(store, directory, 1, 2, 3) as [CsId, CsId, CsId];
  assert.equal(store.hasReferences(a), false);
  store.setReference(a, 'member', c, 'new');
  store.setReference(a, 'member', b, 'confirmed');
  store.setReference(a, 'owner', b, 'gone');
  store.setReference(a, 'member', c, 'moved');
  assert.deepEqual(stateOf(store, a), [
    [b, 'confirmed'],
    [c, 'moved'],
  ]);
  assert.deepEqual(
    new Set(store.references(a).map(({ attribute, target }) => `${attribute} ${target}`)),
    new Set([`member ${b}`, `member ${c}`, `owner ${b}`]),
  );
  assert.deepEqual([store.reference(a, 'owner', b), store.reference(a, 'owner', c)], ['gone', undefined]);
  assert.deepEqual([store.hasReferences(a), store.referrers(b), store.referrers(a)], [true, [a], []]);
  store.dropReference(a, 'owner', b);
  assert.equal(store.reference(a, 'owner', b), undefined);
  assert.deepEqual(store.referrers(b), [a], 'another attribute still names it');
});

test('how many references an object has is known without reading them', (t) => {
  const { store, directory } = world(t);
  const [a, b] = insertRows(store, directory, 1, 2) as [CsId, CsId];
  assert.equal(store.countReferences(a, 'member'), 0);
  store.adjustReferenceCount(a, 'member', 500_000);
  store.adjustReferenceCount(a, 'member', -1);
  store.adjustReferenceCount(a, 'owner', 1);
  store.adjustReferenceCount(a, 'owner', -1);
  store.adjustReferenceCount(b, 'seeAlso', 2);
  assert.deepEqual([store.countReferences(a, 'member'), store.countReferences(a, 'owner')], [499_999, 0]);
  assert.deepEqual([store.referenceAttributes(a), store.referenceAttributes(b)], [['member'], ['seeAlso']]);
  assert.deepEqual([store.row(a)!.referenceAttributes, store.row(b)!.referenceAttributes], [['member'], ['seeAlso']]);
});

test('a deleted row takes its own references with it, and not those of others', (t) => {
  const { store, directory } = world(t);
  const [a, b] = insertRows(store, directory, 1, 2) as [CsId, CsId];
  store.setReference(a, 'member', b, 'confirmed');
  store.adjustReferenceCount(a, 'member', 1);
  store.setReference(b, 'member', a, 'pending-add');
  store.deleteRow(a);
  assert.deepEqual([store.references(a), store.countReferences(a, 'member')], [[], 0]);
  assert.deepEqual(store.referrers(a), [b]);
  assert.deepEqual(store.rowsWithPendingReferences(directory), [b]);
});

for (const { name, placeholder, real, count, gives, left } of [
  { name: 'that names only it', placeholder: 'confirmed', real: undefined, count: 1, gives: 'confirmed', left: 1 },
  { name: 'that takes it away', placeholder: 'gone', real: undefined, count: 0, gives: 'gone', left: 0 },
  { name: 'that names both', placeholder: 'confirmed', real: 'confirmed', count: 2, gives: 'confirmed', left: 1 },
  {
    name: 'that adds it beside the other',
    placeholder: 'new',
    real: 'confirmed',
    count: 2,
    gives: 'confirmed',
    left: 1,
  },
  {
    name: 'that takes it away beside the other',
    placeholder: 'gone',
    real: 'confirmed',
    count: 1,
    gives: 'confirmed',
    left: 1,
  },
  // A group that was read before its renamed member: away under the old name, there under the new one.
  {
    name: 'that adds it and takes the other away',
    placeholder: 'new',
    real: 'gone',
    count: 1,
    gives: 'moved',
    left: 1,
  },
  {
    name: 'that keeps it and takes the other away',
    placeholder: 'confirmed',
    real: 'gone',
    count: 1,
    gives: 'moved',
    left: 1,
  },
  { name: 'that takes both away', placeholder: 'gone', real: 'gone', count: 0, gives: 'gone', left: 0 },
] satisfies {
  name: string;
  placeholder: ReferenceState;
  real: ReferenceState | undefined;
  count: number;
  gives: ReferenceState;
  left: number;
}[]) {
  test(`a name that turns out to be an object's: a group ${name} names the object as it should`, (t) => {
    const { store, directory } = world(t);
    const [group, from, to, other] = insertRows(store, directory, 1, 2, 3, 4) as [CsId, CsId, CsId, CsId];
    store.setReference(group, 'member', from, placeholder);
    if (real !== undefined) store.setReference(group, 'member', to, real);
    store.adjustReferenceCount(group, 'member', count);
    store.setReference(other, 'member', from, 'new');
    store.adjustReferenceCount(other, 'member', 1);
    store.redirectReferences(from, to);
    assert.deepEqual(stateOf(store, group), [[to, gives]]);
    assert.equal(store.countReferences(group, 'member'), left);
    assert.deepEqual(stateOf(store, other), [[to, 'new']]);
    assert.equal(store.countReferences(other, 'member'), 1);
    assert.deepEqual(store.referrers(from), []);
  });
}

test('a reference by one attribute says nothing of another when names are redirected', (t) => {
  const { store, directory } = world(t);
  const [group, from, to] = insertRows(store, directory, 1, 2, 3) as [CsId, CsId, CsId];
  store.setReference(group, 'member', from, 'confirmed');
  store.setReference(group, 'owner', to, 'gone');
  store.adjustReferenceCount(group, 'member', 1);
  store.redirectReferences(from, to);
  assert.deepEqual([stateOf(store, group), stateOf(store, group, 'owner')], [[[to, 'confirmed']], [[to, 'gone']]]);
  assert.equal(store.countReferences(group, 'member'), 1);
});

test('settled references to an object that moved are brought along, where what holds them is known to the cloud', (t) => {
  const { store, directory, cloud } = world(t);
  const [a, b, alone, user] = insertRows(store, directory, 1, 2, 3, 4) as [CsId, CsId, CsId, CsId];
  const [cloudA, cloudB] = insertRows(store, cloud, 11, 12) as [CsId, CsId];
  linked(store, 'a', [a, directory], [cloudA, cloud]);
  linked(store, 'b', [b, directory], [cloudB, cloud]);
  linked(store, 'alone', [alone, directory]);
  for (const group of [a, b, alone]) store.setReference(group, 'member', user, 'confirmed');
  store.setReference(a, 'owner', user, 'new');
  store.setReference(a, 'seeAlso', user, 'gone');
  // The references of b are to be worked out anew anyway.
  store.enqueueReferences(cloudB);
  store.moveReferences(user, cloud);
  assert.deepEqual(stateOf(store, a), [[user, 'moved']]);
  assert.deepEqual([store.reference(a, 'owner', user), store.reference(a, 'seeAlso', user)], ['new', 'gone']);
  assert.deepEqual([stateOf(store, b), stateOf(store, alone)], [[[user, 'confirmed']], [[user, 'confirmed']]]);
});

test('references of the cloud to what moved stay as they are', (t) => {
  const { store, directory, cloud } = world(t);
  const [user] = insertRows(store, directory, 1) as [CsId];
  const [cloudGroup, cloudUser] = insertRows(store, cloud, 11, 12) as [CsId, CsId];
  linked(store, 'u', [user, directory], [cloudUser, cloud]);
  linked(store, 'g', [cloudGroup, cloud]);
  store.setReference(cloudGroup, 'member', cloudUser, 'confirmed');
  store.moveReferences(cloudUser, cloud);
  assert.deepEqual(stateOf(store, cloudGroup), [[cloudUser, 'confirmed']]);
});

test('rows with references to be exported are told by connector, each once', (t) => {
  const { store, directory, cloud } = world(t);
  const [a] = insertRows(store, directory, 1) as [CsId];
  const [b, c, d] = insertRows(store, cloud, 11, 12, 13) as [CsId, CsId, CsId];
  store.setReference(a, 'member', b, 'pending-add');
  store.setReference(c, 'member', b, 'pending-delete');
  store.setReference(c, 'owner', b, 'pending-add');
  store.setReference(b, 'member', c, 'sent-add');
  store.setReference(d, 'member', c, 'kept');
  assert.deepEqual(store.rowsWithPendingReferences(cloud), [c]);
  assert.deepEqual(store.rowsWithPendingReferences(directory), [a]);
  store.setExport(c, { desired: '{}' });
  assert.deepEqual([store.countPendingExports(cloud), store.hasUndecidedRemovals(cloud)], [1, true]);
  assert.deepEqual([store.countPendingExports(directory), store.hasUndecidedRemovals(directory)], [1, false]);
});

test('unsettled references come in portions of whole rows', (t) => {
  const { store, directory } = world(t);
  const rows = insertRows(store, directory, 1, 2, 3, 4);
  const [a, b, c, d] = rows as [CsId, CsId, CsId, CsId];
  for (const target of [b, c, d]) store.setReference(a, 'member', target, 'new');
  store.setReference(b, 'member', c, 'confirmed');
  store.setReference(c, 'member', a, 'gone');
  store.setReference(d, 'owner', a, 'moved');
  const page = (after: number, limit: number): unknown[] =>
    store.unsettledReferences(after, limit).map(({ row, attribute, target, state }) => [row, attribute, target, state]);
  assert.deepEqual(page(0, 1).length, 3, 'all of one row, though one row was asked for');
  assert.deepEqual(page(a, 2), [
    [c, 'member', a, 'gone'],
    [d, 'owner', a, 'moved'],
  ]);
  assert.deepEqual(page(d, 9), []);
});

test('an object that is new to the cloud begins with its references as they lead on', (t) => {
  const { store, directory, cloud } = world(t);
  const [group, one, two, gone, unlinked] = insertRows(store, directory, 1, 2, 3, 4, 5) as [
    CsId,
    CsId,
    CsId,
    CsId,
    CsId,
  ];
  const [cloudGroup, cloudOne, cloudTwo, cloudGone] = insertRows(store, cloud, 11, 12, 13, 14) as [
    CsId,
    CsId,
    CsId,
    CsId,
  ];
  linked(store, 'g', [group, directory], [cloudGroup, cloud]);
  // Two objects of directories are one in the cloud.
  linked(store, 'o', [one, directory], [two, directory], [cloudOne, cloud]);
  linked(store, 'x', [gone, directory], [cloudGone, cloud]);
  for (const target of [one, two, unlinked]) store.setReference(group, 'uniqueMember', target, 'confirmed');
  store.setReference(group, 'uniqueMember', gone, 'gone');
  store.setReference(group, 'owner', gone, 'confirmed');
  assert.deepEqual(store.counterpartsOfReferences(group, 'uniqueMember', cloud), [cloudOne]);
  store.seedReferences(cloudGroup, 'member', group, 'uniqueMember', cloud);
  assert.deepEqual(stateOf(store, cloudGroup), [[cloudOne, 'pending-add']]);
  store.setReference(cloudGroup, 'member', cloudOne, 'confirmed');
  store.seedReferences(cloudGroup, 'member', group, 'uniqueMember', cloud);
  assert.deepEqual(stateOf(store, cloudGroup), [[cloudOne, 'confirmed']], 'what is there already stays');
  assert.deepEqual(
    [stateOf(store, cloudTwo), store.counterpartsOfReferences(group, 'owner', cloud)],
    [[], [cloudGone]],
  );
});

test('a row waits once for its references to be worked out anew, and not when it is deleted', (t) => {
  const { store, cloud } = world(t);
  const [a, b] = insertRows(store, cloud, 11, 12) as [CsId, CsId];
  for (const id of [b, a, b]) store.enqueueReferences(id);
  assert.deepEqual([store.referenceQueue(1), store.referenceQueue(9)], [[a], [a, b]]);
  store.dropFromReferenceQueue(a);
  assert.deepEqual([store.isInReferenceQueue(a), store.isInReferenceQueue(b)], [false, true]);
  store.deleteRow(b);
  assert.deepEqual(store.referenceQueue(9), []);
});
