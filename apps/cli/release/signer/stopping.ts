/**
 * What of all that narrows is signed however often it is asked for: a halt, of everything or of one rollout, and giving a
 * rollout up. To go back is a widening, so it cannot go on for ever. Pure.
 */
import type { Rollout, RolloutPolicy } from '@springline/auto-upgrade/rollout/policy';

const sternness: Readonly<Record<Rollout['state'], number>> = { running: 0, complete: 0, halted: 1, aborted: 2 };

/** Something goes on by `before` that is stopped, or given up, by `after`. */
export function isStopping(before: RolloutPolicy | undefined, after: RolloutPolicy): boolean {
  if (after.isHalted && before?.isHalted !== true) return true;
  const known = new Map(before?.rollouts.map(({ rolloutId, state }) => [rolloutId, state]));
  return after.rollouts.some(({ rolloutId, state }) => {
    const was = known.get(rolloutId);
    return was !== undefined && sternness[state] > sternness[was];
  });
}
