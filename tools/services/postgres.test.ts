import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requireService } from './catalogue.ts';
import { run } from './process-group.ts';

test('each test has a database of its own behind a password', async (t) => {
  const server = await requireService(t, 'postgres');
  if (server === undefined) return;
  const [first, second] = [await server.createDatabase(), await server.createDatabase()];
  const query = (url: string, sql: string) =>
    run({ command: server.psqlPath, args: [url, '-v', 'ON_ERROR_STOP=1', '-Atc', sql] });
  await query(first.url, 'CREATE TABLE agents (id uuid PRIMARY KEY)');
  assert.equal((await query(first.url, 'SELECT count(*) FROM agents')).trim(), '0');
  await assert.rejects(query(second.url, 'SELECT count(*) FROM agents'), /does not exist/);
  await assert.rejects(
    query(first.url.replace(server.password, 'wrong'), 'SELECT 1'),
    /password authentication failed/,
  );
});
