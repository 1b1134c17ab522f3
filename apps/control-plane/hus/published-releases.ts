/**
 * The releases that the Image repository of this home publishes, for people to look at. Signatures are not checked
 * here: nothing is installed by what this page says, and agents verify for themselves. So what cannot be read is left
 * out, and said.
 */
import { type ReleaseView, releaseView } from '@springline/api/shapes/auto-upgrade';
import { parseRecalls } from '@springline/auto-upgrade/release/recall-statement';
import { type ComponentFacts, parseReleaseFacts } from '@springline/auto-upgrade/release/release-facts';
import type { Component, Platform } from '@springline/auto-upgrade/release/target-path';
import { compareVersions, parseVersion } from '@springline/auto-upgrade/release/version';
import type { EpochMs } from '@springline/ports/clock';
import { openPlainFile } from '../repository/plain-file.ts';

export interface ReleaseList {
  /** By component, newest first. */
  readonly releases: readonly ReleaseView[];
  /** One for each platform of a release. */
  readonly targets: readonly PublishedTarget[];
  /** Why releases may be missing, in a sentence. */
  readonly problem?: string;
}

export interface PublishedTarget {
  readonly component: Component;
  readonly version: string;
  readonly releaseNumber: number;
  readonly platform: Platform;
  /** Of the archive, hex. */
  readonly sha256: string;
  readonly publishedAt: EpochMs;
  /** How fast it may spread at most; 1,000,000 is no limit, 0 lets nobody have it. */
  readonly maxRampPpmPerHour: number;
  readonly isForDownload: boolean;
  readonly isForAutoUpgrade: boolean;
  readonly isRecalled: boolean;
  readonly recall?: Recall;
  readonly isDeliberatelyBroken: boolean;
  /** Hosts below `below` are to come to this release or a later one from `from` on. */
  readonly floor?: { readonly below: string; readonly from: EpochMs };
}

/** A build that its publisher called back: for ever. */
export interface Recall {
  /** 1 to 500 characters. */
  readonly reason: string;
  readonly recalledAt: EpochMs;
}

/** The recall of a release that has these digests, on whichever platform. */
export function recallOf(
  digests: Iterable<string>,
  targets: readonly Pick<PublishedTarget, 'sha256' | 'recall'>[],
): Recall | undefined {
  const wanted = new Set(digests);
  return targets.find(({ sha256, recall }) => recall !== undefined && wanted.has(sha256))?.recall;
}

/** As the clients of the repository bound them. */
const limitBytes = { timestamp: 16 * 1024, snapshot: 2 * 1024 * 1024, targets: 64 * 1024 * 1024 } as const;
/** The newest of each component. */
const releasesPerComponentLimit = 100;
const problemLimit = 500;
const rolesLimit = 33;
const recallPath = /^recall\/([a-z-]{1,64})\.json$/;
const nothing: ReleaseList = { releases: [], targets: [] };

class UnreadableError extends Error {}

export class PublishedReleases {
  readonly #folder: string;
  #known: { readonly mark: string; readonly list: ReleaseList } | undefined;

  /** `folder` holds `image/`. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Reads the targets only when they changed. Does not throw for what is in the files. */
  async list(): Promise<ReleaseList> {
    try {
      const timestamp = await this.#json('timestamp.json', limitBytes.timestamp);
      if (timestamp === undefined) return nothing;
      const snapshotName = `${versionOf(timestamp.json, 'snapshot.json')}.snapshot.json`;
      const snapshot = await this.#json(snapshotName, limitBytes.snapshot, this.#known?.mark);
      if (snapshot === undefined) throw new UnreadableError(`${snapshotName} is missing`);
      if (snapshot === 'unchanged') return this.#known!.list;
      const list = releasesIn(await this.#targets(snapshot.json));
      this.#known = { mark: snapshot.mark, list };
      return list;
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      return { ...nothing, problem: sentence(error.message) };
    }
  }

  /** Of the top-level role and of those that it delegates to: one for each component. */
  async #targets(snapshot: unknown): Promise<readonly unknown[]> {
    // Always there, also when nothing lies in it any more.
    versionOf(snapshot, 'targets.json');
    const names = Object.keys(field(field(snapshot, 'signed'), 'meta') as object)
      .filter((name) => /^[a-z][a-z0-9.-]{0,62}\.json$/.test(name))
      .slice(0, rolesLimit);
    const metadata: unknown[] = [];
    for (const name of names) {
      const file = `${versionOf(snapshot, name)}.${name}`;
      const read = await this.#json(file, limitBytes.targets);
      if (read === undefined) throw new UnreadableError(`${file} is missing`);
      metadata.push(read.json);
    }
    return metadata;
  }

  #json(name: string, limit: number): Promise<{ json: unknown; mark: string } | undefined>;
  #json(
    name: string,
    limit: number,
    known: string | undefined,
  ): Promise<{ json: unknown; mark: string } | 'unchanged' | undefined>;
  async #json(name: string, limit: number, known?: string) {
    const file = await openPlainFile(this.#folder, ['image', 'metadata', name]);
    if (file === undefined) return undefined;
    try {
      const mark = `${name} ${file.mark}`;
      if (mark === known) return 'unchanged';
      if (file.sizeBytes > limit) throw new UnreadableError(`${name} is larger than ${limit} bytes`);
      return { mark, json: parseJson(name, await file.handle.readFile('utf8')) };
    } finally {
      await file.handle.close();
    }
  }
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UnreadableError(`${name} is no JSON`, { cause });
  }
}

/** The version under which a metadata file names another (TUF 4.4, 4.6). */
function versionOf(metadata: unknown, name: string): number {
  const version = field(field(field(field(metadata, 'signed'), 'meta'), name), 'version');
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1) {
    throw new UnreadableError(`the version of ${name} is missing`);
  }
  return version;
}

function releasesIn(roles: readonly unknown[]): ReleaseList {
  const viewByName = new Map<string, ReleaseView>();
  const targets: PublishedTarget[] = [];
  const problems: string[] = [];
  const entries = roles.flatMap(targetsOf);
  const recalls = new Map(entries.flatMap(([path, target]) => recalledIn(path, target, problems)));
  for (const [path, target] of entries) {
    if (recallPath.test(path)) continue;
    try {
      const facts = parseReleaseFacts(path, customOf(target));
      if (facts.kind !== 'component') continue;
      const sha256 = field(field(target, 'hashes'), 'sha256');
      const published = typeof sha256 === 'string' ? publishedTarget(facts, sha256, recalls.get(sha256)) : undefined;
      if (published !== undefined) targets.push(published);
      // Releases for several platforms are one release.
      const name = `${facts.component} ${facts.version}`;
      viewByName.set(name, viewOf(facts, published, field(target, 'length'), viewByName.get(name)));
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  const byComponent = Map.groupBy(viewByName.values(), ({ component }) => component);
  const releases = [...byComponent]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, views]) => views.toSorted(newestFirst).slice(0, releasesPerComponentLimit));
  if (problems.length === 0) return { releases, targets };
  const problem = sentence(`${problems.length} targets cannot be read, the first: ${problems[0]}`);
  return { releases, targets, problem };
}

function publishedTarget(facts: ComponentFacts, sha256: string, recall: Recall | undefined): PublishedTarget {
  const { component, version, releaseNumber, platform, publishedAt, channel, floor } = facts;
  return {
    ...{ component, version, releaseNumber, platform, sha256, isRecalled: recall !== undefined },
    ...(recall === undefined ? {} : { recall }),
    publishedAt: Date.parse(publishedAt) as EpochMs,
    maxRampPpmPerHour: facts.maxRampPpmPerHour,
    isForDownload: channel.download,
    isForAutoUpgrade: channel.autoUpgrade,
    isDeliberatelyBroken: facts.deliberatelyBroken !== undefined,
    ...(floor === undefined ? {} : { floor: { below: floor.below, from: Date.parse(floor.from) as EpochMs } }),
  };
}

/** Builds that the target of a recall role calls back, by digest; none for other targets. */
function recalledIn(path: string, target: unknown, problems: string[]): readonly [string, Recall][] {
  const [, component] = recallPath.exec(path) ?? [];
  if (component === undefined) return [];
  try {
    return parseRecalls(component, customOf(target)).map(({ sha256, reason, recalledAt }) => [
      sha256,
      { reason, recalledAt: Date.parse(recalledAt) as EpochMs },
    ]);
  } catch (error) {
    problems.push((error as Error).message);
    return [];
  }
}

function customOf(target: unknown): Parameters<typeof parseReleaseFacts>[1] {
  return field(target, 'custom') as Parameters<typeof parseReleaseFacts>[1];
}

function targetsOf(metadata: unknown): [string, unknown][] {
  const targets = field(field(metadata, 'signed'), 'targets');
  if (typeof targets !== 'object' || targets === null) throw new UnreadableError('the targets are missing');
  return Object.entries(targets);
}

/**
 * One release as it is known by one more of its platforms: the strictest word of them counts.
 *
 * @throws {ZodError} for what the answer cannot carry.
 */
function viewOf(
  facts: ComponentFacts,
  published: PublishedTarget | undefined,
  sizeBytes: unknown,
  before: ReleaseView | undefined,
) {
  const { component, version, releaseNumber, publishedAt, notes, deliberatelyBroken, platform } = facts;
  const targets = { ...before?.targets, ...(published === undefined ? {} : { [platform]: published.sha256 }) };
  const floor =
    facts.floor === undefined ? before?.floor : { ...facts.floor, from: new Date(facts.floor.from).toISOString() };
  const sizes = { ...before?.sizes, ...(sizeBytes === undefined ? {} : { [platform]: sizeBytes }) };
  return releaseView.parse({
    ...{ component, version, releaseNumber, publishedAt, notes, deliberatelyBroken, targets, sizes, floor },
    isRecalled: before?.isRecalled === true || published?.isRecalled === true,
    isForAutoUpgrade: before?.isForAutoUpgrade !== false && facts.channel.autoUpgrade,
    maxRampPpmPerHour: Math.min(before?.maxRampPpmPerHour ?? facts.maxRampPpmPerHour, facts.maxRampPpmPerHour),
  });
}

function newestFirst(a: ReleaseView, b: ReleaseView): number {
  return b.releaseNumber - a.releaseNumber || compareVersions(parseVersion(b.version), parseVersion(a.version));
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

function sentence(text: string): string {
  return `the Image repository: ${text}`.slice(0, problemLimit);
}
