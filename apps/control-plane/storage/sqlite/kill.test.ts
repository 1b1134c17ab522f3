import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { sql } from 'kysely';
import { temporaryFolder } from '../../testing/running-control-plane.ts';
import { openDatabase } from './open.ts';

const kills = 10;

test(`killed ${kills} times in the middle of shared commits, the store keeps every acknowledged write and no half of one`, async (t) => {
  const path = join(temporaryFolder(t), 'test.db');
  const setUp = await openDatabase(path, []);
  await setUp.write(async (writer) => {
    await sql`create table kept (id integer primary key)`.execute(writer);
  });
  await setUp.close();
  let acknowledged = 0;
  for (let kill = 1; kill <= kills; kill++) {
    acknowledged = await writeUntilKilled(path, kill * 1_000_000, 20 + kill * 7);
    const database = await openDatabase(path, []);
    const { rows } = await sql<{ count: number; last: number; failed: number; check: string }>`
      select count(*) as count, max(id) as last, (select count(*) from kept where id < 0) as failed, (select integrity_check from pragma_integrity_check) as "check"
      from kept where id >= ${kill * 1_000_000}`.execute(database.read);
    const { count, last, failed, check } = rows[0]!;
    assert.equal(check, 'ok');
    assert.equal(failed, 0, 'a row of a work that failed');
    assert.ok(last >= acknowledged + 1, `${acknowledged} was acknowledged, and ${last} is the last`);
    assert.equal(count % 2, 0, 'half a transaction');
    assert.equal(count, last - kill * 1_000_000 + 1);
    await database.close();
  }
});

/** Kills the writer after so many acknowledged writes, wherever it then is; gives the last that it acknowledged. */
async function writeUntilKilled(path: string, firstId: number, writes: number): Promise<number> {
  const program = new URL('./killed-writer.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [program, path, String(firstId)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let last = 0;
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Math.max(last, Number(line));
    seen += 1;
    if (seen === writes) child.kill('SIGKILL');
  }
  await exited;
  return last;
}
