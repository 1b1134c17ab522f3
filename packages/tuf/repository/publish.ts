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
import { type DelegatedRole, type Delegations, requireRoleName } from '../metadata/delegations.ts';
import { type Head, type TopRole, topRoles } from '../metadata/head.ts';
import { rootLimitBytes, snapshotLimitBytes, targetsLimitBytes, timestampLimitBytes } from '../metadata/limits.ts';
import { type MetaFile, requireListedBytes } from '../metadata/meta-file.ts';
import type { JsonObject } from '../metadata/parse.ts';
import { parseRoot, type Root, rootJson } from '../metadata/root.ts';
import { openMetadata } from '../metadata/signed-file.ts';
import { delegatedEntry, parseSnapshot, type Snapshot, snapshotJson, targetsEntry } from '../metadata/snapshot.ts';
import { parseTargets, type TargetFile, type Targets, targetsJson } from '../metadata/targets.ts';
import { distinctKeys, type RoleKeys, requireThreshold } from '../metadata/threshold.ts';
import { parseTimestamp, type Timestamp, timestampJson } from '../metadata/timestamp.ts';
import { type SignedFile, signFile } from './sign.ts';

export type { SignedFile } from './sign.ts';

export interface RolePlan {
  readonly keys: readonly TufKey[];
  readonly threshold: number;
}

/** A role that the targets delegate to, as it should be from now on. */
export interface DelegatedPlan extends RolePlan {
  readonly name: string;
  readonly paths: readonly string[];
  readonly isTerminating?: boolean;
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
  for (const role of topRoles) roles.set(role, roleKeys(role, plan.roles[role], keys));
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

/** Adds the keys of a role to `keys`. @throws {TrustError} `malformed-metadata` for a threshold that cannot be reached. */
function roleKeys(role: string, { keys: ofRole, threshold }: RolePlan, keys: Map<string, TufKey>): RoleKeys {
  for (const key of ofRole) keys.set(keyIdOf(key), key);
  const found: RoleKeys = { keyIds: new Set(ofRole.map(keyIdOf)), threshold };
  const most = distinctKeys(found, keys).size;
  if (!Number.isSafeInteger(threshold) || threshold < 1 || threshold > most) {
    throw new TrustError('malformed-metadata', `the threshold of ${role} must lie between 1 and its ${most} keys`);
  }
  return found;
}

/** What a repository holds now. Parts are missing before the first `publish`. */
export interface Published {
  readonly root: Root;
  readonly targets: Targets | undefined;
  /** Of the roles that the targets delegate to, by name. */
  readonly delegated: ReadonlyMap<string, Targets>;
  readonly snapshot: Snapshot | undefined;
  readonly timestamp: Timestamp | undefined;
}

/**
 * Reads our own tree: the chain from `1.root.json` to the newest root, `timestamp.json`, and what that names. Expiry is not
 * refused, or nothing expired could be renewed. A file may be signed by the keys of an older root of the chain: after a
 * rotation the others are still to be signed anew.
 *
 * @param read gives a file below `metadata/`, or undefined. The first root is believed as it is: whoever reads a folder that
 *   others can write to must know by itself that it is the right one.
 * @param signedBy `newest-root`: what only keys of an older root signed is refused.
 * @throws {TrustError} `no-trusted-root` without `1.root.json`; `metadata-missing` when a named file is not there; others
 *   when a file is not what its signer wrote.
 */
export function readPublished(
  read: (name: string) => Uint8Array | undefined,
  signedBy: 'any-root' | 'newest-root' = 'any-root',
): Published {
  const chain = readRoots(read);
  const root = chain[0];
  const roots = signedBy === 'newest-root' ? chain.slice(0, 1) : chain;
  if (root === undefined) throw new TrustError('no-trusted-root', '1.root.json is not there');
  const stamp = read('timestamp.json');
  if (stamp === undefined) {
    return { root, targets: undefined, delegated: new Map(), snapshot: undefined, timestamp: undefined };
  }
  const timestamp = parseTimestamp(openOwn(stamp, 'timestamp', roots, timestampLimitBytes));
  const snapshotBytes = readListed(read, `${timestamp.snapshot.version}.snapshot.json`, timestamp.snapshot);
  const snapshot = parseSnapshot(openOwn(snapshotBytes, 'snapshot', roots, snapshotLimitBytes));
  const entry = targetsEntry(snapshot);
  const targetsBytes = readListed(read, `${entry.version}.targets.json`, entry);
  const targets = parseTargets(openOwn(targetsBytes, 'targets', roots, targetsLimitBytes));
  const delegated = new Map<string, Targets>();
  for (const role of targets.delegations?.roles ?? []) {
    const listed = delegatedEntry(snapshot, role.name);
    const bytes = readListed(read, `${listed.version}.${role.name}.json`, listed);
    const file = openMetadata(bytes, targetsLimitBytes);
    // When the keys of a role change, `publish` signs it anew at once: here are only the keys of now.
    requireThreshold(file, role, targets.delegations?.keys ?? new Map(), role.name);
    delegated.set(role.name, parseTargets(file.signed()));
  }
  return { root, timestamp, snapshot, targets, delegated };
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
  /** All roles that the targets delegate to from now on. Without it they stay as they are. */
  readonly delegations?: readonly DelegatedPlan[];
  /** All targets of these delegated roles from now on; the others stay as they are. A role that is new has none. */
  readonly delegated?: ReadonlyMap<string, ReadonlyMap<string, TargetFile>>;
  /** All further members of the timestamp. Without it they stay as they are. */
  readonly timestampExtra?: Readonly<Record<string, JsonValue>>;
  /**
   * Roles to sign anew although nothing changed, because their expiry comes near: `targets`, `snapshot`, delegated ones.
   * New targets make a new snapshot.
   */
  readonly renew?: ReadonlySet<string>;
}

export interface SigningTimes {
  readonly now: EpochMs;
  readonly expires: {
    readonly targets: EpochMs;
    readonly snapshot: EpochMs;
    readonly timestamp: EpochMs;
    /** Default: as `targets`. */
    readonly delegated?: (role: string) => EpochMs;
  };
  /** New versions are at least this high, so that a tree restored from a backup does not repeat versions; default 1. */
  readonly versionFloor?: number;
}

/**
 * The files of one publication, in the order to store them. The timestamp is always among them. A delegated role is
 * signed when its targets or its keys change, when it is new, and when it is to be renewed.
 *
 * @throws {TrustError} `below-threshold` when the signers of a role that must sign are too few; `metadata-missing` when
 *   nothing was published yet and `targets` is missing; others for targets and delegations that clients would refuse.
 */
export function publish(
  current: Published,
  change: Change,
  signers: ReadonlyMap<string, readonly Signer[]>,
  times: SigningTimes,
): readonly SignedFile[] {
  const publication = new Publication(current, signers, times);
  const delegations =
    change.delegations === undefined ? current.targets?.delegations : delegationsOf(change.delegations);
  const meta = new Map(current.snapshot?.meta);
  for (const role of delegations?.roles ?? []) {
    const before = current.delegated.get(role.name);
    const targets = change.delegated?.get(role.name);
    const isDue = change.renew?.has(role.name) === true || !hasSameKeys(current.targets?.delegations, role);
    if (before !== undefined && targets === undefined && !isDue) continue;
    const head = publication.head('delegated', before, role.name);
    const next: Targets = { ...head, targets: targets ?? before?.targets ?? new Map() };
    const by = { role, keys: delegations?.keys ?? new Map() };
    meta.set(`${role.name}.json`, publication.add(role.name, by, targetsJson(next), targetsLimitBytes));
  }
  for (const name of change.delegated?.keys() ?? []) {
    if (delegations?.roles.some((role) => role.name === name) === true) continue;
    throw new TrustError('unsupported-delegation', `${quoted(name)} has targets, and nothing is delegated to it`);
  }
  const isNew =
    change.targets !== undefined || change.delegations !== undefined || change.renew?.has('targets') === true;
  if (isNew || !meta.has('targets.json')) {
    const targets = change.targets ?? current.targets?.targets;
    if (targets === undefined) throw new TrustError('metadata-missing', 'nothing is published yet: targets are needed');
    const head = publication.head('targets', current.targets);
    const next: Targets = { ...head, targets, ...(delegations === undefined ? {} : { delegations }) };
    meta.set('targets.json', publication.addTop('targets', targetsJson(next), targetsLimitBytes));
  }
  let snapshotFile = current.timestamp?.snapshot;
  if (publication.files.length > 0 || change.renew?.has('snapshot') === true || snapshotFile === undefined) {
    // What was listed stays listed (TUF 5.5.5).
    const next: Snapshot = { ...publication.head('snapshot', current.snapshot), meta };
    snapshotFile = publication.addTop('snapshot', snapshotJson(next), snapshotLimitBytes);
  }
  const stamp: Timestamp = { ...publication.head('timestamp', current.timestamp), snapshot: snapshotFile };
  const extra = change.timestampExtra && new Map(Object.entries(change.timestampExtra));
  publication.addTop('timestamp', timestampJson({ ...stamp, extra: extra ?? stamp.extra }), timestampLimitBytes);
  return publication.files;
}

/** Signs the files of one publication, in the order in which they are added. */
class Publication {
  readonly files: SignedFile[] = [];
  readonly #current: Published;
  readonly #signers: ReadonlyMap<string, readonly Signer[]>;
  readonly #times: SigningTimes;

  constructor(current: Published, signers: ReadonlyMap<string, readonly Signer[]>, times: SigningTimes) {
    this.#current = current;
    this.#signers = signers;
    this.#times = times;
  }

  /** The head of the version after `before`. */
  head(kind: 'targets' | 'snapshot' | 'timestamp' | 'delegated', before: Head | undefined, name = ''): Head {
    const { now, expires: ends, versionFloor = 1 } = this.#times;
    const expires = kind === 'delegated' ? (ends.delegated?.(name) ?? ends.targets) : ends[kind];
    requireLater(expires, now);
    const version = Math.max((before?.version ?? 0) + 1, versionFloor);
    return { version, expires, signedAt: now, extra: before?.extra ?? new Map<string, JsonValue>() };
  }

  addTop(role: TopRole, signed: ReadonlyMap<string, WritableValue>, limitBytes: number): MetaFile {
    const { roles, keys } = this.#current.root;
    return this.add(role, { role: roles[role], keys }, signed, limitBytes);
  }

  add(
    name: string,
    by: { readonly role: RoleKeys; readonly keys: ReadonlyMap<string, TufKey> },
    signed: ReadonlyMap<string, WritableValue>,
    limitBytes: number,
  ): MetaFile {
    const version = signed.get('version') as number;
    const fileName = name === 'timestamp' ? 'timestamp.json' : `${version}.${name}.json`;
    const file = signFile(fileName, signed, signersOf(name, by.role, this.#signers));
    // What a signer of somebody else's making gave is tried before any client does.
    requireThreshold(openMetadata(file.bytes, limitBytes), by.role, by.keys, fileName);
    this.files.push(file);
    return { version, ...lengthAndHash(file.bytes) };
  }
}

function delegationsOf(plans: readonly DelegatedPlan[]): Delegations {
  const keys = new Map<string, TufKey>();
  const roles = plans.map((plan) => {
    const { name, paths, isTerminating = true } = plan;
    requireRoleName(name);
    return { name, paths, isTerminating, ...roleKeys(name, plan, keys) };
  });
  return { keys, roles };
}

function sameIds(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((keyId) => b.has(keyId));
}

/** Whether what the role signed before counts as much as what it signs now. */
function hasSameKeys(before: Delegations | undefined, role: DelegatedRole): boolean {
  const known = before?.roles.find(({ name }) => name === role.name);
  return known?.threshold === role.threshold && sameIds(known.keyIds, role.keyIds);
}

function lengthAndHash(bytes: Uint8Array): Pick<MetaFile, 'length' | 'hashes'> {
  return { length: bytes.length, hashes: new Map([['sha256', createHash('sha256').update(bytes).digest('hex')]]) };
}

/** Those of the signers whose keys the role has, if they reach its threshold. */
function signersOf(
  role: string,
  { keyIds, threshold }: RoleKeys,
  signers: ReadonlyMap<string, readonly Signer[]>,
): readonly Signer[] {
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
