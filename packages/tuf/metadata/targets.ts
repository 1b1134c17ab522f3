/** targets.json (TUF 4.5), and those of delegated roles: which files are genuine, or should run. */
import type { JsonValue, WritableValue } from '../canonical-json.ts';
import { type Delegations, delegationsJson, parseDelegations } from './delegations.ts';
import { type Head, headJson, parseHead } from './head.ts';
import { parseHashes, requireUsableHash } from './meta-file.ts';
import { isObject, type JsonObject, lengthField, malformed, objectField, own } from './parse.ts';
import { requireSafePath } from './target-path.ts';

export interface TargetFile {
  readonly path: string;
  /** Bytes. */
  readonly length: number;
  /** By algorithm, lower-case hex; at least one of `sha256` and `sha512`. */
  readonly hashes: ReadonlyMap<string, string>;
  /** What the publisher says about the file; an object. Its members are data from outside: read own members only. */
  readonly custom?: JsonValue;
}

export interface Targets extends Head {
  /** By path. */
  readonly targets: ReadonlyMap<string, TargetFile>;
  readonly delegations?: Delegations;
}

/**
 * @throws {TrustError} `unsafe-name`, `missing-hash`, `unsupported-delegation`, and others for anything that TUF 4.5 does not allow. One such entry
 *   refuses the file: a publisher that signs one has lost control of its tools.
 */
export function parseTargets(signed: JsonObject): Targets {
  const head = parseHead(signed, 'targets', ['targets', 'delegations']);
  const entries = objectField(signed, 'targets', 'targets');
  const targets = new Map<string, TargetFile>();
  for (const path of Object.keys(entries)) targets.set(path, parseTarget(path, entries[path]));
  if (own(signed, 'delegations') === undefined) return { ...head, targets };
  return { ...head, targets, delegations: parseDelegations(objectField(signed, 'delegations', 'targets')) };
}

function parseTarget(path: string, entry: JsonValue | undefined): TargetFile {
  requireSafePath(path);
  if (!isObject(entry)) throw malformed('targets', path, 'an object');
  const length = lengthField(entry, 'length', path);
  const hashes = parseHashes(entry, path);
  const custom = own(entry, 'custom');
  if (custom === undefined) return { path, length, hashes };
  if (!isObject(custom)) throw malformed(path, 'custom', 'an object');
  return { path, length, hashes, custom };
}

/**
 * The members of `signed`.
 *
 * @throws {TrustError} `unsafe-name`, `missing-hash`, `malformed-metadata` for what clients would refuse.
 */
export function targetsJson(targets: Targets): ReadonlyMap<string, WritableValue> {
  const entries = new Map<string, WritableValue>();
  for (const [path, { length, hashes, custom }] of targets.targets) {
    requireSafePath(path);
    requireUsableHash(hashes, path);
    if (!Number.isSafeInteger(length) || length < 0) throw malformed(path, 'length', 'a whole number from 0');
    const members = new Map<string, WritableValue>([
      ['hashes', hashes],
      ['length', length],
    ]);
    if (custom !== undefined) members.set('custom', custom);
    entries.set(path, members);
  }
  const { delegations } = targets;
  return headJson(targets, 'targets', {
    targets: entries,
    ...(delegations === undefined ? {} : { delegations: delegationsJson(delegations) }),
  });
}
