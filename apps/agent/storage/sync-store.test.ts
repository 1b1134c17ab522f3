import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import type { ConnectorId, CsId, CycleRecord, StagedRow } from '@springline/connect-sync/connector-space/store';
import { openSyncStore, type SqliteSyncStore } from './sync-store.ts';

function storeFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'springline-store-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'state.db');
}

function newStore(t: TestContext): SqliteSyncStore {
  const store = openSyncStore(storeFile(t));
  t.after(() => store.close());
  return store;
}

const staged = (connector: ConnectorId, n: number): StagedRow => ({
  connector,
  anchor: `anchor-${n}`,
  dn: `CN=${n},DC=a`,
  dnKey: `cn=${n},dc=a`,
  type: 'user',
  hologram: '{}',
  fingerprint: 'f',
  pendingImport: 'add',
});

test('what was stored is there after the store was closed and opened again', (t) => {
  const file = storeFile(t);
  const first = openSyncStore(file);
  const connector = first.connector('default', 'openldap');
  const id = first.insertRow(staged(connector, 1));
  first.setSetting('watermark', '42');
  first.close();
  const second = openSyncStore(file);
  t.after(() => second.close());
  assert.equal(second.connector('default', 'openldap'), connector);
  assert.equal(second.setting('watermark'), '42');
  assert.deepEqual(second.row(id), {
    ...{ id, ...staged(connector, 1) },
    ...{ mv: null, link: null, desired: null, unconfirmed: null, pendingExport: 'none', fault: null, guard: null },
  });
});

test('the store of a newer version is refused, and not touched', (t) => {
  const file = storeFile(t);
  openSyncStore(file).close();
  const newer = new DatabaseSync(file);
  newer.exec('PRAGMA user_version=2');
  newer.close();
  const before = readFileSync(file);
  assert.throws(() => openSyncStore(file), {
    name: 'SyncStoreError',
    code: 'store-newer',
    message: `${file} was written by a newer version; start that version again`,
  });
  assert.deepEqual(readFileSync(file), before);
});

for (const [name, damage] of [
  ['overwritten with text', (file: string) => writeFileSync(file, 'this is no database'.repeat(500))],
  ['cut in the middle', (file: string) => truncateSync(file, Math.floor(statSync(file).size / 8192) * 4096)],
  [
    'damaged within',
    (file: string) => {
      const bytes = readFileSync(file);
      writeFileSync(file, bytes.fill(0xa5, 4096 * 3));
    },
  ],
] as const) {
  test(`a store that was ${name} is told as damaged, with the remedy`, (t) => {
    const file = storeFile(t);
    const store = openSyncStore(file);
    const connector = store.connector('default', 'openldap');
    store.transaction(() => {
      for (let n = 0; n < 500; n++) store.insertRow(staged(connector, n));
    });
    store.close();
    damage(file);
    assert.throws(
      () => openSyncStore(file),
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'store-damaged', error.message);
        assert.ok(error.message.startsWith(`${file} is damaged (`), error.message);
        assert.match(error.message, /Move it away and start again: the store is rebuilt/);
        return true;
      },
    );
  });
}

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

test('a transaction that fails leaves nothing behind, and the next one works', (t) => {
  const store = newStore(t);
  const connector = store.connector('default', 'openldap');
  const trouble = new Error('in the middle');
  assert.throws(
    () =>
      store.transaction(() => {
        store.insertRow(staged(connector, 1));
        store.setSetting('watermark', '1');
        throw trouble;
      }),
    trouble,
  );
  assert.equal(store.countRows(connector), 0);
  assert.equal(store.setting('watermark'), undefined);
  assert.equal(
    store.transaction(() => store.countRows(connector)),
    0,
  );
});

test('a value that is there already fails the whole transaction, not a half of it', (t) => {
  const store = newStore(t);
  const connector = store.connector('default', 'openldap');
  store.insertRow(staged(connector, 1));
  assert.throws(
    () =>
      store.transaction(() => {
        store.insertRow(staged(connector, 2));
        store.insertRow({ ...staged(connector, 3), anchor: 'anchor-1' });
      }),
    /UNIQUE/,
  );
  assert.equal(store.countRows(connector), 1);
});

test('a connector keeps its id by its name, and takes the kind that was said last', (t) => {
  const store = newStore(t);
  const id = store.connector('default', 'openldap');
  assert.equal(store.connector('default', 'active-directory'), id);
  assert.notEqual(store.connector('other', 'openldap'), id);
});

test('any column of a row can be changed, and a fault survives as it was', (t) => {
  const store = newStore(t);
  const id = store.insertRow(staged(store.connector('default', 'openldap'), 1));
  const fault = { code: 'x', message: "it's", firstSeenAt: 1, lastSeenAt: 2, retryCount: 3 } as never;
  store.updateRow(id, { fault, pendingExport: 'update', dnKey: 'cn=x' });
  const { dnKey, pendingExport, fault: kept } = store.row(id)!;
  assert.deepEqual({ dnKey, pendingExport, kept }, { dnKey: 'cn=x', pendingExport: 'update', kept: fault });
  assert.equal(store.countFaults(), 1);
  store.updateRow(id, { fault: null });
  store.updateRow(id, {});
  assert.deepEqual(store.faults(undefined, 10), []);
});

test('a deleted row takes its own references with it, and not those of others', (t) => {
  const store = newStore(t);
  const connector = store.connector('default', 'openldap');
  const [a, b] = [1, 2].map((n) => store.insertRow(staged(connector, n))) as [CsId, CsId];
  store.setReference(a, 'member', b, 'confirmed');
  store.setReference(b, 'member', a, 'pending-add');
  store.deleteRow(a);
  assert.deepEqual(store.references(a), []);
  assert.deepEqual(store.referrers(a), [b]);
  assert.deepEqual(store.rowsWithPendingReferences(connector), [b]);
});

test('references redirected to a row that has them already become one', (t) => {
  const store = newStore(t);
  const connector = store.connector('default', 'openldap');
  const [group, placeholder, real] = [1, 2, 3].map((n) => store.insertRow(staged(connector, n))) as [CsId, CsId, CsId];
  store.setReference(group, 'member', placeholder, 'confirmed');
  store.setReference(group, 'member', real, 'confirmed');
  store.redirectReferences(placeholder, real);
  assert.deepEqual(
    store.references(group).map(({ target }) => target),
    [real],
  );
  assert.deepEqual(store.referrers(placeholder), []);
});

test('a search finds percent signs, underscores and backslashes as they are written, and no wildcard', (t) => {
  const store = newStore(t);
  const ids = ['100% sure', 'a_b', 'axb', 'c\\d', '100 sure'].map((text) => {
    const id = store.insertMvObject(`uuid ${text}`, 'person');
    store.updateMvObject(id, `{"displayName":"${text}"}`, new Map());
    return id;
  });
  const found = (text: string): number[] => store.search(text, 10).map(({ id }) => ids.indexOf(id));
  assert.deepEqual(found('100%'), [0]);
  assert.deepEqual(found('%'), [0]);
  assert.deepEqual(found('a_b'), [1]);
  assert.deepEqual(found('_'), [1]);
  assert.deepEqual(found('A_B'), [1]);
  assert.deepEqual(found('c\\d'), [3]);
  assert.deepEqual(found('sure'), [0, 4]);
  assert.deepEqual(found("' OR 1=1 --"), []);
  assert.equal(store.search('a', 2).length, 2);
});

test('joins look at whole values of one attribute, by type or any, and say when two match', (t) => {
  const store = newStore(t);
  const [a, b, c] = ['person', 'person', 'group'].map((type, n) => {
    const id = store.insertMvObject(`u${n}`, type);
    store.updateMvObject(id, '{}', new Map([['mail', ['x@example.test']]]));
    return id;
  });
  assert.deepEqual(store.findMvObjects('person', 'mail', 'x@example.test'), [a, b]);
  assert.deepEqual(store.findMvObjects('group', 'mail', 'x@example.test'), [c]);
  assert.equal(store.findMvObjects('*', 'mail', 'x@example.test').length, 2, 'two are enough to be ambiguous');
  assert.deepEqual(store.findMvObjects('person', 'mail', 'x@example'), []);
  assert.deepEqual(store.findMvObjects('person', 'displayName', 'x@example.test'), []);
  store.updateMvObject(a!, '{}', new Map());
  store.deleteMvObject(b!);
  assert.deepEqual(store.findMvObjects('person', 'mail', 'x@example.test'), []);
});

test('an object waits in the queue once, however often it is put there', (t) => {
  const store = newStore(t);
  const [a, b] = ['a', 'b'].map((uuid) => store.insertMvObject(uuid, 'person'));
  for (const id of [b!, a!, b!]) store.enqueue(id);
  assert.equal(store.countQueue(), 2);
  assert.deepEqual(store.dequeueBatch(1), [a]);
  store.dropFromQueue(a!);
  store.deleteMvObject(b!);
  assert.equal(store.countQueue(), 0);
});

test('cycles are kept newest first and purged by when they ended; one that runs stays', (t) => {
  const store = newStore(t);
  for (const startedAt of [10, 20, 30]) {
    const number = store.startCycle(startedAt);
    const ended = { number, startedAt, endedAt: startedAt + 5, result: 'success', steps: [] } as unknown as CycleRecord;
    if (startedAt < 30) store.saveCycle(ended);
  }
  assert.deepEqual(
    store.cycles(10).map(({ result }) => result),
    ['in-progress', 'success', 'success'],
  );
  assert.equal(store.lastCycle()?.endedAt, undefined);
  assert.equal(store.purgeCycles(25), 1);
  assert.equal(store.purgeCycles(1_000), 1);
  assert.equal(store.lastCycle()?.startedAt, 30);
});
