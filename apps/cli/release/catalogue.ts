/**
 * What the Image repository's targets say about releases, and what follows for the Director and for the disk: pure.
 * A release is current when its number is the
 * highest of its component and platform, on one of its channels.
 */
import { type ComponentFacts, parseReleaseFacts } from '@springline/auto-upgrade/release/release-facts';
import { compareVersions, formatVersion, parseVersion, type Version } from '@springline/auto-upgrade/release/version';
import type { TargetFile } from '@springline/tuf/metadata/targets';

export type TargetMap = ReadonlyMap<string, TargetFile>;

/** Releases that stay named in the Image repository, per component and platform: its history. */
const keptReleases = 100;
/** Releases whose files stay on disk, per component and platform: for agents that are on the way to one of them. */
const keptTransportsOf = 5;

export interface Release {
  readonly target: TargetFile;
  readonly facts: ComponentFacts;
}

/** The newest first, by component and platform. @throws {ReleaseError} `malformed-release-facts`. */
export function releasesIn(image: TargetMap): readonly Release[] {
  const releases: Release[] = [];
  for (const target of image.values()) {
    const facts = parseReleaseFacts(target.path, target.custom);
    if (facts.kind === 'component') releases.push({ target, facts });
  }
  return releases.sort((a, b) => compareText(lineOf(a), lineOf(b)) || b.facts.releaseNumber - a.facts.releaseNumber);
}

export function withoutRecalled(releases: readonly Release[], recalled: ReadonlySet<string>): readonly Release[] {
  return releases.filter(({ target }) => !recalled.has(target.hashes.get('sha256') ?? ''));
}

/**
 * What agents are asked to run: the newest release of each component and platform, and beside it the newest of those
 * that agents take by themselves and of those that may be downloaded, where the newest is not both.
 */
export function currentReleases(releases: readonly Release[]): ReadonlySet<Release> {
  const forAgents = releases.filter(({ facts }) => facts.channel.autoUpgrade);
  const forDownload = releases.filter(({ facts }) => facts.channel.download);
  return new Set([releases, forAgents, forDownload].flatMap((some) => newest(some, 1)));
}

/** The newest `count` releases of each component and platform. */
export function newest(releases: readonly Release[], count: number): readonly Release[] {
  const seen = new Map<string, number>();
  return releases.filter((release) => {
    const before = seen.get(lineOf(release)) ?? 0;
    seen.set(lineOf(release), before + 1);
    return before < count;
  });
}

/**
 * Exactly the current releases and the runtimes that they need; path, length and hashes alone (security rule S3).
 *
 * @param recalled digests of builds that are not to be named: the release before such a one is current again.
 * @param rolledOut digests of builds that hosts may be sent to beside the current ones.
 */
export function directorTargets(
  image: TargetMap,
  recalled: ReadonlySet<string> = new Set(),
  rolledOut: ReadonlySet<string> = new Set(),
): TargetMap {
  const releases = withoutRecalled(releasesIn(image), recalled);
  const current = currentReleases(releases);
  const named = releases.filter((each) => current.has(each) || rolledOut.has(each.target.hashes.get('sha256') ?? ''));
  return new Map(withRuntimes(image, named).map(({ path, length, hashes }) => [path, { path, length, hashes }]));
}

/** The Image repository's targets without the releases that are beyond its history. */
export function withinHistory(image: TargetMap): TargetMap {
  return new Map(withRuntimes(image, newest(releasesIn(image), keptReleases)).map((target) => [target.path, target]));
}

/**
 * Paths of the transports that stay on disk.
 *
 * @param named what the Director names: an older release may still be the one that agents take.
 */
export function keptTransports(image: TargetMap, named: ReadonlySet<string> = new Set()): ReadonlySet<string> {
  const releases = releasesIn(image);
  const newestOnes = new Set(newest(releases, keptTransportsOf));
  const kept = withRuntimes(
    image,
    releases.filter((release) => newestOnes.has(release) || named.has(release.target.path)),
  );
  return new Set(
    kept.flatMap(({ path, custom }) => parseReleaseFacts(path, custom).transports.map((transport) => transport.path)),
  );
}

/**
 * The version after `last`: its fourth field raised, but never below what the sources say.
 *
 * @param last `undefined` when the component was never published: then it is the sources' version.
 */
export function nextVersion(last: string | undefined, source: string): string {
  const ofSource = parseVersion(source);
  if (last === undefined) return formatVersion(ofSource);
  const [major, minor, build, revision] = parseVersion(last).fields;
  const raised: Version = { fields: [major, minor, build, revision + 1] };
  return formatVersion(compareVersions(ofSource, raised) > 0 ? ofSource : raised);
}

function withRuntimes(image: TargetMap, releases: readonly Release[]): readonly TargetFile[] {
  const runtimes = new Set(releases.map(({ facts }) => facts.runtime));
  const targets = releases.map(({ target }) => target);
  for (const path of runtimes) {
    const runtime = image.get(path);
    if (runtime !== undefined) targets.push(runtime);
  }
  return targets;
}

function lineOf({ facts }: Release): string {
  return `${facts.component} ${facts.platform}`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
