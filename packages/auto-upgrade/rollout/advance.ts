/**
 * The next move of a rollout's controller, from its plan and the evidence, and the policy after it. Rings advance on
 * evidence and never on time alone; a halt comes first, and nothing here ever resumes.
 */
import type { EpochMs } from '@springline/ports/clock';
import { PolicyError } from './error.ts';
import { isFailing, isProven, leastProof, type TenantEvidence, weigh } from './evidence.ts';
import { instantText } from './json-fields.ts';
import type { RolloutPlan } from './plan.ts';
import { isSameRelease, opensToAll, soakedAt } from './plan-coverage.ts';
import type { Rollout, RolloutPolicy } from './policy.ts';

export type Move =
  | { readonly kind: 'open-ring'; readonly ring: string }
  | { readonly kind: 'halt'; readonly reason: string }
  | { readonly kind: 'complete' }
  | { readonly kind: 'stay'; readonly why: string };

/** @param evidenceByRing By the ring that the agents are in; see `evidence.ts` for what counts. */
export function nextMove(
  plan: RolloutPlan,
  rollout: Rollout,
  evidenceByRing: ReadonlyMap<string, readonly TenantEvidence[]>,
  now: EpochMs,
): Move {
  if (rollout.state !== 'running') return { kind: 'stay', why: `The rollout is ${rollout.state}.` };
  const failing = failingEvidence(plan, evidenceByRing);
  if (failing !== undefined) return { kind: 'halt', reason: failing };
  if (!isSameRelease(plan, rollout) || rollout.rings.some(({ name }, at) => name !== plan.rings[at]?.name)) {
    return { kind: 'stay', why: 'The rollout is not the one that the plan describes.' };
  }
  const next = rollout.rings.findIndex(({ openedAt }) => openedAt === undefined);
  const last = next === -1 ? rollout.rings.length - 1 : next - 1;
  const unproven = last === -1 ? beforeTheFirst(plan, now) : unprovenRing(plan, rollout, last, evidenceByRing, now);
  if (unproven !== undefined) return { kind: 'stay', why: unproven };
  const ring = rollout.rings[next];
  if (ring !== undefined) return { kind: 'open-ring', ring: ring.name };
  if (!opensToAll(plan)) return { kind: 'stay', why: 'All rings are as open as the plan makes them.' };
  return { kind: 'complete' };
}

/**
 * @throws {PolicyError} `move-refused` when the policy has no such rollout, the rollout does not run, or the ring is open or
 * unknown.
 */
export function applyMove(policy: RolloutPolicy, rolloutId: string, move: Move, now: EpochMs): RolloutPolicy {
  const rollout = policy.rollouts.find((each) => each.rolloutId === rolloutId);
  if (rollout === undefined) throw new PolicyError('move-refused', `the policy has no rollout ${rolloutId}`);
  if (rollout.state !== 'running') {
    throw new PolicyError('move-refused', `rollout ${rolloutId} is ${rollout.state}; only one that runs can move`);
  }
  const moved = movedRollout(rollout, move, now);
  const rollouts = policy.rollouts.map((each) => (each === rollout ? moved : each));
  return { ...policy, version: policy.version + 1, issuedAt: now, rollouts };
}

const reasonLimit = 500;

function movedRollout(rollout: Rollout, move: Move, now: EpochMs): Rollout {
  switch (move.kind) {
    case 'stay':
      return rollout;
    case 'halt':
      return { ...rollout, state: 'halted', reason: move.reason.slice(0, reasonLimit).toWellFormed() };
    case 'complete':
      return { ...rollout, state: 'complete' };
    case 'open-ring': {
      const ring = rollout.rings.find(({ name }) => name === move.ring);
      if (ring === undefined || ring.openedAt !== undefined) {
        const quoted = JSON.stringify(move.ring.slice(0, 64));
        throw new PolicyError('move-refused', `rollout ${rollout.rolloutId} has no closed ring ${quoted}`);
      }
      return { ...rollout, rings: rollout.rings.map((each) => (each === ring ? { ...each, openedAt: now } : each)) };
    }
  }
}

/** In one ring, or over all of them. */
function failingEvidence(
  { haltAt, component, version }: RolloutPlan,
  evidenceByRing: ReadonlyMap<string, readonly TenantEvidence[]>,
): string | undefined {
  const all: readonly [string, readonly TenantEvidence[]] = ['all rings together', [...evidenceByRing.values()].flat()];
  for (const [where, evidence] of [
    ...[...evidenceByRing].map(([ring, each]) => [`ring ${ring}`, each] as const),
    all,
  ]) {
    if (!isFailing(evidence, haltAt)) continue;
    const { failed, began, tenants } = weigh(evidence);
    return `${component} ${version}: ${failed} of ${began} upgrades failed or went silent in ${where}, of ${tenants} tenants`;
  }
  return undefined;
}

function beforeTheFirst({ notBefore }: RolloutPlan, now: EpochMs): string | undefined {
  return notBefore !== undefined && now < notBefore ? `The plan begins at ${instantText(notBefore)}.` : undefined;
}

function unprovenRing(
  plan: RolloutPlan,
  rollout: Rollout,
  at: number,
  evidenceByRing: ReadonlyMap<string, readonly TenantEvidence[]>,
  now: EpochMs,
): string | undefined {
  const planned = plan.rings[at]!;
  const until = soakedAt(plan, rollout, at);
  if (until === undefined) return `Ring ${planned.name} never becomes as open as the plan says.`;
  if (now < until) return `Ring ${planned.name} soaks until ${instantText(until)}.`;
  const evidence = evidenceByRing.get(planned.name) ?? [];
  const fleet = [...evidenceByRing.values()].flat();
  if (isProven(evidence, planned, fleet)) return undefined;
  const { committed, began, tenants } = weigh(evidence);
  const third = tenants < 3 ? '' : ', no tenant for more than a third';
  const least = leastProof(evidence, fleet);
  const many = tenants < 3 ? `${least.hosts} hosts` : `${least.hosts} hosts of ${least.tenants} tenants`;
  const atLeast = planned.minCommitted === 0 || least.hosts < 2 ? '' : `, at least ${many} in a fleet of this size`;
  return (
    `Ring ${planned.name} is not proven: ${committed} of ${began} committed; ` +
    `${planned.minCommitted} must${third}${atLeast}, and ${planned.minCommittedPpm} of a million.`
  );
}
