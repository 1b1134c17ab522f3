import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import { type Cleanup, temporaryFolder } from '../../testing/running-control-plane.ts';
import { openDatabase } from '../sqlite/open.ts';
import { acquireLease, releaseLease, renewLease } from './leases.ts';
import { platformMigrations } from './migrations.ts';
import { systemTenantId } from './tables.ts';

const wanted = (holder: string) => ({ tenantId: systemTenantId, name: 'jobs', holder });
const at = (ms: number) => ms as EpochMs;

async function twoProcesses(t: Cleanup) {
  const path = join(temporaryFolder(t), 'test.db');
  const open = async () => {
    const database = await openDatabase(path, platformMigrations);
    t.after(() => database.close());
    return database;
  };
  return [await open(), await open()] as const;
}

test('of two processes that ask at once exactly one gets the lease', async (t) => {
  const [one, other] = await twoProcesses(t);
  const got = await Promise.all([
    one.write((writer) => acquireLease(writer, wanted('one'), at(0), 1_000)),
    other.write((writer) => acquireLease(writer, wanted('other'), at(0), 1_000)),
  ]);
  assert.equal(got.filter((lease) => lease !== undefined).length, 1);
});

test('a lease passes on at its deadline with a higher fencing token, and the old holder is told', async (t) => {
  const [one, other] = await twoProcesses(t);
  const first = await one.write((writer) => acquireLease(writer, wanted('one'), at(0), 1_000));
  assert.equal(await other.write((writer) => acquireLease(writer, wanted('other'), at(999), 1_000)), undefined);
  const second = await other.write((writer) => acquireLease(writer, wanted('other'), at(1_000), 1_000));
  assert.ok(second!.fencingToken > first!.fencingToken);
  assert.equal(await one.write((writer) => renewLease(writer, first!, at(1_001), 1_000)), false);
  await one.write((writer) => releaseLease(writer, first!));
  assert.equal(await other.write((writer) => renewLease(writer, second!, at(1_500), 1_000)), true);
});

test('a holder that renews keeps its lease and its token; one that releases gives it up at once', async (t) => {
  const [one, other] = await twoProcesses(t);
  const lease = await one.write((writer) => acquireLease(writer, wanted('one'), at(0), 1_000));
  assert.equal(await one.write((writer) => renewLease(writer, lease!, at(900), 1_000)), true);
  assert.equal(await other.write((writer) => acquireLease(writer, wanted('other'), at(1_899), 1_000)), undefined);
  await one.write((writer) => releaseLease(writer, lease!));
  const next = await other.write((writer) => acquireLease(writer, wanted('other'), at(1_899), 1_000));
  assert.equal(next!.fencingToken, lease!.fencingToken + 1);
});
