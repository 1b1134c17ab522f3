import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from '@springline/api/problem';
import { defaultExportLimits } from '@springline/cloud-directory/export-limits';
import { silentLog } from '@springline/ports/log';
import { uuidV7 } from '@springline/ports/uuid';
import { directoryJobs } from './jobs.ts';
import { type DirectoryWorld, openDirectory, user, type Wanted } from './testing/directory-world.ts';

const dayMs = 24 * 60 * 60 * 1000;
const remove = (name: string): Wanted => ({ op: 'delete', objectType: 'user', sourceAnchor: `anchor-${name}` });

async function runJobs({ database, clock }: DirectoryWorld): Promise<Record<string, number>> {
  const purged: Record<string, number> = {};
  for (const job of directoryJobs) purged[job.name] = (await job.run({ database, clock, log: silentLog }))['purged']!;
  return purged;
}

test('the record of a batch is kept for 24 hours', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  const key = uuidV7();
  await world.export(connector, [user('ada')], key);
  world.clock.advance(dayMs);
  assert.equal((await runJobs(world))['directory-purge-batches'], 0);
  world.clock.advance(1);
  assert.equal((await runJobs(world))['directory-purge-batches'], 1);
  const [result] = await world.export(connector, [user('eve')], key);
  assert.equal(result!.status, 'created', 'the key is free again');
});

test('a deleted object can come back for 30 days and not a moment longer', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  const [first] = await world.export(connector, [user('ada'), user('eve')]);
  await world.export(connector, [remove('ada')]);
  world.clock.advance(30 * dayMs);
  assert.equal((await runJobs(world))['directory-purge-recycle-bin'], 0);
  const [restored] = await world.export(connector, [user('ada')]);
  assert.equal(restored!.cloudAnchor, first!.cloudAnchor);
  await world.export(connector, [remove('ada')]);
  world.clock.advance(30 * dayMs + 1);
  assert.equal((await runJobs(world))['directory-purge-recycle-bin'], 1);
  const [again] = await world.export(connector, [user('ada')]);
  assert.notEqual(again!.cloudAnchor, first!.cloudAnchor);
});

test('who has not read a deletion before it was purged has to read everything; who has goes on', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  await world.export(connector, [user('ada'), user('eve')]);
  const before = await world.changes(connector);
  await world.export(connector, [remove('ada')]);
  const after = await world.changes(connector, { cursor: before.cursor });
  world.clock.advance(31 * dayMs);
  await runJobs(world);
  const expired = (error: unknown) => error instanceof ProblemError && error.code === 'cursor-expired';
  await assert.rejects(world.changes(connector, { cursor: before.cursor }), expired);
  assert.deepEqual((await world.changes(connector, { cursor: after.cursor })).objects, []);
});

test('purging goes through every tenant, in steps', async (t) => {
  const world = await openDirectory(t);
  const connectors = [world.connector(), world.connector()];
  const deletions = { prevention: 'disabled', count: 500, percent: 20 };
  for (const { tenantId } of connectors) {
    await world.ask('putExportLimits', tenantId, { ...defaultExportLimits, deletions });
  }
  const names = Array.from({ length: 400 }, (_, at) => `u${at}`);
  for (const connector of connectors) {
    for (const half of [names.slice(0, 200), names.slice(200)]) {
      await world.export(
        connector,
        half.map((name) => user(name)),
      );
      await world.export(connector, half.map(remove));
    }
  }
  world.clock.advance(31 * dayMs);
  assert.deepEqual(await runJobs(world), { 'directory-purge-batches': 8, 'directory-purge-recycle-bin': 800 });
});
