import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publicHistory } from './public-history.ts';
import { choosePath, type PathFacts } from './upgrade-path.ts';

const facts: PathFacts = { product: 'connect-sync', version: '2.3.2.0', minimum: '2.3.6.0', on: '2024-06-01' };
const late = { on: '2026-09-20', minimum: '2.5.79.0' } as const;

for (const [name, change, path, reasons] of [
  ['a server that can upgrade itself is left to it', {}, 'auto', ['upgrades-itself']],
  ['a person who opted out does it by hand', { state: 'Disabled' }, 'in-place', ['opted-out']],
  [
    'every obstacle is named at once',
    { state: 'Suspended', minimum: '2.3.8.0' },
    'in-place',
    ['suspended', 'minimum-not-pushed'],
  ],
  ['a recalled build is replaced', { ...late, version: '2.6.79.0', minimum: '2.6.84.0' }, 'replace', ['recalled']],
  [
    'the first generation has a second server take over',
    { version: '1.6.16.0' },
    'swing',
    ['first-generation', 'sync-stopped'],
  ],
  ['so has an old Windows', { windowsServer: 2012 }, 'swing', ['old-windows']],
  ['a Windows that is new enough changes nothing', { windowsServer: 2016 }, 'auto', ['upgrades-itself']],
  [
    'so has a large server that cannot upgrade itself',
    { state: 'Disabled', objectCount: 100_000 },
    'swing',
    ['many-objects', 'opted-out'],
  ],
  [
    'a build of 18 months ago has a second server take over',
    { ...late, version: '2.4.129.0', state: 'Disabled' },
    'swing',
    ['long-not-upgraded', 'opted-out'],
  ],
  [
    'one of 12 months ago may',
    { ...late, version: '2.5.76.0', state: 'Disabled' },
    'in-place',
    ['opted-out', 'consider-swing'],
  ],
  [
    'on the retired channel the bridge takes it over',
    { version: '2.1.20.0', channel: 'PKS', bridge: { from: '2.0.3.0', to: '2.3.2.0' } },
    'bridge',
    ['on-pks'],
  ],
  [
    'but not against a person',
    { version: '2.2.8.0', channel: 'PKS', state: 'Disabled', bridge: { from: '2.0.3.0', to: '2.3.2.0' } },
    'in-place',
    ['opted-out', 'on-pks'],
  ],
  [
    'the bridge refuses what is too old for it',
    { version: '2.2.8.0', channel: 'PKS', bridge: { from: '2.3.0.0', to: '2.3.2.0' } },
    'in-place',
    ['on-pks', 'bridge-refuses'],
  ],
  [
    'after the cut-off an old build no longer upgrades itself',
    { version: '2.2.8.0', on: '2024-09-24' },
    'in-place',
    ['auto-upgrade-stopped'],
  ],
  [
    'auto-upgrade to a build ends with its last day',
    { version: '2.4.129.0', minimum: '2.4.131.0', on: '2025-04-15' },
    'auto',
    ['upgrades-itself'],
  ],
  [
    'and a day later it is done by hand',
    { version: '2.4.129.0', minimum: '2.4.131.0', on: '2025-04-16' },
    'in-place',
    ['minimum-not-pushed'],
  ],
  [
    'agents for Cloud Sync have one way by hand',
    { product: 'cloud-sync', version: '1.1.96.0', minimum: '1.1.2505.0', on: '2026-10-01' },
    'in-place',
    ['minimum-not-pushed'],
  ],
] as readonly (readonly [string, Partial<PathFacts>, string, readonly string[]])[]) {
  test(`the way up: ${name}`, () => {
    const chosen = choosePath(publicHistory, { ...facts, ...change });
    assert.deepEqual([chosen.path, chosen.reasons], [path, reasons]);
    assert.equal(chosen.steps.at(-1)!.id, 'verify');
  });
}

test('in a swing the old server stands aside before the new one is promoted, and is removed at the end', () => {
  const { steps } = choosePath(publicHistory, { ...facts, version: '1.6.16.0' });
  const ids = steps.map(({ id }) => id);
  assert.deepEqual(ids.slice(-5), ['compare-pending-exports', 'old-to-staging', 'promote-new', 'remove-old', 'verify']);
  assert.deepEqual(steps.find(({ id }) => id === 'promote-new')!.at, 'new-server');
});

test('a person who opted out is asked before anything is installed', () => {
  assert.equal(choosePath(publicHistory, { ...facts, state: 'Disabled' }).steps[0]!.id, 'opt-in');
});

test('a build that is in no history is as old as the next newer one, so it goes the way of its neighbours', () => {
  const on = '2026-11-23';
  const way = (version: string) => choosePath(publicHistory, { ...facts, version, minimum: '2.5.79.0', on }).path;
  assert.deepEqual(['2.2.0.0', '2.2.1.0', '2.3.1.0', '2.3.2.0'].map(way), ['swing', 'swing', 'swing', 'swing']);
});
