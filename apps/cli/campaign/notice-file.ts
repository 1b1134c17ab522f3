/** Notice files: read, checked as the service checks them, and held against what this home publishes. */
import { resolve } from 'node:path';
import type { AutoUpgrade } from '@springline/api/shapes/auto-upgrade';
import { type Campaign, type CampaignRevision, parseCampaign } from '@springline/auto-upgrade/campaign/campaign';
import { CampaignError } from '@springline/auto-upgrade/campaign/error';
import { checkFloor, type FloorProblem, type ImageFloor } from '@springline/auto-upgrade/campaign/floor';
import {
  type Component,
  type Platform,
  platformFromNode,
  platforms,
} from '@springline/auto-upgrade/release/target-path';
import { compareVersions, parseVersion } from '@springline/auto-upgrade/release/version';
import { PublishedReleases, type PublishedTarget } from '@springline/control-plane/hus/published-releases';
import type { EpochMs } from '@springline/ports/clock';
import { CommandError, oneLine } from '../output.ts';
import { treeFolder } from '../release/roles.ts';
import { readSmallJson } from '../small-file.ts';

/** As much as the service takes. */
const fileLimitBytes = 512 * 1024;

export interface NoticeFile {
  readonly campaign: Campaign;
  /** What is sent: as the file has it. */
  readonly json: unknown;
}

/** @throws {CommandError} exit code 2 naming the member that is wrong. */
export function readNotice(path: string): NoticeFile {
  const json = readSmallJson(path, fileLimitBytes);
  try {
    return { campaign: parseCampaign(json), json };
  } catch (cause) {
    if (cause instanceof CampaignError) throw new CommandError(`${path}: ${oneLine(cause.message)}`, 2, { cause });
    throw cause;
  }
}

export interface NoticeProblems {
  readonly problems: readonly FloorProblem[];
  /** False: nothing is published in this home, so releases and floors were not looked at. */
  readonly isChecked: boolean;
}

/** What the service would say of a revision (security rule S27), from the repository of `home` and the hosts it has. */
export async function problemsOf(
  revision: CampaignRevision,
  home: string,
  hosts: readonly { readonly platform: string; readonly autoUpgrade?: AutoUpgrade | undefined }[],
  now: EpochMs,
): Promise<NoticeProblems> {
  const { targets } = await new PublishedReleases(treeFolder(resolve(home))).list();
  const isChecked = targets.length > 0;
  const found = checkFloor(revision, targets, isChecked ? platformsOf(hosts) : new Map(), now, floorsOf(targets));
  return { problems: isChecked ? found : found.filter(({ code }) => code === 'floor-too-soon'), isChecked };
}

function platformsOf(hosts: Parameters<typeof problemsOf>[2]): ReadonlyMap<Component, readonly Platform[]> {
  const used = new Map<Component, Set<Platform>>();
  for (const { platform: told, autoUpgrade } of hosts) {
    const platform = platforms.find((known) => known === platformFromNode(told));
    if (platform === undefined) continue;
    for (const { component } of autoUpgrade?.components ?? []) {
      used.set(component, (used.get(component) ?? new Set()).add(platform));
    }
  }
  return new Map([...used].map(([component, all]) => [component, [...all]]));
}

/** The highest that is signed for each component. */
function floorsOf(targets: readonly PublishedTarget[]): ReadonlyMap<Component, ImageFloor> {
  const signed = targets.flatMap(({ component, floor, isRecalled }) =>
    floor === undefined || isRecalled ? [] : [[component, floor] as const],
  );
  // Of equal keys the last one stays.
  return new Map(signed.toSorted(([, a], [, b]) => compareVersions(parseVersion(a.below), parseVersion(b.below))));
}
