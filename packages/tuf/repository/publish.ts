/**
 * The publisher: new metadata files from what is published now, a change and signers. Pure; the caller stores the files in
 * the order given, and the last one, `timestamp.json`, makes the others visible. Nothing is written that our own client
 * would refuse: too few signers, unsafe paths, sizes and depths beyond the limits.
 */
import { createHash } from 'node:crypto';
import type { EpochMs } from '@springline/ports/clock';
import type { JsonValue, WritableValue } from '../canonical-json.ts';
import { quoted, TrustError } from '../error.ts';
import { keyIdentity, keyIdOf, type Signer, type TufKey } from '../key.ts';
import { type TopRole, topRoles } from '../metadata/head.ts';
import { rootLimitBytes, snapshotLimitBytes, targetsLimitBytes, timestampLimitBytes } from '../metadata/limits.ts';
import { type MetaFile, requireListedBytes } from '../metadata/meta-file.ts';
import type { JsonObject } from '../metadata/parse.ts';
import { parseRoot, type Root, rootJson } from '../metadata/root.ts';
import { openMetadata } from '../metadata/signed-file.ts';
import { parseSnapshot, type Snapshot, snapshotJson, targetsEntry } from '../metadata/snapshot.ts';
import { parseTargets, type TargetFile, type Targets, targetsJson } from '../metadata/targets.ts';
import { distinctKeys, type RoleKeys, requireThreshold } from '../metadata/threshold.ts';
import { parseTimestamp, type Timestamp, timestampJson } from '../metadata/timestamp.ts';
import { type SignedFile, signFile } from './sign.ts';

export type { SignedFile } from './sign.ts';

export interface RolePlan {
  readonly keys: readonly TufKey[];
  readonly threshold: number;
}

export interface RootPlan {
  readonly version: number;
  readonly roles: Readonly<Record<TopRole, RolePlan>>;
  readonly expires: EpochMs;
  readonly now: EpochMs;
  /** Further members of `signed`, as `x-springline-profile`. */
  readonly extra?: Readonly<Record<string, JsonValue>>;
}

/**
 * `N.root.json`, with consistent snapshots. A root that follows another must be signed by a threshold of the other's root
 * keys as well as of its own: pass the signers of both.
 *
 * @throws {TrustError} `below-threshold` when its own root keys do not sign it; `malformed-metadata` for a role whose
 *   threshold is not between 1 and the number of its distinct keys.
 */
export function makeRoot(plan: RootPlan, signers: readonly Signer[]): SignedFile {
  requireLater(plan.expires, plan.now);
  const keys = new Map<string, TufKey>();
  const roles = new Map<TopRole, RoleKeys>();
  for (const role of topRoles) {
    const { keys: ofRole, threshold } = plan.roles[role];
    for (const key of ofRole) keys.set(keyIdOf(key), key);
    const found: RoleKeys = { keyIds: new Set(ofRole.map(keyIdOf)), threshold };
    const most = distinctKeys(found, keys).size;
    if (!Number.isSafeInteger(threshold) || threshold < 1 || threshold > most) {
      throw new TrustError('malformed-metadata', `the threshold of ${role} must lie between 1 and its ${most} keys`);
    }
    roles.set(role, found);
  }
  const root: Root = {
    ...{
      version: plan.version,
      expires: plan.expires,
      signedAt: plan.now,
      extra: new Map(Object.entries(plan.extra ?? {})),
    },
    ...{ consistentSnapshot: true, keys, roles: Object.fromEntries(roles) as Record<TopRole, RoleKeys> },
  };
  const file = signFile(`${plan.version}.root.json`, rootJson(root), signers);
  const opened = openMetadata(file.bytes, rootLimitBytes);
  requireThreshold(opened, root.roles.root, parseRoot(opened.signed()).keys, file.name);
  return file;
}

/** What a repository holds now. Parts are missing before the first `publish`. */
export interface Published {
  readonly root: Root;
  readonly targets: Targets | undefined;
  readonly snapshot: Snapshot | undefined;
  readonly timestamp: Timestamp | undefined;
}

/**
 * Reads our own tree: the chain from `1.root.json` to the newest root, `timestamp.json`, and what that names. Expiry is not
 * refused, or nothing expired could be renewed. A file may be signed by the keys of an older root of the chain: after a
 * rotation the others are still to be signed anew.
 *
 * @param read gives a file below `metadata/`, or undefined.
 * @throws {TrustError} `no-trusted-root` without `1.root.json`; `metadata-missing` when a named file is not there; others
 *   when a file is not what its signer wrote.
 */
export function readPublished(read: (name: string) => Uint8Array | undefined): Published {
  const roots = readRoots(read);
  const root = roots[0];
  if (root === undefined) throw new TrustError('no-trusted-root', '1.root.json is not there');
  const stamp = read('timestamp.json');
  if (stamp === undefined) return { root, targets: undefined, snapshot: undefined, timestamp: undefined };
  const timestamp = parseTimestamp(openOwn(stamp, 'timestamp', roots, timestampLimitBytes));
  const snapshotBytes = readListed(read, `${timestamp.snapshot.version}.snapshot.json`, timestamp.snapshot);
  const snapshot = parseSnapshot(openOwn(snapshotBytes, 'snapshot', roots, snapshotLimitBytes));
  const entry = targetsEntry(snapshot);
  const targetsBytes = readListed(read, `${entry.version}.targets.json`, entry);
  return {
    root,
    timestamp,
    snapshot,
    targets: parseTargets(openOwn(targetsBytes, 'targets', roots, targetsLimitBytes)),
  };
}

/** Newest first; each is signed by itself and by the one before. */
function readRoots(read: (name: string) => Uint8Array | undefined): readonly Root[] {
  const roots: Root[] = [];
  while (true) {
    const version = roots.length + 1;
    const bytes = read(`${version}.root.json`);
    if (bytes === undefined) return roots;
    const file = openMetadata(bytes, rootLimitBytes);
    const root = parseRoot(file.signed());
    if (root.version !== version) {
      throw new TrustError('version-mismatch', `${version}.root.json holds version ${root.version}`);
    }
    for (const by of [root, roots[0] ?? root]) {
      requireThreshold(file, by.roles.root, by.keys, `${version}.root.json, by root ${by.version}`);
    }
    roots.unshift(root);
  }
}

function openOwn(bytes: Uint8Array, role: TopRole, roots: readonly Root[], limitBytes: number): JsonObject {
  const file = openMetadata(bytes, limitBytes);
  for (const [at, root] of roots.entries()) {
    try {
      requireThreshold(file, root.roles[role], root.keys, role);
      return file.signed();
    } catch (error) {
      if (at === roots.length - 1) throw error;
      // The next older root may have known the signers.
    }
  }
  throw new TrustError('no-trusted-root', `no root says who signs ${role}`);
}

function readListed(read: (name: string) => Uint8Array | undefined, name: string, listed: MetaFile): Uint8Array {
  const bytes = read(name);
  if (bytes === undefined) throw new TrustError('metadata-missing', `${name} is listed and not there`);
  requireListedBytes(bytes, listed, name);
  return bytes;
}

export interface Change {
  /** All targets from now on, by path. Without it they stay as they are. */
  readonly targets?: ReadonlyMap<string, TargetFile>;
  /** All further members of the timestamp. Without it they stay as they are. */
  readonly timestampExtra?: Readonly<Record<string, JsonValue>>;
  /** Roles to sign anew although nothing changed, because their expiry comes near. New targets make a new snapshot. */
  readonly renew?: ReadonlySet<'targets' | 'snapshot'>;
}

export interface SigningTimes {
  readonly now: EpochMs;
  readonly expires: { readonly targets: EpochMs; readonly snapshot: EpochMs; readonly timestamp: EpochMs };
  /** New versions are at least this high, so that a tree restored from a backup does not repeat versions; default 1. */
  readonly versionFloor?: number;
}

/**
 * The files of one publication, in the order to store them. The timestamp is always among them.
 *
 * @throws {TrustError} `below-threshold` when the signers of a role that must sign are too few; `metadata-missing` when
 *   nothing was published yet and `targets` is missing; others for targets that clients would refuse.
 */
export function publish(
  current: Published,
  change: Change,
  signers: ReadonlyMap<TopRole, readonly Signer[]>,
  times: SigningTimes,
): readonly SignedFile[] {
  const files: SignedFile[] = [];
  const head = (role: 'targets' | 'snapshot' | 'timestamp', extra: ReadonlyMap<string, JsonValue> | undefined) => {
    requireLater(times.expires[role], times.now);
    const version = Math.max((current[role]?.version ?? 0) + 1, times.versionFloor ?? 1);
    return { version, expires: times.expires[role], signedAt: times.now, extra: extra ?? new Map<string, JsonValue>() };
  };
  const add = (
    role: TopRole,
    name: string,
    signed: ReadonlyMap<string, WritableValue>,
    limitBytes: number,
  ): MetaFile => {
    const file = signFile(name, signed, signersOf(current.root, role, signers));
    // What a signer of somebody else's making gave is tried before any client does.
    requireThreshold(openMetadata(file.bytes, limitBytes), current.root.roles[role], current.root.keys, name);
    files.push(file);
    return { version: signed.get('version') as number, ...lengthAndHash(file.bytes) };
  };

  let targetsFile = current.snapshot?.meta.get('targets.json');
  if (change.targets !== undefined || change.renew?.has('targets') === true || targetsFile === undefined) {
    const targets = change.targets ?? current.targets?.targets;
    if (targets === undefined) throw new TrustError('metadata-missing', 'nothing is published yet: targets are needed');
    const next: Targets = { ...head('targets', current.targets?.extra), targets };
    targetsFile = add('targets', `${next.version}.targets.json`, targetsJson(next), targetsLimitBytes);
  }
  let snapshotFile = current.timestamp?.snapshot;
  if (files.length > 0 || change.renew?.has('snapshot') === true || snapshotFile === undefined) {
    // What was listed stays listed (TUF 5.5.5).
    const meta = new Map([...(current.snapshot?.meta ?? []), ['targets.json', targetsFile] as const]);
    const next: Snapshot = { ...head('snapshot', current.snapshot?.extra), meta };
    snapshotFile = add('snapshot', `${next.version}.snapshot.json`, snapshotJson(next), snapshotLimitBytes);
  }
  const extra = change.timestampExtra && new Map(Object.entries(change.timestampExtra));
  const stamp: Timestamp = { ...head('timestamp', extra ?? current.timestamp?.extra), snapshot: snapshotFile };
  add('timestamp', 'timestamp.json', timestampJson(stamp), timestampLimitBytes);
  return files;
}

function lengthAndHash(bytes: Uint8Array): Pick<MetaFile, 'length' | 'hashes'> {
  return { length: bytes.length, hashes: new Map([['sha256', createHash('sha256').update(bytes).digest('hex')]]) };
}

/** Those of the signers whose keys the role has, if they reach its threshold. */
function signersOf(root: Root, role: TopRole, signers: ReadonlyMap<TopRole, readonly Signer[]>): readonly Signer[] {
  const { keyIds, threshold } = root.roles[role];
  const mine = (signers.get(role) ?? []).filter((signer) => keyIds.has(signer.keyId));
  const distinct = new Set(mine.map((signer) => keyIdentity(signer.key)));
  if (distinct.size < threshold) {
    throw new TrustError(
      'below-threshold',
      `${role}: ${distinct.size} of its keys are here to sign, ${threshold} must`,
    );
  }
  return mine;
}

function requireLater(expires: EpochMs, now: EpochMs): void {
  if (expires > now) return;
  throw new TrustError('metadata-expired', `${quoted(new Date(expires).toISOString())} is past already`);
}
