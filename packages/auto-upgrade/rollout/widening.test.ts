import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import fc from 'fast-check';
import { decide } from './decide.ts';
import type { RolloutPlan } from './plan.ts';
import { rolloutFromPlan } from './plan.ts';
import type { Rollout, RolloutPolicy, RolloutRing } from './policy.ts';
import { openPpm } from './ramp.ts';
import { at, now, policy, rollout } from './testing/hand-cases.ts';
import { randomFacts, randomPolicy, Seeded } from './testing/random-case.ts';
import { widenings, withinPlan } from './widening.ts';

const hourMs = 3_600_000;
const plus = (ms: number): EpochMs => (now + ms) as EpochMs;

/** The policy, changed in a few places: what a controller, a person or a thief would do. */
function changed(random: Seeded, before: RolloutPolicy): RolloutPolicy {
  const other = randomPolicy(random);
  const keep = (): boolean => !random.chance(15);
  const ring = (each: RolloutRing): RolloutRing => {
    const { openedAt: _, ...closed } = each;
    if (random.chance(60)) return each;
    return {
      ...(random.chance(70) ? each : { ...closed, ...(random.chance(50) ? { openedAt: random.instant() } : {}) }),
      ...(random.chance(30) ? { startPpm: random.below(1_000_001) } : {}),
      ...(random.chance(30) ? { rampPpmPerHour: random.below(20_000) } : {}),
    };
  };
  const rings = (each: readonly RolloutRing[]): readonly RolloutRing[] => {
    const kept = each.map(ring).filter((_, index) => index === 0 || keep());
    return random.chance(10) ? [...kept].reverse() : kept;
  };
  const rollouts = before.rollouts.filter(keep).map((each): Rollout => {
    if (random.chance(10)) return other.rollouts.find(({ rolloutId }) => rolloutId === each.rolloutId) ?? each;
    const state = random.chance(80) ? each.state : random.pick(['running', 'halted', 'aborted', 'complete'] as const);
    return { ...each, state, rings: rings(each.rings) };
  });
  return {
    ...before,
    isHalted: random.chance(95) ? before.isHalted : !before.isHalted,
    freezes: random.chance(80) ? before.freezes : [...before.freezes.filter(keep), ...other.freezes.slice(0, 1)],
    rollouts,
  };
}

test('S12: where nothing widens, nothing acts that was held, from that instant on', () => {
  let narrowed = 0;
  let acted = 0;
  for (let seed = 0; seed < 12_000; seed++) {
    const random = new Seeded(seed);
    const before = randomPolicy(random);
    const after = changed(random, before);
    const start = random.instant();
    if (widenings(before, after, start).length > 0) continue;
    narrowed += 1;
    for (let agent = 0; agent < 12; agent++) {
      const given = randomFacts(random);
      // One release at a time: a policy that closes the newest lets an older one through that was open all along.
      for (const release of given.offered) {
        const facts = { ...given, offered: [release], state: 'Enabled' as const };
        const later = (start + random.below(30 * 24) * hourMs + random.below(2)) as EpochMs;
        if (decide(after, facts, later).action !== 'install') continue;
        acted += 1;
        assert.equal(decide(before, facts, later).action, 'install', `seed ${seed}, agent ${agent}`);
      }
    }
  }
  // Else the property would say nothing.
  assert.ok(narrowed > 1_500 && acted > 1_500, `${narrowed} policies narrowed, ${acted} installs`);
});

test('a policy is no widening of itself, and taking it away always is', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const random = new Seeded(seed);
      const any = randomPolicy(random);
      assert.deepEqual(widenings(any, any, random.instant()), []);
      assert.deepEqual(widenings(undefined, any, now), []);
      assert.deepEqual(
        widenings(any, undefined, now).map(({ kind }) => kind),
        ['policy-removed'],
      );
    }),
  );
});

const withRings = (...rings: RolloutRing[]): RolloutPolicy => ({ ...policy, rollouts: [{ ...rollout, rings }] });
const broad: RolloutRing = { name: 'broad', openedAt: plus(-hourMs), startPpm: 0, rampPpmPerHour: 10_000 };
const freeze = { name: 'audit', from: plus(-hourMs), until: plus(hourMs) };
const stopped = (state: Rollout['state']): RolloutPolicy => ({ ...policy, rollouts: [{ ...rollout, state }] });

for (const row of [
  { name: 'a new rollout widens', before: { ...policy, rollouts: [] }, after: policy, kinds: ['new-rollout'] },
  { name: 'a rollout that goes does not', before: policy, after: { ...policy, rollouts: [] }, kinds: [] },
  {
    name: 'a halted rollout that goes does: it could begin again',
    before: stopped('halted'),
    after: { ...policy, rollouts: [] },
    kinds: ['resumed'],
  },
  {
    name: 'an aborted rollout that goes does too',
    before: stopped('aborted'),
    after: { ...policy, rollouts: [] },
    kinds: ['resumed'],
  },
  { name: 'a halt does not', before: policy, after: stopped('halted'), kinds: [] },
  { name: 'its end does', before: stopped('halted'), after: policy, kinds: ['resumed'] },
  { name: 'opening to all does', before: policy, after: stopped('complete'), kinds: ['completed'] },
  { name: 'halting everything does not', before: policy, after: { ...policy, isHalted: true }, kinds: [] },
  { name: 'the end of that halt does', before: { ...policy, isHalted: true }, after: policy, kinds: ['unhalted'] },
  {
    name: 'what is added under a halt is told all the same',
    before: { ...policy, rollouts: [], isHalted: true },
    after: { ...policy, isHalted: true },
    kinds: ['new-rollout'],
  },
  { name: 'a freeze does not', before: policy, after: { ...policy, freezes: [freeze] }, kinds: [] },
  {
    name: 'a freeze that goes does',
    before: { ...policy, freezes: [freeze] },
    after: policy,
    kinds: ['freeze-removed'],
  },
  {
    name: 'a freeze that is over may go',
    before: { ...policy, freezes: [{ ...freeze, until: now }] },
    after: policy,
    kinds: [],
  },
  {
    name: 'a freeze may be cut in two',
    before: { ...policy, freezes: [freeze] },
    after: {
      ...policy,
      freezes: [
        { ...freeze, until: now },
        { ...freeze, from: now },
      ],
    },
    kinds: [],
  },
  {
    name: 'another digest under the same rollout does',
    before: policy,
    after: { ...policy, rollouts: [{ ...rollout, targets: new Map([['linux-x64', 'd4'.repeat(32)]] as const) }] },
    kinds: ['target-changed'],
  },
  {
    name: 'another platform does',
    before: policy,
    after: {
      ...policy,
      rollouts: [{ ...rollout, targets: new Map([...rollout.targets, ['win-x64', 'd4'.repeat(32)]] as const) }],
    },
    kinds: ['target-changed'],
  },
  {
    name: 'opening a ring does',
    before: withRings({ name: 'broad', startPpm: 0, rampPpmPerHour: 1 }),
    after: withRings({ ...broad, rampPpmPerHour: 1 }),
    kinds: ['ring-opened'],
  },
  {
    name: 'opening a ring that nobody can be in yet does, since its ramp and its soak are judged by when it opened',
    before: withRings({ name: 'broad', startPpm: 0, rampPpmPerHour: 0 }),
    after: withRings({ ...broad, rampPpmPerHour: 0 }),
    kinds: ['ring-opened'],
  },
  {
    name: 'an earlier opening does',
    before: withRings(broad),
    after: withRings({ ...broad, openedAt: plus(-2 * hourMs) }),
    kinds: ['ring-opened'],
  },
  {
    name: 'a later opening does not',
    before: withRings(broad),
    after: withRings({ ...broad, openedAt: now }),
    kinds: [],
  },
  {
    name: 'a steeper ramp does',
    before: withRings(broad),
    after: withRings({ ...broad, rampPpmPerHour: 10_001 }),
    kinds: ['ramp-raised'],
  },
  {
    name: 'a steeper ramp from now on does too',
    before: withRings(broad),
    after: withRings({ ...broad, openedAt: now, rampPpmPerHour: 10_001 }),
    kinds: ['ramp-raised'],
  },
  {
    name: 'a flatter ramp does not',
    before: withRings(broad),
    after: withRings({ ...broad, rampPpmPerHour: 9_999 }),
    kinds: [],
  },
  {
    name: 'a higher start does',
    before: withRings(broad),
    after: withRings({ ...broad, startPpm: 1 }),
    kinds: ['start-raised'],
  },
  {
    name: 'nothing raises a ring that is full',
    before: withRings({ ...broad, startPpm: 1_000_000 }),
    after: withRings({ ...broad, startPpm: 1_000_000, rampPpmPerHour: 1_000_000 }),
    kinds: [],
  },
  {
    name: 'a closed ring before an open one does not',
    before: withRings(broad),
    after: withRings({ name: 'new', startPpm: 0, rampPpmPerHour: 0 }, broad),
    kinds: [],
  },
  {
    name: 'another order of rings does not',
    before: withRings(broad, { ...broad, name: 'late' }),
    after: withRings({ ...broad, name: 'late' }, broad),
    kinds: [],
  },
] satisfies { name: string; before: RolloutPolicy; after: RolloutPolicy; kinds: string[] }[]) {
  test(row.name, () => {
    assert.deepEqual(
      widenings(row.before, row.after, now).map(({ kind }) => kind),
      row.kinds,
    );
  });
}

test('the sentence of a widening is the same whenever it is asked, and differs with the instant of the opening', () => {
  const before = withRings({ name: 'broad', startPpm: 0, rampPpmPerHour: 1 });
  const sentence = (openedAt: EpochMs, when: EpochMs) =>
    widenings(before, withRings({ ...broad, openedAt }), when)[0]?.what;
  assert.equal(sentence(now, now), sentence(now, plus(24 * hourMs)));
  assert.notEqual(sentence(now, now), sentence(plus(-1), now));
});

// Plans

const plan: RolloutPlan = {
  ...{ ...rollout, rolloutId: rollout.rolloutId },
  rings: [
    {
      name: 'canary',
      startPpm: 1_000_000,
      rampPpmPerHour: 0,
      soakMs: hourMs,
      minCommitted: 3,
      minCommittedPpm: 900_000,
    },
    { name: 'broad', startPpm: 0, rampPpmPerHour: 10_000, soakMs: hourMs, minCommitted: 30, minCommittedPpm: 900_000 },
  ],
  haltAt: { minFailures: 3, failurePpm: 20_000 },
};
const begun = rolloutFromPlan(plan);
const stage = (canary: EpochMs | undefined, broadAt?: EpochMs, changes: Partial<Rollout> = {}): RolloutPolicy => ({
  ...policy,
  rollouts: [
    {
      ...begun,
      rings: begun.rings.map((ring) => {
        const openedAt = ring.name === 'canary' ? canary : broadAt;
        return openedAt === undefined ? ring : { ...ring, openedAt };
      }),
      ...changes,
    },
  ],
});
const none: RolloutPolicy = { ...policy, rollouts: [] };
const raisedRings = [begun.rings[0]!, { ...begun.rings[1]!, rampPpmPerHour: 10_001, openedAt: now }];
/** A ramp of 100 hours from 0 to all. */
const rampMs = 100 * hourMs;

for (const row of [
  { name: 'a plan covers its beginning', before: none, after: stage(undefined), uncovered: [] },
  { name: 'a plan covers the opening of its first ring', before: stage(undefined), after: stage(now), uncovered: [] },
  { name: 'a plan covers beginning and opening in one', before: none, after: stage(now), uncovered: [] },
  {
    name: 'not a ring that is said to have opened long ago',
    before: stage(undefined),
    after: stage(plus(-hourMs)),
    uncovered: ['ring-opened'],
  },
  {
    name: 'not a ring that is to open by itself later',
    before: stage(undefined),
    after: stage(plus(hourMs)),
    uncovered: ['ring-opened'],
  },
  {
    name: 'the next ring after the soak',
    before: stage(plus(-hourMs)),
    after: stage(plus(-hourMs), now),
    uncovered: [],
  },
  {
    name: 'not a millisecond before',
    before: stage(plus(1 - hourMs)),
    after: stage(plus(1 - hourMs), now),
    uncovered: ['ring-opened'],
  },
  {
    name: 'not before the first ring is open',
    before: stage(undefined),
    after: stage(undefined, now),
    uncovered: ['ring-opened'],
  },
  {
    name: 'not a steeper ramp than planned',
    before: stage(plus(-hourMs), now),
    after: stage(plus(-hourMs), now, { rings: raisedRings }),
    uncovered: ['ramp-raised'],
  },
  {
    name: 'never a resume',
    before: stage(now, undefined, { state: 'halted' }),
    after: stage(now),
    uncovered: ['resumed'],
  },
  {
    name: 'never a halted rollout that goes away',
    before: stage(now, undefined, { state: 'halted' }),
    after: none,
    uncovered: ['resumed'],
  },
  {
    name: 'never a lifted freeze',
    before: { ...stage(now), freezes: [freeze] },
    after: stage(now),
    uncovered: ['freeze-removed'],
  },
  {
    name: 'never the end of a general halt',
    before: { ...stage(now), isHalted: true },
    after: stage(now),
    uncovered: ['unhalted'],
  },
  {
    name: 'never another release',
    before: none,
    after: stage(now, undefined, { releaseNumber: 251 }),
    uncovered: ['new-rollout'],
  },
  {
    name: 'not opening to all before the last ring has soaked',
    before: stage(plus(-2 * rampMs), plus(-rampMs)),
    after: stage(plus(-2 * rampMs), plus(-rampMs), { state: 'complete' }),
    uncovered: ['completed'],
  },
  {
    name: 'opening to all after it',
    before: stage(plus(-2 * rampMs), plus(-rampMs - hourMs)),
    after: stage(plus(-2 * rampMs), plus(-rampMs - hourMs), { state: 'complete' }),
    uncovered: [],
  },
] satisfies { name: string; before: RolloutPolicy; after: RolloutPolicy; uncovered: string[] }[]) {
  test(`plan: ${row.name}`, () => {
    assert.deepEqual(
      withinPlan(row.before, row.after, [plan], now).map(({ kind }) => kind),
      row.uncovered,
    );
  });
}

test('a plan that begins later covers nothing before', () => {
  const later = { ...plan, notBefore: plus(1) };
  assert.equal(withinPlan(none, stage(now), [later], now).length, 1);
  assert.equal(withinPlan(none, stage(plus(1)), [later], plus(1)).length, 0);
});

test('without a plan every widening needs people, and a plan of another rollout helps nobody', () => {
  const other = { ...plan, rolloutId: '0192d4e0-7c1a-7000-8000-0000000000cc' };
  assert.equal(withinPlan(none, stage(now), [], now).length, 1);
  assert.equal(withinPlan(none, stage(now), [other], now).length, 1);
});

test('S12: what a plan covers never opens more than the plan itself would have by then', () => {
  const started = at('2026-01-01T00:00:00Z');
  fc.assert(
    fc.property(fc.nat(), fc.array(fc.nat({ max: 300 }), { minLength: 1, maxLength: 8 }), (seed, hours) => {
      const random = new Seeded(seed);
      let signed = none;
      let clock = started;
      for (const wait of hours) {
        clock = (clock + wait * hourMs) as EpochMs;
        const target = signed.rollouts[0] === undefined ? stage(undefined) : changed(random, signed);
        const next = random.chance(50) ? target : opened(target, random.pick(['canary', 'broad']), clock);
        if (withinPlan(signed, next, [plan], clock).length === 0) signed = next;
      }
      const inPlan = { name: 'broad', openedAt: (started + hourMs) as EpochMs, startPpm: 0, rampPpmPerHour: 10_000 };
      for (const { rings, state } of signed.rollouts) {
        const ring = rings.find(({ name }) => name === 'broad');
        if (state === 'aborted' || state === 'complete' || ring === undefined) continue;
        for (let hour = 0; hour < 150; hour++) {
          const later = (clock + hour * hourMs) as EpochMs;
          assert.ok(openPpm(ring, later) <= openPpm(inPlan, later), JSON.stringify(ring));
        }
      }
    }),
  );
});

function opened(from: RolloutPolicy, name: string, openedAt: EpochMs): RolloutPolicy {
  const rollouts = from.rollouts.map((each) => ({
    ...each,
    rings: each.rings.map((ring) => (ring.name === name ? { ...ring, openedAt } : ring)),
  }));
  return { ...from, rollouts };
}
