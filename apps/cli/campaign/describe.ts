/** Minimum versions as people see them: the date, a row for each component, who is below and why. Pure. */
import type { BelowServer, Minimums } from '@springline/api/shapes/campaign';
import { longDate } from '@springline/auto-upgrade/campaign/deadline';
import { type Group, groups } from '@springline/auto-upgrade/campaign/judge';
import { whyOf as reasonOf } from '@springline/auto-upgrade/campaign/why';
import { oneLine, table, yellow } from '../output.ts';
import { componentWords } from './component-words.ts';

type Minimum = Minimums['minimums'][number];
export type CampaignView = NonNullable<Minimums['campaign']>;
/** What a headline needs of a campaign. */
type Dated = Pick<CampaignView, 'deadline' | 'daysLeft' | 'publishedAt'>;

const groupWords: Readonly<Record<Group, string>> = {
  'opted-out': 'opted out',
  failed: 'failed',
  'on-pks': 'on PKS',
  'not-seen': 'not seen',
  'by-hand': 'by hand',
  upgrading: 'upgrading',
};
const effectWords: Readonly<Record<Minimum['effect'], string>> = {
  notify: 'notices only',
  restrict: 'enrolling and reading a connector again are refused',
  'stop-sync': 'exports are refused too',
};
/** Where the second part of the headline begins. */
const publishedColumn = 62;
export const noCampaign = 'No campaign runs: no minimum version is asked of any server.';

/** Headline, table, and who is below in a sentence. */
export function describeMinimums({ campaign, minimums, groups: counts, problems }: Minimums): string {
  if (campaign === undefined) return noCampaign;
  return [
    headline(campaign),
    ...minimumRows(minimums),
    belowSentence(counts, minimums),
    ...footnotes(minimums),
    ...problems.map((problem) => yellow(`! ${oneLine(problem)}`)),
  ].join('\n');
}

/** `Upgrade by 16 September 2024 (14 days left)                   published 2023-11-06`. */
function headline(campaign: Dated): string {
  return `${dateWords(campaign).padEnd(publishedColumn - 1)} published ${campaign.publishedAt.slice(0, 10)}`;
}

/** `Upgrade by 16 September 2024 (14 days left)`. */
export function dateWords({ deadline: { date, zone }, daysLeft }: Pick<Dated, 'deadline' | 'daysLeft'>): string {
  const where = zone === 'UTC' ? '' : `, ${oneLine(zone)}`;
  return `Upgrade by ${longDate(date)} (${daysWords(daysLeft)}${where})`;
}

/** In words, with the last day still in time. */
export function daysWords(daysLeft: number): string {
  const count = Math.abs(daysLeft);
  const days = count === 1 ? '1 day' : `${count} days`;
  if (daysLeft === 0) return 'today is the last day';
  return daysLeft > 0 ? `${days} left` : `${days} ago`;
}

/** Minimums and counts; numbers end under the ends of their headings. */
function minimumRows(minimums: readonly Minimum[]): readonly string[] {
  const cells = minimums.map(({ component, version, ok, below, notJudged }) => {
    const isAnnounced = version !== undefined;
    const counts = [isAnnounced ? String(ok) : '-', isAnnounced ? String(below) : '-', String(notJudged)];
    return [componentWords[component], version ?? 'not yet announced', ...counts];
  });
  const width = (column: number, least: number): number => Math.max(least, ...cells.map((row) => row[column]!.length));
  const [name, version, ok, below] = [width(0, 26), width(1, 17), width(2, 2), width(3, 5)];
  const line = ([first, second, third, fourth, fifth]: readonly string[], last: number): string =>
    [
      `${first!.padEnd(name)} ${second!.padEnd(version)}`,
      third!.padStart(ok),
      fourth!.padStart(below),
      fifth!.padStart(last),
    ].join('  ');
  return [line(['component', 'minimum', 'ok', 'below', 'not judged'], 0), ...cells.map((row) => line(row, 5))];
}

/** `Below: 3 opted out, 2 on PKS.  springline upgrade advice --server NAME`. */
function belowSentence(counts: Minimums['groups'], minimums: readonly Minimum[]): string {
  const parts = groups.filter((group) => counts[group] > 0).map((group) => `${counts[group]} ${groupWords[group]}`);
  if (parts.length > 0) return `Below: ${parts.join(', ')}.  springline upgrade advice --server NAME`;
  const isJudged = minimums.some(({ ok, version }) => version !== undefined && ok > 0);
  return isJudged ? 'No server is below.' : 'No server was judged.';
}

/** What the table has no column for. */
function footnotes(minimums: readonly Minimum[]): readonly string[] {
  return minimums.flatMap(({ component, version, carriedBy, byHand, effect, moved }) => {
    const name = componentWords[component];
    const hand = byHand ? ', installed by hand' : '';
    const carrier =
      carriedBy !== undefined && (byHand || carriedBy.version !== version)
        ? [`${name}: comes with ${componentWords[carriedBy.component]} ${carriedBy.version}${hand}.`]
        : carriedBy === undefined && byHand
          ? [`${name}: installed by hand.`]
          : [];
    return [
      ...carrier,
      ...(effect === 'notify' || version === undefined ? [] : [`${name}: after the date ${effectWords[effect]}.`]),
      ...(moved === 0 ? [] : [`${name}: ${moved} moved to another component, not counted.`]),
    ];
  });
}

/** Who is below, each once, with what is below there and why. */
export function describeServers({
  servers,
  serversTotal,
  minimums,
}: Pick<Minimums, 'servers' | 'serversTotal' | 'minimums'>): string {
  if (servers.length === 0) return 'No server is below.';
  const hasTenants = new Set(servers.map(({ tenant }) => tenant)).size > 1;
  const rows = servers.map((server) => [
    server.hostName,
    ...(hasTenants ? [server.tenant] : []),
    groupWords[server.group],
    buildsOf(server, minimums),
    server.effect === 'none' ? '' : server.effect,
    server.source === 'recorded' ? 'recorded' : 'agent',
    whyOf(server),
  ]);
  const names = ['SERVER', ...(hasTenants ? ['TENANT'] : []), 'GROUP', 'BELOW', 'COSTS NOW', 'KNOWN FROM', 'WHY'];
  const cut = servers.length < serversTotal ? [`The first ${servers.length} of ${serversTotal} are shown.`] : [];
  return [table([names, ...rows]), ...cut].join('\n');
}

/** What is carried has no number of its own here: it was judged by that of its carrier. */
function buildsOf({ components, source }: BelowServer, minimums: readonly Minimum[]): string {
  const builds = components.map(({ component, version }) => {
    const carrier = minimums.find((each) => each.component === component)?.carriedBy?.component;
    const isTold = components.some((each) => each.component === carrier && each.version === version);
    const isCarried = carrier !== undefined && (source === 'agent' || isTold);
    return isCarried ? `${component} (with ${carrier} ${version})` : `${component} ${version}`;
  });
  return builds.join(', ');
}

/** Nothing reaches a server that is not seen but its owner. */
function whyOf({ components, group, owner }: BelowServer): string {
  return [reasonOf(components, group), ...(group === 'not-seen' && owner !== undefined ? [`ask ${owner}`] : [])].join(
    '; ',
  );
}

/** A notice as people would see it before anybody is counted. */
export function describeNotice(
  campaign: Dated & Pick<CampaignView, 'name' | 'title' | 'note' | 'assumption' | 'revision'>,
  minimums: readonly Omit<Minimum, 'ok' | 'below' | 'notJudged' | 'moved'>[],
): string {
  const rows = minimums.map(({ component, version, carriedBy, byHand, effect }) => [
    componentWords[component],
    version ?? 'not yet announced',
    carriedBy === undefined ? '' : `${componentWords[carriedBy.component]} ${carriedBy.version}`,
    byHand ? 'by hand' : '',
    effectWords[effect],
  ]);
  const { note, assumption } = campaign;
  return [
    headline(campaign),
    `${oneLine(campaign.name)}, revision ${campaign.revision}: ${oneLine(campaign.title)}`,
    ...(note === undefined ? [] : [oneLine(note)]),
    ...(assumption === undefined ? [] : [`Assumed: ${oneLine(assumption)}`]),
    '',
    table([['COMPONENT', 'MINIMUM', 'COMES WITH', '', 'AFTER THE DATE'], ...rows]),
  ].join('\n');
}
