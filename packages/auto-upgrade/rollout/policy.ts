/**
 * The rollout policy: what the operator signs as a target of the Director repository, and every agent evaluates by itself.
 * It names releases by digest and rings by name; it has no word for an agent, a host, a domain or a tenant (rules S21, S22).
 *
 * A word, member or format that this build does not know refuses the whole policy as `policy-not-understood`: an agent that
 * skipped what it cannot read might install what the operator held back.
 */
import type { EpochMs } from '@springline/ports/clock';
import { type Component, components, type Platform, platforms } from '../release/target-path.ts';
import { million } from './bucket.ts';
import { PolicyError } from './error.ts';
import { instantText, type Json, JsonFields, orderedJson, parseBounded } from './json-fields.ts';

export const policyFormat = 'springline-rollout-1';
/** Where the policy lies among the targets of the Director repository. */
export const policyTargetPath = 'policy/rollout.json';
/** 256 KiB. */
export const policyLimitBytes = 256 * 1024;

const freezeLimit = 64;
const rolloutLimit = 128;
const ringLimit = 16;
const reasonLimit = 500;
const nameLimit = 100;

const states = ['running', 'halted', 'aborted', 'complete'] as const;
const codes = { malformed: 'malformed-policy', unknown: 'policy-not-understood' } as const;

export interface RolloutPolicy {
  readonly format: typeof policyFormat;
  /** From 1; rises with each policy. */
  readonly version: number;
  readonly issuedAt: EpochMs;
  /** Nothing is installed anywhere. */
  readonly isHalted: boolean;
  readonly freezes: readonly Freeze[];
  /** No release is named by two. */
  readonly rollouts: readonly Rollout[];
}

/** A time in which nothing is installed. `until` is the first instant after it. */
export interface Freeze {
  readonly name: string;
  readonly from: EpochMs;
  readonly until: EpochMs;
}

export interface Rollout {
  /** UUID in lower case. */
  readonly rolloutId: string;
  readonly component: Component;
  readonly version: string;
  readonly releaseNumber: number;
  /** SHA-256 (lower-case hex) of the archive, which is what the Image repository calls the release. */
  readonly targets: ReadonlyMap<Platform, string>;
  /** `complete`: open to all rings at once. */
  readonly state: (typeof states)[number];
  /** Of a halt or an abort. */
  readonly reason?: string;
  /** In the order in which they open, names unique. */
  readonly rings: readonly RolloutRing[];
}

export interface RolloutRing {
  readonly name: string;
  /** Absent: not open. */
  readonly openedAt?: EpochMs;
  /** Share of a million that is open at `openedAt`. */
  readonly startPpm: number;
  /** Share of a million that opens in each hour after it. */
  readonly rampPpmPerHour: number;
}

/**
 * @throws {PolicyError} `malformed-policy`; `policy-not-understood` for an unknown format, member or word. An agent holds
 * on either.
 */
export function parsePolicy(bytes: Uint8Array): RolloutPolicy {
  const json = parseBounded(bytes, policyLimitBytes, codes, 'policy');
  requireKnownFormat(json);
  const members = ['format', 'version', 'issuedAt', 'halted', 'freezes', 'rollouts'];
  const fields = new JsonFields(json, members, codes, 'policy');
  const rollouts = fields.list('rollouts', { least: 0, most: rolloutLimit }, parseRollout);
  requireNoRepetition(rollouts);
  return {
    format: policyFormat,
    version: fields.integer('version', 1),
    issuedAt: fields.instant('issuedAt'),
    isHalted: fields.flag('halted'),
    freezes: parseFreezes(fields, 'freezes', (value, at) => new JsonFields(value, freezeMembers, codes, at)),
    rollouts,
  };
}

/** JSON with sorted names and without white space, from which `parsePolicy` reads the same policy. */
export function formatPolicy(policy: RolloutPolicy): string {
  const { format, version, issuedAt, isHalted, freezes, rollouts } = policy;
  return orderedJson({
    ...{ format, version, issuedAt: instantText(issuedAt), halted: isHalted },
    freezes: freezes.map(freezeJson),
    rollouts: rollouts.map((rollout) => ({
      ...{ rolloutId: rollout.rolloutId, ...releaseJson(rollout), state: rollout.state },
      ...(rollout.reason === undefined ? {} : { reason: rollout.reason }),
      rings: rollout.rings.map(({ openedAt, ...ring }) => ({
        ...ring,
        ...(openedAt === undefined ? {} : { openedAt: instantText(openedAt) }),
      })),
    })),
  });
}

export const freezeMembers: readonly string[] = ['name', 'from', 'until'];

/** The list `name` of `fields`, whose entries `open` opens. */
export function parseFreezes(
  fields: JsonFields,
  name: string,
  open: (value: unknown, at: string) => JsonFields,
): readonly Freeze[] {
  return fields.list(name, { least: 0, most: freezeLimit }, (value, at) => {
    const freeze = open(value, at);
    const [from, until] = [freeze.instant('from'), freeze.instant('until')];
    if (from >= until) throw freeze.refusal('until', 'after the beginning');
    return { name: freeze.text('name', nameLimit), from, until };
  });
}

export function freezeJson({ name, from, until }: Freeze): Json {
  return { name, from: instantText(from), until: instantText(until) };
}

/** Which release a rollout or a plan is about. */
export type RolledOut = Pick<Rollout, 'component' | 'version' | 'releaseNumber' | 'targets'>;

export const rolledOutMembers: readonly string[] = ['component', 'version', 'releaseNumber', 'targets'];

export function parseRolledOut(fields: JsonFields): RolledOut {
  const digests = fields.object('targets', platforms);
  const named = platforms.filter((platform) => digests.has(platform));
  if (named.length === 0) throw fields.refusal('targets', 'the digest of at least one platform');
  return {
    component: fields.word('component', components),
    version: fields.version('version'),
    releaseNumber: fields.integer('releaseNumber', 1),
    targets: new Map(named.map((platform) => [platform, digests.digest(platform)])),
  };
}

export function releaseJson({ component, version, releaseNumber, targets }: RolledOut): { [name: string]: Json } {
  return { component, version, releaseNumber, targets: Object.fromEntries(targets) };
}

/** 1 to 16 rings with names of their own. */
export function parseRings<Ring extends { readonly name: string }>(
  fields: JsonFields,
  read: (value: unknown, at: string) => Ring,
): readonly Ring[] {
  const rings = fields.list('rings', { least: 1, most: ringLimit }, read);
  if (new Set(rings.map(({ name }) => name)).size !== rings.length) {
    throw fields.refusal('rings', 'a list with different names');
  }
  return rings;
}

export function parseShares(fields: JsonFields): Pick<RolloutRing, 'startPpm' | 'rampPpmPerHour'> {
  return {
    startPpm: fields.integer('startPpm', 0, million),
    rampPpmPerHour: fields.integer('rampPpmPerHour', 0, million),
  };
}

function parseRollout(value: unknown, at: string): Rollout {
  const members = ['rolloutId', ...rolledOutMembers, 'state', 'reason', 'rings'];
  const fields = new JsonFields(value, members, codes, at);
  const reason = fields.optional('reason', (name) => fields.text(name, reasonLimit));
  return {
    ...{ rolloutId: fields.uuid('rolloutId'), ...parseRolledOut(fields), state: fields.word('state', states) },
    ...(reason === undefined ? {} : { reason }),
    rings: parseRings(fields, parseRing),
  };
}

function parseRing(value: unknown, at: string): RolloutRing {
  const fields = new JsonFields(value, ['name', 'openedAt', 'startPpm', 'rampPpmPerHour'], codes, at);
  const openedAt = fields.optional('openedAt', (name) => fields.instant(name));
  return { name: fields.ring('name'), ...(openedAt === undefined ? {} : { openedAt }), ...parseShares(fields) };
}

/** First of all, because a policy of another format may have another shape too. */
function requireKnownFormat(json: unknown): void {
  if (typeof json !== 'object' || json === null || !Object.hasOwn(json, 'format')) return;
  const format = Reflect.get(json, 'format');
  if (typeof format !== 'string' || format === policyFormat) return;
  const quoted = JSON.stringify(format.slice(0, 64));
  throw new PolicyError(
    'policy-not-understood',
    `the policy has the format ${quoted}; this build reads ${policyFormat}`,
  );
}

/** Two rollouts of one build could say yes and no. */
function requireNoRepetition(rollouts: readonly Rollout[]): void {
  const seen = new Set<string>();
  for (const { rolloutId, component, targets } of rollouts) {
    const builds = [...targets].map(([platform, digest]) => `${component} for ${platform} with the digest ${digest}`);
    for (const name of [`rollout ${rolloutId}`, ...builds]) {
      if (seen.has(name)) throw new PolicyError('malformed-policy', `policy.rollouts names ${name} twice`);
      seen.add(name);
    }
  }
}
