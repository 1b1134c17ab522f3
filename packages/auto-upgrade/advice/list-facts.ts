/** The facts of a list of servers, of public builds, and of the public situation without any server. */
import type { EpochMs } from '@springline/ports/clock';
import type { CampaignRevision } from '../campaign/campaign.ts';
import { daysLeft, utcDate } from '../campaign/deadline.ts';
import { type Group, silenceLimitMs } from '../campaign/judge.ts';
import { anchorsOf } from '../history/anchors.ts';
import { type CheckedServer, type CheckReason, checkServers } from '../history/check-servers.ts';
import { findRecord, type VersionHistory } from '../history/history.ts';
import { minimumInForce, productOf, publicMinimum } from '../history/public-minimum.ts';
import { type ListedServer, parseServerList } from '../history/server-list.ts';
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
    servers: checked.map((each, at) => advised(each, listed[at]!, now)),
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
      ...anchorOf(component, version, history),
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
    ...{ ...common, minimum: version, deadline, ...anchorOf(component, version, history) },
    ...(before === undefined || before.version === version
      ? {}
      : { inForce: { minimum: before.version, deadline: before.deadline } }),
  };
}

function anchorOf(component: Component, version: string | undefined, history: VersionHistory) {
  const product = productOf(component);
  if (product === undefined || version === undefined) return {};
  const record = findRecord(history, product, version);
  const anchor = record === undefined ? undefined : anchorsOf(history, product).get(record.version);
  return anchor === undefined ? {} : { anchor };
}

function advised(checked: CheckedServer, listed: ListedServer, now: EpochMs): AdvisedServer {
  const { server, component, version, standing, support, path, reasons } = checked;
  const isLeft = standing === 'below' || support === 'recalled';
  const { objectCount } = listed;
  return {
    ...{ server, component, ...(version === undefined ? {} : { version }), reasons },
    standing: standing !== 'below' && support === 'recalled' ? 'recalled' : standing,
    ...(isLeft ? { group: groupOf(listed, path === 'auto', now) } : {}),
    why: reasons.flatMap((reason) => (reason === 'reported-minimum-ahead' ? [] : reasonWords[reason])).join('; '),
    ...(path === undefined ? {} : { path }),
    ...(objectCount === undefined ? {} : { objectCount }),
  };
}

/** In the order of `campaign/judge.ts`. A list has no results of upgrades; Suspended is what a failed one leaves. */
function groupOf({ lastSeenAt, state, channel }: ListedServer, upgradesItself: boolean, now: EpochMs): Group {
  if (lastSeenAt !== undefined && now - lastSeenAt > silenceLimitMs) return 'not-seen';
  if (state === 'Disabled') return 'opted-out';
  if (channel === 'PKS') return 'on-pks';
  if (state === 'Suspended') return 'failed';
  return upgradesItself ? 'upgrading' : 'by-hand';
}

const reasonWords: Readonly<Record<CheckReason, string>> = {
  'upgrades-itself': 'upgrades itself',
  recalled: 'its build was recalled',
  'first-generation': 'a build of the first generation',
  'old-windows': 'its Windows Server is too old',
  'many-objects': 'too many objects for an upgrade in place',
  'long-not-upgraded': 'its build is more than 18 months old',
  'consider-swing': 'its build is more than 12 months old: consider a second server',
  'opted-out': 'a person opted out',
  suspended: 'auto-upgrade failed or is suspended',
  'on-pks': 'still on PKS',
  'bridge-refuses': 'too old for the bridge',
  'auto-upgrade-stopped': 'auto-upgrade has stopped for its build',
  'auto-upgrade-unreliable': 'auto-upgrade is not reliable for its build',
  'minimum-not-pushed': 'no build that upgrades itself satisfies the minimum',
  'sync-stopped': 'its build no longer synchronises',
  'version-missing': 'its version is not in the list',
  'version-unknown': 'its version is in no public history',
  'not-yet-announced': 'the minimum is not yet announced',
  'no-minimum': 'no minimum speaks of it',
  'other-numbers': 'the minimum is given in the numbers of what carries it',
  'support-ended': 'its support has ended',
  'not-seen': 'not seen for 30 days',
  'reported-minimum-ahead': 'third parties tell of a minimum to come',
  'alerts-lost': 'some of its alerts are lost',
};
