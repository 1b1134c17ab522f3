import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectorId } from '@springline/connect-sync/connector-space/store';
import { anchorOf, insertRows, newStore, rowOf, storeFile } from '../testing/store-rows.ts';
import { openSyncStore, type SqliteSyncStore } from './sync-store.ts';

test('a transaction that fails leaves nothing behind, and the next one works', (t) => {
  const store = newStore(t);
  const connector = store.connector('default', 'openldap');
  const trouble = new Error('in the middle');
  const fails = (): void => {
    store.insertRow(rowOf(connector, 1));
    store.setSetting('watermark', '1');
    throw trouble;
  };
  assert.throws(() => store.transaction(fails), trouble);
  assert.equal(store.countRows(connector), 0);
  assert.equal(store.setting('watermark'), undefined);
  assert.equal(
    store.transaction(() => store.countRows(connector)),
    0,
  );
});

/** What a run may have made before it is undone. */
function work(store: SqliteSyncStore, connector: ConnectorId): void {
  const [row] = insertRows(store, connector, 2);
  store.deleteRow(store.rowByAnchor(connector, anchorOf(1))!.id);
  const mv = store.insertMvObject('u2', 'person', new Uint8Array([1]));
  store.addJoinKey(7, mv);
  store.setReference(row!, 'a name that is new', row!, 'new');
}

function assertUntouched(store: SqliteSyncStore, connector: ConnectorId): void {
  assert.equal(store.rowByAnchor(connector, anchorOf(2)), undefined);
  assert.equal(store.idByDn(connector, 'cn=2,dc=a'), undefined);
  assert.equal(store.anchors(connector).size, 1);
  const row = store.rowByAnchor(connector, anchorOf(1))!;
  assert.equal(store.idByDn(connector, 'cn=1,dc=a'), row.id);
  assert.deepEqual(store.findByJoinKey(7, 9), []);
  assert.equal(store.countMvObjects(), 0);
  // A number that was given in what was undone belongs to nobody.
  const number = store.names.idOf('another name');
  assert.equal(store.names.nameOf(number), 'another name');
  assert.equal(store.names.nameOf(store.names.idOf('a name that is new')), 'a name that is new');
}

for (const { name, undo } of [
  {
    name: 'a transaction that fails',
    undo: (store: SqliteSyncStore, connector: ConnectorId): void => {
      assert.throws(() =>
        store.transaction(() => {
          work(store, connector);
          throw new Error('in the middle');
        }),
      );
    },
  },
  {
    name: 'a batch that is given up',
    undo: (store: SqliteSyncStore, connector: ConnectorId): void => {
      store.openBatch();
      work(store, connector);
      store.rollBackBatch();
    },
  },
]) {
  for (const isKnown of [true, false]) {
    test(`${name} leaves nothing in what is looked up in memory, ${isKnown ? 'read before' : 'not read before'}`, (t) => {
      const file = storeFile(t);
      const first = openSyncStore(file);
      insertRows(first, first.connector('default', 'openldap'), 1);
      first.close();
      const store = openSyncStore(file);
      t.after(() => store.close());
      const connector = store.connector('default', 'openldap');
      if (isKnown) {
        assert.ok(store.rowByAnchor(connector, anchorOf(1)) !== undefined);
        assert.equal(store.idByDn(connector, 'cn=2,dc=a'), undefined);
        assert.deepEqual(store.findByJoinKey(7, 9), []);
      }
      undo(store, connector);
      assertUntouched(store, connector);
    });
  }
}

test('what a batch wrote is there for others once it is committed, and not before', (t) => {
  const file = storeFile(t);
  const writer = openSyncStore(file);
  const connector = writer.connector('default', 'openldap');
  const seen = (): number => {
    const reader = openSyncStore(file, { isProven: true });
    const count = reader.countRows(connector);
    reader.close();
    return count;
  };
  // Another process that opens the store takes it over, so each look is the last thing that happens.
  writer.openBatch();
  insertRows(writer, connector, 1);
  writer.openBatch();
  insertRows(writer, connector, 2);
  assert.equal(writer.countRows(connector), 2);
  writer.commitBatch();
  assert.equal(seen(), 2);
  writer.close();
});

test('committing or giving up where nothing is open changes nothing', (t) => {
  const store = newStore(t);
  const connector = store.connector('default', 'openldap');
  insertRows(store, connector, 1);
  store.commitBatch();
  store.rollBackBatch();
  assert.equal(store.countRows(connector), 1);
});

test('a transaction ends an open batch: what the batch wrote stays when the transaction fails', (t) => {
  const store = newStore(t);
  const connector = store.connector('default', 'openldap');
  store.openBatch();
  insertRows(store, connector, 1);
  assert.throws(() =>
    store.transaction(() => {
      insertRows(store, connector, 2);
      throw new Error('in the middle');
    }),
  );
  store.rollBackBatch();
  assert.equal(store.countRows(connector), 1);
  assert.equal(store.idByDn(connector, 'cn=2,dc=a'), undefined);
});

test('an open batch is committed when the store is closed', (t) => {
  const file = storeFile(t);
  const first = openSyncStore(file);
  const connector = first.connector('default', 'openldap');
  first.openBatch();
  insertRows(first, connector, 1);
  first.close();
  const second = openSyncStore(file);
  t.after(() => second.close());
  assert.equal(second.countRows(connector), 1);
});

test('whoever opened the store last writes; the one before is told, and changes nothing', (t) => {
  const file = storeFile(t);
  const early = openSyncStore(file);
  t.after(() => early.close());
  const connector = early.connector('default', 'openldap');
  const late = openSyncStore(file);
  t.after(() => late.close());
  const refusal = { name: 'SyncStoreError', code: 'store-taken-over' };
  assert.throws(() => early.transaction(() => insertRows(early, connector, 1)), refusal);
  assert.throws(() => early.openBatch(), refusal);
  assert.equal(late.countRows(connector), 0);
  late.transaction(() => insertRows(late, connector, 1));
  assert.equal(early.countRows(connector), 1, 'it may still read');
});

test('settings are kept by their keys until they are taken away', (t) => {
  const store = newStore(t);
  assert.equal(store.setting('a'), undefined);
  store.setSetting('a', '1');
  store.setSetting('a', "it's");
  store.setSetting('b', '');
  assert.deepEqual([store.setting('a'), store.setting('b')], ["it's", '']);
  store.setSetting('a', null);
  store.setSetting('never', null);
  assert.equal(store.setting('a'), undefined);
});

test('a name has one number, for this run and the next', (t) => {
  const file = storeFile(t);
  const first = openSyncStore(file);
  const names = ['member', 'Member', "it's", '__proto__', ''];
  const numbers = names.map((name) => first.names.idOf(name));
  assert.equal(new Set(numbers).size, names.length);
  first.close();
  const second = openSyncStore(file);
  t.after(() => second.close());
  assert.deepEqual(
    numbers.map((number) => second.names.nameOf(number)),
    names,
  );
  assert.deepEqual(
    names.map((name) => second.names.idOf(name)),
    numbers,
  );
});

test('a number without a name says that the store is damaged', (t) => {
  assert.throws(() => newStore(t).names.nameOf(99), { name: 'SyncStoreError', code: 'store-damaged' });
});

test('the number of a text is the same in every run, and another in every store', (t) => {
  const file = storeFile(t);
  const first = openSyncStore(file);
  const number = first.keyOf('cn=ada');
  first.close();
  const second = openSyncStore(file);
  t.after(() => second.close());
  assert.equal(second.keyOf('cn=ada'), number);
  assert.ok(Number.isSafeInteger(number));
  assert.notEqual(newStore(t).keyOf('cn=ada'), number);
});

test('a connector keeps its id by its name, and takes the kind that was said last', (t) => {
  const store = newStore(t);
  const id = store.connector('default', 'openldap');
  assert.equal(store.connector('default', 'active-directory'), id);
  assert.notEqual(store.connector('other', 'openldap'), id);
});
