import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { componentHome } from '../../home.ts';
import { backUpState, dropBackup, restoreState } from './state-backup.ts';

const component = 'connect-sync';

interface State {
  readonly home: string;
  readonly folder: string;
  open(): DatabaseSync;
  objects(): readonly string[];
}

/** A component's state with the objects one and two, as its build with the old schema left it. */
function stateOf(t: TestContext): State {
  const home = mkdtempSync(join(tmpdir(), 'springline-state-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const { folder, state } = componentHome(home, component);
  mkdirSync(folder, { recursive: true });
  const open = (): DatabaseSync => new DatabaseSync(state);
  const database = open();
  database.exec(
    "PRAGMA journal_mode = wal; CREATE TABLE object (name TEXT); INSERT INTO object VALUES ('one'), ('two')",
  );
  database.close();
  const objects = (): readonly string[] => {
    const read = open();
    const names = read.prepare('SELECT name FROM object ORDER BY rowid').all();
    read.close();
    return names.map(({ name }) => String(name));
  };
  return { home, folder, open, objects };
}

/** What a build with another schema does. */
function migrate({ open }: State): DatabaseSync {
  const database = open();
  database.exec("ALTER TABLE object RENAME COLUMN name TO title; INSERT INTO object VALUES ('three')");
  return database;
}

test('after a schema change the state is put back as it was, its log included', async (t) => {
  const state = stateOf(t);
  await backUpState(state.home, component);
  migrate(state).close();
  assert.throws(() => state.objects());
  assert.equal(restoreState(state.home, component), true);
  assert.deepEqual(state.objects(), ['one', 'two']);
});

test('what the new build left in its write-ahead log when it was killed does not come back', async (t) => {
  const state = stateOf(t);
  await backUpState(state.home, component);
  const killed = migrate(state); // Never closed: the log stays.
  t.after(() => killed.close());
  assert.ok(existsSync(join(state.folder, 'state.db-wal')));
  assert.equal(restoreState(state.home, component), true);
  assert.deepEqual(state.objects(), ['one', 'two']);
});

test('the copy is of one moment, also while the component writes', async (t) => {
  const state = stateOf(t);
  const writer = state.open();
  t.after(() => writer.close());
  writer.exec("BEGIN; INSERT INTO object VALUES ('half')");
  await backUpState(state.home, component);
  writer.exec('COMMIT');
  restoreState(state.home, component);
  assert.deepEqual(state.objects(), ['one', 'two']);
});

test('S9: a component whose state was put back is told to import first, however it is started', async (t) => {
  const state = stateOf(t);
  const { restored } = componentHome(state.home, component);
  await backUpState(state.home, component);
  assert.ok(!existsSync(restored));
  restoreState(state.home, component);
  assert.ok(existsSync(restored));
});

test('a restore is done once; done again it finds nothing to do and changes nothing', async (t) => {
  const state = stateOf(t);
  await backUpState(state.home, component);
  assert.equal(restoreState(state.home, component), true);
  const database = state.open();
  database.exec("INSERT INTO object VALUES ('since')");
  database.close();
  assert.equal(restoreState(state.home, component), false);
  assert.deepEqual(state.objects(), ['one', 'two', 'since']);
});

test('a restore that was killed after it removed the log is finished by the next one', async (t) => {
  const state = stateOf(t);
  await backUpState(state.home, component);
  migrate(state).close();
  for (const suffix of ['-wal', '-shm']) rmSync(join(state.folder, `state.db${suffix}`), { force: true });
  assert.equal(restoreState(state.home, component), true);
  assert.deepEqual(state.objects(), ['one', 'two']);
});

test('a copy that was killed halfway is no copy, and is made anew', async (t) => {
  const state = stateOf(t);
  writeFileSync(join(state.folder, 'state.db.before-upgrade.part'), 'half');
  assert.equal(restoreState(state.home, component), false);
  assert.deepEqual(state.objects(), ['one', 'two']);
  await backUpState(state.home, component);
  assert.equal(restoreState(state.home, component), true);
  assert.deepEqual(state.objects(), ['one', 'two']);
});

test('a later copy takes the place of an earlier one', async (t) => {
  const state = stateOf(t);
  await backUpState(state.home, component);
  const database = state.open();
  database.exec("INSERT INTO object VALUES ('three')");
  database.close();
  await backUpState(state.home, component);
  restoreState(state.home, component);
  assert.deepEqual(state.objects(), ['one', 'two', 'three']);
});

test('a component without state has nothing to copy or put back', async (t) => {
  const state = stateOf(t);
  rmSync(join(state.folder, 'state.db'));
  await backUpState(state.home, component);
  assert.equal(restoreState(state.home, component), false);
  assert.deepEqual(readdirSync(state.folder), []);
});

test('a dropped copy is gone, whole or half', async (t) => {
  const state = stateOf(t);
  await backUpState(state.home, component);
  writeFileSync(join(state.folder, 'state.db.before-upgrade.part'), 'half');
  dropBackup(state.home, component);
  dropBackup(state.home, component);
  assert.deepEqual(
    readdirSync(state.folder).filter((name) => name.includes('before-upgrade')),
    [],
  );
});
