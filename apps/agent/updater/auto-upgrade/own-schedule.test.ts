import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ownScheduleShape } from '@springline/api/shapes/auto-upgrade';
import type { EpochMs } from '@springline/ports/clock';
import { agentHome } from '../../home.ts';
import { ownScheduleOf } from './own-schedule.ts';
import { loadWish, saveSettings } from './settings.ts';

const thursday = Date.parse('2026-11-26T12:00:00Z') as EpochMs;

function shown(t: TestContext, schedule: NonNullable<Parameters<typeof saveSettings>[1]['schedule']>) {
  const home = mkdtempSync(join(tmpdir(), 'springline-'));
  t.after(() => rmSync(home, { recursive: true }));
  mkdirSync(dirname(agentHome(home).autoUpgrade), { recursive: true });
  saveSettings(home, { state: 'Enabled', checkEverySeconds: 300, schedule });
  return ownScheduleShape.parse(ownScheduleOf(home, loadWish(home, thursday), thursday));
}

test('a shut window is told with its words and when it opens next', (t) => {
  const windows = ['Sat,Sun 22:00-04:00 Europe/Amsterdam'];
  // In winter Amsterdam is an hour ahead.
  assert.deepEqual(shown(t, { windows }), { windows, opensAt: '2026-11-28T21:00:00.000Z', consentsToFloors: false });
});

test('an open window has no next opening', (t) => {
  assert.equal(shown(t, { windows: ['daily 00:00-24:00 UTC'] }).opensAt, undefined);
});

test('pin, freezes and not-before are told as the rollout judges by them', (t) => {
  const freezes = ['2026-12-18T00:00:00Z/2027-01-04T00:00:00+01:00'];
  assert.deepEqual(shown(t, { pin: '2.6.0.0', notBefore: '2026-12-01T20:00Z', freezes }), {
    ...{ pin: '2.6.0.0', notBefore: '2026-12-01T20:00:00.000Z', consentsToFloors: false },
    freezes: [{ from: '2026-12-18T00:00:00.000Z', until: '2027-01-03T23:00:00.000Z' }],
  });
});

test('a pin of numbers longer than heartbeats take is not told, so that no heartbeat is refused for it', (t) => {
  const pin = '2.6.1234567890.0';
  const { pin: told } = shown(t, { pin, notBefore: '2026-12-01T20:00Z' });
  assert.equal(told, undefined);
  assert.equal(shown(t, { pin: '2.6.123456789.0' }).pin, '2.6.123456789.0', 'nine digits are told');
});
