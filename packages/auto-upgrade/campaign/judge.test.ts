import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import fc from 'fast-check';
import { components } from '../release/target-path.ts';
import { type CampaignRevision, effects } from './campaign.ts';
import { deadlineOf } from './deadline.ts';
import { groups, type Installation, judge } from './judge.ts';
import { tally } from './tally.ts';

const dayMs = 86_400_000;
const revision: CampaignRevision = {
  ...{ revision: 1, publishedAt: Date.parse('2023-11-06T00:00:00Z') as EpochMs, title: 'Upgrade' },
  deadline: deadlineOf('2024-09-16', 'UTC'),
  minimums: [
    { component: 'connect-sync', version: '2.3.2.0', byHand: false, effect: 'notify' },
    {
      ...{
        component: 'health-sync',
        version: '4.5.2466.0',
        carriedBy: { component: 'connect-sync', version: '2.3.8.0' },
      },
      ...{ byHand: true, effect: 'restrict' },
    },
    { component: 'health-ad-ds', byHand: false, effect: 'stop-sync' },
  ],
};
const now = Date.parse('2024-09-02T00:00:00Z') as EpochMs;
const server: Installation = {
  ...{ tenant: 'contoso', hostName: 'sync1', component: 'connect-sync', version: '2.2.8.0', state: 'Enabled' },
  ...{ channel: 'HUS', lastSeenAt: now, source: 'agent' },
};
const silent = { lastSeenAt: (now - 31 * dayMs) as EpochMs };

for (const [name, change, group] of [
  ['that only waits is upgrading', {}, 'upgrading'],
  ['whose last upgrade went well waits again', { lastResult: 'Success' }, 'upgrading'],
  ['whose upgrade was halted for all waits', { lastResult: 'UpgradeAbortedHalted' }, 'upgrading'],
  ['on the way over the bridge is upgrading', { channel: 'bridged' }, 'upgrading'],
  ['on which it failed is said so', { lastResult: 'UpgradeAbortedInsufficientDiskSpace' }, 'failed'],
  ['that is suspended has failed', { state: 'Suspended' }, 'failed'],
  ['on PKS is on PKS, whatever failed there', { channel: 'PKS', lastResult: 'UpgradeFailed' }, 'on-pks'],
  ['whose person opted out is opted out, also on PKS', { channel: 'PKS', state: 'Disabled' }, 'opted-out'],
  ['that is silent is not seen, whatever it said last', { ...silent, state: 'Disabled', channel: 'PKS' }, 'not-seen'],
  ['that was heard 30 days ago is seen', { lastSeenAt: (now - 30 * dayMs) as EpochMs }, 'upgrading'],
] as const) {
  test(`a server below ${name}`, () => {
    const judged = judge(revision, { ...server, ...change }, now);
    assert.deepEqual([judged.standing, judged.group, judged.effect, judged.daysLeft], ['below', group, 'none', 14]);
  });
}

test('an agent that was never heard from is not seen, a recorded server without a date is not', () => {
  const { lastSeenAt: _, ...unheard } = server;
  assert.equal(judge(revision, unheard, now).group, 'not-seen');
  assert.equal(judge(revision, { ...unheard, bornAt: now }, now).group, 'upgrading');
  assert.equal(judge(revision, { ...unheard, source: 'recorded' }, now).group, 'upgrading');
});

test('versions are compared as numbers', () => {
  const standing = (version: string): string => judge(revision, { ...server, version }, now).standing;
  assert.deepEqual(['2.3.20.0', '2.3.2.0', '2.3.2', '2.3.1.99', '2.2.20.0', 'X'].map(standing), [
    ...['ok', 'ok', 'ok', 'below', 'below', 'not-judged'],
  ]);
});

test('a carrier speaks for what it carries, and where it runs it alone', () => {
  const health: Installation = { ...server, component: 'health-sync', version: '4.5.2466.0' };
  const counted = (all: readonly Installation[]): readonly number[] => {
    const { ok, below } = tally(revision, all, now).components[1]!;
    return [ok, below];
  };
  assert.deepEqual(counted([{ ...server, version: '2.3.6.0' }, health]), [0, 1]);
  assert.deepEqual(counted([{ ...server, version: '2.3.8.0' }]), [1, 0]);
  assert.deepEqual(counted([health, { ...health, hostName: 'sync2', version: '4.5.2462' }]), [1, 1]);
});

test('a minimum in the numbers of its carrier does not judge the component by its own', () => {
  const minimum = { ...revision.minimums[1]!, version: '2.3.8.0' };
  const judged = judge(
    { ...revision, minimums: [minimum] },
    { ...server, component: 'health-sync', version: '4.5' },
    now,
  );
  assert.equal(judged.standing, 'not-judged');
});

test('a server that only a person can upgrade is by hand and not waiting', () => {
  const judged = judge(revision, { ...server, version: '2.3.6.0' }, now, { as: 'health-sync' });
  assert.deepEqual([judged.standing, judged.group], ['below', 'by-hand']);
});

const installations = fc.record(
  {
    ...{
      tenant: fc.constantFrom('a', 'b'),
      hostName: fc.constantFrom('h1', 'H1', 'h2'),
      source: fc.constantFrom('agent', 'recorded'),
    },
    ...{
      component: fc.constantFrom(...components),
      version: fc.constantFrom('2.3.2.0', '2.2.8.0', '2.10.0', '4.5.2466.0', 'X'),
    },
    ...{
      state: fc.constantFrom('Enabled', 'Disabled', 'Suspended'),
      channel: fc.constantFrom('HUS', 'PKS', 'bridged'),
    },
    lastSeenAt: fc.integer({ min: now - 90 * dayMs, max: now }),
    offeredSince: fc.integer({ min: now - 90 * dayMs, max: now + 90 * dayMs }),
    ...{ lastResult: fc.constantFrom('Success', 'UpgradeFailed'), movedTo: fc.constant('cloud-sync') },
  },
  { requiredKeys: ['tenant', 'hostName', 'source', 'component', 'version', 'state', 'channel'] },
) as fc.Arbitrary<Installation>;

test('each installation below has exactly one group, and what is not announced judges nobody', () => {
  fc.assert(
    fc.property(installations, fc.integer({ min: -90, max: 90 }), fc.constantFrom(...effects), (each, days, effect) => {
      const changed = { ...revision, minimums: revision.minimums.map((minimum) => ({ ...minimum, effect })) };
      const at = (now + days * dayMs) as EpochMs;
      const judged = judge(changed, each, at);
      assert.equal(judged.group !== undefined, judged.standing === 'below');
      assert.ok(judged.standing === 'below' || judged.effect === 'none');
      assert.ok(at >= changed.deadline.endsAt || judged.effect === 'none');
      assert.ok(judged.effect !== 'stop-sync');
      if (each.component === 'health-ad-ds') assert.equal(judged.standing, 'not-judged');
    }),
  );
});

test('the groups of a tally add up to its servers, and order of installations does not matter', () => {
  fc.assert(
    fc.property(fc.array(installations, { maxLength: 12 }), (all) => {
      const counted = tally(revision, all, now);
      assert.equal(
        groups.map((group) => counted.groups[group]).reduce((a, b) => a + b, 0),
        counted.servers.length,
      );
      assert.deepEqual(tally(revision, all.toReversed(), now).components, counted.components);
    }),
  );
});
