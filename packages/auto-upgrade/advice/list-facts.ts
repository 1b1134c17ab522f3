/** The facts of a list of servers, of public builds, and of the public situation without any server. */
import type { EpochMs } from '@springline/ports/clock';
import type { CampaignRevision } from '../campaign/campaign.ts';
import { daysLeft, utcDate } from '../campaign/deadline.ts';
import { type Group, silenceLimitMs } from '../campaign/judge.ts';
import { anchorsOf } from '../history/anchors.ts';
import { checkReasons } from '../history/check-reasons.ts';
import { type CheckedServer, checkServers } from '../history/check-servers.ts';
import { remainingFunctions } from '../history/deprecated.ts';
import { findRecord, type VersionHistory } from '../history/history.ts';
import { newestRelease } from '../history/newest.ts';
import { minimumInForce, productOf, publicMinimum } from '../history/public-minimum.ts';
import { type ListedServer, parseServerList } from '../history/server-list.ts';
import { lastSupportedDay, supportEnd } from '../history/support.ts';
import type { Component } from '../release/target-path.ts';
import type { AdviceFacts, AdvisedServer, WantedBuild } from './facts.ts';

interface ListOptions {
  readonly now: EpochMs;
  readonly history: VersionHistory;
  /** Without one, the published minimums. */
  readonly revision?: CampaignRevision;
}

/** In the order in which they are shown. */
const publicComponents: readonly Component[] = [
  ...(['connect-sync', 'health-sync', 'health-ad-ds', 'health-ad-fs', 'cloud-sync'] as const),
];

/**
 * Holds the whole list; its bounds are those of `checkServers`.
 *
 * @throws {CheckServersError} with row and column of the first thing that cannot be read.
 */
export function listFacts(csvText: string, options: ListOptions): AdviceFacts {
  const { now, history, revision } = options;
  const listed = parseServerList(csvText);
  const campaignRevision = revision === undefined ? {} : { campaignRevision: revision };
  const checked = checkServers(csvText, { now, history, ...campaignRevision }).servers;
  return {
    ...noticeOf(options),
    source: 'list',
    servers: checked.flatMap((each, at) => (isCounted(each) ? [advised(each, listed[at]!, options)] : [])),
  };
}

/** Nothing of anybody's servers: what is asked for in public. */
export function publicFacts(options: ListOptions): AdviceFacts {
  return { ...noticeOf(options), source: 'public', servers: [] };
}

function noticeOf({ now, history, revision }: ListOptions): Omit<AdviceFacts, 'source' | 'servers'> {
  if (revision === undefined) {
    const builds = publicComponents.map((component) => publicBuild(component, history, utcDate(now)));
    return { now, builds, remarks: [] };
  }
  const { deadline, title, note, assumption, minimums } = revision;
  return {
    ...{ now, title, ...(note === undefined ? {} : { note }) },
    deadline: { date: deadline.date, zone: deadline.zone, daysLeft: daysLeft(deadline, now) },
    builds: minimums.map(({ component, version, carriedBy, byHand, effect }) => ({
      ...{ component, byHand, effect, deadline: deadline.date },
      ...(version === undefined ? { without: 'not-yet-announced' as const } : { minimum: version }),
      ...(carriedBy === undefined ? {} : { carriedBy }),
      ...pageOf(component, version, history, utcDate(now)),
    })),
    remarks: assumption === undefined ? [] : [`Assumed: ${assumption}`],
  };
}

function publicBuild(component: Component, history: VersionHistory, on: string): WantedBuild {
  const common = { component, byHand: false, effect: 'notify' } as const;
  const product = productOf(component)!;
  const minimum = publicMinimum(history, product, on);
  if (minimum === undefined) return { ...common, without: 'none-asked' };
  const { version, deadline } = minimum;
  const before = minimumInForce(history, product, on);
  return {
    ...{ ...common, minimum: version, deadline, ...pageOf(component, version, history, on) },
    ...(before === undefined || before.version === version
      ? {}
      : { inForce: { minimum: before.version, deadline: before.deadline } }),
  };
}

/** What the page of its product says of a build. */
function pageOf(
  component: Component,
  version: string | undefined,
  history: VersionHistory,
  on: string,
): Pick<WantedBuild, 'anchor' | 'ended'> {
  const product = productOf(component);
  const record = product === undefined || version === undefined ? undefined : findRecord(history, product, version);
  if (product === undefined || record === undefined) return {};
  const anchor = anchorsOf(history, product).get(record.version);
  const support = supportEnd(history, product, record.version);
  const last = support === undefined ? undefined : lastSupportedDay(support);
  const newest = newestRelease(history, product, on);
  return {
    ...(anchor === undefined ? {} : { anchor }),
    ...(last === undefined || newest === undefined || on <= last ? {} : { ended: { on: last, newest } }),
  };
}

function advised(checked: CheckedServer, listed: ListedServer, { now, history }: ListOptions): AdvisedServer {
  const { server, component, version, standing, support, path, reasons } = checked;
  const isLeft = standing === 'below' || support === 'recalled';
  const { objectCount } = listed;
  return {
    ...{ server, component, ...(version === undefined ? {} : { version }), reasons },
    standing: standing !== 'below' && support === 'recalled' ? 'recalled' : standing,
    ...(isLeft ? { group: groupOf(listed, path === 'auto', now) } : {}),
    why: reasons
      .filter((reason) => reason !== 'reported-minimum-ahead')
      .map((reason) => (reason === 'sync-stopped' ? sinceWhen(checked, history, now) : checkReasons[reason]))
      .join('; '),
    ...(path === undefined ? {} : { path }),
    ...(objectCount === undefined ? {} : { objectCount }),
  };
}

/** A component of a server that stands in several rows is one. */
function isCounted({ reasons }: CheckedServer): boolean {
  return !reasons.includes('listed-again');
}

/** `its build no longer synchronises, since 2026-10-01`. */
function sinceWhen({ component, version }: CheckedServer, history: VersionHistory, now: EpochMs): string {
  const remaining = remainingFunctions(history, productOf(component)!, version!, utcDate(now));
  const since = remaining.find((each) => each.function === 'sync')?.since;
  return `${checkReasons['sync-stopped']}${since === undefined ? '' : `, since ${since}`}`;
}

/** In the order of `campaign/judge.ts`. A list has no results of upgrades; Suspended is what a failed one leaves. */
function groupOf({ lastSeenAt, state, channel }: ListedServer, upgradesItself: boolean, now: EpochMs): Group {
  if (lastSeenAt !== undefined && now - lastSeenAt > silenceLimitMs) return 'not-seen';
  if (state === 'Disabled') return 'opted-out';
  if (channel === 'PKS') return 'on-pks';
  if (state === 'Suspended') return 'failed';
  return upgradesItself ? 'upgrading' : 'by-hand';
}
