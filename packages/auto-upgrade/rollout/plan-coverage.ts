/**
 * Whether a rollout, as it would be after a change, is still one that its plan describes. The signer asks this; it has no
 * evidence and no say in whether a ring is proven, only in whether enough time has passed (rule S12).
 */
import type { EpochMs } from '@springline/ports/clock';
import { compareVersions } from '../release/version.ts';
import { million } from './bucket.ts';
import { knownVersion } from './known-version.ts';
import { finalPpm, type RolloutPlan } from './plan.ts';
import type { RolledOut, Rollout } from './policy.ts';
import { reachesAt } from './ramp.ts';

/** How far the clock that opened a ring and the one that judges it may be apart. A ring opened long ago would be far up its ramp. */
const clockAllowanceMs = 60_000;

/** @param before The same rollout as it is signed now. */
export function isWithin(plan: RolloutPlan, before: Rollout | undefined, after: Rollout, now: EpochMs): boolean {
  return (
    after.rolloutId === plan.rolloutId &&
    isSameRelease(plan, after) &&
    hasRingsOf(plan, after) &&
    after.rings.every((_, at) => mayBeOpen(plan, before, after, at, now)) &&
    (after.state !== 'complete' || before?.state === 'complete' || mayComplete(plan, after, now))
  );
}

/** The same build for each platform that either of them names. */
export function isSameRelease(a: RolledOut, b: RolledOut): boolean {
  return (
    a.component === b.component &&
    a.releaseNumber === b.releaseNumber &&
    compareVersions(knownVersion(a.version), knownVersion(b.version)) === 0 &&
    a.targets.size === b.targets.size &&
    [...a.targets].every(([platform, digest]) => b.targets.get(platform) === digest)
  );
}

/** When a ring has been as open as the plan makes it for as long as the plan wants; `undefined`: not foreseeable. */
export function soakedAt(plan: RolloutPlan, rollout: Rollout, at: number): EpochMs | undefined {
  const [planned, ring] = [plan.rings[at], rollout.rings[at]];
  if (planned === undefined || ring === undefined) return undefined;
  const reached = reachesAt(ring, finalPpm(planned));
  return reached === undefined ? undefined : ((reached + planned.soakMs) as EpochMs);
}

/** Whether a plan ends in everybody having the release, so that nothing is left to open when its last ring has soaked. */
export function opensToAll(plan: RolloutPlan): boolean {
  return plan.rings.every((ring) => finalPpm(ring) === million);
}

function hasRingsOf(plan: RolloutPlan, { rings }: Rollout): boolean {
  return (
    rings.length === plan.rings.length &&
    plan.rings.every(({ name, startPpm, rampPpmPerHour }, at) => {
      const ring = rings[at]!;
      return ring.name === name && ring.startPpm <= startPpm && ring.rampPpmPerHour <= rampPpmPerHour;
    })
  );
}

function mayBeOpen(plan: RolloutPlan, before: Rollout | undefined, after: Rollout, at: number, now: EpochMs): boolean {
  const { name, openedAt } = after.rings[at]!;
  if (openedAt === undefined) return true;
  if (before?.rings.find((ring) => ring.name === name)?.openedAt === openedAt) return true;
  if (Math.abs(openedAt - now) > clockAllowanceMs) return false;
  const earliest = at === 0 ? (plan.notBefore ?? 0) : soakedAt(plan, after, at - 1);
  return earliest !== undefined && earliest <= openedAt;
}

function mayComplete(plan: RolloutPlan, after: Rollout, now: EpochMs): boolean {
  return (
    opensToAll(plan) && plan.rings.every((_, at) => (soakedAt(plan, after, at) ?? Number.POSITIVE_INFINITY) <= now)
  );
}
