import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import { silentLog } from '@springline/ports/log';
import { agentHome } from '../../home.ts';
import { loadAsked, takeAsked } from './asked.ts';

const beat = { serverTime: '2026-11-22T14:00:00.000Z', nextInMs: 10_000 };
const release = 'ab'.repeat(32);

function newHome(t: TestContext): string {
  const home = mkdtempSync(join(tmpdir(), 'springline-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  mkdirSync(agentHome(home).upgrade, { recursive: true });
  return home;
}

test('what a tenant asks for is in force until it asks for something else', (t) => {
  const home = newHome(t);
  assert.deepEqual(loadAsked(home).wish, {});
  const freeze = { name: 'year end', from: '2026-12-20T00:00:00.000Z', until: '2027-01-04T00:00:00.000Z' };
  const wish = { disabled: true as const, afterStagingSoakMinutes: 90, freezes: [freeze] };
  takeAsked(home, { ...beat, wish: { counter: 3, wish } }, silentLog);
  assert.equal(loadAsked(home).wish.disabled, true);
  assert.equal(loadAsked(home).wish.afterStagingSoakMs, 5_400_000);
  assert.equal(loadAsked(home).wish.freezes?.[0]?.from, Date.UTC(2026, 11, 20));
  takeAsked(home, { ...beat, wish: { counter: 4, wish: {} } }, silentLog);
  assert.deepEqual(loadAsked(home).wish, {});
});

test('S22: Disabled sticks when the service forgets it, says it again as it was before, or says nonsense', (t) => {
  const home = newHome(t);
  takeAsked(home, { ...beat, wish: { counter: 7, wish: { disabled: true } } }, silentLog);
  takeAsked(home, beat, silentLog);
  takeAsked(home, { ...beat, wish: { counter: 0, wish: {} } }, silentLog);
  takeAsked(home, { ...beat, wish: { counter: 6, wish: {} } }, silentLog);
  takeAsked(home, { ...beat, wish: { counter: 9, wish: { enabled: true } as never } }, silentLog);
  takeAsked(home, { ...beat, stagingCommitted: {} }, silentLog);
  assert.deepEqual([loadAsked(home).counter, loadAsked(home).wish], [7, { disabled: true }]);
});

test('a counter that a stolen control plane pushed ahead is not taken, and the next honest wish is', (t) => {
  const home = newHome(t);
  const now = Date.UTC(2026, 10, 22);
  const second = now / 1_000;
  const take = (counter: number, wish: object, at = now) =>
    takeAsked(home, { ...beat, wish: { counter, wish } }, silentLog, () => at as EpochMs);
  take(second, { pin: '1.2.3.0' });
  for (const ahead of [Number.MAX_SAFE_INTEGER, second + 86_400, second + 3_601]) take(ahead, { disabled: true });
  assert.deepEqual([loadAsked(home).counter, loadAsked(home).wish], [second, { pin: '1.2.3.0' }]);
  // As far as clocks may differ it is taken, and holds for no longer than that.
  take(second + 3_600, { disabled: true });
  assert.deepEqual(loadAsked(home).wish, { disabled: true });
  take(second + 3_601, {}, now + 3_601_000);
  assert.deepEqual(loadAsked(home).wish, {});
});

test('a counter that an older build took, though it is ahead, binds nobody', (t) => {
  const home = newHome(t);
  const now = Date.UTC(2026, 10, 22);
  const kept = { counter: Number.MAX_SAFE_INTEGER, wish: { disabled: true }, stagingCommitted: {} };
  writeFileSync(join(agentHome(home).upgrade, 'asked.json'), JSON.stringify(kept));
  takeAsked(home, beat, silentLog, () => now as EpochMs);
  assert.deepEqual(loadAsked(home).wish, { disabled: true }, 'it stays until there is another');
  takeAsked(home, { ...beat, wish: { counter: now / 1_000, wish: {} } }, silentLog, () => now as EpochMs);
  assert.deepEqual([loadAsked(home).counter, loadAsked(home).wish], [now / 1_000, {}]);
});

test('since when staging has kept a release is told with it', (t) => {
  const home = newHome(t);
  takeAsked(home, { ...beat, stagingCommitted: { [release]: '2026-11-20T08:00:00.000Z', other: 'x' } }, silentLog);
  assert.deepEqual([...loadAsked(home).stagingCommitted], [[release, Date.UTC(2026, 10, 20, 8)]]);
});

test('a file that cannot be read holds everything back', (t) => {
  const home = newHome(t);
  writeFileSync(join(agentHome(home).upgrade, 'asked.json'), '{"counter":');
  assert.deepEqual(loadAsked(home).wish, { disabled: true });
});
