/** What widens, as it is asked for: the sentence that people approve, and the digest that stands for it. Pure. */
import { createHash } from 'node:crypto';
import type { RolloutPolicy } from '@springline/auto-upgrade/rollout/policy';
import type { Widening } from '@springline/auto-upgrade/rollout/widening';
import type { EpochMs } from '@springline/ports/clock';

const freshMs = 60_000;

/**
 * A ring that opens now opens when its sentence is signed, which may be a day after it was first asked for: another
 * instant must not make another sentence.
 */
export function sayWhenSigned(widening: Widening, { rollouts }: RolloutPolicy, now: EpochMs): Widening {
  const opened = rollouts.flatMap(({ rings }) => rings.flatMap(({ openedAt }) => openedAt ?? []));
  const fresh = opened.filter((at) => Math.abs(at - now) <= freshMs).map((at) => new Date(at).toISOString());
  const what = fresh.reduce((text, at) => text.replaceAll(`since ${at}`, 'from when this is signed'), widening.what);
  return { ...widening, what };
}

export function wideningDigest({ kind, rolloutId, what }: Widening): string {
  return createHash('sha256')
    .update(JSON.stringify(['springline-widening-1', kind, rolloutId ?? '', what]))
    .digest('hex');
}
