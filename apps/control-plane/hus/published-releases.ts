/**
 * The releases that the Image repository of this home publishes, for people to look at. Signatures are not checked
 * here: nothing is installed by what this page says, and agents verify for themselves. So what cannot be read is left
 * out, and said.
 */
import { type ReleaseView, releaseView } from '@springline/api/shapes/auto-upgrade';
import { type ComponentFacts, parseReleaseFacts } from '@springline/auto-upgrade/release/release-facts';
import { compareVersions, parseVersion } from '@springline/auto-upgrade/release/version';
import { openPlainFile } from '../repository/plain-file.ts';

export interface ReleaseList {
  /** By component, newest first. */
  readonly releases: readonly ReleaseView[];
  /** Why releases may be missing, in a sentence. */
  readonly problem?: string;
}

/** As the clients of the repository bound them. */
const limitBytes = { timestamp: 16 * 1024, snapshot: 2 * 1024 * 1024, targets: 64 * 1024 * 1024 } as const;
/** The newest of each component. */
const releasesPerComponentLimit = 100;
const problemLimit = 500;

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
      if (timestamp === undefined) return { releases: [] };
      const snapshotName = `${versionOf(timestamp.json, 'snapshot.json')}.snapshot.json`;
      const snapshot = await this.#json(snapshotName, limitBytes.snapshot);
      if (snapshot === undefined) throw new UnreadableError(`${snapshotName} is missing`);
      const targetsName = `${versionOf(snapshot.json, 'targets.json')}.targets.json`;
      const targets = await this.#json(targetsName, limitBytes.targets, this.#known?.mark);
      if (targets === undefined) throw new UnreadableError(`${targetsName} is missing`);
      if (targets === 'unchanged') return this.#known!.list;
      const list = releasesIn(targets.json);
      this.#known = { mark: targets.mark, list };
      return list;
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      return { releases: [], problem: sentence(error.message) };
    }
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

function releasesIn(metadata: unknown): ReleaseList {
  const targets = field(field(metadata, 'signed'), 'targets');
  if (typeof targets !== 'object' || targets === null) throw new UnreadableError('the targets are missing');
  const viewByName = new Map<string, ReleaseView>();
  const problems: string[] = [];
  for (const [path, target] of Object.entries(targets)) {
    try {
      const facts = parseReleaseFacts(path, field(target, 'custom') as Parameters<typeof parseReleaseFacts>[1]);
      // Releases for several platforms are one release.
      if (facts.kind === 'component') viewByName.set(`${facts.component} ${facts.version}`, viewOf(facts));
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  const byComponent = Map.groupBy(viewByName.values(), ({ component }) => component);
  const releases = [...byComponent]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, views]) => views.toSorted(newestFirst).slice(0, releasesPerComponentLimit));
  if (problems.length === 0) return { releases };
  return { releases, problem: sentence(`${problems.length} targets cannot be read, the first: ${problems[0]}`) };
}

/** @throws {ZodError} for what the answer cannot carry. */
function viewOf({ component, version, releaseNumber, publishedAt, notes, deliberatelyBroken }: ComponentFacts) {
  return releaseView.parse({ component, version, releaseNumber, publishedAt, notes, deliberatelyBroken });
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
