/**
 * Signs both repositories and commits them in one step: new targets where there are some, and whatever is due by the
 * clock. Before the commit everything is read back as a client would read it, and the two repositories are held
 * against each other: what agents would refuse is never published.
 */
import type { Clock, EpochMs } from '@springline/ports/clock';
import { agreedTarget } from '@springline/tuf/agreement';
import type { JsonValue } from '@springline/tuf/canonical-json';
import { TrustError } from '@springline/tuf/error';
import type { Root } from '@springline/tuf/metadata/root';
import {
  makeRoot,
  type Published,
  publish,
  type RolePlan,
  readPublished,
  type SignedFile,
} from '@springline/tuf/repository/publish';
import type { TargetMap } from './catalogue.ts';
import { PublishError } from './error.ts';
import type { KeyRing } from './key-ring.ts';
import { firstRoot } from './keys.ts';
import type { ReleaseLock } from './lock.ts';
import { type LastRelease, type PublishRecord, raised, readRecord, type Versions, writeRecord } from './record.ts';
import { keysHome, type RepositoryName, type RoleName, treeFolder } from './roles.ts';
import { dueOf, livesMs } from './schedule.ts';
import { type ReleaseTree, readMetadata } from './tree.ts';

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

/** New targets by repository, and the releases that are new among them. */
export interface NewTargets {
  readonly image: TargetMap;
  readonly director: TargetMap;
  readonly releases: ReadonlyMap<string, LastRelease>;
}

/** Names of the files that were signed, by repository; none where nothing was due. */
export type SignedNames = Readonly<Record<RepositoryName, readonly string[]>>;

/** What both repositories of a home say now. @throws {PublishError} `release-tree-damaged`. */
export function readRepositories(home: string): Repositories {
  try {
    return { image: readWith(home, 'image', []), director: readWith(home, 'director', []) };
  } catch (cause) {
    if (!(cause instanceof TrustError)) throw cause;
    throw new PublishError(
      'release-tree-damaged',
      `${treeFolder(home)} is damaged: ${cause.message}. Move it away: it is made again under the same roots, and agents go on.`,
      { cause },
    );
  }
}

/** Signs `targets`, if any, and everything that is due; in one commit. */
export async function signRepositories(turn: Turn, targets?: NewTargets): Promise<SignedNames> {
  const now = turn.clock.now();
  const recordFile = keysHome(turn.lock.home).record;
  const record = readRecord(recordFile);
  const before = readRepositories(turn.lock.home);
  const image = await signed(turn, 'image', before.image, { targets: targets?.image, record, now });
  const imageAfter = readWith(turn.lock.home, 'image', image);
  // The Director's timestamp names the Image's: it follows each of them.
  const hint =
    image.length > 0 || before.director.timestamp === undefined || dueOf('director', before.director, now).root
      ? hintOf(directorRootVersion(before.director, now), imageAfter)
      : undefined;
  const director = await signed(turn, 'director', before.director, { targets: targets?.director, record, now, hint });
  if (director.length === 0) return { image: [], director: [] };
  const directorAfter = readWith(turn.lock.home, 'director', director);
  for (const path of directorAfter.targets?.targets.keys() ?? []) {
    agreedTarget(imageAfter.targets!, directorAfter.targets!, path);
  }
  const versions = { image: versionsOf(imageAfter), director: versionsOf(directorAfter) };
  writeRecord(recordFile, raised(record, { versions, releases: targets?.releases ?? new Map() }));
  turn.tree.commit({
    image: [...missingRoot(turn, 'image'), ...image],
    director: [...missingRoot(turn, 'director'), ...director],
  });
  return { image: image.map(({ name }) => name), director: director.map(({ name }) => name) };
}

interface Signing {
  /** All targets from now on; `undefined` leaves them. */
  readonly targets: TargetMap | undefined;
  readonly record: PublishRecord;
  readonly now: EpochMs;
  /** New members of the timestamp, which is then signed even before it is due. */
  readonly hint?: Readonly<Record<string, JsonValue>> | undefined;
}

async function signed(
  { ring }: Turn,
  repository: RepositoryName,
  current: Published,
  { targets, record, now, hint }: Signing,
): Promise<readonly SignedFile[]> {
  const due = dueOf(repository, current, now);
  if (targets === undefined && hint === undefined && !due.timestamp) return [];
  const root = due.root ? [await nextRoot(ring, repository, current.root, now)] : [];
  const first: TargetMap | undefined = current.targets === undefined ? new Map() : undefined;
  const next = targets ?? first;
  const signsTargets = next !== undefined || due.renew.has('targets');
  const signsSnapshot = signsTargets || due.renew.has('snapshot');
  const signers = await ring.signers(repository, [
    ...(signsTargets ? (['targets'] as const) : []),
    ...(signsSnapshot ? (['snapshot'] as const) : []),
    'timestamp',
  ]);
  const lives = livesMs[repository];
  const end = (role: (typeof versionedRoles)[number]): EpochMs => (now + lives[role]) as EpochMs;
  const files = publish(
    current,
    {
      ...(next === undefined ? {} : { targets: next }),
      ...(hint === undefined ? {} : { timestampExtra: hint }),
      renew: due.renew,
    },
    signers,
    {
      now,
      expires: { targets: end('targets'), snapshot: end('snapshot'), timestamp: end('timestamp') },
      versionFloor: versionFloor(repository, current, record.versions[repository], now),
    },
  );
  return [...root, ...files];
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

/**
 * The Director's versions are minutes of the clock (security rule S8): even where record and tree are both lost they do
 * not fall. Any repository whose tree is behind the record goes on above the record.
 */
function versionFloor(repository: RepositoryName, current: Published, record: Versions, now: EpochMs): number {
  const isBehind = versionedRoles.some((role) => (current[role]?.version ?? 0) < record[role]);
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

/** Reads a repository as it will be with `files`; a root that the tree lost comes from beside the keys. */
function readWith(home: string, repository: RepositoryName, files: readonly SignedFile[]): Published {
  const fresh = new Map(files.map(({ name, bytes }) => [name, bytes]));
  return readPublished(
    (name) =>
      fresh.get(name) ??
      readMetadata(treeFolder(home), repository, name) ??
      (name === '1.root.json' ? firstRoot(keysHome(home), repository) : undefined),
  );
}

function missingRoot({ lock, tree }: Turn, repository: RepositoryName): readonly SignedFile[] {
  if (tree.read(repository, '1.root.json') !== undefined) return [];
  return [{ name: '1.root.json', bytes: firstRoot(keysHome(lock.home), repository) }];
}

function versionsOf({ targets, snapshot, timestamp }: Published): Versions {
  return { targets: targets?.version ?? 0, snapshot: snapshot?.version ?? 0, timestamp: timestamp?.version ?? 0 };
}
