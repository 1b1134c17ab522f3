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
import type { TopRole } from '../metadata/head.ts';
import {
  rootLimitBytes,
  rootStepLimit,
  snapshotLimitBytes,
  targetsLimitBytes,
  timestampLimitBytes,
} from '../metadata/limits.ts';
import type { MetaFile } from '../metadata/meta-file.ts';
import type { Root } from '../metadata/root.ts';
import { type Snapshot, targetsEntry } from '../metadata/snapshot.ts';
import type { Targets } from '../metadata/targets.ts';
import type { Timestamp } from '../metadata/timestamp.ts';
import { readOwnRoot, type Standing, TrustedSet } from './trusted-set.ts';

export type TrustedName = 'root.json' | 'timestamp.json' | 'snapshot.json' | 'targets.json';

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
}

/**
 * TUF 5.2 to 5.6, whole.
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
    store.write('targets.json', bytes); // 5.6.6
  }
  const { root, targets } = trusted;
  if (targets === undefined) throw new Error('the targets were just trusted');
  return { root, timestamp, snapshot, targets };
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
  name: 'snapshot.json' | 'targets.json',
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
  /** Which of them have expired; they are given all the same. */
  readonly expired: ReadonlySet<TopRole>;
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
    return { root: undefined, timestamp: undefined, snapshot: undefined, targets: undefined, expired: new Set() };
  }
  const trusted = openStored(bytes, neverExpired);
  if (isStillGood(store.read('timestamp.json'), (stamp) => trusted.updateTimestamp(stamp))) {
    if (isStillGood(store.read('snapshot.json'), (snapshot) => trusted.updateSnapshot(snapshot))) {
      isStillGood(store.read('targets.json'), (targets) => trusted.updateTargets(targets));
    }
  }
  const { root, timestamp, snapshot, targets } = trusted;
  const expired = new Set<TopRole>();
  for (const [role, head] of Object.entries({ root, timestamp, snapshot, targets })) {
    if (head !== undefined && head.expires <= now) expired.add(role as TopRole);
  }
  return { root, timestamp, snapshot, targets, expired };
}
