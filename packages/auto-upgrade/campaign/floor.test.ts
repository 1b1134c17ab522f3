import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import type { CampaignRevision, Effect, Minimum } from './campaign.ts';
import { deadlineOf } from './deadline.ts';
import { checkFloor, type EffectFacts, effectNow, type PublishedRelease } from './floor.ts';
import { type Installation, judge } from './judge.ts';
import { type Action, isRefused, refusalOf } from './refusal.ts';

const dayMs = 86_400_000;
const deadline = deadlineOf('2024-09-16', 'UTC');
const minimum: Minimum = { component: 'connect-sync', version: '2.3.2.0', byHand: false, effect: 'restrict' };
const published = Date.parse('2024-08-01T00:00:00Z') as EpochMs;
const revision: CampaignRevision = { revision: 1, publishedAt: published, title: 'T', deadline, minimums: [minimum] };
const release: PublishedRelease = {
  ...{
    component: 'connect-sync',
    version: '2.3.6.0',
    platform: 'linux-x64',
    publishedAt: published,
    isRecalled: false,
  },
};
const inUse = new Map([['connect-sync', ['linux-x64', 'linux-arm64']]] as const);
const onArm: PublishedRelease = { ...release, platform: 'linux-arm64' };
const both = [release, onArm];

function codes(changed: CampaignRevision, releases: readonly PublishedRelease[], now = published) {
  return checkFloor(changed, releases, inUse, now).map(({ code, platform, isRefused: no }) => [code, platform, no]);
}

test('S27: a minimum with a satisfying release for every platform in use is fit to be published', () => {
  assert.deepEqual(codes(revision, both), []);
});

for (const [name, releases] of [
  ['without a release for ARM', [release]],
  ['whose release for ARM was recalled', [release, { ...onArm, isRecalled: true }]],
  ['whose release for ARM is too old', [release, { ...onArm, version: '2.3.1.99' }]],
  ['whose release for ARM comes out later', [release, { ...onArm, publishedAt: (published + 1) as EpochMs }]],
] as const) {
  test(`S27: a minimum ${name} is refused where ARM is in use`, () => {
    assert.deepEqual(codes(revision, releases), [['no-satisfying-release', 'linux-arm64', true]]);
  });
}

test('S27: a minimum lies 7 days ahead when it is published, whatever date the revision gives itself', () => {
  const late = (deadline.endsAt - 7 * dayMs) as EpochMs;
  assert.deepEqual(codes(revision, both, late), []);
  assert.deepEqual(codes(revision, both, (late + 1) as EpochMs), [['floor-too-soon', undefined, true]]);
});

test('a minimum that only notifies may run ahead of its release, and says so', () => {
  const notifying = { ...revision, minimums: [{ ...minimum, effect: 'notify' }] } as const;
  assert.deepEqual(codes(notifying, [release]), [['no-satisfying-release', 'linux-arm64', false]]);
});

test('what is not yet announced has no problems, and stop-sync without a signed floor is pointed out', () => {
  const { version: _, ...unannounced } = minimum;
  assert.deepEqual(codes({ ...revision, minimums: [unannounced] }, []), []);
  const stopping = { ...revision, minimums: [{ ...minimum, effect: 'stop-sync' }] } as const;
  assert.deepEqual(codes(stopping, both), [['stop-sync-not-signed', undefined, false]]);
  const floors = new Map([['connect-sync', { below: '2.3.2.0', from: deadline.endsAt }]] as const);
  assert.deepEqual(checkFloor(stopping, both, inUse, published, floors), []);
});

const floor = { below: '2.3.2.0', from: deadline.endsAt };
const known: EffectFacts = { installedVersion: '2.2.8.0', endsAt: deadline.endsAt, offeredSince: published, floor };
const { offeredSince: _never, ...neverOffered } = known;
const { floor: _none, ...unsigned } = known;

for (const [name, effect, facts, afterMs, expected] of [
  ['nothing happens on the last day', 'stop-sync', known, -1, 'none'],
  ['restrict restricts', 'restrict', known, 0, 'restrict'],
  ['notify refuses nothing, ever', 'notify', known, 900 * dayMs, 'notify'],
  ['who was never offered a way out is only notified', 'stop-sync', neverOffered, 900 * dayMs, 'notify'],
  [
    'so is who was offered one 14 days ago less a moment',
    'restrict',
    { ...known, offeredSince: deadline.endsAt },
    14 * dayMs - 1,
    'notify',
  ],
  [
    'and 14 days after the offer it acts',
    'restrict',
    { ...known, offeredSince: deadline.endsAt },
    14 * dayMs,
    'restrict',
  ],
  ['stop-sync stops where the Image repository signed it', 'stop-sync', known, 0, 'stop-sync'],
  ['stop-sync without a signed floor restricts', 'stop-sync', unsigned, 0, 'restrict'],
  [
    'so it does for a build that the signed floor spares',
    'stop-sync',
    { ...known, floor: { ...floor, below: '2.2.8.0' } },
    0,
    'restrict',
  ],
  [
    'and before the day of the signed floor',
    'stop-sync',
    { ...known, floor: { ...floor, from: (floor.from + 1) as EpochMs } },
    0,
    'restrict',
  ],
  ['a signed floor alone does not raise restrict', 'restrict', known, 0, 'restrict'],
] as const) {
  test(`S27: ${name}`, () => {
    assert.equal(effectNow({ ...minimum, effect }, facts, (deadline.endsAt + afterMs) as EpochMs), expected);
  });
}

const actions: readonly Action[] = [
  ...(['enrol', 'adopt-connector', 'read-connector-again', 'export', 'import'] as const),
  ...(['heartbeat', 'upgrade-report', 'repository', 'alert'] as const),
];

for (const [effect, refused] of [
  ['none', []],
  ['notify', []],
  ['restrict', ['enrol', 'adopt-connector', 'read-connector-again']],
  ['stop-sync', ['enrol', 'adopt-connector', 'read-connector-again', 'export']],
] as readonly (readonly [Effect | 'none', readonly Action[]])[]) {
  test(`${effect} refuses ${refused.join(', ') || 'nothing'}; never heartbeats, reports, the repository or alerts`, () => {
    assert.deepEqual(
      actions.filter((action) => isRefused(effect, action)),
      refused,
    );
  });
}

test('a refusal says what is installed, what is asked for since when, and the way out', () => {
  const server: Installation = {
    ...{
      tenant: 'contoso',
      hostName: 'sync1; rm -rf',
      component: 'connect-sync',
      version: '2.2.8.0',
      state: 'Disabled',
    },
    ...{ channel: 'HUS', lastSeenAt: deadline.endsAt, offeredSince: published, source: 'agent' },
  };
  const judged = judge(revision, server, deadline.endsAt);
  const refusal = refusalOf(revision, server, judged, 'enrol')!;
  assert.equal(refusal.status, 403);
  assert.deepEqual([refusal.code, refusal.installed, refusal.minimum], ['below-minimum-version', '2.2.8.0', '2.3.2.0']);
  assert.match(refusal.detail, /after 16 September 2024/);
  assert.deepEqual(
    refusal.wayOut.flatMap((step) => (step.kind === 'command' ? [step.command] : [])),
    [
      'springline agent auto-upgrade set Enabled',
      'springline agent upgrade connect-sync',
      'springline upgrade advice --server NAME',
    ],
  );
  assert.equal(refusalOf(revision, server, judged, 'heartbeat'), undefined);
  assert.equal(refusalOf(revision, server, judge(revision, server, published), 'enrol'), undefined);
});
