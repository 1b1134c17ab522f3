/**
 * Recalls a release (security rule S20): its builds are named, with the reason, by the recall role of their component,
 * and the Director names the release before them again. A recall is never taken back; the cure is a release with a higher
 * number. Agents learn of it at their next look.
 */
import { type RecalledBuild, recallReasonLimit } from '@springline/auto-upgrade/release/recall-statement';
import { compareVersions, parseVersion } from '@springline/auto-upgrade/release/version';
import { type Clock, systemClock } from '@springline/ports/clock';
import { followBridges } from '../pks/sign.ts';
import { type Release, releasesIn } from './catalogue.ts';
import { imageTargets, recallsIn } from './delegations.ts';
import { PublishError } from './error.ts';
import { KeyRing } from './key-ring.ts';
import { requireKeys } from './keys.ts';
import { asOnlyWriter } from './lock.ts';
import { publishedPolicy } from './policy.ts';
import { nextDirectorTargets, openTurn, recalledIn } from './publish.ts';
import { raised, readRecord } from './record.ts';
import { keysHome } from './roles.ts';
import { type Repositories, readRepositories, signRepositories } from './sign.ts';

export interface RecallRequest {
  readonly component: string;
  readonly version: string;
  readonly reason: string;
  /** `running`: hosts that run it should leave it as soon as there is a release with a higher number. */
  readonly stop: 'new' | 'running';
}

export interface PlannedRecall extends RecallRequest {
  /** One for each platform. */
  readonly builds: readonly { readonly platform: string; readonly sha256: string; readonly releaseNumber: number }[];
  /** All of it was recalled before, no less strongly. */
  readonly isRecalledAlready: boolean;
  /** What the Director names for new installations afterwards, by platform; nothing where all is recalled. */
  readonly currentAfter: readonly { readonly platform: string; readonly version: string }[];
}

/** What would be recalled; writes nothing. @throws as `recallRelease` does. */
export function planRecall(home: string, request: RecallRequest): PlannedRecall {
  requireKeys(home);
  return planned(home, request).plan;
}

/**
 * @throws {KeyError} without keys; {PublishError} `release-version-unknown`, `recall-reason-malformed`; then nothing has
 *   changed.
 */
export function recallRelease(
  home: string,
  request: RecallRequest,
  clock: Clock = systemClock,
): Promise<PlannedRecall> {
  requireKeys(home);
  return asOnlyWriter(home, async (lock) => {
    const { plan, repositories, recalls, director } = planned(home, request, clock);
    if (repositories.image.targets !== undefined) {
      const ring = new KeyRing(home);
      await signRepositories(openTurn(lock, ring, clock), { recalls, director });
      await followBridges(home, ring, clock);
    }
    return plan;
  });
}

function planned(home: string, request: RecallRequest, clock: Clock = systemClock) {
  const { component, version, reason, stop } = request;
  if (reason.trim() === '' || reason.length > recallReasonLimit) {
    throw new PublishError('recall-reason-malformed', `the reason is a text of 1 to ${recallReasonLimit} characters`);
  }
  const repositories = readRepositories(home);
  const image = imageTargets(repositories.image);
  const releases = releasesIn(image);
  const wanted = releases.filter(({ facts }) => facts.component === component && isVersion(facts.version, version));
  if (wanted.length === 0) throw unknown(component, version, releases);
  const recalledAt = `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
  const builds = wanted.map(({ target, facts }): RecalledBuild => {
    return { sha256: target.hashes.get('sha256') ?? '', version: facts.version, stop, reason, recalledAt };
  });
  const recalls = new Map([[component, builds]]);
  const record = readRecord(keysHome(home).record);
  const recalled = recalledIn(repositories, raised(record, { recalls }));
  const director = nextDirectorTargets(image, recalled, publishedPolicy(home, repositories));
  const plan: PlannedRecall = {
    ...request,
    builds: wanted.map(({ target, facts: { platform, releaseNumber } }) => ({
      ...{ platform, sha256: target.hashes.get('sha256') ?? '', releaseNumber },
    })),
    isRecalledAlready: builds.every((build) => isRecalled(repositories, component, build)),
    currentAfter: releases
      .filter(({ target, facts }) => facts.component === component && director.has(target.path))
      .map(({ facts }) => ({ platform: facts.platform, version: facts.version })),
  };
  return { plan, repositories, recalls, director };
}

function isRecalled({ image }: Repositories, component: string, { sha256, stop }: RecalledBuild): boolean {
  const known = recallsIn(image)
    .get(component)
    ?.find((build) => build.sha256 === sha256);
  return known !== undefined && (known.stop === 'running' || stop === 'new');
}

function isVersion(version: string, wanted: string): boolean {
  try {
    return compareVersions(parseVersion(version), parseVersion(wanted)) === 0;
  } catch {
    return false; // What was asked for is no version: the refusal lists those that there are.
  }
}

function unknown(component: string, version: string, releases: readonly Release[]): PublishError {
  const known = releases.filter(({ facts }) => facts.component === component).map(({ facts }) => facts.version);
  const published = known.length === 0 ? 'none' : [...new Set(known)].slice(0, 10).join(', ');
  return new PublishError(
    'release-version-unknown',
    `${component} ${version} was never published here. Published of ${component}: ${published}.`,
  );
}
