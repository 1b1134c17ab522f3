/**
 * For the test beside it: adds rows as fast as it can, several works at once, each of two rows, and says on standard
 * output which were acknowledged. Between them are works that fail after they wrote a row. It goes on until it is
 * killed.
 */
import { openDatabase } from './open.ts';

const worksAtOnce = 8;
const database = await openDatabase(process.argv[2]!, []);
for (let i = Number(process.argv[3]); ; i += 2 * worksAtOnce) {
  const works: Promise<unknown>[] = [];
  for (let at = 0; at < worksAtOnce; at++) {
    works.push(add(i + 2 * at, at % 3 === 0));
    if (at % 4 === 1) works.push(fail(-i - at));
  }
  await Promise.all(works);
}

async function add(id: number, mayInterleave: boolean): Promise<void> {
  await database.write(
    async (writer) => {
      const tables = writer.withTables<{ kept: { id: number } }>();
      await tables.insertInto('kept').values({ id }).execute();
      await tables
        .insertInto('kept')
        .values({ id: id + 1 })
        .execute();
    },
    { mayInterleave },
  );
  process.stdout.write(`${id}\n`);
}

async function fail(id: number): Promise<void> {
  const failing = database.write(async (writer) => {
    await writer.withTables<{ kept: { id: number } }>().insertInto('kept').values({ id }).execute();
    throw new TypeError('no');
  });
  await failing.catch((error: unknown) => {
    if (!(error instanceof TypeError)) throw error;
  });
}
