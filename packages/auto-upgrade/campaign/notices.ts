/** Notices of a campaign: which are due, and what they say. Who gets them and how they travel is for the shell. */
import type { EpochMs } from '@springline/ports/clock';
import type { Component } from '../release/target-path.ts';
import type { Campaign, CampaignRevision } from './campaign.ts';
import { daysLeft, longDate } from './deadline.ts';
import { type Group, groups } from './judge.ts';
import type { Tally } from './tally.ts';
import { whyOf } from './why.ts';

/** Days before the deadline, farthest first; 0 is the last day that is in time. */
export const noticeStages = [90, 30, 7, 1, 0] as const;
export type NoticeStage = (typeof noticeStages)[number];

export interface SentNotice {
  readonly revision: number;
  readonly stage: NoticeStage;
}

/**
 * The stages that were reached and not sent for this revision, farthest first. More than one means that the sender was
 * away, or that the campaign was published late: send the last one and record them all. A new revision begins anew.
 */
export function noticesDue(
  revision: CampaignRevision,
  sent: readonly SentNotice[],
  now: EpochMs,
): readonly NoticeStage[] {
  if (now < revision.publishedAt) return [];
  const left = daysLeft(revision.deadline, now);
  const done = sent.filter((each) => each.revision === revision.revision).map(({ stage }) => stage);
  // What was sent nearer to the date said more than what is farther: it is not sent after it.
  const nearest = Math.min(...done, Number.POSITIVE_INFINITY);
  return noticeStages.filter((stage) => left <= stage && stage < nearest);
}

export interface NoticeGroup {
  readonly group: Group;
  readonly count: number;
  /** Names as they were reported, the first 200; `count` has them all. */
  readonly servers: readonly { readonly tenant: string; readonly hostName: string; readonly why: string }[];
}

export interface Notice {
  readonly campaignId: string;
  readonly revision: number;
  readonly stage: NoticeStage;
  readonly daysLeft: number;
  readonly deadline: { readonly date: string; readonly zone: string };
  /** Without a version: not yet announced. */
  readonly minimums: readonly { readonly component: Component; readonly version?: string }[];
  readonly affected: readonly NoticeGroup[];
  /** One line. */
  readonly subject: string;
  /** Plain text, lines of any length; at most 20 names for each group. */
  readonly text: string;
}

const listedLimit = 200;
const namedLimit = 20;
const nameLengthLimit = 100;

/** @param counts Of this revision at `now`; narrowed to one tenant for a notice to its people. */
export function noticeOf(campaign: Campaign, revision: CampaignRevision, stage: NoticeStage, counts: Tally): Notice {
  const { date, zone } = revision.deadline;
  const affected = groups.flatMap((group): NoticeGroup[] => {
    const servers = counts.servers.filter((server) => server.group === group);
    const listed = servers.slice(0, listedLimit).map(({ tenant, hostName, components }) => {
      return { tenant, hostName, why: whyOf(components, group) };
    });
    return servers.length === 0 ? [] : [{ group, count: servers.length, servers: listed }];
  });
  const minimums = revision.minimums.map(({ component, version }) => {
    return { component, ...(version === undefined ? {} : { version }) };
  });
  return {
    ...{ campaignId: campaign.campaignId, revision: revision.revision, stage, daysLeft: counts.daysLeft },
    ...{ deadline: { date, zone }, minimums, affected },
    subject: subjectOf(revision, counts),
    text: textOf(revision, counts, affected),
  };
}

/** How a group is named in a sentence about so many servers. */
export const groupWords: Readonly<Record<Group, string>> = {
  'opted-out': 'opted out',
  failed: 'failed',
  'on-pks': 'on PKS',
  'not-seen': 'not seen',
  'by-hand': 'by hand',
  upgrading: 'waiting for their turn',
};

/** 14 days left, 1 day left, last day, or the date passed. */
export function daysLeftText(left: number): string {
  if (left < 0) return 'the date has passed';
  if (left === 0) return 'last day';
  return left === 1 ? '1 day left' : `${left} days left`;
}

function subjectOf({ deadline }: CampaignRevision, { daysLeft: left, servers }: Tally): string {
  const count = servers.length === 1 ? '1 server is' : `${servers.length} servers are`;
  return `Upgrade by ${longDate(deadline.date)} (${daysLeftText(left)}): ${count} below the minimum`;
}

function textOf(revision: CampaignRevision, counts: Tally, affected: readonly NoticeGroup[]): string {
  const { deadline, minimums, title, note } = revision;
  const wanted = minimums.map(({ component, version }) => `- ${component}: ${version ?? 'not yet announced'}`);
  const named = affected.flatMap(({ group, count, servers }) => {
    const shown = servers.slice(0, namedLimit).map(({ tenant, hostName, why }) => {
      return `- ${clean(hostName)} (${clean(tenant)}): ${clean(why)}`;
    });
    const more = count > namedLimit ? [`- and ${count - namedLimit} more`] : [];
    return ['', `${groupWords[group]} (${count}):`, ...shown, ...more];
  });
  return [
    title,
    '',
    `By ${longDate(deadline.date)} (${deadline.zone}), ${daysLeftText(counts.daysLeft)}, at least these builds are asked for:`,
    ...wanted,
    ...(note === undefined ? [] : ['', note]),
    ...(affected.length === 0 ? ['', 'No server is below the minimum.'] : named),
    '',
    'What to do for a server: springline upgrade advice --server NAME',
    '',
  ].join('\n');
}

/** Names come from agents: in a mail they stay on their line and short, and cannot turn the text around. */
function clean(name: string): string {
  const shown = name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '�');
  return shown.length <= nameLengthLimit ? shown : `${[...shown].slice(0, nameLengthLimit).join('')}…`;
}
