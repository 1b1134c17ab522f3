/** A rollout's plan from what a person asked for and what is published: pure. */
import type { CreateRollout } from '@springline/api/shapes/rollout';
import type { Component } from '@springline/auto-upgrade/release/target-path';
import type { RolloutPlan } from '@springline/auto-upgrade/rollout/plan';
import type { EpochMs } from '@springline/ports/clock';
import type { PublishedTarget } from './published-releases.ts';

const minuteMs = 60_000;
const million = 1_000_000;

/**
 * Canaries at once, early ones within a day, everybody else by 1% an hour, each ring a day after the one before and when
 * nine of ten of its hosts have kept the release.
 */
export const usualRings: NonNullable<CreateRollout['rings']> = [
  ring('canary', { startPpm: million, rampPpmPerHour: 0, minCommitted: 1 }),
  ring('early', { startPpm: 0, rampPpmPerHour: 41_667, minCommitted: 1 }),
  ring('broad', { startPpm: 0, rampPpmPerHour: 10_000, minCommitted: 0 }),
];

export const usualHalt: NonNullable<CreateRollout['haltAt']> = { minFailures: 2, failurePpm: 50_000 };

export function planOf(
  { component, version, rings = usualRings, haltAt = usualHalt, notBefore }: CreateRollout,
  rolloutId: string,
  release: readonly [PublishedTarget, ...PublishedTarget[]],
): RolloutPlan {
  const targets = new Map(release.map(({ platform, sha256 }) => [platform, sha256]));
  return {
    ...{ rolloutId, component: component as Component, version, releaseNumber: release[0].releaseNumber },
    ...{ targets, haltAt },
    rings: rings.map(({ soakMinutes, ...rest }) => ({ ...rest, soakMs: soakMinutes * minuteMs })),
    ...(notBefore === undefined ? {} : { notBefore: Date.parse(notBefore) as EpochMs }),
  };
}

function ring(name: string, own: { startPpm: number; rampPpmPerHour: number; minCommitted: number }) {
  return { name, ...own, soakMinutes: 24 * 60, minCommittedPpm: 900_000 };
}
