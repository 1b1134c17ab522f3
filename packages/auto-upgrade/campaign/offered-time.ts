/**
 * For how long a release could be had (rule S27): the time in which it was published and the policy of that time let the
 * whole ring of a host have it. A halt, a freeze, a rollout that was given up, a ring that was not wholly open: none of that
 * counts against whoever waited. Pure.
 */
import type { EpochMs } from '@springline/ports/clock';
import type { Platform } from '../release/target-path.ts';
import { million } from '../rollout/bucket.ts';
import type { Rollout, RolloutPolicy } from '../rollout/policy.ts';
import { reachesAt } from '../rollout/ramp.ts';

/** `until` is the first instant after it. */
export interface TimeSpan {
  readonly from: EpochMs;
  readonly until: EpochMs;
}

/** What was signed in a time; without a policy everything that was published was open. */
export interface PolicyInForce extends TimeSpan {
  readonly policy: RolloutPolicy | undefined;
}

export interface OfferedBuild {
  /** Of the archive, hex. */
  readonly sha256: string;
  readonly platform: Platform;
  readonly publishedAt: EpochMs;
  /** As Image signed it: 1,000,000 is no limit, 0 lets nobody have it. */
  readonly maxRampPpmPerHour: number;
}

/** When at least one of `builds` could be had in `ring`: in order, no two touch. */
export function offeredTimes(
  builds: readonly OfferedBuild[],
  ring: string,
  history: readonly PolicyInForce[],
): readonly TimeSpan[] {
  return joined(
    history.flatMap((inForce) =>
      builds.flatMap((build) => {
        const opened = opensAt(build, ring, inForce.policy);
        const spread = spreadAt(build);
        if (opened === undefined || spread === undefined) return [];
        const open = { from: latest(opened, latest(inForce.from, spread)), until: inForce.until };
        return without([open], inForce.policy?.freezes ?? []);
      }),
    ),
  );
}

/** Milliseconds of `times` that lie between `since` and `now`. */
export function timeWithin(times: readonly TimeSpan[], since: EpochMs, now: EpochMs): number {
  return times.reduce((sum, { from, until }) => sum + Math.max(0, Math.min(until, now) - Math.max(from, since)), 0);
}

/** When the publisher's own ramp has reached everybody. */
function spreadAt({ publishedAt, maxRampPpmPerHour }: OfferedBuild): EpochMs | undefined {
  if (maxRampPpmPerHour >= million) return publishedAt;
  return reachesAt({ name: '', openedAt: publishedAt, startPpm: 0, rampPpmPerHour: maxRampPpmPerHour }, million);
}

/** The first instant at which the whole ring may have it by this policy; `undefined`: none. */
function opensAt({ sha256, platform }: OfferedBuild, ring: string, policy: RolloutPolicy | undefined) {
  const always = 0 as EpochMs;
  if (policy === undefined) return always;
  const rollout = policy.rollouts.find(({ targets }) => targets.get(platform) === sha256);
  if (policy.isHalted || rollout === undefined) return undefined;
  return rollout.state === 'complete' ? always : ringOpensAt(rollout, ring);
}

function ringOpensAt({ state, rings }: Rollout, name: string): EpochMs | undefined {
  const ring = state === 'running' ? rings.find((each) => each.name === name) : undefined;
  return ring === undefined ? undefined : reachesAt(ring, million);
}

function without(times: readonly TimeSpan[], taken: readonly TimeSpan[]): readonly TimeSpan[] {
  return taken.reduce<readonly TimeSpan[]>(
    (left, hole) =>
      left
        .flatMap(({ from, until }) => [
          { from, until: earliest(until, hole.from) },
          { from: latest(from, hole.until), until },
        ])
        .filter(({ from, until }) => from < until),
    times,
  );
}

function joined(times: readonly TimeSpan[]): readonly TimeSpan[] {
  const found: TimeSpan[] = [];
  for (const span of times.filter(({ from, until }) => from < until).sort((a, b) => a.from - b.from)) {
    const last = found.at(-1);
    if (last === undefined || span.from > last.until) found.push(span);
    else found[found.length - 1] = { from: last.from, until: latest(last.until, span.until) };
  }
  return found;
}

function latest(a: EpochMs, b: EpochMs): EpochMs {
  return a > b ? a : b;
}

function earliest(a: EpochMs, b: EpochMs): EpochMs {
  return a < b ? a : b;
}
