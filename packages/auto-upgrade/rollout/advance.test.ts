import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import fc from 'fast-check';
import { applyMove, nextMove } from './advance.ts';
import type { TenantEvidence } from './evidence.ts';
import { type RolloutPlan, rolloutFromPlan } from './plan.ts';
import { formatPolicy, parsePolicy, type Rollout, type RolloutPolicy } from './policy.ts';
import { now, policy, rollout } from './testing/hand-cases.ts';
import { withinPlan } from './widening.ts';

const hourMs = 3_600_000;
const plan: RolloutPlan = {
  ...rollout,
  rings: [
    {
      name: 'canary',
      startPpm: 1_000_000,
      rampPpmPerHour: 0,
      soakMs: hourMs,
      minCommitted: 3,
      minCommittedPpm: 900_000,
    },
    { name: 'broad', startPpm: 0, rampPpmPerHour: 500_000, soakMs: hourMs, minCommitted: 9, minCommittedPpm: 900_000 },
  ],
  haltAt: { minFailures: 3, failurePpm: 20_000 },
};
const begun = rolloutFromPlan(plan);
const evidence = (ring: string, counts: Partial<TenantEvidence>) =>
  new Map([[ring, [{ tenantId: 't', activating: 0, committed: 0, failed: 0, silent: 0, ...counts }]]]);
const openSince = (canary: number, broad?: number): Rollout => ({
  ...begun,
  rings: [
    { ...begun.rings[0]!, openedAt: (now - canary) as EpochMs },
    { ...begun.rings[1]!, ...(broad === undefined ? {} : { openedAt: (now - broad) as EpochMs }) },
  ],
});

for (const row of [
  { name: 'the first ring opens at once', rollout: begun, expected: { kind: 'open-ring', ring: 'canary' } },
  {
    name: 'not before the plan begins',
    plan: { ...plan, notBefore: (now + 1) as EpochMs },
    rollout: begun,
    why: /^The plan begins at /,
  },
  { name: 'a ring soaks', rollout: openSince(hourMs - 1), why: /^Ring canary soaks until 2026-03-11T12:00:00\.001Z/ },
  {
    name: 'after the soak it must be proven',
    rollout: openSince(hourMs),
    evidence: evidence('canary', { committed: 2 }),
    why: /2 of 2 committed; 3 must/,
  },
  { name: 'time alone opens no ring', rollout: openSince(1_000 * hourMs), why: /not proven/ },
  {
    name: 'with proof the next ring opens',
    rollout: openSince(hourMs),
    evidence: evidence('canary', { committed: 3 }),
    expected: { kind: 'open-ring', ring: 'broad' },
  },
  {
    name: 'a ramp is climbed before its soak begins',
    rollout: openSince(9 * hourMs, 3 * hourMs - 1),
    evidence: evidence('broad', { committed: 9 }),
    why: /^Ring broad soaks/,
  },
  {
    name: 'after the last ring it is complete',
    rollout: openSince(9 * hourMs, 3 * hourMs),
    evidence: evidence('broad', { committed: 9 }),
    expected: { kind: 'complete' },
  },
  {
    name: 'failures halt, in any ring',
    rollout: openSince(9 * hourMs, hourMs),
    evidence: evidence('canary', { failed: 3 }),
    expected: {
      kind: 'halt',
      reason: 'connect-sync 2.5.0.0: 3 of 3 upgrades failed or went silent in ring canary, of 1 tenants',
    },
  },
  {
    name: 'silence halts',
    rollout: openSince(hourMs),
    evidence: evidence('canary', { activating: 9, silent: 3 }),
    expected: {
      kind: 'halt',
      reason: 'connect-sync 2.5.0.0: 3 of 9 upgrades failed or went silent in ring canary, of 1 tenants',
    },
  },
  { name: 'a halted rollout stays', rollout: { ...begun, state: 'halted' as const }, why: /is halted/ },
  { name: 'another release than the planned stays', rollout: { ...begun, releaseNumber: 251 }, why: /not the one/ },
] satisfies {
  name: string;
  plan?: RolloutPlan;
  rollout: Rollout;
  evidence?: ReadonlyMap<string, readonly TenantEvidence[]>;
  expected?: object;
  why?: RegExp;
}[]) {
  test(row.name, () => {
    const given: {
      plan?: RolloutPlan;
      evidence?: ReadonlyMap<string, readonly TenantEvidence[]>;
      why?: RegExp;
      expected?: object;
    } = row;
    const move = nextMove(given.plan ?? plan, row.rollout, given.evidence ?? new Map(), now);
    if (given.why === undefined) return assert.deepEqual(move, given.expected);
    assert.equal(move.kind, 'stay');
    assert.match(move.why, given.why);
  });
}

test('S19: a ring that nobody but one tenant proves stays, and says what is asked for', () => {
  const one = { ...plan, rings: [{ ...plan.rings[0]!, minCommitted: 1 }, plan.rings[1]!] };
  const of = (tenantId: string, committed: number) => ({
    ...{ tenantId, activating: 0, committed, failed: 0, silent: 0, hosts: 4 },
  });
  const rings = (b: number) => new Map([['canary', [of('a', 4), of('b', b), of('c', 0)]]]);
  const move = nextMove(one, openSince(hourMs), rings(0), now);
  assert.equal(move.kind, 'stay');
  assert.match(move.why, /1 must.*at least 3 hosts of 2 tenants in a fleet of this size/);
  assert.deepEqual(nextMove(one, openSince(hourMs), rings(1), now), { kind: 'open-ring', ring: 'broad' });
});

test('a plan that leaves a ring partly closed is never complete', () => {
  const partly = { ...plan, rings: [{ ...plan.rings[0]!, startPpm: 10_000 }, plan.rings[1]!] };
  const move = nextMove(partly, openSince(9 * hourMs, 9 * hourMs), evidence('broad', { committed: 9 }), now);
  assert.equal(move.kind, 'stay');
});

test('a move makes the next version of the policy, which can be signed and read', () => {
  const before: RolloutPolicy = { ...policy, rollouts: [begun] };
  const opened = applyMove(before, begun.rolloutId, { kind: 'open-ring', ring: 'canary' }, now);
  assert.equal(opened.version, before.version + 1);
  assert.equal(opened.issuedAt, now);
  assert.equal(opened.rollouts[0]?.rings[0]?.openedAt, now);
  const halted = applyMove(opened, begun.rolloutId, { kind: 'halt', reason: 'x'.repeat(600) }, now);
  assert.deepEqual(parsePolicy(new TextEncoder().encode(formatPolicy(halted))), halted);
  assert.equal(halted.rollouts[0]?.reason?.length, 500);
});

test('moves that a rollout cannot make are refused', () => {
  const move = (from: Rollout, ring: string, id = begun.rolloutId) =>
    applyMove({ ...policy, rollouts: [from] }, id, { kind: 'open-ring', ring }, now);
  const refused = { code: 'move-refused' };
  assert.throws(() => move(begun, 'canary', 'another'), refused);
  assert.throws(() => move(begun, 'none'), refused);
  assert.throws(() => move(openSince(1), 'canary'), refused);
  assert.throws(() => move({ ...begun, state: 'halted' }, 'canary'), refused);
});

test('S12: every move that the controller makes by itself is within its plan', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 9 }), fc.nat({ max: 1 })), { maxLength: 30 }),
      (steps) => {
        let clock = now;
        let signed: RolloutPolicy = { ...policy, rollouts: [begun] };
        for (const [hours, committed, failed] of steps) {
          clock = (clock + hours * hourMs) as EpochMs;
          const rings = new Map([...evidence('canary', { committed, failed }), ...evidence('broad', { committed })]);
          const move = nextMove(plan, signed.rollouts[0]!, rings, clock);
          if (move.kind === 'stay') continue;
          const next = applyMove(signed, begun.rolloutId, move, clock);
          assert.deepEqual(withinPlan(signed, next, [plan], clock), [], move.kind);
          signed = next;
        }
      },
    ),
  );
});
