import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import { temporaryFolder } from '../../testing/running-control-plane.ts';
import { platformMigrations } from '../platform/migrations.ts';
import { openDatabase, type SqliteDatabase } from '../sqlite/open.ts';
import { upgradeMigrations } from './migrations.ts';
import {
  listPksClients,
  type PksSighting,
  pksClientLimits,
  purgePksClients,
  recordPksSightings,
} from './pks-clients.ts';

const dayMs = 24 * 60 * 60_000;
const startMs = Date.UTC(2026, 10, 22, 14);

const sighting = (n: number, atMs = startMs, hostName = 'flood'): PksSighting => ({
  keyHash: n.toString(16).padStart(16, '0'),
  component: 'connect-sync',
  hostName,
  version: '2.1.20.0',
  channel: 'PKS',
  at: atMs as EpochMs,
  requests: 1,
});

async function opened(t: TestContext): Promise<SqliteDatabase> {
  const database = await openDatabase(join(temporaryFolder(t), 'pks.db'), [
    ...platformMigrations,
    ...upgradeMigrations,
  ]);
  t.after(() => database.close());
  return database;
}

const record = (database: SqliteDatabase, sightings: readonly PksSighting[], limits = pksClientLimits) =>
  database.write((writer) => recordPksSightings(writer, sightings, limits));

test('a client that asks again is one row: last version, last seen, count of requests', async (t) => {
  const database = await opened(t);
  await record(database, [sighting(1)]);
  await record(database, [{ ...sighting(1, startMs + 5), version: '2.3.6.0', channel: 'bridged', requests: 3 }]);
  const { at: _, ...same } = sighting(1);
  assert.deepEqual(await listPksClients(database.read), [
    { ...same, version: '2.3.6.0', channel: 'bridged', requests: 4, firstSeenAt: startMs, lastSeenAt: startMs + 5 },
  ]);
});

test('a hundred thousand invented keys do not grow the table, and push out no host that asks day by day', async (t) => {
  const database = await opened(t);
  const honest = [1, 2, 3].map((n) => sighting(n, startMs, `honest-${n}`));
  await record(database, honest);
  await record(
    database,
    honest.map((one) => ({ ...one, at: (startMs + dayMs) as EpochMs })),
  );
  for (let round = 0; round < 100; round++) {
    await record(
      database,
      Array.from({ length: 1_000 }, (_, n) => sighting(1_000 + round * 1_000 + n, startMs + 2 * dayMs + round)),
    );
  }
  const clients = await listPksClients(database.read);
  assert.equal(clients.length, pksClientLimits.rows);
  assert.equal(clients.filter(({ hostName }) => hostName.startsWith('honest-')).length, 3);
});

test('when established rows fill the table, who was not seen for longest makes room, and newcomers keep their share', async (t) => {
  const database = await opened(t);
  const limits = { rows: 10, newcomers: 3 };
  const established = Array.from({ length: 10 }, (_, n) => sighting(n, startMs + n, `old-${n}`));
  await record(database, established, limits);
  await record(
    database,
    established.map((one) => ({ ...one, at: (one.at + dayMs) as EpochMs })),
    limits,
  );
  for (let n = 0; n < 50; n++) await record(database, [sighting(100 + n, startMs + 2 * dayMs + n, 'new')], limits);
  const names = (await listPksClients(database.read)).map(({ hostName }) => hostName);
  assert.equal(names.length, 10);
  assert.deepEqual(names.slice(0, 3), ['new', 'new', 'new']);
  assert.deepEqual(names.slice(3), ['old-9', 'old-8', 'old-7', 'old-6', 'old-5', 'old-4', 'old-3']);
});

test('who was not seen for long is forgotten, in batches', async (t) => {
  const database = await opened(t);
  await record(database, [sighting(1), sighting(2, startMs + 1), sighting(3, startMs + dayMs)]);
  const purge = (limit: number) =>
    database.write((writer) => purgePksClients(writer, (startMs + dayMs) as EpochMs, limit));
  assert.deepEqual([await purge(1), await purge(5)], [1, 1]);
  assert.equal((await listPksClients(database.read)).length, 1);
});
