import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCampaign } from '@springline/auto-upgrade/campaign/campaign';
import type { Installation } from '@springline/auto-upgrade/campaign/judge';
import { tally } from '@springline/auto-upgrade/campaign/tally';
import type { EpochMs } from '@springline/ports/clock';
import { slicedTally } from './sliced-tally.ts';

const now = Date.parse('2024-09-02T00:00:00Z') as EpochMs;
const [revision] = parseCampaign({
  ...{ campaignId: 'a', name: 'A' },
  revisions: [
    {
      ...{ revision: 1, publishedAt: '2023-11-06T00:00:00Z', title: 'Upgrade' },
      deadline: { date: '2024-09-16', zone: 'UTC' },
      minimums: [
        { component: 'connect-sync', version: '2.3.2.0' },
        {
          ...{ component: 'health-sync', version: '4.5.0.0' },
          carriedBy: { component: 'connect-sync', version: '2.3.2.0' },
        },
      ],
    },
  ],
}).revisions;

/** Of 9,000 hosts of three tenants, some with both components, in an order of their own. */
const estate = Array.from({ length: 9_000 }, (_, at): Installation[] => {
  const n = (at * 7_919) % 9_000;
  const host: Installation = {
    ...{ tenant: ['ab', 'a', 'B'][n % 3]!, hostName: `${n % 2 === 0 ? 'Sync' : 'sync'}-${n}`, source: 'recorded' },
    ...{ component: 'connect-sync', version: n % 5 === 0 ? '2.3.6.0' : '2.1.20.0', lastSeenAt: now },
    ...{ state: n % 7 === 0 ? 'Disabled' : 'Enabled', channel: n % 11 === 0 ? 'PKS' : 'HUS' },
    ...(n % 13 === 0 ? { movedTo: 'cloud-sync' as const } : {}),
  };
  return n % 4 === 0 ? [host, { ...host, component: 'health-sync', version: '4.4.0.0' }] : [host];
}).flat();

test('a tally in slices is the same as the whole', async () => {
  assert.deepEqual(await slicedTally(revision!, estate, now, new Map()), tally(revision!, estate, now));
  assert.deepEqual(await slicedTally(revision!, [], now, new Map()), tally(revision!, [], now));
});

test('others get their turn while a large estate is counted', async () => {
  let turns = 0;
  let isCounted = false;
  const turn = (): void => {
    turns += 1;
    if (!isCounted) setImmediate(turn);
  };
  setImmediate(turn);
  await slicedTally(revision!, estate, now, new Map());
  isCounted = true;
  assert.ok(turns >= 4, `${turns} turns`);
});
