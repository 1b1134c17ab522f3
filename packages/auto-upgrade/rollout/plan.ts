/**
 * The rollout plan: what a person approves once, by its digest. Within it a controller may open rings by itself; beyond it
 * every widening needs people again (rule S12). A plan is no policy and no agent reads it.
 */
import type { EpochMs } from '@springline/ports/clock';
import { million } from './bucket.ts';
import { instantText, JsonFields, orderedJson } from './json-fields.ts';
import {
  parseRings,
  parseRolledOut,
  parseShares,
  type RolledOut,
  type Rollout,
  type RolloutRing,
  releaseJson,
  rolledOutMembers,
} from './policy.ts';
import { sha256Hex } from './sha256.ts';

export interface PlanRing {
  readonly name: string;
  readonly startPpm: number;
  readonly rampPpmPerHour: number;
  /** After it is as open as it will be, before the next may open; ms. */
  readonly soakMs: number;
  /** How many agents of this ring must have committed before the next may open. */
  readonly minCommitted: number;
  /** Of a million of those that began. */
  readonly minCommittedPpm: number;
}

export interface RolloutPlan extends RolledOut {
  readonly rolloutId: string;
  readonly rings: readonly PlanRing[];
  /** Both must be reached: so many failures, and so many of a million of those that began. */
  readonly haltAt: { readonly minFailures: number; readonly failurePpm: number };
  readonly notBefore?: EpochMs;
}

const soakLimitMs = 90 * 86_400_000;
const agentLimit = 1_000_000_000;
const codes = { malformed: 'malformed-plan', unknown: 'malformed-plan' } as const;

/** @throws {PolicyError} `malformed-plan`, also for an unknown member. */
export function parsePlan(json: unknown): RolloutPlan {
  const fields = new JsonFields(
    json,
    ['rolloutId', ...rolledOutMembers, 'rings', 'haltAt', 'notBefore'],
    codes,
    'plan',
  );
  const haltAt = fields.object('haltAt', ['minFailures', 'failurePpm']);
  const notBefore = fields.optional('notBefore', (name) => fields.instant(name));
  return {
    ...{ rolloutId: fields.uuid('rolloutId'), ...parseRolledOut(fields), rings: parseRings(fields, parsePlanRing) },
    haltAt: {
      minFailures: haltAt.integer('minFailures', 1, agentLimit),
      failurePpm: haltAt.integer('failurePpm', 0, million),
    },
    ...(notBefore === undefined ? {} : { notBefore }),
  };
}

/** JSON with sorted names and without white space, from which `parsePlan` reads the same plan. */
export function formatPlan(plan: RolloutPlan): string {
  const { rolloutId, rings, haltAt, notBefore } = plan;
  return orderedJson({
    ...{ rolloutId, ...releaseJson(plan), haltAt },
    rings: rings.map((ring) => ({ ...ring })),
    ...(notBefore === undefined ? {} : { notBefore: instantText(notBefore) }),
  });
}

/** Lower-case hex of the SHA-256 of its JSON: what an approval is about. */
export function planDigest(plan: RolloutPlan): string {
  return sha256Hex(new TextEncoder().encode(formatPlan(plan)));
}

/** The rollout with which a plan begins: no ring is open. */
export function rolloutFromPlan({
  rolloutId,
  component,
  version,
  releaseNumber,
  targets,
  rings,
}: RolloutPlan): Rollout {
  const closed = rings.map(({ name, startPpm, rampPpmPerHour }): RolloutRing => ({ name, startPpm, rampPpmPerHour }));
  return { rolloutId, component, version, releaseNumber, targets, state: 'running', rings: closed };
}

/** The share of a million at which a ring of a plan is as open as it will be. */
export function finalPpm({ startPpm, rampPpmPerHour }: PlanRing): number {
  return rampPpmPerHour === 0 ? startPpm : million;
}

function parsePlanRing(value: unknown, at: string): PlanRing {
  const members = ['name', 'startPpm', 'rampPpmPerHour', 'soakMs', 'minCommitted', 'minCommittedPpm'];
  const fields = new JsonFields(value, members, codes, at);
  return {
    ...{ name: fields.ring('name'), ...parseShares(fields), soakMs: fields.integer('soakMs', 0, soakLimitMs) },
    minCommitted: fields.integer('minCommitted', 0, agentLimit),
    minCommittedPpm: fields.integer('minCommittedPpm', 0, million),
  };
}
