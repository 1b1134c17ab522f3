/**
 * When the rings of a rollout open at the earliest: as if all its evidence came in at once and nobody halted it. Pure; the
 * arithmetic is that of the ramps that agents follow.
 */
import { finalPpm } from '@springline/auto-upgrade/rollout/plan';
import { reachesAt } from '@springline/auto-upgrade/rollout/ramp';
import type { EpochMs } from '@springline/ports/clock';
import type { RingPlan } from './ring-words.ts';

const minuteMs = 60_000;

export interface RingForecast {
  readonly name: string;
  /** Absent: never, because a ring before it never becomes as open as its plan says. */
  readonly opensAt?: EpochMs;
  /** When it is as open as it will be. */
  readonly fullAt?: EpochMs;
  /** When the next may open, or the rollout is complete. */
  readonly soakedAt?: EpochMs;
}

/** @param from When the first ring that is still closed may open; rings before it say when they were opened. */
export function forecast(
  rings: readonly (RingPlan & { readonly openedAt?: string | undefined })[],
  from: EpochMs,
): readonly RingForecast[] {
  let earliest: EpochMs | undefined = from;
  return rings.map(({ openedAt, ...ring }): RingForecast => {
    const { name, soakMinutes } = ring;
    const opensAt = openedAt === undefined ? earliest : (Date.parse(openedAt) as EpochMs);
    if (opensAt === undefined) return { name };
    const soakMs = soakMinutes * minuteMs;
    const fullAt = reachesAt({ ...ring, openedAt: opensAt }, finalPpm({ ...ring, soakMs }));
    if (fullAt === undefined) {
      earliest = undefined;
      return { name, opensAt };
    }
    const soakedAt = (fullAt + soakMs) as EpochMs;
    earliest = Math.max(soakedAt, from) as EpochMs;
    return { name, opensAt, fullAt, soakedAt };
  });
}
