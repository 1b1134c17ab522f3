/**
 * What one refresh trusts so far, and the checks of TUF 5.2 to 5.6 that let more in, numbered as there. No I/O: bytes come
 * in by the `update…` methods in the order root, timestamp, snapshot, targets; what is good is kept, what is not throws and
 * changes nothing.
 *
 * Files from the store come in by `recall…`. They are floors for versions (5.4.3, 5.5.5) even when they have expired, and
 * even when a raised threshold makes them too weak to be used; only keys that were rotated away free a version to fall.
 */
import type { EpochMs } from '@springline/ports/clock';
import { quoted, TrustError } from '../error.ts';
import type { DelegatedRole } from '../metadata/delegations.ts';
import type { Head, TopRole } from '../metadata/head.ts';
import { rootLimitBytes, snapshotLimitBytes, targetsLimitBytes, timestampLimitBytes } from '../metadata/limits.ts';
import { requireListedBytes } from '../metadata/meta-file.ts';
import { parseRoot, type Root } from '../metadata/root.ts';
import { openMetadata, type SignedMetadata } from '../metadata/signed-file.ts';
import { delegatedEntry, parseSnapshot, type Snapshot, targetsEntry } from '../metadata/snapshot.ts';
import { parseTargets, type Targets } from '../metadata/targets.ts';
import { countSigners, distinctKeys, requireThreshold } from '../metadata/threshold.ts';
import { parseTimestamp, type Timestamp } from '../metadata/timestamp.ts';

/**
 * What a stored file is still good for: `usable`; `floor` only, its signers no longer reach the threshold; `rotated`, all
 * its signers left the role since it was stored; `damaged`.
 */
export type Standing = 'usable' | 'floor' | 'rotated' | 'damaged';

export class TrustedSet {
  /** 5.1: taken once, so that nothing expires halfway. */
  readonly #now: EpochMs;
  #root: Root;
  #timestamp: Timestamp | undefined;
  #snapshot: Snapshot | undefined;
  #targets: Targets | undefined;
  /** As stored by an earlier refresh. */
  #storedTimestamp: { readonly timestamp: Timestamp; readonly usable: boolean } | undefined;
  #storedSnapshot: Snapshot | undefined;

  /**
   * 5.2: the root that an earlier refresh, or the pinned first start, left. It must be signed by its own keys; its expiry
   * does not matter yet.
   *
   * @throws {TrustError} when it is not a root or not signed by its own threshold.
   */
  constructor(rootBytes: Uint8Array, now: EpochMs) {
    this.#now = now;
    this.#root = readOwnRoot(rootBytes).root;
  }

  get root(): Root {
    return this.#root;
  }

  get timestamp(): Timestamp | undefined {
    return this.#timestamp;
  }

  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  get targets(): Targets | undefined {
    return this.#targets;
  }

  /**
   * 5.3.4 to 5.3.7 for the file that was served as version N+1. `same`: it is version N again, so the chain ends here.
   * `rotated` lists the online roles that lost a key (5.3.11).
   */
  updateRoot(bytes: Uint8Array): { readonly step: 'new' | 'same'; readonly rotated: ReadonlySet<TopRole> } {
    const file = openMetadata(bytes, rootLimitBytes);
    // 5.3.4: signed by a threshold of the keys of version N first, so that a stranger's keys are never even tried ...
    requireThreshold(file, this.#root.roles.root, this.#root.keys, 'new root, by the keys of the trusted one');
    const root = parseRoot(file.signed());
    // ... and of version N+1.
    requireThreshold(file, root.roles.root, root.keys, 'new root, by its own keys');
    // 5.3.5
    if (root.version === this.#root.version) return { step: 'same', rotated: new Set() };
    requireNotLower('root', root.version, this.#root.version);
    requireVersion('root', root.version, this.#root.version + 1);
    // 5.3.6: an intermediate root may have expired. 5.3.7:
    const rotated = rotatedRoles(this.#root, root);
    this.#root = root;
    return { step: 'new', rotated };
  }

  /** 5.3.10, once no newer root is served. */
  requireFreshRoot(): void {
    this.#requireFresh('root', this.#root);
  }

  /** Takes a stored timestamp as the floor of 5.4.3. */
  recallTimestamp(bytes: Uint8Array): Standing {
    const { standing, value } = this.#recall(bytes, timestampLimitBytes, 'timestamp', parseTimestamp);
    if (value !== undefined) this.#storedTimestamp = { timestamp: value, usable: standing === 'usable' };
    return standing;
  }

  /** Takes a stored snapshot as the floor of 5.5.5. */
  recallSnapshot(bytes: Uint8Array): Standing {
    const { standing, value } = this.#recall(bytes, snapshotLimitBytes, 'snapshot', parseSnapshot);
    if (value !== undefined) this.#storedSnapshot = value;
    return standing;
  }

  /** The later of what the two floors say about their signing. */
  get latestSigning(): EpochMs | undefined {
    const times = [this.#storedTimestamp?.timestamp.signedAt, this.#storedSnapshot?.signedAt];
    const known = times.filter((time) => time !== undefined);
    return known.length === 0 ? undefined : (Math.max(...known) as EpochMs);
  }

  /** 5.3.11: forgets the floors. The caller removes the files. */
  forgetOnlineRoles(): void {
    this.#storedTimestamp = undefined;
    this.#storedSnapshot = undefined;
  }

  /** 5.4.2 to 5.4.4. `kept`: the served version is the stored one, which stays. */
  updateTimestamp(bytes: Uint8Array): 'new' | 'kept' {
    const file = openMetadata(bytes, timestampLimitBytes);
    // 5.4.2
    requireThreshold(file, this.#root.roles.timestamp, this.#root.keys, 'timestamp');
    const timestamp = parseTimestamp(file.signed());
    // 5.4.3.1
    const stored = this.#storedTimestamp;
    if (stored !== undefined) {
      requireNotLower('timestamp', timestamp.version, stored.timestamp.version);
      if (timestamp.version === stored.timestamp.version && stored.usable) {
        this.#requireFresh('timestamp', stored.timestamp);
        this.#timestamp = stored.timestamp;
        return 'kept';
      }
      // 5.4.3.2
      requireNotLower('snapshot', timestamp.snapshot.version, stored.timestamp.snapshot.version);
    }
    // The same floor when only the stored snapshot is left.
    if (this.#storedSnapshot !== undefined) {
      requireNotLower('snapshot', timestamp.snapshot.version, this.#storedSnapshot.version);
    }
    // 5.4.4
    this.#requireFresh('timestamp', timestamp);
    this.#timestamp = timestamp;
    return 'new';
  }

  /** 5.5.2 to 5.5.6. The stored snapshot may be given too: it is trusted when it is still the listed one. */
  updateSnapshot(bytes: Uint8Array): void {
    const listed = required(this.#timestamp, 'timestamp').snapshot;
    // 5.5.2
    requireListedBytes(bytes, listed, 'snapshot');
    const file = openMetadata(bytes, snapshotLimitBytes);
    // 5.5.3
    requireThreshold(file, this.#root.roles.snapshot, this.#root.keys, 'snapshot');
    const snapshot = parseSnapshot(file.signed());
    // 5.5.4
    requireVersion('snapshot', snapshot.version, listed.version);
    // 5.5.5
    for (const [name, { version }] of this.#storedSnapshot?.meta ?? []) {
      const entry = snapshot.meta.get(name);
      if (entry === undefined) {
        throw new TrustError('metadata-missing', `snapshot ${snapshot.version} no longer lists ${quoted(name)}`);
      }
      requireNotLower(quoted(name), entry.version, version);
    }
    // 5.5.6
    this.#requireFresh('snapshot', snapshot);
    this.#snapshot = snapshot;
  }

  /** 5.6.2 to 5.6.5. The stored targets may be given too. */
  updateTargets(bytes: Uint8Array): void {
    const listed = targetsEntry(required(this.#snapshot, 'snapshot'));
    // 5.6.2
    requireListedBytes(bytes, listed, 'targets');
    const file = openMetadata(bytes, targetsLimitBytes);
    // 5.6.3
    requireThreshold(file, this.#root.roles.targets, this.#root.keys, 'targets');
    const targets = parseTargets(file.signed());
    // 5.6.4
    requireVersion('targets', targets.version, listed.version);
    // 5.6.5
    this.#requireFresh('targets', targets);
    this.#targets = targets;
  }

  /**
   * 5.6.7 for one role that the trusted targets delegate to: the checks of 5.6.2 to 5.6.5 with the keys of the delegation.
   * Its stored file may be given too. That the version does not fall, 5.5.5 has checked.
   *
   * @throws {TrustError} also `unsupported-delegation` when the role delegates further.
   */
  updateDelegated({ name, keyIds, threshold }: DelegatedRole, bytes: Uint8Array): Targets {
    const listed = delegatedEntry(required(this.#snapshot, 'snapshot'), name);
    const { delegations } = required(this.#targets, 'targets');
    requireListedBytes(bytes, listed, name);
    const file = openMetadata(bytes, targetsLimitBytes);
    requireThreshold(file, { keyIds, threshold }, delegations?.keys ?? new Map(), name);
    const targets = parseTargets(file.signed());
    requireVersion(name, targets.version, listed.version);
    this.#requireFresh(name, targets);
    if ((targets.delegations?.roles.length ?? 0) > 0) {
      throw new TrustError('unsupported-delegation', `${name} delegates further; one level is understood`);
    }
    return targets;
  }

  #recall<T>(
    bytes: Uint8Array,
    limitBytes: number,
    role: 'timestamp' | 'snapshot',
    parse: (signed: ReturnType<SignedMetadata['signed']>) => T,
  ): { readonly standing: Standing; readonly value?: T } {
    try {
      const file = openMetadata(bytes, limitBytes);
      const value = parse(file.signed());
      const { roles, keys } = this.#root;
      const count = countSigners(file, roles[role], keys);
      // One good signature shows that the file is whole; it was accepted when it was stored.
      if (count > 0) return { standing: count < roles[role].threshold ? 'floor' : 'usable', value };
      const strangers = [...file.signerIds].every((keyId) => !roles[role].keyIds.has(keyId));
      return { standing: strangers ? 'rotated' : 'damaged' };
    } catch (error) {
      if (error instanceof TrustError) return { standing: 'damaged' };
      throw error;
    }
  }

  #requireFresh(role: string, head: Head): void {
    if (head.expires > this.#now) return;
    throw new TrustError('metadata-expired', `${role} ${head.version} expired ${new Date(head.expires).toISOString()}`);
  }
}

/** A root that its own keys have signed; what that is worth, the caller knows. */
export function readOwnRoot(bytes: Uint8Array): { readonly root: Root; readonly file: SignedMetadata } {
  const file = openMetadata(bytes, rootLimitBytes);
  const root = parseRoot(file.signed());
  requireThreshold(file, root.roles.root, root.keys, 'root, by its own keys');
  return { root, file };
}

/**
 * Timestamp and snapshot count as rotated when a key that was trusted before is not trusted any more. A key that was only
 * added, or a new threshold, takes nothing back from what was signed before.
 */
function rotatedRoles(before: Root, after: Root): ReadonlySet<TopRole> {
  const rotated = new Set<TopRole>();
  for (const role of ['timestamp', 'snapshot'] as const) {
    const kept = distinctKeys(after.roles[role], after.keys);
    for (const key of distinctKeys(before.roles[role], before.keys)) if (!kept.has(key)) rotated.add(role);
  }
  return rotated;
}

function requireNotLower(what: string, version: number, floor: number): void {
  if (version >= floor) return;
  throw new TrustError('version-rollback', `${what} version ${version} is served, and ${floor} was trusted before`);
}

function requireVersion(what: string, version: number, expected: number): void {
  if (version === expected) return;
  throw new TrustError('version-mismatch', `${what} has version ${version} where ${expected} was asked for`);
}

/** The order of the steps is ours to keep, so a missing step is a fault of the program. */
function required<T>(value: T | undefined, role: TopRole): T {
  if (value === undefined) throw new Error(`the ${role} comes first`);
  return value;
}
