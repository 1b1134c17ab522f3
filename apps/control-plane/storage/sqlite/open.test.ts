import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { type Cleanup, temporaryFolder } from '../../testing/running-control-plane.ts';
import type { Migration } from '../migration.ts';
import { type DatabaseOptions, openDatabase } from './open.ts';

type NoteTables = { notes: { id: number; text: string } };

const notes: Migration = {
  name: 'notes-0001',
  up: async ({ schema }: Kysely<unknown>) => {
    await schema
      .createTable('notes')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('text', 'text', (column) => column.notNull())
      .execute();
  },
};

async function open(t: Cleanup, path: string, migrations = [notes], options: DatabaseOptions = {}) {
  const database = await openDatabase(path, migrations, options);
  t.after(() => database.close());
  return {
    database,
    read: () => database.read.withTables<NoteTables>().selectFrom('notes').selectAll().orderBy('id').execute(),
    add: (id: number, text: string) =>
      database.write(async (writer) => {
        await writer.withTables<NoteTables>().insertInto('notes').values({ id, text }).execute();
      }),
  };
}

const pathFor = (t: Cleanup): string => join(temporaryFolder(t), 'control-plane', 'test.db');
const plain = (rows: readonly object[]) => rows.map((row) => ({ ...row }));

describe('the embedded store', () => {
  test('a write is there for the next read and after the next opening', async (t) => {
    const path = pathFor(t);
    const first = await open(t, path);
    await first.add(1, 'one');
    assert.deepEqual(plain(await first.read()), [{ id: 1, text: 'one' }]);
    await first.database.close();
    assert.deepEqual(plain(await (await open(t, path)).read()), [{ id: 1, text: 'one' }]);
  });

  test('a read sees what another process committed', async (t) => {
    const path = pathFor(t);
    const [one, other] = [await open(t, path), await open(t, path)];
    await one.add(1, 'one');
    await other.add(2, 'two');
    assert.equal((await one.read()).length, 2);
    assert.equal((await other.read()).length, 2);
  });

  test('the file belongs to its owner alone, and closing leaves one file', async (t) => {
    const path = pathFor(t);
    const { database, add } = await open(t, path);
    await add(1, 'one');
    for (const name of [path, `${path}-wal`, `${path}-shm`]) assert.equal(statSync(name).mode & 0o777, 0o600, name);
    await database.close();
    assert.equal(existsSync(`${path}-wal`), false);
  });

  test('work that throws leaves nothing behind, and the next write goes on', async (t) => {
    const { database, read, add } = await open(t, pathFor(t));
    const failing = database.write(async (writer) => {
      await writer.withTables<NoteTables>().insertInto('notes').values({ id: 1, text: 'lost' }).execute();
      throw new RangeError('no');
    });
    await assert.rejects(failing, RangeError);
    await add(2, 'kept');
    assert.deepEqual(plain(await read()), [{ id: 2, text: 'kept' }]);
  });

  test('writes run one after the other, in the order of asking', async (t) => {
    const { database, add, read } = await open(t, pathFor(t));
    await add(1, '');
    const append = (letter: string) =>
      database.write(async (writer) => {
        const tables = writer.withTables<NoteTables>();
        const { text } = await tables.selectFrom('notes').select('text').executeTakeFirstOrThrow();
        await tables
          .updateTable('notes')
          .set({ text: text + letter })
          .execute();
      });
    await Promise.all([...'abcdefghij'].map(append));
    assert.equal((await read())[0]!.text, 'abcdefghij');
  });

  test('work that does not end is rolled back in time and writes nothing afterwards', async (t) => {
    const { database, add, read } = await open(t, pathFor(t), [notes], { transactionLimitMs: 50 });
    const stuck = Promise.withResolvers<void>();
    const late = Promise.withResolvers<unknown>();
    const endless = database.write(async (writer) => {
      await stuck.promise;
      const tables = writer.withTables<NoteTables>();
      await tables.insertInto('notes').values({ id: 9, text: 'late' }).execute().then(late.resolve, late.resolve);
    });
    await assert.rejects(endless, { name: 'StorageError', code: 'transaction-too-long' });
    stuck.resolve();
    assert.match(String(await late.promise), /rolled back/);
    await add(1, 'next');
    assert.deepEqual(plain(await read()), [{ id: 1, text: 'next' }]);
  });

  test('too many waiting writes are refused instead of queued without end', async (t) => {
    const { database, add } = await open(t, pathFor(t));
    const gate = Promise.withResolvers<void>();
    const first = database.write(() => gate.promise);
    const waiting = Array.from({ length: 1_000 }, () => database.write(async () => {}));
    await assert.rejects(add(1, 'one too many'), { name: 'ProblemError', code: 'overloaded' });
    gate.resolve();
    await Promise.all([first, ...waiting]);
    await add(2, 'room again');
  });

  test('the reader cannot write, and has no transactions', async (t) => {
    const { database } = await open(t, pathFor(t));
    await assert.rejects(sql`insert into notes values (1, 'x')`.execute(database.read), { name: 'StorageError' });
    await assert.rejects(
      database.read.transaction().execute(async () => {}),
      TypeError,
    );
  });

  test('a second row with the same key is named as such', async (t) => {
    const { add } = await open(t, pathFor(t));
    await add(1, 'one');
    await assert.rejects(add(1, 'again'), { code: 'unique-violation' });
  });

  test('listeners hear of each commit of this process, and of no rollback', async (t) => {
    const { database, add } = await open(t, pathFor(t));
    let heard = 0;
    const stop = database.onCommit(() => {
      heard += 1;
    });
    await add(1, 'one');
    await assert.rejects(add(1, 'again'));
    stop();
    await add(2, 'two');
    assert.equal(heard, 1);
  });
});

describe('opening the store', () => {
  test('a schema change runs once', async (t) => {
    const path = pathFor(t);
    await (await open(t, path)).database.close();
    let runs = 0;
    const counted: Migration = {
      name: 'notes-0002',
      up: async () => {
        runs += 1;
      },
    };
    for (let i = 0; i < 2; i++) await (await open(t, path, [notes, counted])).database.close();
    assert.equal(runs, 1);
  });

  test('a schema change that fails leaves the schema as it was', async (t) => {
    const path = pathFor(t);
    const broken: Migration = {
      name: 'notes-0002',
      up: async ({ schema }: Kysely<unknown>) => {
        await schema.createTable('half').addColumn('id', 'integer').execute();
        throw new RangeError('no');
      },
    };
    await assert.rejects(openDatabase(path, [notes, broken]), RangeError);
    const { database } = await open(t, path, []);
    const { rows } = await sql<{
      name: string;
    }>`select name from sqlite_schema where name in ('half', 'notes')`.execute(database.read);
    assert.deepEqual(rows, []);
  });

  test('a database of a newer version is refused with what to do', async (t) => {
    const path = pathFor(t);
    await (await open(t, path, [notes, { name: 'notes-0002', up: async () => {} }])).database.close();
    await assert.rejects(openDatabase(path, [notes]), (error: Error & { code: string }) => {
      assert.equal(error.code, 'database-newer');
      assert.match(error.message, /notes-0002.*start that version, or restore a backup/);
      return true;
    });
  });

  for (const [name, content] of [
    ['text', 'this is no database, and long enough to be read as one. '.repeat(100)],
    ['an overwritten header', Buffer.alloc(8192, 0xff)],
  ] as const) {
    test(`a file that holds ${name} is refused as damaged and left as it is`, async (t) => {
      const path = join(temporaryFolder(t), 'test.db');
      writeFileSync(path, content);
      await assert.rejects(openDatabase(path, [notes]), { name: 'StorageError', code: 'database-corrupt' });
      assert.equal(statSync(path).size, content.length);
    });
  }

  test('a folder in the place of the file, and a file in the place of the folder, are refused', async (t) => {
    const folder = temporaryFolder(t);
    await assert.rejects(openDatabase(folder, [notes]), { code: 'database-unreadable' });
    writeFileSync(join(folder, 'file'), '');
    await assert.rejects(openDatabase(join(folder, 'file', 'test.db'), [notes]), { code: 'database-unreadable' });
  });
});

describe('a full disk', () => {
  test('is said as storage-full; nothing of the write is there, and reads go on', async (t) => {
    const { add, read } = await open(t, pathFor(t), [notes], { maximumSizeBytes: 256 * 1024 });
    await add(1, 'before');
    const large = add(2, 'x'.repeat(1024 * 1024));
    await assert.rejects(large, { name: 'ProblemError', code: 'storage-full' });
    assert.deepEqual(plain(await read()), [{ id: 1, text: 'before' }]);
    await add(3, 'small enough');
    assert.equal((await read()).length, 2);
  });
});

describe('a writer that ended unasked', () => {
  test('fails what waits and what comes, says so once, and leaves reading possible', async (t) => {
    const started = once(process, 'worker') as Promise<[Worker]>;
    const { database, add, read } = await open(t, pathFor(t));
    const [worker] = await started;
    await add(1, 'one');
    const gate = Promise.withResolvers<void>();
    const underWay = assert.rejects(
      database.write(async (writer) => {
        await gate.promise;
        await writer.withTables<NoteTables>().insertInto('notes').values({ id: 2, text: 'two' }).execute();
      }),
      { code: 'writer-lost' },
    );
    const waiting = assert.rejects(add(3, 'three'), { code: 'writer-lost' });
    await worker.terminate();
    assert.equal((await database.lost).code, 'writer-lost');
    gate.resolve();
    await Promise.all([underWay, waiting]);
    await assert.rejects(add(4, 'four'), { code: 'writer-lost' });
    assert.deepEqual(plain(await read()), [{ id: 1, text: 'one' }]);
  });
});

test('a statement that gives rows without end is ended, and the writer goes on', async (t) => {
  const { database, add } = await open(t, pathFor(t));
  const endless = sql`with recursive n (i) as (select 1 union all select i + 1 from n) select i from n`;
  await assert.rejects(
    database.write(async (writer) => {
      await endless.execute(writer);
    }),
    { code: 'database-failed' },
  );
  await add(1, 'one');
});
