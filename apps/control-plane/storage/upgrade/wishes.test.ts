import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import { runControlPlane } from '../../testing/running-control-plane.ts';
import { setWish } from './wishes.ts';

test('counters of wishes rise with each, and one that was pushed ahead falls to the clock', async (t) => {
  const database = await (await runControlPlane(t)).openDatabase();
  const now = Date.UTC(2026, 10, 22) as EpochMs;
  const set = () => database.write((writer) => setWish(writer, 'tenant', 'agent', '{}', now));
  assert.deepEqual([(await set()).counter, (await set()).counter], [now / 1_000, now / 1_000 + 1]);
  await database.write((writer) =>
    writer.updateTable('upgrade_wishes').set({ counter: Number.MAX_SAFE_INTEGER }).execute(),
  );
  assert.deepEqual([(await set()).counter, (await set()).counter], [now / 1_000, now / 1_000 + 1]);
});
