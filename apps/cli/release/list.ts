/** The releases that a home has published, for people and programs. Reads the tree without being its writer. */
import { existsSync } from 'node:fs';
import type { DeliberateBreak } from '@springline/auto-upgrade/release/release-facts';
import { readPublished } from '@springline/tuf/repository/publish';
import { currentReleases, releasesIn, withoutRecalled } from './catalogue.ts';
import { imageTargets, recallsIn } from './delegations.ts';
import { readOwnMetadata } from './first-root.ts';
import { keysHome, treeFolder } from './roles.ts';
import { readMetadata } from './tree.ts';

export interface ListedRelease {
  readonly component: string;
  readonly version: string;
  readonly releaseNumber: number;
  readonly platform: string;
  /** RFC 3339. */
  readonly publishedAt: string;
  /** The Director asks agents to run it. */
  readonly isCurrent: boolean;
  readonly sizeBytes: number;
  readonly fullBytes: number;
  readonly patchBytes: number | undefined;
  readonly notes: string | undefined;
  readonly deliberatelyBroken: DeliberateBreak | undefined;
  readonly recalled: { readonly stop: 'new' | 'running'; readonly reason: string } | undefined;
}

/** The newest first, by component; none before the first was published. */
export function listReleases(home: string): readonly ListedRelease[] {
  const folder = treeFolder(home);
  if (readMetadata(folder, 'image', '1.root.json') === undefined) return [];
  // Where there are no keys nothing is signed by what this says.
  const hasKeys = existsSync(keysHome(home).root('image'));
  const image = readPublished((name) =>
    hasKeys ? readOwnMetadata(home, 'image', name) : readMetadata(folder, 'image', name),
  );
  const releases = releasesIn(imageTargets(image));
  const recalls = new Map([...recallsIn(image).values()].flat().map((build) => [build.sha256, build]));
  const current = currentReleases(withoutRecalled(releases, new Set(recalls.keys())));
  return releases.map((release) => {
    const { facts, target } = release;
    const recalled = recalls.get(target.hashes.get('sha256') ?? '');
    const { component, version, releaseNumber, platform, publishedAt, notes, deliberatelyBroken } = facts;
    const bytesOf = (kind: 'full' | 'patch'): number | undefined =>
      facts.transports.find((transport) => transport.kind === kind)?.length;
    return {
      ...{ component, version, releaseNumber, platform, publishedAt, notes, deliberatelyBroken },
      isCurrent: current.has(release),
      sizeBytes: target.length,
      fullBytes: bytesOf('full') ?? 0,
      patchBytes: bytesOf('patch'),
      recalled: recalled && { stop: recalled.stop, reason: recalled.reason },
    };
  });
}
