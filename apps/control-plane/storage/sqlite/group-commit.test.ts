import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Kysely } from 'kysely';
import { type Cleanup, temporaryFolder } from '../../testing/running-control-plane.ts';
import type { Writer } from '../database.ts';
import type { Migration } from '../migration.ts';
import { Connection } from './connection.ts';
import { type DatabaseOptions, openDatabase, type SqliteDatabase } from './open.ts';

type EntryTables = { entries: { id: number; text: string } };

const entries: Migration = {
  name: 'entries-0001',
  up: async ({ schema }: Kysely<unknown>) => {
    await schema
      .createTable('entries')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('text', 'text', (column) => column.notNull())
      .execute();
  },
};

async function open(t: Cleanup, options: DatabaseOptions = {}): Promise<SqliteDatabase> {
  const database = await openDatabase(join(temporaryFolder(t), 'test.db'), [entries], options);
  t.after(() => database.close());
  return database;
}

const insert = (id: number, text = '') => {
  return async (writer: Writer): Promise<void> => {
    await writer.withTables<EntryTables>().insertInto('entries').values({ id, text }).execute();
  };
};

async function idsOf(database: SqliteDatabase): Promise<number[]> {
  const rows = await database.read.withTables<EntryTables>().selectFrom('entries').select('id').orderBy('id').execute();
  return rows.map(({ id }) => id);
}

/** Holds the writer until all of `start`'s works wait, so that they make one group. */
async function together<T>(database: SqliteDatabase, start: () => Promise<T>[]): Promise<PromiseSettledResult<T>[]> {
  const gate = Promise.withResolvers<void>();
  const first = database.write(() => gate.promise);
  const started = Promise.allSettled(start());
  gate.resolve();
  await first;
  return started;
}

for (const mayInterleave of [false, true]) {
  const kind = mayInterleave ? 'works that may interleave' : 'works';

  test(`${kind} and come at the same time share one commit`, async (t) => {
    const database = await open(t, { groupLimitMs: 60_000 });
    let commits = 0;
    database.onCommit(() => {
      commits += 1;
    });
    const outcomes = await together(database, () =>
      Array.from({ length: 10 }, (_, id) => database.write(insert(id), { mayInterleave })),
    );
    assert.ok(outcomes.every(({ status }) => status === 'fulfilled'));
    assert.equal((await idsOf(database)).length, 10);
    assert.equal(commits, 2, 'the one that held the writer, and the group');
  });

  test(`of ${kind} in one group, one that throws takes back its own changes and no others`, async (t) => {
    const database = await open(t);
    const failing = async (writer: Writer): Promise<void> => {
      await insert(2)(writer);
      throw new RangeError('no');
    };
    const [first, second, third] = await together(database, () =>
      [insert(1), failing, insert(3)].map((work) => database.write(work, { mayInterleave })),
    );
    assert.deepEqual([first?.status, second?.status, third?.status], ['fulfilled', 'rejected', 'fulfilled']);
    assert.ok((second as PromiseRejectedResult).reason instanceof RangeError);
    assert.deepEqual(await idsOf(database), [1, 3]);
  });

  test(`of ${kind} in one group, one too large for the disk is refused and the others are kept`, async (t) => {
    const database = await open(t, { maximumSizeBytes: 256 * 1024 });
    const outcomes = await together(database, () =>
      [insert(1), insert(2, 'x'.repeat(1024 * 1024)), insert(3)].map((work) => database.write(work, { mayInterleave })),
    );
    assert.equal((outcomes[1] as PromiseRejectedResult).reason.code, 'storage-full');
    assert.deepEqual(await idsOf(database), [1, 3]);
  });

  test(`of ${kind} in one group, one that does not end is rolled back in time and the others are kept`, async (t) => {
    const database = await open(t, { transactionLimitMs: 100 });
    const endless = async (writer: Writer): Promise<void> => {
      await insert(2)(writer);
      await new Promise(() => {});
    };
    const outcomes = await together(database, () =>
      [insert(1), endless, insert(3)].map((work) => database.write(work, { mayInterleave })),
    );
    assert.equal((outcomes[1] as PromiseRejectedResult).reason.code, 'transaction-too-long');
    assert.deepEqual(await idsOf(database), [1, 3]);
  });
}

test('whatever works come together: those that succeeded are there, whole, and of the others nothing', async (t) => {
  const database = await open(t);
  const ends = fc.constantFrom<'well' | 'throws at the start' | 'throws' | 'twice the same key'>(
    ...(['well', 'throws at the start', 'throws', 'twice the same key'] as const),
  );
  const works = fc.array(fc.record({ end: ends, mayInterleave: fc.boolean(), size: fc.integer({ min: 1, max: 3 }) }), {
    maxLength: 40,
  });
  let nextId = 1;
  await fc.assert(
    fc.asyncProperty(works, async (wanted) => {
      const firstId = nextId;
      const planned = wanted.map((work) => {
        const ids = Array.from({ length: work.size }, () => nextId++);
        return { ...work, ids };
      });
      const outcomes = await together(database, () =>
        planned.map(({ ids, end, mayInterleave }) =>
          database.write(
            async (writer) => {
              if (end === 'throws at the start') throw new RangeError(end);
              for (const id of ids) await insert(id)(writer);
              if (end === 'throws') throw new RangeError(end);
              if (end === 'twice the same key') await insert(ids[0]!)(writer);
            },
            { mayInterleave },
          ),
        ),
      );
      for (const [at, { end }] of planned.entries()) {
        assert.equal(outcomes[at]!.status, end === 'well' ? 'fulfilled' : 'rejected');
      }
      const expected = planned.flatMap(({ ids, end }) => (end === 'well' ? ids : []));
      assert.deepEqual(
        (await idsOf(database)).filter((id) => id >= firstId),
        expected,
      );
    }),
    { numRuns: 60 },
  );
});

test('a work that may interleave runs behind all that were asked for before it', async (t) => {
  const database = await open(t);
  const seen: number[] = [];
  const look = async (writer: Writer): Promise<void> => {
    const rows = await writer.withTables<EntryTables>().selectFrom('entries').select('id').execute();
    seen.push(rows.length);
  };
  await together(database, () => [
    database.write(insert(1)),
    database.write(look, { mayInterleave: true }),
    database.write(insert(2), { mayInterleave: true }),
    database.write(look),
  ]);
  assert.equal(seen[0], 1);
  assert.equal(seen[1], 2);
});

test('nobody is told of success before the commit', async (t) => {
  const database = await open(t);
  const told: string[] = [];
  database.onCommit(() => told.push('commit'));
  await together(database, () => [1, 2].map((id) => database.write(insert(id)).then(() => told.push(`told ${id}`))));
  assert.deepEqual(told, ['commit', 'commit', 'told 1', 'told 2']);
});

test('a statement that comes when the transaction has ended is refused, not carried out by itself', (t) => {
  const path = join(temporaryFolder(t), 'test.db');
  const limits = { cacheKib: 100, busyTimeoutMs: 0, maximumPages: 0, rowLimit: 10 };
  const connection = new Connection({ path, readOnly: false, ...limits });
  t.after(() => connection.close());
  for (const order of ['savepoint', 'release', 'undo', 'commit'] as const) {
    assert.throws(() => connection.order(order), /has ended/, order);
  }
  assert.throws(() => connection.run('create table kept (id integer)', []), /has ended/);
  connection.order('begin');
  connection.run('create table kept (id integer)', []);
  connection.order('rollback');
  connection.order('begin');
  assert.deepEqual(connection.run(`select name from sqlite_schema`, []).rows, []);
});
