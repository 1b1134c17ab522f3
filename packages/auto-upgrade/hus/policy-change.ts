/**
 * The changes that people and the controller make to the rollout policy: pure. Each gives the whole next policy, one
 * version up; whether it may be signed is the signer's word.
 */
import type { EpochMs } from '@springline/ports/clock';
import { type RolloutPlan, rolloutFromPlan } from '../rollout/plan.ts';
import { type Freeze, policyFormat, type Rollout, type RolloutPolicy } from '../rollout/policy.ts';

/** Of each component: so that a host that comes late can still take a good release. Halted ones stay. */
const keptComplete = 8;

/** The policy with the rollout of `plan`, running, no ring open. */
export function withRollout(policy: RolloutPolicy | undefined, plan: RolloutPlan, now: EpochMs): RolloutPolicy {
  // A release is named by one rollout: a new plan for it takes the old one's place.
  const others = (policy?.rollouts ?? []).filter(({ targets: known }) =>
    [...known].every(([platform, sha256]) => plan.targets.get(platform) !== sha256),
  );
  return nextPolicy(policy, { rollouts: withoutOldest([rolloutFromPlan(plan), ...others]) }, now);
}

/** `reason` is kept with a halt or an abort. */
export function withState(
  policy: RolloutPolicy,
  rolloutId: string,
  state: Rollout['state'],
  reason: string,
  now: EpochMs,
): RolloutPolicy {
  const isEnded = state === 'halted' || state === 'aborted';
  const rollouts = policy.rollouts.map((rollout) => {
    if (rollout.rolloutId !== rolloutId) return rollout;
    const { reason: _, ...rest } = rollout;
    return { ...rest, state, ...(isEnded ? { reason: reason.slice(0, 500) } : {}) };
  });
  return nextPolicy(policy, { rollouts }, now);
}

export function withHalt(policy: RolloutPolicy | undefined, isHalted: boolean, now: EpochMs): RolloutPolicy {
  return nextPolicy(policy, { isHalted }, now);
}

/** One that is there by the same name is replaced. */
export function withFreeze(policy: RolloutPolicy | undefined, freeze: Freeze, now: EpochMs): RolloutPolicy {
  const others = (policy?.freezes ?? []).filter(({ name, until }) => name !== freeze.name && until > now);
  return nextPolicy(policy, { freezes: [...others, freeze] }, now);
}

export function withoutFreeze(policy: RolloutPolicy, name: string, now: EpochMs): RolloutPolicy {
  return nextPolicy(policy, { freezes: policy.freezes.filter((freeze) => freeze.name !== name) }, now);
}

function nextPolicy(
  before: RolloutPolicy | undefined,
  change: Partial<Pick<RolloutPolicy, 'isHalted' | 'freezes' | 'rollouts'>>,
  now: EpochMs,
): RolloutPolicy {
  const { version = 0, isHalted = false, freezes = [], rollouts = [] } = before ?? {};
  return { format: policyFormat, version: version + 1, issuedAt: now, isHalted, freezes, rollouts, ...change };
}

function withoutOldest(rollouts: readonly Rollout[]): readonly Rollout[] {
  const complete = new Map<string, number>();
  return rollouts.filter(({ component, state }) => {
    if (state !== 'complete') return true;
    const before = complete.get(component) ?? 0;
    complete.set(component, before + 1);
    return before < keptComplete;
  });
}
