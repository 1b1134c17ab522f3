/**
 * What one policy lets happen that another did not. Without any widening nothing acts under the new policy, now or later,
 * that the old one would have held at the same instant (rule S12); the reverse need not hold: when in doubt it is called a
 * widening. Halted rollouts are compared as if they ran, so that nothing is slipped into them to be let loose by a resume.
 *
 * The sentence of a widening says everything that it lets happen, to the instant and the digest, and does not depend on
 * when it is asked: who approves the sentence has approved no other change.
 */
import type { EpochMs } from '@springline/ports/clock';
import { compareVersions } from '../release/version.ts';
import { million } from './bucket.ts';
import { instantText } from './json-fields.ts';
import { knownVersion } from './known-version.ts';
import type { RolloutPlan } from './plan.ts';
import { isSameRelease, isWithin } from './plan-coverage.ts';
import type { Freeze, Rollout, RolloutPolicy, RolloutRing } from './policy.ts';
import { hourMs, openPpm } from './ramp.ts';

export type WideningKind =
  | 'new-rollout'
  | 'ring-opened'
  | 'ramp-raised'
  | 'start-raised'
  | 'resumed'
  | 'completed'
  | 'freeze-removed'
  | 'unhalted'
  | 'target-changed'
  | 'policy-removed';

export interface Widening {
  readonly rolloutId?: string;
  readonly kind: WideningKind;
  /** A sentence for whoever approves. */
  readonly what: string;
}

/** Without a policy everything is open, so the first policy never widens and taking it away always does. */
export function widenings(
  before: RolloutPolicy | undefined,
  after: RolloutPolicy | undefined,
  now: EpochMs,
): readonly Widening[] {
  if (before === undefined) return [];
  if (after === undefined) {
    return [
      { kind: 'policy-removed', what: 'Removes the rollout policy: every published release is open to all at once.' },
    ];
  }
  return [
    ...(before.isHalted && !after.isHalted
      ? [{ kind: 'unhalted' as const, what: 'Ends the halt of all rollouts.' }]
      : []),
    ...removedFreezes(before.freezes, after.freezes, now),
    ...removedHalts(before, after),
    ...after.rollouts.flatMap((rollout) => rolloutWidenings(before, rollout, now)),
  ];
}

/** Those of `widenings` that no approved plan covers. A resume, an unhalt and a lifted freeze are never covered. */
export function withinPlan(
  before: RolloutPolicy | undefined,
  after: RolloutPolicy | undefined,
  plans: readonly RolloutPlan[],
  now: EpochMs,
): readonly Widening[] {
  const byId = (policy: RolloutPolicy | undefined, id: string | undefined) =>
    policy?.rollouts.find(({ rolloutId }) => rolloutId === id);
  return widenings(before, after, now).filter(({ kind, rolloutId }) => {
    const rollout = byId(after, rolloutId);
    if (!coverable.has(kind) || rollout === undefined) return true;
    return !plans.some((plan) => isWithin(plan, byId(before, rolloutId), rollout, now));
  });
}

const coverable: ReadonlySet<WideningKind> = new Set([
  'new-rollout',
  'ring-opened',
  'ramp-raised',
  'start-raised',
  'completed',
]);

function removedFreezes(before: readonly Freeze[], after: readonly Freeze[], now: EpochMs): Widening[] {
  return before
    .filter(({ from, until }) => {
      let covered = Math.max(from, now);
      for (let last = -1; last !== covered; ) {
        last = covered;
        for (const freeze of after) if (freeze.from <= covered && covered < freeze.until) covered = freeze.until;
      }
      return covered < until;
    })
    .map(({ name, from, until }) => ({
      kind: 'freeze-removed',
      what: `Shortens or removes the freeze ${JSON.stringify(name)} from ${instantText(from)} until ${instantText(until)}.`,
    }));
}

/** A halted rollout that goes away could come back as a new one, and its plan would allow that. */
function removedHalts(before: RolloutPolicy, after: RolloutPolicy): Widening[] {
  return before.rollouts
    .filter(
      (rollout) =>
        isStopped(rollout.state) &&
        !after.rollouts.some((each) => each.rolloutId === rollout.rolloutId && isSameRelease(each, rollout)),
    )
    .map((rollout) => ({
      ...{ rolloutId: rollout.rolloutId, kind: 'resumed' },
      what: `Removes the ${rollout.state} rollout of ${nameOf(rollout)}, which could then begin again.`,
    }));
}

function isStopped(state: Rollout['state']): boolean {
  return state === 'halted' || state === 'aborted';
}

function rolloutWidenings(policy: RolloutPolicy, after: Rollout, now: EpochMs): Widening[] {
  const widening = (kind: WideningKind, what: string): Widening => ({ rolloutId: after.rolloutId, kind, what });
  if (after.state === 'aborted') {
    const before = policy.rollouts.find(({ rolloutId }) => rolloutId === after.rolloutId);
    // What is given up stays as it was: whatever else it said could be let loose by the next change.
    if (before !== undefined && isSameRelease(before, after) && hasSameRings(before, after)) return [];
    return [widening('target-changed', `Gives up what was not there as such: ${describe(after)}.`)];
  }
  const namesakes = [...after.targets].map(([platform, digest]) =>
    policy.rollouts.find((each) => names(each, after) && each.targets.get(platform) === digest),
  );
  const before = [...new Set(namesakes)];
  return before.flatMap((known) => {
    if (known !== undefined) return changedRollout(known, after, now, widening);
    const isKnown = policy.rollouts.some(({ rolloutId }) => rolloutId === after.rolloutId);
    return isKnown
      ? [widening('target-changed', `Changes the release of rollout ${after.rolloutId}: ${describe(after)}.`)]
      : [widening('new-rollout', `Begins ${describe(after)}.`)];
  });
}

function hasSameRings(a: Rollout, b: Rollout): boolean {
  return JSON.stringify(a.rings.map(describeRing)) === JSON.stringify(b.rings.map(describeRing));
}

function names(a: Rollout, b: Rollout): boolean {
  return (
    a.component === b.component &&
    a.releaseNumber === b.releaseNumber &&
    compareVersions(knownVersion(a.version), knownVersion(b.version)) === 0
  );
}

function changedRollout(
  before: Rollout,
  after: Rollout,
  now: EpochMs,
  widening: (kind: WideningKind, what: string) => Widening,
): Widening[] {
  const found: Widening[] = [];
  if (isStopped(before.state) && !isStopped(after.state)) {
    found.push(widening('resumed', `Resumes the ${before.state} rollout of ${nameOf(after)}: ${describe(after)}.`));
  }
  if (before.state === 'complete') return found;
  if (after.state === 'complete') found.push(widening('completed', `Opens ${nameOf(after)} to all rings at once.`));
  for (const ring of after.rings) {
    const known = before.rings.find(({ name }) => name === ring.name);
    const kind = raised(known, ring, now);
    if (kind !== undefined)
      found.push(widening(kind, `${sentenceOf[kind]} ${describeRing(ring)} of ${nameOf(after)}.`));
  }
  return found;
}

const sentenceOf = {
  'ring-opened': 'Opens',
  'start-raised': 'Raises the start of',
  'ramp-raised': 'Raises the ramp of',
} as const;
type RingKind = keyof typeof sentenceOf;

/** Whether at any instant from `now` on more of the ring is open than before. */
function raised(before: RolloutRing | undefined, after: RolloutRing, now: EpochMs): RingKind | undefined {
  if (after.openedAt === undefined) return undefined;
  // Also where nobody is in yet: by when a ring opened it is judged how long it soaked, and how far its ramp has come.
  if (before?.openedAt === undefined || after.openedAt < before.openedAt) return 'ring-opened';
  if (after.startPpm === 0 && after.rampPpmPerHour === 0) return undefined;
  const from = Math.max(now, after.openedAt) as EpochMs;
  if (openPpm(before, from) >= million) return undefined;
  if (height(after, from) > height(before, from)) {
    return after.startPpm > before.startPpm ? 'start-raised' : 'ramp-raised';
  }
  return after.rampPpmPerHour > before.rampPpmPerHour ? 'ramp-raised' : undefined;
}

/** The ramp without rounding and without end, in shares of a million times the milliseconds of an hour: too large for a double. */
function height({ openedAt = 0 as EpochMs, startPpm, rampPpmPerHour }: RolloutRing, at: EpochMs): bigint {
  return BigInt(startPpm) * BigInt(hourMs) + BigInt(at - openedAt) * BigInt(rampPpmPerHour);
}

function nameOf({ component, version, rolloutId }: Rollout): string {
  return `${component} ${version} (rollout ${rolloutId})`;
}

function describe(rollout: Rollout): string {
  const builds = [...rollout.targets].map(([platform, digest]) => `${platform} ${digest}`).sort();
  const rings = rollout.rings.map(describeRing).join('; ');
  const state = rollout.state === 'running' ? '' : `, ${rollout.state}`;
  return `${nameOf(rollout)}, release ${rollout.releaseNumber}${state}; ${builds.join(', ')}; ${rings}`;
}

function describeRing({ name, openedAt, startPpm, rampPpmPerHour }: RolloutRing): string {
  const opened = openedAt === undefined ? 'not open' : `open since ${instantText(openedAt)}`;
  return `ring ${name} (${opened}, ${startPpm} ppm and ${rampPpmPerHour} ppm an hour)`;
}
