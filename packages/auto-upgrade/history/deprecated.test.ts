import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remainingFunctions, statusOf } from './deprecated.ts';
import { publicHistory } from './public-history.ts';

for (const [version, on, auto, alerts, signIn, federation, sync] of [
  ['2.2.8.0', '2024-09-23', 'works', 'works', 'works', 'works', 'works'],
  ['2.2.8.0', '2024-09-24', 'stopped', 'partly', 'works', 'works', 'works'],
  ['2.3.2.0', '2024-09-24', 'works', 'partly', 'works', 'works', 'works'],
  ['2.3.8.0', '2024-09-24', 'works', 'works', 'works', 'works', 'works'],
  ['2.3.8.0', '2024-12-01', 'unreliable', 'works', 'works', 'works', 'works'],
  ['2.3.20.0', '2025-04-07', 'works', 'works', 'works', 'works', 'works'],
  ['2.3.20.0', '2025-04-08', 'works', 'works', 'works', 'stopped', 'works'],
  ['2.3.20.0', '2025-05-01', 'works', 'works', 'stopped', 'stopped', 'works'],
  ['2.4.18.0', '2026-09-30', 'works', 'works', 'works', 'works', 'works'],
  ['2.4.18.0', '2026-10-01', 'works', 'works', 'works', 'works', 'stopped'],
  ['2.5.79.0', '2026-10-01', 'works', 'works', 'works', 'works', 'works'],
  ['2.5.79.0', '2027-04-08', 'works', 'works', 'works', 'works', 'said-to-stop'],
  ['2.4.18.0', '2027-04-08', 'works', 'works', 'works', 'works', 'stopped'],
  ['1.6.16.0', '2023-09-30', 'unreliable', 'works', 'works', 'works', 'works'],
  ['1.6.16.0', '2023-10-01', 'unreliable', 'works', 'works', 'works', 'stopped'],
] as const) {
  test(`what Connect Sync ${version} still does on ${on}`, () => {
    const remaining = remainingFunctions(publicHistory, 'connect-sync', version, on);
    assert.deepEqual(
      remaining.map(({ status }) => status),
      [auto, alerts, signIn, federation, sync],
    );
  });
}

test('what is lost is said with the day and the reason, and what comes with its last day', () => {
  const [auto, , signIn] = remainingFunctions(publicHistory, 'connect-sync', '2.2.8.0', '2024-10-01');
  assert.equal(auto!.since, '2024-09-24');
  assert.match(auto!.because!, /^minimum 2\.3\.2\.0 by 2024-09-23/);
  assert.deepEqual(signIn, { function: 'wizard-sign-in', status: 'works', until: '2025-04-30' });
});

test('what has stopped has no next loss', () => {
  for (const [version, on] of [
    ['1.6.16.0', '2026-11-23'],
    ['2.3.2.0', '2026-11-23'],
  ] as const) {
    const sync = remainingFunctions(publicHistory, 'connect-sync', version, on).at(-1)!;
    assert.deepEqual([sync.status, sync.until], ['stopped', undefined]);
  }
});

test('Health agents below the minimum lose all alerts', () => {
  const status = (version: string): string => statusOf(publicHistory, 'health', version, '2024-09-24', 'alerts');
  assert.deepEqual(['4.5.2462', '4.5.2466.0'].map(status), ['stopped', 'works']);
});

test('what is no version has no functions to tell of', () => {
  assert.throws(() => remainingFunctions(publicHistory, 'health', 'X', '2024-09-24'), TypeError);
});
