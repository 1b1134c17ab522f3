/**
 * What is known about a release, as the `custom` of its entry in the Image repository. Facts come from nowhere else
 * (rule S3), and they must agree with the path under which they stand, so that no signed entry can be read as another's.
 *
 * Fields that are not known here are passed over: a later release may say more to those who understand it. What an older
 * agent must not pass over needs another `kind`.
 */
import type { JsonValue } from '@springline/tuf/canonical-json';
import { ReleaseError } from './error.ts';
import { type Component, components, type Platform, parseTargetPath } from './target-path.ts';
import { compareVersions, parseVersion } from './version.ts';

/** A file from which the archive can be made; it lies next to it. */
export interface Transport {
  readonly kind: 'full' | 'patch';
  /** `<archive path>.zst`, or `<archive path>.from-<first 16 hex digits of the source's SHA-256>.patch`. */
  readonly path: string;
  /** Bytes. */
  readonly length: number;
  /** Lower-case hex of the file's SHA-256. */
  readonly sha256: string;
  /** Of a patch: SHA-256 of the archive that it applies to. */
  readonly sourceSha256?: string;
}

/** A component that carries one breaks that way on purpose, for drills. */
export type DeliberateBreak = 'crash' | 'hang' | 'preflight';

export interface ComponentFacts {
  readonly kind: 'component';
  readonly component: Component;
  readonly version: string;
  /** From 1; never falls from one release of a component to the next, whatever their versions. */
  readonly releaseNumber: number;
  readonly platform: Platform;
  /** Offered for download; offered to agents that upgrade themselves. */
  readonly channel: { readonly download: boolean; readonly autoUpgrade: boolean };
  /** Target path of the runtime that it needs, of the same platform. */
  readonly runtime: string;
  /** Version of what the component keeps on disk. */
  readonly stateSchema: number;
  /** How fast a rollout may grow at most, in agents of a million and hour. */
  readonly maxRampPpmPerHour: number;
  /** `treeHash` of the unpacked archive. */
  readonly treeHash: string;
  /** One full file, and any number of patches from different sources. */
  readonly transports: readonly Transport[];
  /** RFC 3339 in UTC, as 2026-11-22T14:00:00Z. */
  readonly publishedAt: string;
  readonly notes?: string;
  /** The oldest version that may go on from an instant on: hosts below must come to this release or a later one. */
  readonly floor?: FloorFacts;
  /** The build that brings this component to hosts whose own channel cannot. */
  readonly carriedBy?: { readonly component: Component; readonly version: string };
  /** What a host must have, by name, in words for its readiness check. */
  readonly needs?: Readonly<Record<string, string>>;
  readonly deliberatelyBroken?: DeliberateBreak;
}

/** A type and no interface, so that it counts as a JSON value. */
export type FloorFacts = {
  /** Two to four numbers; not above the release's own version. */
  readonly below: string;
  /** RFC 3339 in UTC. Whether it leaves hosts time enough is judged where it would act. */
  readonly from: string;
};

export interface RuntimeFacts {
  readonly kind: 'runtime';
  readonly version: string;
  readonly platform: Platform;
  readonly treeHash: string;
  readonly transports: readonly Transport[];
}

const notesLimit = 4_000;
const transportsLimit = 64;
const million = 1_000_000;
const needsLimit = 16;
const needTextLimit = 200;

type Fields = { readonly [name: string]: JsonValue };

/**
 * @param path Of the target, as in the metadata.
 * @throws {ReleaseError} `malformed-release-facts`; the message names the field.
 */
export function parseReleaseFacts(path: string, custom: JsonValue | undefined): ComponentFacts | RuntimeFacts {
  const target = parseTargetPath(path);
  if (target === undefined) throw refusal(path, 'path', 'that of a component or a runtime');
  const facts = new FactsParser(path, asFields(path, 'custom', custom));
  facts.same('kind', target.kind);
  facts.same('version', target.version);
  facts.same('platform', target.platform);
  const { kind, version, platform } = target;
  const parts = { version, platform, treeHash: facts.hash('treeHash'), transports: parseTransports(path, facts) };
  if (kind === 'runtime') return { kind, ...parts };
  facts.same('component', target.component);
  const channel = new FactsParser(path, asFields(path, 'channel', facts.value('channel')));
  const notes = facts.optionalText('notes', notesLimit);
  const deliberatelyBroken = facts.optionalBreak('deliberatelyBroken');
  const floor = facts.optionalFloor(target.version);
  const carriedBy = facts.optionalCarrier();
  const needs = facts.optionalNeeds();
  return {
    ...{ kind, component: target.component, ...parts },
    releaseNumber: facts.integer('releaseNumber', 1),
    channel: { download: channel.flag('download'), autoUpgrade: channel.flag('autoUpgrade') },
    runtime: facts.runtimeOf(target.platform),
    stateSchema: facts.integer('stateSchema', 0),
    maxRampPpmPerHour: facts.integer('maxRampPpmPerHour', 0, million),
    publishedAt: facts.instant('publishedAt'),
    ...(notes === undefined ? {} : { notes }),
    ...(deliberatelyBroken === undefined ? {} : { deliberatelyBroken }),
    ...(floor === undefined ? {} : { floor }),
    ...(carriedBy === undefined ? {} : { carriedBy }),
    ...(needs === undefined ? {} : { needs }),
  };
}

/** The `custom` from which `parseReleaseFacts` reads the same facts. */
export function releaseFactsJson(facts: ComponentFacts | RuntimeFacts): JsonValue {
  const { transports, ...rest } = facts;
  const named = { ...rest, transports: transports.map((transport) => withoutUndefined({ ...transport })) };
  return withoutUndefined(named);
}

/** Where the full file of an archive lies. */
export function fullTransportPath(archivePath: string): string {
  return `${archivePath}.zst`;
}

/** Where the patch of an archive from one source lies. */
export function patchTransportPath(archivePath: string, sourceSha256: string): string {
  return `${archivePath}.from-${sourceSha256.slice(0, 16)}.patch`;
}

function parseTransports(path: string, facts: FactsParser): readonly Transport[] {
  const listed = facts.value('transports');
  if (!Array.isArray(listed) || listed.length > transportsLimit) {
    throw refusal(path, 'transports', `a list of at most ${transportsLimit}`);
  }
  const transports = listed.map((listing: JsonValue) => parseTransport(path, listing));
  if (transports.filter(({ kind }) => kind === 'full').length !== 1) {
    throw refusal(path, 'transports', 'a list with exactly one full file');
  }
  if (new Set(transports.map((transport) => transport.path)).size !== transports.length) {
    throw refusal(path, 'transports', 'a list without repetitions');
  }
  return transports;
}

function parseTransport(path: string, listing: JsonValue): Transport {
  const fields = new FactsParser(path, asFields(path, 'transports', listing));
  const sent = { length: fields.integer('length', 1), sha256: fields.hash('sha256') };
  if (fields.value('kind') === 'full') {
    fields.same('path', fullTransportPath(path));
    return { kind: 'full', path: fullTransportPath(path), ...sent };
  }
  fields.same('kind', 'patch');
  const sourceSha256 = fields.hash('sourceSha256');
  fields.same('path', patchTransportPath(path, sourceSha256));
  return { kind: 'patch', path: patchTransportPath(path, sourceSha256), ...sent, sourceSha256 };
}

/** Reads fields of one object of the facts of `path`. */
class FactsParser {
  readonly #path: string;
  readonly #fields: Fields;

  constructor(path: string, fields: Fields) {
    this.#path = path;
    this.#fields = fields;
  }

  value(name: string): JsonValue | undefined {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
  }

  same(name: string, expected: string): void {
    if (this.value(name) !== expected) throw this.#refusal(name, JSON.stringify(expected));
  }

  flag(name: string): boolean {
    const value = this.value(name);
    if (typeof value !== 'boolean') throw this.#refusal(name, 'true or false');
    return value;
  }

  integer(name: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
    const value = this.value(name);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most) {
      throw this.#refusal(name, `a whole number from ${least} to ${most}`);
    }
    return value;
  }

  hash(name: string): string {
    const value = this.value(name);
    if (typeof value !== 'string' || !/^[0-9a-f]{64}$/.test(value))
      throw this.#refusal(name, '64 lower-case hex digits');
    return value;
  }

  instant(name: string): string {
    const value = this.value(name);
    const form = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?Z$/;
    const seconds = typeof value === 'string' ? form.exec(value)?.[1] : undefined;
    const instant = new Date(`${seconds}Z`);
    // Dates such as 30 February become others, and would not come back as they went in.
    if (
      typeof value !== 'string' ||
      Number.isNaN(instant.getTime()) ||
      !instant.toISOString().startsWith(`${seconds}`)
    ) {
      throw this.#refusal(name, 'an instant in UTC, as 2026-11-22T14:00:00Z');
    }
    return value;
  }

  runtimeOf(platform: Platform): string {
    const value = this.value('runtime');
    const runtime = typeof value === 'string' ? parseTargetPath(value) : undefined;
    if (typeof value !== 'string' || runtime?.kind !== 'runtime' || runtime.platform !== platform) {
      throw this.#refusal('runtime', `the target path of a runtime for ${platform}`);
    }
    return value;
  }

  optionalText(name: string, limit: number): string | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string' || value.length > limit)
      throw this.#refusal(name, `text of at most ${limit} characters`);
    return value;
  }

  optionalBreak(name: string): DeliberateBreak | undefined {
    const value = this.value(name);
    if (value === undefined || value === 'crash' || value === 'hang' || value === 'preflight') return value;
    throw this.#refusal(name, 'crash, hang or preflight');
  }

  optionalFloor(version: string): FloorFacts | undefined {
    const value = this.value('floor');
    if (value === undefined) return undefined;
    const floor = new FactsParser(this.#path, asFields(this.#path, 'floor', value));
    const below = floor.version('below');
    if (compareVersions(parseVersion(below), parseVersion(version)) > 0) {
      throw floor.#refusal('below', `at most ${version}, or the release would not do for its own floor`);
    }
    return { below, from: floor.instant('from') };
  }

  optionalCarrier(): ComponentFacts['carriedBy'] {
    const value = this.value('carriedBy');
    if (value === undefined) return undefined;
    const carrier = new FactsParser(this.#path, asFields(this.#path, 'carriedBy', value));
    const component = components.find((name) => name === carrier.value('component'));
    if (component === undefined) throw carrier.#refusal('component', `one of ${components.join(', ')}`);
    return { component, version: carrier.version('version') };
  }

  optionalNeeds(): ComponentFacts['needs'] {
    const value = this.value('needs');
    if (value === undefined) return undefined;
    const entries = Object.entries(asFields(this.#path, 'needs', value));
    const isGood = ([name, text]: [string, JsonValue]): boolean =>
      /^[a-z][a-z0-9-]{0,31}$/.test(name) && typeof text === 'string' && text.length <= needTextLimit;
    if (entries.length > needsLimit || !entries.every(isGood)) {
      throw this.#refusal('needs', `at most ${needsLimit} names with texts of at most ${needTextLimit} characters`);
    }
    return Object.fromEntries(entries) as Record<string, string>;
  }

  version(name: string): string {
    const value = this.value(name);
    try {
      if (typeof value === 'string') {
        parseVersion(value);
        return value;
      }
    } catch (error) {
      if (!(error instanceof ReleaseError)) throw error;
    }
    throw this.#refusal(name, 'two to four numbers with points between them');
  }

  #refusal(name: string, expected: string): ReleaseError {
    return refusal(this.#path, name, expected);
  }
}

function asFields(path: string, name: string, value: JsonValue | undefined): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refusal(path, name, 'an object');
  // `Array.isArray` does not narrow read-only arrays away.
  return value as Fields;
}

function withoutUndefined(fields: { readonly [name: string]: JsonValue | undefined }): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter((field): field is [string, JsonValue] => field[1] !== undefined),
  );
}

function refusal(path: string, field: string, expected: string): ReleaseError {
  return new ReleaseError('malformed-release-facts', `${JSON.stringify(path)}: ${field} is not ${expected}`);
}
