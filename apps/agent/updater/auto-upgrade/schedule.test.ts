import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isWindowOpen } from '@springline/auto-upgrade/rollout/window';
import type { EpochMs } from '@springline/ports/clock';
import { agentHome } from '../../home.ts';
import { parseSchedule, ScheduleError, wishOf } from './schedule.ts';
import { loadSettings, loadWish, saveSettings } from './settings.ts';

const now = Date.parse('2026-10-01T00:00:00Z') as EpochMs;
const instant = (text: string): EpochMs => Date.parse(text) as EpochMs;

const whole = {
  pin: '2.6.0.0',
  ring: 'late',
  role: 'active',
  windows: ['Sat,Sun 22:00-04:00 Europe/Amsterdam', 'daily 00:00-24:00 UTC'],
  freezes: ['2026-12-18T00:00:00Z/2027-01-04T00:00:00+01:00'],
  notBefore: '2026-11-01T20:00Z',
  afterStagingHours: 72,
} as const;

test('a schedule is kept as it was written', () => {
  assert.deepEqual(parseSchedule(whole), whole);
  assert.deepEqual(parseSchedule({}), {});
});

test('a schedule becomes the wish that the rollout judges by', () => {
  const { pin, window, freezes, notBefore, afterStagingSoakMs, ring } = wishOf(whole, now);
  assert.equal(pin, '2.6.0.0');
  assert.equal(notBefore, instant('2026-11-01T20:00:00Z'));
  assert.equal(afterStagingSoakMs, 72 * 3_600_000);
  assert.equal(ring, undefined, 'the ring of a host is its own choice and no narrowing of it');
  assert.deepEqual(
    freezes?.map(({ from, until }) => [from, until]),
    [[instant('2026-12-18T00:00:00Z'), instant('2027-01-03T23:00:00Z')]],
  );
  assert.equal(window?.length, 2);
});

for (const { at, isOpen } of [
  // Saturday; Amsterdam is at +02:00 until 25 October 2026.
  { at: '2026-10-03T19:59:59Z', isOpen: false },
  { at: '2026-10-03T20:00:00Z', isOpen: true },
  { at: '2026-10-05T01:59:59Z', isOpen: true },
  { at: '2026-10-05T02:00:00Z', isOpen: false },
  { at: '2026-10-31T20:30:00Z', isOpen: false },
  { at: '2026-10-31T21:00:00Z', isOpen: true },
]) {
  test(`a window in Amsterdam is ${isOpen ? 'open' : 'closed'} at ${at}`, () => {
    const [window] = wishOf({ windows: [whole.windows[0]] }, now).window ?? [];
    assert.equal(isWindowOpen(window!, instant(at)), isOpen);
  });
}

for (const [days, expected] of [
  ['Mon-Thu', [1, 2, 3, 4]],
  ['Fri-Mon,Wed', [0, 1, 3, 5, 6]],
  ['Sun', [0]],
  ['daily', [0, 1, 2, 3, 4, 5, 6]],
] as const) {
  test(`${days} are the days ${expected.join(' ')}`, () => {
    assert.deepEqual(wishOf({ windows: [`${days} 01:00-02:00 UTC`] }, now).window?.[0]?.days, expected);
  });
}

for (const bad of [
  null,
  [],
  'daily',
  { Pin: '2.6' },
  { pin: '2' },
  { pin: 'newest' },
  { ring: 'Broad' },
  { ring: '' },
  { role: 'standby' },
  { windows: [] },
  { windows: 'daily 00:00-24:00 UTC' },
  { windows: Array.from({ length: 17 }, () => 'daily 00:00-24:00 UTC') },
  { windows: ['Sat 22:00-04:00'] },
  { windows: ['Sat 22:00-04:00 Europe/Atlantis'] },
  { windows: ['Saturday 22:00-04:00 UTC'] },
  { windows: ['Sat-Sun-Mon 22:00-04:00 UTC'] },
  { windows: ['Sat 24:00-04:00 UTC'] },
  { windows: ['Sat 22:60-04:00 UTC'] },
  { windows: [`Sat 22:00-04:00 ${'x'.repeat(1000)}`] },
  { windows: [7] },
  { freezes: ['2026-12-18T00:00:00Z'] },
  { freezes: ['2027-01-04T00:00:00Z/2026-12-18T00:00:00Z'] },
  { freezes: ['2026-12-18/2027-01-04'] },
  { notBefore: '2026-11-31T25:00:00Z' },
  { notBefore: '1 December' },
  { notBefore: '2026-12-01T20:00:00' },
  { afterStagingHours: -1 },
  { afterStagingHours: 1.5 },
  { afterStagingHours: '72' },
  { afterStagingHours: 2_161 },
]) {
  test(`a schedule that is not understood is refused: ${JSON.stringify(bad)?.slice(0, 70)}`, () => {
    assert.throws(() => parseSchedule(bad), ScheduleError);
  });
}

test('settings with a schedule are read back, and the old form without one is read as before', (t) => {
  const home = mkdtempSync(join(tmpdir(), 'springline-schedule-'));
  t.after(() => rmSync(home, { recursive: true }));
  mkdirSync(agentHome(home).folder);
  writeFileSync(agentHome(home).autoUpgrade, '{"state":"Enabled"}');
  assert.deepEqual(loadWish(home, now), {});
  saveSettings(home, { state: 'Disabled', checkEverySeconds: 60, schedule: parseSchedule({ pin: '2.6' }) });
  assert.deepEqual(loadSettings(home), { state: 'Disabled', checkEverySeconds: 60, schedule: { pin: '2.6' } });
  assert.deepEqual(loadWish(home, now), { pin: '2.6', disabled: true });
});

test('an unknown word in a schedule holds upgrades back and says where', (t) => {
  const home = mkdtempSync(join(tmpdir(), 'springline-schedule-'));
  t.after(() => rmSync(home, { recursive: true }));
  mkdirSync(agentHome(home).folder);
  writeFileSync(agentHome(home).autoUpgrade, '{"schedule":{"frozen":true}}');
  assert.throws(
    () => loadWish(home, now),
    (error: Error & { code?: string }) => {
      assert.equal(error.code, 'auto-upgrade-settings-malformed');
      assert.ok(error.message.startsWith(agentHome(home).autoUpgrade), error.message);
      return /frozen/.test(error.message);
    },
  );
});
