/**
 * For the test beside it: adds rows as fast as it can, each transaction two rows, and says on standard output which
 * were acknowledged. It goes on until it is killed.
 */
import { openDatabase } from './open.ts';

const database = await openDatabase(process.argv[2]!, []);
for (let i = Number(process.argv[3]); ; i += 2) {
  await database.write(async (writer) => {
    const tables = writer.withTables<{ kept: { id: number } }>();
    await tables.insertInto('kept').values({ id: i }).execute();
    await tables
      .insertInto('kept')
      .values({ id: i + 1 })
      .execute();
  });
  process.stdout.write(`${i}\n`);
}
