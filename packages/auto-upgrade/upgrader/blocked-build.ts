/**
 * Builds that failed here, by the digest of their signed tar. A blocked build is not tried before its pause is over;
 * the pause grows with each failure, and a newer build is never held by it.
 */
import type { EpochMs } from '@springline/ports/clock';

export interface BlockedBuild {
  readonly component: string;
  readonly version: string;
  readonly sha256: string;
  readonly result: string;
  readonly reason: string;
  readonly failures: number;
  readonly until: EpochMs;
}

const hourMs = 60 * 60 * 1000;
/** 1 h, 6 h, then once a day. */
const pausesMs: readonly number[] = [hourMs, 6 * hourMs, 24 * hourMs];
export const longestPauseMs = 24 * hourMs;
/** The oldest go first: a build that was offered long ago does not come back. */
const listLimit = 64;

/** The list after `build` failed once more at `now`. */
export function blockBuild(
  list: readonly BlockedBuild[],
  build: Omit<BlockedBuild, 'failures' | 'until'>,
  now: EpochMs,
): readonly BlockedBuild[] {
  const failures = (blockOf(list, build.sha256)?.failures ?? 0) + 1;
  const pauseMs = pausesMs[Math.min(failures, pausesMs.length) - 1]!;
  const others = list.filter(({ sha256 }) => sha256 !== build.sha256);
  return [...others, { ...build, failures, until: (now + pauseMs) as EpochMs }].slice(-listLimit);
}

export function blockOf(list: readonly BlockedBuild[], sha256: string): BlockedBuild | undefined {
  return list.find((blocked) => blocked.sha256 === sha256);
}
