/**
 * Publishes releases: packs what was built, names it in both repositories and commits that in one step. The plan is
 * made first and can be shown; the release numbers and versions that it gives out are recorded beside the keys.
 */
import { existsSync } from 'node:fs';
import { version as sourceVersion } from '@springline/agent/version';
import {
  type ComponentFacts,
  type DeliberateBreak,
  fullTransportPath,
  releaseFactsJson,
} from '@springline/auto-upgrade/release/release-facts';
import {
  type Component,
  componentTargetPath,
  type Platform,
  runtimeTargetPath,
} from '@springline/auto-upgrade/release/target-path';
import { compareVersions, parseVersion } from '@springline/auto-upgrade/release/version';
import { policyTargetPath } from '@springline/auto-upgrade/rollout/policy';
import { type Clock, type EpochMs, systemClock } from '@springline/ports/clock';
import { scenarioField } from '@springline/ports/scenario';
import type { JsonValue } from '@springline/tuf/canonical-json';
import type { TargetFile } from '@springline/tuf/metadata/targets';
import { followBridges } from '../pks/sign.ts';
import { type Bundle, brokenBundle, isExample, readBundles, stateSchemas } from './bundles.ts';
import {
  directorTargets,
  keptTransports,
  newest,
  nextVersion,
  type Release,
  releasesIn,
  type TargetMap,
  withinHistory,
} from './catalogue.ts';
import { imageTargets, joinedRecalls, recallsIn } from './delegations.ts';
import { PublishError } from './error.ts';
import { KeyRing } from './key-ring.ts';
import { requireKeys } from './keys.ts';
import { asOnlyWriter, type ReleaseLock } from './lock.ts';
import {
  bundleTreeHash,
  type PackedRuntime,
  packComponent,
  packRuntime,
  type RuntimeSource,
  releaseJson,
  type Say,
  thisRuntime,
} from './pack.ts';
import { type PublishedPolicy, publishedPolicy, releasesInPolicy } from './policy.ts';
import { profileField } from './profile.ts';
import { type LastRelease, type PublishRecord, readRecord } from './record.ts';
import { keysHome } from './roles.ts';
import { type Repositories, readRepositories, signRepositories, type Turn } from './sign.ts';
import { type ReleaseStatement, type StatedFacts, statedFacts, wholeVersion } from './statement.ts';
import { ReleaseTree } from './tree.ts';

/** Levels of zstd: small files for a release that is made once, quick ones at a start. */
export const releaseLevel = 19;
export const startLevel = 3;
const notesLimit = 4_000;

export interface PublishRequest extends ReleaseStatement {
  /** Folder with the built bundles. */
  readonly bundles: string;
  /** Default: all that are built. */
  readonly components?: readonly string[];
  readonly notes?: string;
  /** Breaks every component of the release, to show a roll-back. Development roots only. */
  readonly breakage?: DeliberateBreak;
  /** zstd level of the full files, 1 to 19. */
  readonly level: number;
  /** Default: the Node that runs this. */
  readonly runtime?: RuntimeSource;
}

export interface PlannedRelease {
  readonly component: Component;
  readonly platform: Platform;
  readonly version: string;
  readonly releaseNumber: number;
  /** The release before, if there is one. */
  readonly previousVersion: string | undefined;
  /** Target path. */
  readonly path: string;
  readonly files: readonly { readonly path: string; readonly sizeBytes: number }[];
  /** Target path of the runtime. */
  readonly runtime: string;
  /** What is signed about it beside its files. */
  readonly facts: StatedFacts;
}

export interface PublishedRelease extends PlannedRelease {
  /** Of the archive, which is what is signed. */
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly fullBytes: number;
  /** Of the patch from the release before. */
  readonly patchBytes: number | undefined;
}

/** What would be published; writes nothing. @throws as `publishRelease` does. */
export function planPublish(
  home: string,
  request: PublishRequest,
  clock: Clock = systemClock,
): readonly PlannedRelease[] {
  requireKeys(home);
  const known = knownOf(home, clock.now());
  return planReleases(known, request, prepared(request, known.repositories), runtimeOf(request)).map(
    ({ plan }) => plan,
  );
}

/** @throws {KeyError} without keys; {PublishError} when the request cannot be carried out; then nothing is visible. */
export function publishRelease(
  home: string,
  request: PublishRequest,
  say: Say = () => undefined,
): Promise<readonly PublishedRelease[]> {
  requireKeys(home);
  return asOnlyWriter(home, async (lock) => {
    const turn = openTurn(lock);
    const published = await publishIn(turn, request, say);
    await followBridges(home, turn.ring, turn.clock);
    return published;
  });
}

/**
 * Publishes what is built, as far as it differs from what is current. Takes some milliseconds when nothing does.
 *
 * @returns the new releases.
 */
export function ensurePublished(
  home: string,
  request: Pick<PublishRequest, 'bundles' | 'runtime'>,
  say: Say = () => undefined,
): Promise<readonly PublishedRelease[]> {
  return asOnlyWriter(home, (lock) => ensureIn(openTurn(lock), request, say));
}

/** The same within a turn that is held already. */
export async function ensureIn(
  turn: Turn,
  request: Pick<PublishRequest, 'bundles' | 'runtime'>,
  say: Say,
): Promise<readonly PublishedRelease[]> {
  const source = runtimeOf(request);
  const runtime = await packRuntime(source, say);
  const targets = imageTargets(readRepositories(turn.lock.home).image);
  const isCurrentRuntime = targets.get(runtime.path)?.hashes.get('sha256') === runtime.sha256;
  const changed = readBundles(request.bundles)
    .filter((bundle) => !isCurrentRuntime || !isCurrent(turn.tree, targets, bundle, runtime))
    .map(({ component }) => component);
  // The file may have been removed from under a tree that names it.
  if (isCurrentRuntime) turn.tree.linkTransport(fullTransportPath(runtime.path), runtime.file);
  if (changed.length === 0) return [];
  return publishIn(turn, { ...request, components: changed, level: startLevel }, say);
}

/** Begins a turn; needs keys only when something is signed. */
export function openTurn(lock: ReleaseLock, ring = new KeyRing(lock.home), clock: Clock = systemClock): Turn {
  return { lock, tree: ReleaseTree.open(lock), ring, clock };
}

async function publishIn(turn: Turn, request: PublishRequest, say: Say): Promise<readonly PublishedRelease[]> {
  const known = knownOf(turn.lock.home, turn.clock.now());
  const { repositories, record } = known;
  const source = runtimeOf(request);
  const planned = planReleases(known, request, prepared(request, repositories), source);
  const runtime = await packRuntime(source, say);
  turn.tree.linkTransport(fullTransportPath(runtime.path), runtime.file);
  const publishedAt = new Date(known.now).toISOString();
  const targets = new Map(imageTargets(repositories.image));
  targets.set(runtime.path, runtimeTarget(runtime));
  const published: PublishedRelease[] = [];
  for (const { plan, bundle, previous } of planned) {
    const { component, version, releaseNumber, platform, path } = plan;
    const naming = { component, version, releaseNumber, stateSchema: stateSchemas[component] };
    const content = { bundle, release: releaseJson(naming), level: request.level, previous: previous?.target };
    const packed = await packComponent(turn.tree, path, content, (where) => say(`${component} ${version}: ${where}`));
    const facts: ComponentFacts = {
      kind: 'component',
      ...naming,
      platform,
      runtime: runtime.path,
      treeHash: packed.treeHash,
      transports: packed.transports,
      publishedAt,
      ...plan.facts,
      ...(request.notes === undefined ? {} : { notes: request.notes }),
      ...(request.breakage === undefined ? {} : { deliberatelyBroken: request.breakage }),
    };
    targets.set(path, target(path, packed, releaseFactsJson(facts)));
    const bytesOf = (kind: 'full' | 'patch'): number | undefined =>
      packed.transports.find((transport) => transport.kind === kind)?.length;
    published.push({
      ...plan,
      sha256: packed.sha256,
      sizeBytes: packed.length,
      fullBytes: bytesOf('full') ?? 0,
      patchBytes: bytesOf('patch'),
    });
  }
  say('signing');
  const image = withinHistory(targets);
  const releases = new Map(
    published.map(({ component, releaseNumber, version }) => [component, { releaseNumber, version }]),
  );
  const policy = publishedPolicy(turn.lock.home, repositories);
  const director = nextDirectorTargets(image, recalledIn(repositories, record), policy);
  await signRepositories(turn, { image, director, releases });
  turn.tree.clean(keptTransports(image, new Set(director.keys())));
  return published;
}

interface Planned {
  readonly plan: PlannedRelease;
  readonly bundle: Bundle;
  readonly previous: Release | undefined;
}

interface Known {
  readonly repositories: Repositories;
  readonly record: PublishRecord;
  readonly now: EpochMs;
}

function knownOf(home: string, now: EpochMs): Known {
  return { repositories: readRepositories(home), record: readRecord(keysHome(home).record), now };
}

/** Numbers, versions and what is said about them; the same for a dry run and for the real one. */
function planReleases(
  { repositories, record, now }: Known,
  request: PublishRequest,
  bundles: readonly Bundle[],
  { version: runtimeVersion, platform }: RuntimeSource,
): readonly Planned[] {
  const releases = releasesIn(imageTargets(repositories.image));
  const isDevelopment = isOfDevelopment(repositories);
  return bundles.map((bundle) => {
    const { component, files } = bundle;
    const own = releases.filter(({ facts }) => facts.component === component).map(({ facts }) => facts);
    const last = lastRelease(own, record, component);
    const previous = newest(releases, 1).find(
      ({ facts }) => facts.component === component && facts.platform === platform,
    );
    const version =
      request.version === undefined
        ? nextVersion(highestVersion([...own, ...(last === undefined ? [] : [last])]), sourceVersion)
        : wholeVersion(request.version);
    const lastReleaseNumber = last?.releaseNumber ?? 0;
    const releaseNumber = request.releaseNumber ?? lastReleaseNumber + 1;
    const plan: PlannedRelease = {
      ...{ component, platform, version, releaseNumber },
      previousVersion: previous?.facts.version,
      path: componentTargetPath({ component, version, platform }),
      files: files.map(({ path, bytes }) => ({ path, sizeBytes: bytes.length })),
      runtime: runtimeTargetPath({ version: runtimeVersion, platform }),
      facts: statedFacts(request, {
        ...{ component, version, releaseNumber, now, isDevelopment, lastReleaseNumber },
        publishedBefore: own,
      }),
    };
    return { plan, bundle, previous };
  });
}

/** By version and not by number: a release may have led hosts back on purpose. */
function highestVersion(known: readonly { readonly version: string }[]): string | undefined {
  const versions = known.map(({ version }) => version);
  return versions.toSorted((a, b) => compareVersions(parseVersion(b), parseVersion(a)))[0];
}

/** By the record or by the tree, whichever is further: either may have been restored. */
function lastRelease(
  own: readonly LastRelease[],
  record: PublishRecord,
  component: Component,
): LastRelease | undefined {
  const known = record.releases.get(component);
  return own.reduce((a, b) => (a !== undefined && a.releaseNumber >= b.releaseNumber ? a : b), known);
}

/** The bundles as they will be packed. @throws {PublishError} when the request must not be carried out. */
function prepared(request: PublishRequest, repositories: Repositories): readonly Bundle[] {
  const { breakage, notes } = request;
  if (notes !== undefined && notes.length > notesLimit) {
    throw new PublishError('release-notes-too-long', `the notes are longer than ${notesLimit} characters`);
  }
  const bundles = readBundles(request.bundles, request.components);
  requireOneComponent(request, bundles);
  if (bundles.some(isExample) && !isOfScenario(repositories)) {
    throw new PublishError(
      'release-source-unusable',
      `${request.bundles} holds an example build of a scenario, which no other home publishes`,
    );
  }
  if (breakage === undefined) return bundles;
  if (!isOfDevelopment(repositories)) {
    throw new PublishError(
      'release-break-refused',
      'only a repository of the development profile takes a release that is broken on purpose',
    );
  }
  return bundles.map((bundle) => brokenBundle(bundle, breakage));
}

function isOfScenario({ image, director }: Repositories): boolean {
  return [image, director].every(({ root }) => root.extra.has(scenarioField));
}

/** A version, a floor or a carrier is that of one component: said of several at once it is a slip. */
function requireOneComponent(
  { version, releaseNumber, floor, carriedBy, needs }: ReleaseStatement,
  bundles: readonly Bundle[],
): void {
  const said = Object.entries({ version, 'release number': releaseNumber, floor, carrier: carriedBy, need: needs });
  const [what] = said.find(([, value]) => value !== undefined) ?? [];
  if (what === undefined || bundles.length === 1) return;
  throw new PublishError(
    'release-facts-contradict',
    `a ${what} is said of one component, and ${bundles.map(({ component }) => component).join(', ')} would be published. Name one with --component.`,
  );
}

function isOfDevelopment({ image, director }: Repositories): boolean {
  return [image, director].every(({ root }) => root.extra.get(profileField) === 'development');
}

/** Current release, same files, same runtime, and its full file is there. */
function isCurrent(tree: ReleaseTree, targets: TargetMap, bundle: Bundle, runtime: PackedRuntime): boolean {
  const current = newest(releasesIn(targets), 1).find(
    ({ facts }) => facts.component === bundle.component && facts.platform === runtime.facts.platform,
  );
  if (current === undefined) return false;
  const { target: found, facts } = current;
  return (
    facts.treeHash === bundleTreeHash(bundle, releaseJson(facts)) &&
    facts.stateSchema === stateSchemas[bundle.component] &&
    facts.runtime === runtime.path &&
    existsSync(tree.transportFile(fullTransportPath(found.path)))
  );
}

/** What the Director names for this Image repository: what is current, what a rollout is about, and the policy. */
export function nextDirectorTargets(
  image: TargetMap,
  recalled: ReadonlySet<string>,
  policy: PublishedPolicy | undefined,
): TargetMap {
  if (policy === undefined) return directorTargets(image, recalled);
  const named = directorTargets(image, recalled, releasesInPolicy(policy.policy));
  return new Map([...named, [policyTargetPath, policy.target]]);
}

/** Digests of all builds that were recalled. */
export function recalledIn({ image }: Repositories, record: PublishRecord): ReadonlySet<string> {
  const all = joinedRecalls(record.recalls, recallsIn(image));
  return new Set([...all.values()].flatMap((builds) => builds.map(({ sha256 }) => sha256)));
}

function runtimeTarget(runtime: PackedRuntime): TargetFile {
  return target(runtime.path, runtime, releaseFactsJson(runtime.facts));
}

function target(path: string, { length, sha256 }: { length: number; sha256: string }, custom: JsonValue): TargetFile {
  return { path, length, hashes: new Map([['sha256', sha256]]), custom };
}

function runtimeOf({ runtime }: Pick<PublishRequest, 'runtime'>): RuntimeSource {
  return runtime ?? thisRuntime();
}
