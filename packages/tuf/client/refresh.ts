/**
 * The client's workflow (TUF 5.1 to 5.6) over two ports, a store and a fetch; the checks are those of `TrustedSet`.
 *
 * Each file is stored at the step that made it trusted, and no later failure takes it back: a refresh that is killed or
 * refused anywhere leaves what was good, and the next one goes on from there. Stored versions fall only by 5.3.11. A new
 * root is stored first and what it frees is removed after that, the file that no longer verifies last: a kill in between
 * keeps versions too high rather than too low, and the next refresh finishes the removal.
 */
import { createHash } from 'node:crypto';
import type { EpochMs } from '@springline/ports/clock';
import { TrustError } from '../error.ts';
import type { DelegatedRole } from '../metadata/delegations.ts';
import type { TopRole } from '../metadata/head.ts';
import {
  delegatedLimitBytes,
  rootLimitBytes,
  rootStepLimit,
  snapshotLimitBytes,
  targetsLimitBytes,
  timestampLimitBytes,
} from '../metadata/limits.ts';
import type { MetaFile } from '../metadata/meta-file.ts';
import type { Root } from '../metadata/root.ts';
import { openMetadata } from '../metadata/signed-file.ts';
import { delegatedEntry, type Snapshot, targetsEntry } from '../metadata/snapshot.ts';
import { parseTargets, type Targets } from '../metadata/targets.ts';
import type { Timestamp } from '../metadata/timestamp.ts';
import { readOwnRoot, type Standing, TrustedSet } from './trusted-set.ts';

/** That of a top role, or of a delegated one; no other names are made (`requireRoleName`). */
export type TrustedName = `${string}.json`;

/** Trusted files of one repository. `write` is atomic and durable; `remove` of what is not there does nothing. */
export interface MetadataStore {
  read(name: TrustedName): Uint8Array | undefined;
  write(name: TrustedName, bytes: Uint8Array): void;
  remove(name: TrustedName): void;
}

/**
 * Fetches a file below `metadata/`, as `2.root.json`. Undefined: it is not there. Throws when the repository cannot be
 * reached. Reads at most `limitBytes` + 1 bytes; one byte too many is refused here.
 */
export type FetchMetadata = (name: string, limitBytes: number, signal: AbortSignal) => Promise<Uint8Array | undefined>;

/** Metadata that belongs together, verified, none of it expired when the refresh began. */
export interface TrustedRepository {
  readonly root: Root;
  readonly timestamp: Timestamp;
  readonly snapshot: Snapshot;
  readonly targets: Targets;
  /** What the delegated roles list, by name; those that were refused are missing. */
  readonly delegated: ReadonlyMap<string, Targets>;
  /** Why a delegated role was refused. The others go on: no role can hold up what another one vouches for. */
  readonly refused: ReadonlyMap<string, TrustError>;
}

/**
 * The first root of a repository, pinned by the SHA-256 of its file. When the store holds a root of a higher version
 * already, or this very one, nothing is written and the stored one is given.
 *
 * @throws {TrustError} `pin-mismatch` for other bytes, and when the store holds another root of the same version;
 *   `below-threshold`; `trust-store-damaged`; others when the file is not a root. Nothing is written then.
 */
export function trustInitialRoot(store: MetadataStore, bytes: Uint8Array, pinSha256Hex: string): Root {
  if (createHash('sha256').update(bytes).digest('hex') !== pinSha256Hex.toLowerCase()) {
    throw new TrustError('pin-mismatch', 'the first root is not the pinned one');
  }
  const { root } = readOwnRoot(bytes);
  const storedBytes = store.read('root.json');
  if (storedBytes !== undefined) {
    const stored = openStored(storedBytes, neverExpired).root;
    if (stored.version > root.version) return stored;
    if (stored.version === root.version) {
      if (Buffer.compare(storedBytes, bytes) === 0) return stored;
      throw new TrustError('pin-mismatch', `the store holds another root of version ${root.version}`);
    }
  }
  store.write('root.json', bytes);
  return root;
}

export interface RefreshDeps {
  readonly store: MetadataStore;
  readonly fetch: FetchMetadata;
  /** 5.1: the instant at which all of it is judged. */
  readonly now: EpochMs;
  /** Default true. A repository that must not delegate is read without: what it delegates is never asked for. */
  readonly followsDelegations?: boolean;
}

/**
 * TUF 5.2 to 5.6, whole; delegations one level deep. A delegated role that is not good is given back as refused.
 *
 * @throws {TrustError} with the code of the check that failed; what `fetch`, `store` and `signal` throw passes through.
 */
export async function refreshRepository(deps: RefreshDeps, signal: AbortSignal): Promise<TrustedRepository> {
  const { store } = deps;
  const trusted = openRoot(store, deps.now);
  await updateRoot(trusted, deps, signal);
  recallFloors(trusted, store);

  // 5.4
  const stamp = await fetchFile(deps, 'timestamp.json', timestampLimitBytes, signal);
  if (trusted.updateTimestamp(stamp) === 'new') store.write('timestamp.json', stamp); // 5.4.5

  // 5.5
  const versioned = trusted.root.consistentSnapshot;
  const { timestamp } = trusted;
  if (timestamp === undefined) throw new Error('the timestamp was just trusted');
  if (!isStillGood(store.read('snapshot.json'), (bytes) => trusted.updateSnapshot(bytes))) {
    const bytes = await fetchListed(deps, 'snapshot.json', timestamp.snapshot, versioned, snapshotLimitBytes, signal);
    trusted.updateSnapshot(bytes);
    store.write('snapshot.json', bytes); // 5.5.7
  }

  // 5.6
  const { snapshot } = trusted;
  if (snapshot === undefined) throw new Error('the snapshot was just trusted');
  if (!isStillGood(store.read('targets.json'), (bytes) => trusted.updateTargets(bytes))) {
    const bytes = await fetchListed(deps, 'targets.json', targetsEntry(snapshot), versioned, targetsLimitBytes, signal);
    trusted.updateTargets(bytes);
    const before = deps.followsDelegations === false ? [] : delegatedIn(store.read('targets.json'));
    store.write('targets.json', bytes); // 5.6.6
    const after = new Set(trusted.targets?.delegations?.roles.map(({ name }) => name));
    for (const name of before) if (!after.has(name)) store.remove(`${name}.json`);
  }
  const { root, targets } = trusted;
  if (targets === undefined) throw new Error('the targets were just trusted');
  const roles = deps.followsDelegations === false ? [] : (targets.delegations?.roles ?? []);
  return { root, timestamp, snapshot, targets, ...(await updateDelegated(trusted, roles, deps, signal)) };
}

/** 5.6.7: each role that the targets delegate to, in their order, persisted one by one. */
async function updateDelegated(
  trusted: TrustedSet,
  roles: readonly DelegatedRole[],
  deps: RefreshDeps,
  signal: AbortSignal,
): Promise<Pick<TrustedRepository, 'delegated' | 'refused'>> {
  const delegated = new Map<string, Targets>();
  const refused = new Map<string, TrustError>();
  let leftBytes = delegatedLimitBytes;
  const take = (role: DelegatedRole, bytes: Uint8Array): void => {
    delegated.set(role.name, trusted.updateDelegated(role, bytes));
    leftBytes -= bytes.length;
  };
  for (const role of roles) {
    const name = `${role.name}.json` as const;
    try {
      const stored = deps.store.read(name);
      if (isStillGood(stored, (bytes) => take(role, bytes))) continue;
      const { snapshot, root } = trusted;
      if (snapshot === undefined) throw new Error('the snapshot was just trusted');
      const listed = delegatedEntry(snapshot, role.name);
      const bytes = await fetchListed(deps, name, listed, root.consistentSnapshot, leftBytes, signal);
      take(role, bytes);
      deps.store.write(name, bytes); // 5.6.6
    } catch (error) {
      if (!(error instanceof TrustError)) throw error;
      refused.set(role.name, error);
    }
  }
  return { delegated, refused };
}

/** Names of roles that stored targets delegated to: their files are removed when they are dropped. */
function delegatedIn(bytes: Uint8Array | undefined): readonly string[] {
  try {
    // Large files without delegations are the usual ones: a look at the bytes spares reading them whole.
    if (bytes === undefined || !Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes('"delegations"'))
      return [];
    const { delegations } = parseTargets(openMetadata(bytes, targetsLimitBytes).signed());
    return delegations?.roles.map(({ name }) => name) ?? [];
  } catch (error) {
    if (error instanceof TrustError) return []; // Damaged, and about to be replaced.
    throw error;
  }
}

/** 5.2 */
function openRoot(store: MetadataStore, now: EpochMs): TrustedSet {
  const bytes = store.read('root.json');
  if (bytes === undefined) throw new TrustError('no-trusted-root', 'the store has no root');
  return openStored(bytes, now);
}

function openStored(bytes: Uint8Array, now: EpochMs): TrustedSet {
  try {
    return new TrustedSet(bytes, now);
  } catch (error) {
    if (!(error instanceof TrustError)) throw error;
    throw new TrustError('trust-store-damaged', `the stored root.json is not good: ${error.message}`, { cause: error });
  }
}

/** 5.3 */
async function updateRoot(trusted: TrustedSet, deps: RefreshDeps, signal: AbortSignal): Promise<void> {
  const { store } = deps;
  for (let steps = 0; ; steps++) {
    signal.throwIfAborted();
    const name = `${trusted.root.version + 1}.root.json`;
    const bytes = await deps.fetch(name, rootLimitBytes, signal); // 5.3.3
    if (bytes === undefined) break;
    // Going on with a root that is not the newest could trust keys that were revoked since.
    if (steps === rootStepLimit) throw new TrustError('too-many-roots', `${name} would be one more than ${steps}`);
    const { step, rotated } = trusted.updateRoot(bytes);
    if (step === 'same') break;
    store.write('root.json', bytes); // 5.3.8
    // 5.3.11 for each step and not only between the first and the last root: were it put off until 5.3.10 is passed, an
    // expired root would make the next refresh begin behind the rotation and never see it.
    if (rotated.size > 0) forget(store, rotated);
  }
  trusted.requireFreshRoot(); // 5.3.10
}

/** The file whose role was rotated goes last: it cannot verify any more, which tells `recallFloors` to finish this. */
function forget(store: MetadataStore, rotated: ReadonlySet<TopRole>): void {
  const order = rotated.has('snapshot') ? (['timestamp', 'snapshot'] as const) : (['snapshot', 'timestamp'] as const);
  for (const role of order) store.remove(`${role}.json`);
}

/** The versions that 5.4.3 and 5.5.5 compare with. Damaged files are fetched anew. */
function recallFloors(trusted: TrustedSet, store: MetadataStore): void {
  const standings = new Map<TopRole, Standing>();
  const stamp = store.read('timestamp.json');
  if (stamp !== undefined) standings.set('timestamp', trusted.recallTimestamp(stamp));
  const snapshot = store.read('snapshot.json');
  if (snapshot !== undefined) standings.set('snapshot', trusted.recallSnapshot(snapshot));
  const rotated = new Set([...standings].filter(([, standing]) => standing === 'rotated').map(([role]) => role));
  if (rotated.size > 0) {
    trusted.forgetOnlineRoles();
    forget(store, rotated);
    return;
  }
  if (standings.get('timestamp') === 'damaged') store.remove('timestamp.json');
  if (standings.get('snapshot') === 'damaged') store.remove('snapshot.json');
}

/** Whether a stored file may be used as it is. When not, it is fetched, and the reason shows there if it stays. */
function isStillGood(bytes: Uint8Array | undefined, use: (bytes: Uint8Array) => void): boolean {
  if (bytes === undefined) return false;
  try {
    use(bytes);
    return true;
  } catch (error) {
    if (error instanceof TrustError) return false;
    throw error;
  }
}

/** 5.5.1, 5.6.1: by version when snapshots are consistent, and no longer than it is listed to be. */
async function fetchListed(
  deps: RefreshDeps,
  name: TrustedName,
  listed: MetaFile,
  versioned: boolean,
  limitBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (listed.length !== undefined && listed.length > limitBytes) {
    throw new TrustError(
      'metadata-too-large',
      `${name} is listed with ${listed.length} bytes; the limit is ${limitBytes}`,
    );
  }
  const bytes = await fetchFile(
    deps,
    versioned ? `${listed.version}.${name}` : name,
    listed.length ?? limitBytes,
    signal,
  );
  if (bytes.length > limitBytes) throw new TrustError('metadata-too-large', `${name}: more than ${limitBytes} bytes`);
  return bytes;
}

async function fetchFile(
  deps: RefreshDeps,
  name: string,
  limitBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  signal.throwIfAborted();
  const bytes = await deps.fetch(name, limitBytes, signal);
  if (bytes === undefined) throw new TrustError('metadata-missing', `${name} is not in the repository`);
  return bytes;
}

/** What the store holds, as far as it belongs together and verifies. */
export interface StoredTrust {
  readonly root: Root | undefined;
  readonly timestamp: Timestamp | undefined;
  readonly snapshot: Snapshot | undefined;
  readonly targets: Targets | undefined;
  readonly delegated: ReadonlyMap<string, Targets>;
  /** Which of them have expired, by role; they are given all the same. */
  readonly expired: ReadonlySet<string>;
}

const neverExpired = Number.NEGATIVE_INFINITY as EpochMs;

/**
 * For display, and for what must go on without a network: verified against the stored root and one another, expiry not
 * refused. Fetches nothing and changes nothing. Never a ground to install: that takes `refreshRepository`.
 *
 * @throws {TrustError} `trust-store-damaged`.
 */
export function loadTrusted({ store, now }: { readonly store: MetadataStore; readonly now: EpochMs }): StoredTrust {
  const bytes = store.read('root.json');
  if (bytes === undefined) {
    const nothing = { root: undefined, timestamp: undefined, snapshot: undefined, targets: undefined };
    return { ...nothing, delegated: new Map(), expired: new Set() };
  }
  const trusted = openStored(bytes, neverExpired);
  if (isStillGood(store.read('timestamp.json'), (stamp) => trusted.updateTimestamp(stamp))) {
    if (isStillGood(store.read('snapshot.json'), (snapshot) => trusted.updateSnapshot(snapshot))) {
      isStillGood(store.read('targets.json'), (targets) => trusted.updateTargets(targets));
    }
  }
  const { root, timestamp, snapshot, targets } = trusted;
  const delegated = new Map<string, Targets>();
  for (const role of targets?.delegations?.roles ?? []) {
    const take = (file: Uint8Array): void => void delegated.set(role.name, trusted.updateDelegated(role, file));
    isStillGood(store.read(`${role.name}.json`), take);
  }
  const expired = new Set<string>();
  for (const [role, head] of [...Object.entries({ root, timestamp, snapshot, targets }), ...delegated]) {
    if (head !== undefined && head.expires <= now) expired.add(role);
  }
  return { root, timestamp, snapshot, targets, delegated, expired };
}

/**
 * The latest instant that the online roles have signed (`x-springline-signed-at` of the stored timestamp and snapshot):
 * it has come, whatever a clock says. Falls with the files of a role whose keys were rotated (5.3.11), and not otherwise.
 *
 * @throws {TrustError} `trust-store-damaged`.
 */
export function latestSigning(store: Pick<MetadataStore, 'read'>): EpochMs | undefined {
  const bytes = store.read('root.json');
  if (bytes === undefined) return undefined;
  const trusted = openStored(bytes, neverExpired);
  const [stamp, snapshot] = [store.read('timestamp.json'), store.read('snapshot.json')];
  if (stamp !== undefined) trusted.recallTimestamp(stamp);
  if (snapshot !== undefined) trusted.recallSnapshot(snapshot);
  return trusted.latestSigning;
}
