/**
 * Whether a policy does nothing but hold more back than the one before: pure. What narrows is signed without anybody's
 * approval; what changes nothing is no widening and no narrowing either, and nobody has a right to endless ones.
 */
import type { EpochMs } from '@springline/ports/clock';
import type { RolloutPolicy } from '../rollout/policy.ts';
import { widenings } from '../rollout/widening.ts';

/** It widens nothing, and going back would widen; or it gives a rollout up for good. */
export function isNarrowing(before: RolloutPolicy | undefined, after: RolloutPolicy, now: EpochMs): boolean {
  if (widenings(before, after, now).length > 0) return false;
  return widenings(after, before, now).length > 0 || givesUp(before, after);
}

/** From a halt to an abort: nothing could go on before either, but now nothing can be resumed. */
function givesUp(before: RolloutPolicy | undefined, after: RolloutPolicy): boolean {
  const halted = new Set(before?.rollouts.flatMap(({ rolloutId, state }) => (state === 'halted' ? rolloutId : [])));
  return after.rollouts.some(({ rolloutId, state }) => state === 'aborted' && halted.has(rolloutId));
}
