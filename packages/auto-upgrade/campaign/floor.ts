/**
 * What keeps a minimum from being a weapon (rule S27): it lies at least 7 days ahead when it is published, something
 * that satisfies it exists for every platform in use, it acts on nobody who was not offered that for 14 days, and only
 * what the Image repository signed may stop synchronisation.
 */
import type { EpochMs } from '@springline/ports/clock';
import type { Component, Platform } from '../release/target-path.ts';
import type { CampaignRevision, Effect, Minimum } from './campaign.ts';
import { longDate } from './deadline.ts';
import { reaches } from './parse.ts';

const dayMs = 86_400_000;
const leadMs = 7 * dayMs;
const offeredMs = 14 * dayMs;

/** A floor out of a release's Image entry: builds below `below` are to be left from `from` on. */
export interface ImageFloor {
  readonly below: string;
  readonly from: EpochMs;
}

export interface PublishedRelease {
  readonly component: Component;
  readonly version: string;
  readonly platform: Platform;
  readonly publishedAt: EpochMs;
  readonly isRecalled: boolean;
}

export interface FloorProblem {
  readonly code: 'floor-too-soon' | 'no-satisfying-release' | 'stop-sync-not-signed';
  readonly component: Component;
  readonly platform?: Platform;
  /** Whether the revision must not be published so. The others are said and no more: they cost nobody anything. */
  readonly isRefused: boolean;
  readonly message: string;
}

/**
 * What is wrong with a revision at the moment of its publication, in the order of its minimums. A minimum that only
 * notifies may run ahead of its release, as a notice of what comes.
 *
 * @param platforms In use, by component; of a component that is carried, those of the carrier.
 * @param floors As signed in the Image repository.
 */
export function checkFloor(
  revision: CampaignRevision,
  publishedReleases: readonly PublishedRelease[],
  platforms: ReadonlyMap<Component, readonly Platform[]>,
  now: EpochMs,
  floors: ReadonlyMap<Component, ImageFloor> = new Map(),
): readonly FloorProblem[] {
  const publication = Math.max(now, revision.publishedAt);
  const { date, endsAt } = revision.deadline;
  return revision.minimums.flatMap((minimum): FloorProblem[] => {
    const { component, effect } = minimum;
    const wanted = decisive(minimum);
    if (wanted === undefined) return [];
    const isRefused = effect !== 'notify';
    const problems: FloorProblem[] = [];
    if (endsAt - publication < leadMs) {
      const message = `${longDate(date)} is less than 7 days ahead: nobody could plan for it`;
      problems.push({ code: 'floor-too-soon', component, isRefused, message });
    }
    for (const platform of platforms.get(wanted.component) ?? []) {
      const satisfies = (release: PublishedRelease): boolean =>
        release.component === wanted.component &&
        release.platform === platform &&
        !release.isRecalled &&
        release.publishedAt <= publication &&
        reaches(release.version, wanted.version) === true;
      if (publishedReleases.some(satisfies)) continue;
      const message = `no release of ${wanted.component} for ${platform} is ${wanted.version} or newer and not recalled`;
      problems.push({ code: 'no-satisfying-release', component, platform, isRefused, message });
    }
    if (effect === 'stop-sync' && reaches(floors.get(wanted.component)?.below ?? '', wanted.version) !== true) {
      const message = `no floor at ${wanted.version} is signed in the Image repository, so this acts as restrict`;
      problems.push({ code: 'stop-sync-not-signed', component, isRefused: false, message });
    }
    return problems;
  });
}

/** Component and version that are compared: the carrier's where there is one. `undefined`: not yet announced. */
export function decisive(minimum: Minimum): { readonly component: Component; readonly version: string } | undefined {
  if (minimum.version === undefined) return undefined;
  return minimum.carriedBy ?? { component: minimum.component, version: minimum.version };
}

/** What is known of one installation that is below. */
export interface EffectFacts {
  /** Of the component that is compared. */
  readonly installedVersion: string;
  /**
   * Since when a release that satisfies the minimum could be had by this installation, moved on by the time in which it was
   * held back meanwhile (`offered-time.ts`); absent: never.
   */
  readonly offeredSince?: EpochMs;
  /** Of the deadline. */
  readonly endsAt: EpochMs;
  readonly floor?: ImageFloor;
}

/** What a minimum costs an installation below it at `now`; never more than the minimum says. */
export function effectNow(minimum: Minimum, facts: EffectFacts, now: EpochMs): Effect | 'none' {
  if (minimum.version === undefined || now < facts.endsAt) return 'none';
  if (minimum.effect === 'notify') return 'notify';
  // A floor that is refused at the door is worth nothing where there is no door: whoever was never offered is only told.
  if (facts.offeredSince === undefined || now - facts.offeredSince < offeredMs) return 'notify';
  if (minimum.effect === 'restrict') return 'restrict';
  const { floor, installedVersion } = facts;
  const isSigned = floor !== undefined && now >= floor.from && reaches(installedVersion, floor.below) === false;
  return isSigned ? 'stop-sync' : 'restrict';
}
