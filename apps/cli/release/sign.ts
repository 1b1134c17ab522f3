/**
 * Signs both repositories and commits them in one step: new targets where there are some, and whatever is due by the
 * clock. Before the commit everything is read back as a client would read it, and the two repositories are held
 * against each other: what agents would refuse is never published.
 */
import { policyTargetPath } from '@springline/auto-upgrade/rollout/policy';
import type { Clock, EpochMs } from '@springline/ports/clock';
import { agreedTarget } from '@springline/tuf/agreement';
import type { JsonValue } from '@springline/tuf/canonical-json';
import { TrustError } from '@springline/tuf/error';
import { findTarget } from '@springline/tuf/find-target';
import type { Root } from '@springline/tuf/metadata/root';
import {
  type Change,
  type DelegatedPlan,
  makeRoot,
  type Published,
  publish,
  type RolePlan,
  readPublished,
  type SignedFile,
} from '@springline/tuf/repository/publish';
import type { TargetMap } from './catalogue.ts';
import {
  type ImageRole,
  imageRoles,
  imageTargets,
  isSameListing,
  type RecallsByComponent,
  recallsIn,
  targetsByRole,
} from './delegations.ts';
import { PublishError } from './error.ts';
import { firstRoot, readOwnMetadata } from './first-root.ts';
import type { KeyRing } from './key-ring.ts';
import { makeMissingKeys, plan } from './keys.ts';
import type { ReleaseLock } from './lock.ts';
import { type LastRelease, type PublishRecord, raised, readRecord, type Versions, writeRecord } from './record.ts';
import { keysHome, type RepositoryName, type RoleName, treeFolder } from './roles.ts';
import { delegatedLifeMs, dueOf, livesMs } from './schedule.ts';
import type { ReleaseTree } from './tree.ts';

const minuteMs = 60_000;
const versionedRoles = ['targets', 'snapshot', 'timestamp'] as const;

/** One writer's turn at the repositories of a home. */
export interface Turn {
  readonly lock: ReleaseLock;
  readonly tree: ReleaseTree;
  readonly ring: KeyRing;
  readonly clock: Clock;
}

export type Repositories = Readonly<Record<RepositoryName, Published>>;

/** What is to change; what is left out stays as it is. */
export interface NewTargets {
  /** All releases and runtimes from now on, by path. */
  readonly image?: TargetMap;
  /** All targets of the Director from now on. */
  readonly director?: TargetMap;
  /** The releases that are new among them. */
  readonly releases?: ReadonlyMap<string, LastRelease>;
  /** Builds to recall, beside those that are recalled already. */
  readonly recalls?: RecallsByComponent;
}

/** Names of the files that were signed, by repository; none where nothing was due. */
export type SignedNames = Readonly<Record<RepositoryName, readonly string[]>>;

/**
 * What both repositories of a home say now.
 *
 * @param signedBy `newest-root`: nothing is believed that only keys of an older root signed.
 * @throws {PublishError} `release-tree-damaged`, also when the tree begins with another root than the one beside the keys.
 */
export function readRepositories(home: string, signedBy?: 'newest-root'): Repositories {
  try {
    return { image: readWith(home, 'image', [], signedBy), director: readWith(home, 'director', [], signedBy) };
  } catch (cause) {
    if (!(cause instanceof TrustError)) throw cause;
    throw new PublishError(
      'release-tree-damaged',
      `${treeFolder(home)} is damaged: ${cause.message}. Move it away: it is made again under the same roots, and agents go on.`,
      { cause },
    );
  }
}

/**
 * Signs what is new, and everything that is due; in one commit. An Image repository from before there were delegated
 * roles is divided among them on the way.
 */
export async function signRepositories(turn: Turn, changes: NewTargets = {}): Promise<SignedNames> {
  const now = turn.clock.now();
  const recordFile = keysHome(turn.lock.home).record;
  const before = readRepositories(turn.lock.home);
  // Either may have been restored from a copy: a recall that one of them knows is never lost.
  const known = raised(readRecord(recordFile), { recalls: recallsIn(before.image) });
  const record = raised(known, { releases: changes.releases ?? new Map(), recalls: changes.recalls ?? new Map() });
  const imageChange = await imageChangeOf(turn, before.image, changes.image, record);
  const image = await signed(turn, 'image', before.image, { change: imageChange, record, now });
  const imageAfter = readWith(turn.lock.home, 'image', image);
  // The Director's timestamp names the Image's: it follows each of them.
  const hint =
    image.length > 0 || before.director.timestamp === undefined || dueOf('director', before.director, now).root
      ? hintOf(directorRootVersion(before.director, now), imageAfter)
      : undefined;
  const directorChange: Change = {
    ...(changes.director === undefined ? {} : { targets: changes.director }),
    ...(hint === undefined ? {} : { timestampExtra: hint }),
  };
  const director = await signed(turn, 'director', before.director, { change: directorChange, record, now });
  if (director.length === 0) return { image: [], director: [] };
  const directorAfter = readWith(turn.lock.home, 'director', director);
  requireAgreement(imageAfter, directorAfter);
  const versions = { image: versionsOf(imageAfter), director: versionsOf(directorAfter) };
  writeRecord(recordFile, raised(record, { versions }));
  turn.tree.commit({
    image: [...missingRoot(turn, 'image'), ...image],
    director: [...missingRoot(turn, 'director'), ...director],
  });
  return { image: image.map(({ name }) => name), director: director.map(({ name }) => name) };
}

/** What agents would refuse is never published. @throws {TrustError}; {ReleaseError} `malformed-recall`. */
function requireAgreement(image: Published, director: Published): void {
  recallsIn(image);
  const { targets, delegated } = image;
  for (const [path, wanted] of director.targets?.targets ?? []) {
    // The policy is the Director's own word.
    if (path === policyTargetPath) continue;
    const found = targets === undefined ? undefined : findTarget({ targets, delegated, refused: new Map() }, path);
    agreedTarget(found?.target, wanted, path);
  }
}

/** What the roles of the Image repository must be told to list `releases` (default: what they list) and all recalls. */
async function imageChangeOf(
  { lock, ring }: Turn,
  current: Published,
  releases: TargetMap | undefined,
  record: PublishRecord,
): Promise<Change> {
  const wanted = releases ?? imageTargets(current);
  const delegations = current.targets?.delegations;
  const named = [...wanted.keys()].map((path) => path.slice(0, path.indexOf('/')));
  const before = delegations?.roles.map(({ name }) => name) ?? [];
  const roles = imageRoles([...before, ...named, ...record.releases.keys()]);
  const delegated = new Map<string, TargetMap>();
  for (const [role, targets] of targetsByRole(roles, wanted, record.recalls)) {
    const listed = current.delegated.get(role)?.targets;
    if (listed === undefined || !isSameListing(targets, listed)) delegated.set(role, targets);
  }
  const isWhole = roles.length === before.length && current.targets?.targets.size === 0;
  if (isWhole) return { delegated };
  const isNew = ({ name }: ImageRole): boolean => !before.includes(name);
  await makeMissingKeys(
    lock,
    roles.filter(isNew).map(({ name }) => name),
    ring,
  );
  const plans = roles.map((role): DelegatedPlan => {
    const known = delegations?.roles.find(({ name }) => name === role.name);
    if (known === undefined) return { ...role, ...plan(keysHome(lock.home), 'image', role.name) };
    const keys = [...known.keyIds].flatMap((keyId) => delegations?.keys.get(keyId) ?? []);
    return { ...role, keys, threshold: known.threshold };
  });
  return { delegated, delegations: plans, targets: new Map() };
}

interface Signing {
  readonly change: Change;
  readonly record: PublishRecord;
  readonly now: EpochMs;
}

/** Nothing when nothing changes and nothing is due. */
async function signed(
  { ring }: Turn,
  repository: RepositoryName,
  current: Published,
  { change, record, now }: Signing,
): Promise<readonly SignedFile[]> {
  const due = dueOf(repository, current, now);
  const isBehind = isBehindRecord(current, record.versions[repository]);
  const { targets, delegations, delegated, timestampExtra } = change;
  const isChanged = [targets, delegations, timestampExtra].some((part) => part !== undefined);
  if (!isChanged && (delegated?.size ?? 0) === 0 && !due.timestamp && !isBehind) return [];
  const root = due.root ? [await nextRoot(ring, repository, current.root, now)] : [];
  // An old copy of the tree: agents have seen higher versions of every role.
  const renew = isBehind ? new Set([...due.renew, 'targets', 'snapshot', ...current.delegated.keys()]) : due.renew;
  const next: Change = { ...(current.targets === undefined ? { targets: new Map() } : {}), ...change, renew };
  const lives = livesMs[repository];
  const end = (lifeMs: number): EpochMs => (now + lifeMs) as EpochMs;
  const files = publish(current, next, await ring.signers(repository, signingRoles(current, next)), {
    now,
    expires: {
      targets: end(lives.targets),
      snapshot: end(lives.snapshot),
      timestamp: end(lives.timestamp),
      delegated: (role) => end(delegatedLifeMs(role)),
    },
    versionFloor: versionFloor(repository, isBehind, record.versions[repository], now),
  });
  return [...root, ...files];
}

/** Whose keys are needed: only those are opened. */
function signingRoles(current: Published, { targets, delegations, delegated, renew }: Change): ReadonlySet<string> {
  const needed = new Set<string>(['timestamp', ...(delegated?.keys() ?? []), ...(renew ?? [])]);
  for (const { name } of delegations ?? []) if (!current.delegated.has(name)) needed.add(name);
  if (targets !== undefined || delegations !== undefined) needed.add('targets');
  if (needed.size > 1) needed.add('snapshot');
  return needed;
}

/** The same keys and thresholds for another life: what the root says about itself stays. */
async function nextRoot(ring: KeyRing, repository: RepositoryName, root: Root, now: EpochMs): Promise<SignedFile> {
  const planOf = (role: RoleName): RolePlan => {
    const { keyIds, threshold } = root.roles[role];
    return { keys: [...keyIds].flatMap((keyId) => root.keys.get(keyId) ?? []), threshold };
  };
  const plans = {
    root: planOf('root'),
    targets: planOf('targets'),
    snapshot: planOf('snapshot'),
    timestamp: planOf('timestamp'),
  };
  const expires = (now + livesMs[repository].root) as EpochMs;
  const extra = Object.fromEntries(root.extra);
  const signer = await ring.signer(repository, 'root');
  return makeRoot({ version: root.version + 1, roles: plans, expires, now, extra }, [signer]);
}

function isBehindRecord(current: Published, record: Versions): boolean {
  return versionedRoles.some((role) => (current[role]?.version ?? 0) < record[role]);
}

/**
 * The Director's versions are minutes of the clock (security rule S8): even where record and tree are both lost they do
 * not fall. Any repository whose tree is behind the record goes on above the record; so do delegated roles, whose
 * versions are never above the snapshot's.
 */
function versionFloor(repository: RepositoryName, isBehind: boolean, record: Versions, now: EpochMs): number {
  const aboveRecord = isBehind ? Math.max(...versionedRoles.map((role) => record[role])) + 1 : 1;
  return repository === 'director' ? Math.max(aboveRecord, Math.floor(now / minuteMs)) : aboveRecord;
}

/** What lets an agent see with one small request that something is new. It may cause a look, and never prevents one. */
function hintOf(directorRoot: number, image: Published): Readonly<Record<string, JsonValue>> {
  return {
    'x-springline-root': directorRoot,
    'x-springline-image': { root: image.root.version, timestamp: image.timestamp!.version },
  };
}

/** As it will be after this signing. */
function directorRootVersion(director: Published, now: EpochMs): number {
  return director.root.version + (dueOf('director', director, now).root ? 1 : 0);
}

/** Reads a repository as it will be with `files`, under the first root beside the keys. */
function readWith(
  home: string,
  repository: RepositoryName,
  files: readonly SignedFile[],
  signedBy?: 'newest-root',
): Published {
  const fresh = new Map(files.map(({ name, bytes }) => [name, bytes]));
  return readPublished((name) => fresh.get(name) ?? readOwnMetadata(home, repository, name), signedBy);
}

function missingRoot({ lock, tree }: Turn, repository: RepositoryName): readonly SignedFile[] {
  if (tree.read(repository, '1.root.json') !== undefined) return [];
  return [{ name: '1.root.json', bytes: firstRoot(keysHome(lock.home), repository) }];
}

function versionsOf({ targets, snapshot, timestamp }: Published): Versions {
  return { targets: targets?.version ?? 0, snapshot: snapshot?.version ?? 0, timestamp: timestamp?.version ?? 0 };
}
