/**
 * Which release of a component is its bridge: the newest that may be downloaded, was not recalled and is not broken on
 * purpose. Pure: the release side signs by it, and the control plane says by it whether what is signed still is right.
 */
import type { Component, Platform } from '../release/target-path.ts';
import type { BridgeAnswer } from './answer.ts';

/** A build that the Image repository names. */
export interface BridgeCandidate {
  readonly component: Component;
  readonly platform: Platform;
  readonly releaseNumber: number;
  /** Of the archive, lower-case hex. */
  readonly sha256: string;
  readonly isForDownload: boolean;
  readonly isRecalled: boolean;
  readonly isDeliberatelyBroken: boolean;
}

/** `recalled`: clients must not be led to it. `outdated`: it still works, and another release is the bridge now. */
export type BridgeStanding = 'current' | 'outdated' | 'recalled';

/** The builds of the release that is the bridge, one for each platform; none where no release can be one. */
export function bridgeBuilds<Build extends BridgeCandidate>(
  component: Component,
  published: readonly Build[],
): readonly Build[] {
  const able = published.filter(
    (build) => build.component === component && build.isForDownload && !build.isRecalled && !build.isDeliberatelyBroken,
  );
  const newest = Math.max(...able.map(({ releaseNumber }) => releaseNumber));
  return able.filter(({ releaseNumber }) => releaseNumber === newest);
}

/** Whether an answer names what the bridge is now. What is not published any more at all is outdated. */
export function bridgeStanding(
  { component, archives }: Pick<BridgeAnswer, 'component' | 'archives'>,
  published: readonly BridgeCandidate[],
): BridgeStanding {
  const named = new Set(archives.map(({ sha256 }) => sha256));
  if (published.some(({ sha256, isRecalled }) => isRecalled && named.has(sha256))) return 'recalled';
  const wanted = new Set(bridgeBuilds(component, published).map(({ sha256 }) => sha256));
  return wanted.size === named.size && [...wanted].every((sha256) => named.has(sha256)) ? 'current' : 'outdated';
}
