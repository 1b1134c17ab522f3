import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import fc from 'fast-check';
import type { RolloutPolicy } from '../rollout/policy.ts';
import { type OfferedBuild, offeredTimes, type PolicyInForce, timeWithin } from './offered-time.ts';

const dayMs = 86_400_000;
const start = Date.UTC(2026, 0, 1);
const day = (number: number): EpochMs => (start + number * dayMs) as EpochMs;
const build: OfferedBuild = {
  ...{ sha256: 'ab'.repeat(32), platform: 'linux-x64', publishedAt: day(0), maxRampPpmPerHour: 1_000_000 },
};

type RolloutChange = Partial<RolloutPolicy['rollouts'][number]>;
const policy = (changes: Partial<RolloutPolicy> = {}, rollout: RolloutChange = {}): RolloutPolicy => ({
  ...{ format: 'springline-rollout-1', version: 1, issuedAt: day(0), isHalted: false, freezes: [] },
  rollouts: [
    {
      ...{ rolloutId: '0192d4e0-0000-7000-8000-000000000001', component: 'connect-sync', version: '1.2.4.0' },
      ...{ releaseNumber: 101, targets: new Map([[build.platform, build.sha256]]), state: 'running' },
      rings: [
        { name: 'broad', openedAt: day(2), startPpm: 1_000_000, rampPpmPerHour: 0 },
        { name: 'late', startPpm: 0, rampPpmPerHour: 0 },
      ],
      ...rollout,
    },
  ],
  ...changes,
});
const inForce = (of: RolloutPolicy | undefined, from: number, until: number): PolicyInForce => ({
  ...{ policy: of, from: day(from), until: day(until) },
});
const daysIn = (ring: string, history: readonly PolicyInForce[], builds = [build], since = 0) =>
  timeWithin(offeredTimes(builds, ring, history), day(since), day(30)) / dayMs;

for (const row of [
  { name: 'without a policy it counts from its publication', history: [inForce(undefined, -9, 99)], days: 30 },
  { name: 'a ring counts from the day on which it was open', history: [inForce(policy(), 0, 99)], days: 28 },
  {
    name: 'a ring counts from when the last host of it may',
    history: [
      inForce(
        policy({}, { rings: [{ name: 'broad', openedAt: day(2), startPpm: 0, rampPpmPerHour: 12_500 }] }),
        ...([0, 99] as const),
      ),
    ],
    days: 30 - 2 - 80 / 24,
  },
  { name: 'a ring that is not open counts for nothing', ring: 'late', history: [inForce(policy(), 0, 99)], days: 0 },
  { name: 'nor does one that the rollout has not', ring: 'other', history: [inForce(policy(), 0, 99)], days: 0 },
  {
    name: 'a complete rollout is open to all',
    ring: 'late',
    history: [inForce(policy({}, { state: 'complete' }), 10, 99)],
    days: 20,
  },
  {
    name: 'the time of a halt is left out',
    history: [inForce(policy(), 0, 10), inForce(policy({}, { state: 'halted' }), 10, 25), inForce(policy(), 25, 99)],
    days: 8 + 5,
  },
  {
    name: 'the time of a halt of everything is left out',
    history: [inForce(policy(), 0, 10), inForce(policy({ isHalted: true }), 10, 25), inForce(policy(), 25, 99)],
    days: 8 + 5,
  },
  {
    name: 'freezes are left out, also where they overlap',
    history: [
      inForce(
        policy({
          freezes: [
            { name: 'a', from: day(5), until: day(9) },
            { name: 'b', from: day(8), until: day(12) },
          ],
        }),
        ...([0, 99] as const),
      ),
    ],
    days: 28 - 7,
  },
  {
    name: 'what is not known of a time does not count',
    history: [inForce(policy(), 0, 5), inForce(policy(), 20, 99)],
    days: 13,
  },
  { name: 'an aborted rollout offers nothing', history: [inForce(policy({}, { state: 'aborted' }), 0, 99)], days: 0 },
  { name: 'a host counts from its enrolment', since: 20, history: [inForce(policy(), 0, 99)], days: 10 },
] satisfies { name: string; ring?: string; since?: number; history: PolicyInForce[]; days: number }[]) {
  test(`S27: ${row.name}`, () => {
    const { ring = 'broad', since = 0 }: { ring?: string; since?: number } = row;
    assert.ok(
      Math.abs(daysIn(ring, row.history, [build], since) - row.days) < 1e-9,
      `${daysIn(ring, row.history)} days`,
    );
  });
}

test('S27: two builds that satisfy at once are one', () => {
  const later = { ...build, sha256: 'cd'.repeat(32), publishedAt: day(10) };
  assert.equal(daysIn('broad', [inForce(undefined, 0, 99)], [build, later]), 30);
});

test("S27: a build counts when its publisher's own ramp has reached everybody, and never where it reaches nobody", () => {
  const daysAt = (maxRampPpmPerHour: number) =>
    daysIn('broad', [inForce(undefined, 0, 99)], [{ ...build, maxRampPpmPerHour }]);
  assert.equal(daysAt(0), 0);
  assert.ok(Math.abs(daysAt(10_000) - (30 - 100 / 24)) < 1e-9);
});

test('S27: no halt, freeze or gap ever adds time', () => {
  const spans = fc.array(fc.tuple(fc.nat({ max: 30 }), fc.nat({ max: 30 })), { maxLength: 5 });
  fc.assert(
    fc.property(spans, fc.nat({ max: 30 }), fc.nat({ max: 30 }), (holes, halt, end) => {
      const freezes = holes.map(([a, b]) => ({ name: 'x', from: day(Math.min(a, b)), until: day(Math.max(a, b) + 1) }));
      const whole = daysIn('broad', [inForce(policy(), 0, 99)]);
      const frozen = daysIn('broad', [inForce(policy({ freezes }), 0, 99)]);
      const halted = daysIn('broad', [
        inForce(policy({ freezes }), 0, halt),
        inForce(policy({ freezes, isHalted: true }), halt, halt + end),
        inForce(policy({ freezes }), halt + end, 99),
      ]);
      assert.ok(halted <= frozen && frozen <= whole && halted >= 0);
    }),
  );
});
