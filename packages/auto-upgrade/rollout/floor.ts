/**
 * Floors: the vendor's word, in the Image entry of a release, that hosts below a version must leave it. A floor acts only
 * on hosts that consented to floors, and only where it was announced at least seven days before (rule S27).
 */
import type { EpochMs } from '@springline/ports/clock';
import { compareVersions } from '../release/version.ts';
import { knownVersion } from './known-version.ts';

export interface Floor {
  readonly below: string;
  /** Not before `publishedAt` of the release plus seven days. */
  readonly from: EpochMs;
}

interface Announced {
  readonly publishedAt: EpochMs;
  readonly floor?: Floor;
}

const noticeMs = 7 * 86_400_000;

/** Why the floor of a release is passed over; to be shown and reported. */
export function floorRefusal({ floor, publishedAt }: Announced): 'floor-too-soon' | undefined {
  return floor !== undefined && floor.from < publishedAt + noticeMs ? 'floor-too-soon' : undefined;
}

/** When the first of the floors applies that `installed` is below and `candidate` satisfies; `undefined`: none ever. */
export function floorFrom(offered: readonly Announced[], installed: string, candidate: string): EpochMs | undefined {
  let earliest: EpochMs | undefined;
  for (const release of offered) {
    const { floor } = release;
    if (floor === undefined || floorRefusal(release) !== undefined) continue;
    const below = knownVersion(floor.below);
    const applies =
      compareVersions(knownVersion(installed), below) < 0 && compareVersions(knownVersion(candidate), below) >= 0;
    if (applies && (earliest === undefined || floor.from < earliest)) earliest = floor.from;
  }
  return earliest;
}
