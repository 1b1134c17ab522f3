import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { CycleRecord, MvId } from '@springline/connect-sync/connector-space/store';
import { anchorOf, insertRows, newStore, rowOf, storeFile } from '../testing/store-rows.ts';
import { schemaVersion } from './sync-schema.ts';
import { copySyncStore, openSyncStore } from './sync-store.ts';

test('what was stored is there after the store was closed and opened again', (t) => {
  const file = storeFile(t);
  const first = openSyncStore(file);
  const connector = first.connector('default', 'openldap');
  const row = rowOf(connector, 1);
  const id = first.insertRow(row);
  first.setSetting('watermark', '42');
  first.close();
  const second = openSyncStore(file);
  t.after(() => second.close());
  assert.equal(second.connector('default', 'openldap'), connector);
  assert.equal(second.setting('watermark'), '42');
  assert.deepEqual(second.row(id), {
    ...{ id, connector, anchor: row.anchor, dn: row.dn, isTransient: false, type: 'user', hologram: row.hologram },
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
  assert.equal(second.idByDn(connector, row.dnKey), id);
  const index = second.anchors(connector);
  assert.ok(index.hasFingerprint(index.find(anchorOf(1)), row.fingerprint!));
});

test('the store of a newer version is refused, and not touched', (t) => {
  const file = storeFile(t);
  openSyncStore(file).close();
  const newer = new DatabaseSync(file);
  newer.exec(`PRAGMA user_version=${schemaVersion + 1}`);
  newer.close();
  const before = readFileSync(file);
  assert.throws(() => openSyncStore(file), {
    name: 'SyncStoreError',
    code: 'store-newer',
    message: `${file} was written by a newer version; start that version again`,
  });
  assert.deepEqual(readFileSync(file), before);
});

/** The tables of version 1, as far as they say what a store of it looks like. */
const firstSchema = `
CREATE TABLE connector (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL);
CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE cs (id INTEGER PRIMARY KEY, connector INTEGER NOT NULL REFERENCES connector(id), anchor TEXT, dn TEXT NOT NULL);
CREATE UNIQUE INDEX cs_anchor ON cs (connector, anchor) WHERE anchor IS NOT NULL;
CREATE TABLE mv (id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, type TEXT NOT NULL, attributes TEXT NOT NULL);
CREATE TABLE queue (mv INTEGER PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE cycle (
  number INTEGER PRIMARY KEY, started INTEGER NOT NULL, ended INTEGER, result TEXT NOT NULL, steps TEXT NOT NULL);
INSERT INTO connector VALUES (5, 'default', 'openldap');
INSERT INTO setting VALUES ('writer-lease', 'x'), ('directory-facts', 'facts'), ('last-change-at', '7'), ('watermark', '9');
INSERT INTO cs VALUES (1, 5, 'a', 'CN=a');
INSERT INTO mv VALUES (1, 'u', 'person', '{}');
INSERT INTO cycle VALUES (3, 1, NULL, 'in-progress', '[]');
PRAGMA user_version=1;`;

test('a store of the first version is emptied, keeps what nobody could tell again, and works', (t) => {
  const file = storeFile(t);
  const old = new DatabaseSync(file);
  old.exec(firstSchema);
  old.close();
  const store = openSyncStore(file);
  assert.deepEqual(
    ['directory-facts', 'last-change-at', 'watermark'].map((key) => store.setting(key)),
    ['facts', '7', undefined],
  );
  assert.equal(store.lastCycle(), undefined);
  assert.equal(store.countMvObjects(), 0);
  const connector = store.connector('default', 'openldap');
  assert.equal(store.countRows(connector), 0);
  store.transaction(() => insertRows(store, connector, 1));
  store.close();
  const again = openSyncStore(file);
  t.after(() => again.close());
  assert.equal(again.countRows(connector), 1, 'it is emptied once');
});

for (const [name, damage] of [
  ['overwritten with text', (file: string) => writeFileSync(file, 'this is no database'.repeat(500))],
  ['cut in the middle', (file: string) => truncateSync(file, Math.floor(statSync(file).size / 16384) * 8192)],
  [
    'damaged within',
    (file: string) => {
      const bytes = readFileSync(file);
      writeFileSync(file, bytes.fill(0xa5, 8192 * 3));
    },
  ],
] as const) {
  test(`a store that was ${name} is told as damaged, with the remedy`, (t) => {
    const file = storeFile(t);
    const store = openSyncStore(file);
    const connector = store.connector('default', 'openldap');
    store.transaction(() => {
      for (let n = 0; n < 500; n++) insertRows(store, connector, n);
    });
    store.close();
    damage(file);
    assert.throws(
      () => openSyncStore(file),
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'store-damaged', error.message);
        assert.ok(error.message.startsWith(`${file} is damaged (`), error.message);
        assert.match(error.message, /Move it away and start again: the store is rebuilt/);
        assert.doesNotMatch(error.message, /\n/);
        return true;
      },
    );
  });
}

test('a store that was closed whole a moment ago is not read through', (t) => {
  const file = storeFile(t);
  const store = openSyncStore(file);
  const connector = store.connector('default', 'openldap');
  store.transaction(() => {
    for (let n = 0; n < 2_000; n++) insertRows(store, connector, n);
  });
  store.close();
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.fill(0xa5, bytes.length - 8192));
  assert.throws(() => openSyncStore(file), { code: 'store-damaged' });
  openSyncStore(file, { isProven: true }).close();
});

test('a store that cannot be opened says so, and what to look at', (t) => {
  const file = storeFile(t);
  mkdirSync(file);
  assert.throws(() => openSyncStore(file), {
    code: 'store-unusable',
    message: new RegExp(`^${file} cannot be opened: .*Check the folder's rights and free space`),
  });
  assert.throws(() => openSyncStore(join(file, '..', 'missing', 'state.db')), { code: 'store-unusable' });
});

test('an empty file, as a kill at the first start may leave it, becomes a store', (t) => {
  const file = storeFile(t);
  writeFileSync(file, '');
  chmodSync(file, 0o600);
  const store = openSyncStore(file);
  t.after(() => store.close());
  assert.equal(store.countQueue(), 0);
});

test('a copy holds what was committed, replaces what was there, and leaves the store to its writer', async (t) => {
  const file = storeFile(t);
  const store = openSyncStore(file);
  t.after(() => store.close());
  const connector = store.connector('default', 'openldap');
  insertRows(store, connector, 1);
  const to = storeFile(t);
  writeFileSync(to, 'something else');
  await copySyncStore(file, to);
  store.transaction(() => insertRows(store, connector, 2));
  const copy = openSyncStore(to);
  t.after(() => copy.close());
  assert.deepEqual([copy.countRows(connector), store.countRows(connector)], [1, 2]);
});

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

test('a metaverse object is found by its number and its uuid, changed, counted and deleted', (t) => {
  const store = newStore(t);
  const a = store.insertMvObject('u-a', 'person', bytes('1'));
  const b = store.insertMvObject('u-b', 'group', bytes('2'));
  assert.deepEqual({ ...store.mvObject(a) }, { id: a, uuid: 'u-a', type: 'person', attributes: bytes('1') });
  assert.equal(store.mvByUuid('u-b')?.id, b);
  assert.equal(store.mvByUuid('u-c'), undefined);
  store.updateMvObject(a, bytes('3'));
  assert.deepEqual(store.mvObject(a)?.attributes, bytes('3'));
  assert.deepEqual([store.countMvObjects(), store.countMvObjects('group'), store.countMvObjects('x')], [2, 1, 0]);
  store.deleteMvObject(a);
  assert.deepEqual([store.mvObject(a), store.countMvObjects()], [undefined, 1]);
  assert.throws(() => store.insertMvObject('u-b', 'person', bytes('')), /UNIQUE/);
});

test('metaverse objects are given in portions, in the order of their numbers', (t) => {
  const store = newStore(t);
  const ids = Array.from({ length: 5 }, (_, n) => store.insertMvObject(`u${n}`, 'person', bytes('')));
  const page = (after: number, limit: number): number[] => store.mvObjects(after, limit).map(({ id }) => id);
  assert.deepEqual(page(0, 2), ids.slice(0, 2));
  assert.deepEqual(page(ids[1]!, 2), ids.slice(2, 4));
  assert.deepEqual(page(ids[4]!, 2), []);
});

test('a search finds what is written, without regard to the case of ASCII letters, and knows no wildcard', (t) => {
  const store = newStore(t);
  const texts = ['100% sure', 'a_b', 'axb', 'c\\d', '100 sure', 'GRÖSSE'];
  const ids = texts.map((text, n) => store.insertMvObject(`u${n}`, 'person', bytes(text)));
  const found = (text: string): number[] => store.searchMv(text, 0, 10).map(({ id }) => ids.indexOf(id));
  for (const [text, gives] of [
    ['100%', [0]],
    ['%', [0]],
    ['_', [1]],
    ['A_B', [1]],
    ['c\\D', [3]],
    ['SURE', [0, 4]],
    ['grÖsse', [5]],
    ["' OR 1=1 --", []],
  ] as const) {
    assert.deepEqual(found(text), gives, text);
  }
  assert.deepEqual(
    store.searchMv('a', 0, 1).map(({ id }) => id),
    [ids[1]],
  );
  assert.deepEqual(
    store.searchMv('a', ids[1]!, 9).map(({ id }) => id),
    [ids[2]],
  );
  assert.deepEqual(found('SURE'), [0, 4], 'a search that ended early leaves the next alone');
});

test('joins look for numbers, and find every object that may have what they stand for', (t) => {
  const store = newStore(t);
  const [a, b] = ['u0', 'u1'].map((uuid) => store.insertMvObject(uuid, 'person', bytes(''))) as [MvId, MvId];
  store.addJoinKey(2 ** 52 + 1, a);
  store.addJoinKey(7, b);
  store.addJoinKey(7, a);
  store.addJoinKey(7, a);
  assert.deepEqual(store.findByJoinKey(2 ** 52 + 1, 9), [a], 'given first of all, and once');
  assert.deepEqual(new Set(store.findByJoinKey(7, 9)), new Set([a, b]));
  assert.equal(store.findByJoinKey(7, 1).length, 1);
  assert.deepEqual(store.findByJoinKey(8, 9), []);
  store.dropJoinKey(7, a);
  store.dropJoinKey(8, a);
  assert.deepEqual(store.findByJoinKey(7, 9), [b]);
});

test('what joins look for is found by the next run as by this one', (t) => {
  const file = storeFile(t);
  const first = openSyncStore(file);
  const mv = first.insertMvObject('u', 'person', bytes(''));
  first.addJoinKey(7, mv);
  first.addJoinKey(9, mv);
  first.dropJoinKey(9, mv);
  first.close();
  const second = openSyncStore(file);
  t.after(() => second.close());
  second.addJoinKey(7, mv);
  assert.deepEqual([second.findByJoinKey(7, 9), second.findByJoinKey(9, 9)], [[mv], []]);
});

test('rows that found nothing to join are known by what they looked for', (t) => {
  const store = newStore(t);
  const [a, b] = insertRows(store, store.connector('default', 'openldap'), 1, 2);
  assert.equal(store.hasSeekers(), false);
  for (const key of [7, 7, 8]) store.addSeeker(key, a!);
  store.addSeeker(7, b!);
  assert.deepEqual([store.seekers(7), store.seekers(8), store.seekers(9)], [[a, b], [a], []]);
  store.dropSeeker(a!);
  assert.deepEqual([store.seekers(7), store.seekers(8), store.hasSeekers()], [[b], [], true]);
  store.deleteRow(b!);
  assert.equal(store.hasSeekers(), false);
});

test('an object waits in the queue once, however often it is put there, and not when it is deleted', (t) => {
  const store = newStore(t);
  const [a, b] = ['a', 'b'].map((uuid) => store.insertMvObject(uuid, 'person', bytes(''))) as [MvId, MvId];
  for (const id of [b, a, b]) store.enqueue(id);
  assert.equal(store.countQueue(), 2);
  assert.deepEqual([store.dequeueBatch(1), store.dequeueBatch(9)], [[a], [a, b]], 'they wait until they are dropped');
  store.dropFromQueue(a);
  store.deleteMvObject(b);
  assert.equal(store.countQueue(), 0);
});

test('cycles are kept newest first and purged by when they ended; one that runs stays', (t) => {
  const store = newStore(t);
  const steps = [
    { connector: 'x', profile: 'full-import', result: 'success', startedAt: 1, endedAt: 2, counters: { adds: 1 } },
  ];
  const numbers = ([10, 20, 30] as const).map((startedAt) => {
    const number = store.startCycle(startedAt as never, startedAt === 20 ? 'manual' : 'scheduled');
    const ended = { number, startedAt, endedAt: startedAt + 5, result: 'success', steps };
    if (startedAt < 30) store.saveCycle(ended as unknown as CycleRecord);
    return number;
  });
  assert.deepEqual(
    store.cycles(10).map(({ result, kind }) => `${result} ${kind}`),
    ['in-progress scheduled', 'success manual', 'success scheduled'],
  );
  assert.deepEqual(
    store.cycles(1).map(({ number }) => number),
    [numbers[2]],
  );
  assert.deepEqual(store.cycles(9, numbers[1]!)[0], {
    ...{ number: numbers[0], kind: 'scheduled', startedAt: 10, endedAt: 15, result: 'success', steps },
  });
  assert.equal(store.lastCycle()?.endedAt, undefined);
  assert.equal(store.purgeCycles(25), 1);
  assert.equal(store.purgeCycles(1_000), 1);
  assert.equal(store.lastCycle()?.startedAt, 30);
});

test('a cycle that was killed has ended when the store is opened again', (t) => {
  const file = storeFile(t);
  const first = openSyncStore(file);
  first.startCycle(10 as never, 'continuous');
  first.close();
  const second = openSyncStore(file);
  t.after(() => second.close());
  const { result, endedAt, kind } = second.lastCycle()!;
  assert.deepEqual({ result, endedAt, kind }, { result: 'call-failure', endedAt: 10, kind: 'continuous' });
});

test('a store of version 2 goes on as it was', (t) => {
  const file = storeFile(t);
  const first = openSyncStore(file);
  const cloud = first.connector('Cloud', 'cloud');
  const id = first.insertRow(rowOf(cloud, 1));
  first.setExport(id, { pendingExport: 'update', desired: '{}' });
  first.close();
  const old = new DatabaseSync(file);
  old.exec(`DROP INDEX export_taken; DROP INDEX reference_taken; ALTER TABLE export DROP COLUMN kept;
    PRAGMA user_version=2`);
  old.close();
  const store = openSyncStore(file);
  t.after(() => store.close());
  assert.equal(store.row(id)!.desired, '{}');
  store.setExport(id, { kept: 'mail' });
  assert.equal(store.row(id)!.kept, 'mail');
  assert.equal(store.hasUndecidedRemovals(cloud), false);
});
