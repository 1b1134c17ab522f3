/**
 * Campaigns: "be on this build by that day", as published data. A campaign is never edited: what was said stays as a
 * revision, and the newest one published holds. Who is below is `judge.ts`; what that costs and when, `floor.ts`.
 */
import type { EpochMs } from '@springline/ports/clock';
import { type Component, components } from '../release/target-path.ts';
import { type Deadline, deadlineOf } from './deadline.ts';
import * as read from './parse.ts';
import { instantText, refusal } from './parse.ts';

/**
 * What a build below the minimum costs after the deadline. `notify`: nothing is refused. `restrict`: what administrators
 * do through such a build is refused. `stop-sync`: its exports too. See `refusal.ts` for the table.
 */
export const effects = ['notify', 'restrict', 'stop-sync'] as const;
export type Effect = (typeof effects)[number];

export interface Minimum {
  readonly component: Component;
  /** Absent: not yet announced. Then nobody is on it and nobody below it. */
  readonly version?: string;
  /** The build that brings the component. Where such a carrier runs, its version decides. Never without `version`. */
  readonly carriedBy?: { readonly component: Component; readonly version: string };
  /** Nothing that upgrades itself brings it: a person must install it. */
  readonly byHand: boolean;
  readonly effect: Effect;
}

export interface CampaignRevision {
  /** From 1, without gaps. */
  readonly revision: number;
  readonly publishedAt: EpochMs;
  readonly title: string;
  readonly deadline: Deadline;
  /** One for each component that it speaks of. */
  readonly minimums: readonly Minimum[];
  readonly note?: string;
  /** What in this revision is not from a source but assumed. */
  readonly assumption?: string;
}

export interface Campaign {
  readonly campaignId: string;
  readonly name: string;
  /** Oldest first. */
  readonly revisions: readonly CampaignRevision[];
}

const limits = { revisions: 64, minimums: 16, name: 200, title: 200, note: 2_000 } as const;

/**
 * @throws {CampaignError} `malformed-campaign` naming the field; `unknown-zone`. Members that are not known are refused.
 */
export function parseCampaign(json: unknown): Campaign {
  const members = read.asMembers(json, 'campaign', ['campaignId', 'name', 'revisions']);
  const campaignId = read.asText(members.get('campaignId'), 'campaign.campaignId', 64);
  if (!/^[a-z0-9][a-z0-9-]*$/.test(campaignId)) {
    throw refusal('campaign.campaignId', 'lower-case letters, digits and hyphens');
  }
  const name = read.asText(members.get('name'), 'campaign.name', limits.name);
  const listed = read.asList(members.get('revisions'), 'campaign.revisions', 1, limits.revisions);
  const revisions = listed.map((each, at) => parseRevision(each, `campaign.revisions[${at}]`));
  for (const [at, { revision, publishedAt }] of revisions.entries()) {
    const where = `campaign.revisions[${at}]`;
    if (revision !== at + 1) throw refusal(`${where}.revision`, String(at + 1));
    if (at > 0 && publishedAt <= revisions[at - 1]!.publishedAt) {
      throw refusal(`${where}.publishedAt`, 'later than that of the revision before it');
    }
  }
  return { campaignId, name, revisions };
}

function parseRevision(json: unknown, where: string): CampaignRevision {
  const names = ['revision', 'publishedAt', 'title', 'deadline', 'minimums', 'note', 'assumption'];
  const members = read.asMembers(json, where, names);
  const publishedAt = read.asInstant(members.get('publishedAt'), `${where}.publishedAt`);
  const deadline = parseDeadline(members.get('deadline'), `${where}.deadline`);
  if (deadline.endsAt <= publishedAt) throw refusal(`${where}.deadline`, 'later than publishedAt');
  const listed = read.asList(members.get('minimums'), `${where}.minimums`, 1, limits.minimums);
  const minimums = listed.map((each, at) => parseMinimum(each, `${where}.minimums[${at}]`));
  if (new Set(minimums.map(({ component }) => component)).size !== minimums.length) {
    throw refusal(`${where}.minimums`, 'a list that names each component once');
  }
  const note = members.get('note');
  const assumption = members.get('assumption');
  return {
    revision: read.asInteger(members.get('revision'), `${where}.revision`, 1, limits.revisions),
    publishedAt,
    title: read.asText(members.get('title'), `${where}.title`, limits.title),
    deadline,
    minimums,
    ...(note === undefined ? {} : { note: read.asText(note, `${where}.note`, limits.note) }),
    ...(assumption === undefined ? {} : { assumption: read.asText(assumption, `${where}.assumption`, limits.note) }),
  };
}

function parseDeadline(json: unknown, where: string): Deadline {
  const members = read.asMembers(json, where, ['date', 'zone']);
  const zone = members.get('zone');
  return deadlineOf(
    read.asText(members.get('date'), `${where}.date`, 10),
    zone === undefined ? 'UTC' : read.asText(zone, `${where}.zone`, 64),
  );
}

function parseMinimum(json: unknown, where: string): Minimum {
  const members = read.asMembers(json, where, ['component', 'version', 'carriedBy', 'byHand', 'effect']);
  const [version, carrier, byHand, effect] = ['version', 'carriedBy', 'byHand', 'effect'].map((name) =>
    members.get(name),
  );
  if (version === undefined && carrier !== undefined) {
    throw refusal(`${where}.carriedBy`, 'absent as long as there is no version');
  }
  return {
    component: read.asWord(members.get('component'), `${where}.component`, components),
    ...(version === undefined ? {} : { version: read.asVersion(version, `${where}.version`) }),
    ...(carrier === undefined ? {} : { carriedBy: parseCarrier(carrier, `${where}.carriedBy`) }),
    byHand: byHand === undefined ? false : read.asFlag(byHand, `${where}.byHand`),
    effect: effect === undefined ? 'notify' : read.asWord(effect, `${where}.effect`, effects),
  };
}

function parseCarrier(json: unknown, where: string): { component: Component; version: string } {
  const members = read.asMembers(json, where, ['component', 'version']);
  return {
    component: read.asWord(members.get('component'), `${where}.component`, components),
    version: read.asVersion(members.get('version'), `${where}.version`),
  };
}

/** JSON that `parseCampaign` reads as the same campaign; the same text for equal campaigns. */
export function formatCampaign(campaign: Campaign): string {
  const revisions = campaign.revisions.map(
    ({ revision, publishedAt, title, deadline, minimums, note, assumption }) => ({
      ...{ revision, publishedAt: instantText(publishedAt), title },
      deadline: { date: deadline.date, zone: deadline.zone },
      minimums: minimums.map(({ component, version, carriedBy, byHand, effect }) => ({
        ...{
          component,
          version,
          carriedBy: carriedBy && { component: carriedBy.component, version: carriedBy.version },
        },
        ...{ byHand, effect },
      })),
      ...{ note, assumption },
    }),
  );
  return `${JSON.stringify({ campaignId: campaign.campaignId, name: campaign.name, revisions }, null, 2)}\n`;
}

/** The newest revision that is published at `now`; `undefined` before the first. */
export function revisionAt(campaign: Campaign, now: EpochMs): CampaignRevision | undefined {
  return campaign.revisions.findLast(({ publishedAt }) => publishedAt <= now);
}
