/** Advice as a page to read on a terminal, under the headings of the notice that it answers. Pure. */
import type { Advice, AdvisedBuild, WayUp } from '@springline/auto-upgrade/advice/advice';
import type { AdvisedServer } from '@springline/auto-upgrade/advice/facts';
import { longDate } from '@springline/auto-upgrade/campaign/deadline';
import { groups } from '@springline/auto-upgrade/campaign/judge';
import { groupWords } from '@springline/auto-upgrade/campaign/notices';
import type { UpgradePath } from '@springline/auto-upgrade/history/upgrade-path';
import { componentWords } from '../campaign/component-words.ts';
import { daysWords } from '../campaign/describe.ts';
import { bold, dim, green, oneLine, red, table, yellow } from '../output.ts';
import { lastDayText } from '../pks/dates.ts';

const shownServers = 50;
const shownNames = 5;
const shownBuilds = 20;
const noMinimum = { 'not-yet-announced': 'not yet announced', 'none-asked': 'none' } as const;

export function describeAdvice(advice: Advice): string {
  return [
    ...heading('Security hardening of auto-upgrade', `as of ${advice.on}`),
    ...whatChanges(advice),
    '',
    ...builds(advice),
    '',
    ...below(advice),
    '',
    ...heading('Consider moving to Cloud Sync'),
    ...cloudSync(advice),
    '',
    ...heading('Upgrading Connect Sync'),
    ...upgrading(advice),
    '',
    ...heading('Information on deprecation'),
    ...deprecation(advice),
    '',
    ...heading('Next steps'),
    ...advice.nextSteps.map(({ what, command, document }) => {
      return `  ${what}: ${[command, document].filter((each) => each !== undefined).join(', ')}`;
    }),
  ].join('\n');
}

function heading(text: string, aside = ''): readonly string[] {
  return [aside === '' ? bold(text) : `${bold(text)}  ${dim(aside)}`];
}

function whatChanges({ whatChanges: { title, note, deadline, pks }, source, remarks }: Advice): readonly string[] {
  const date = deadline === undefined ? undefined : `${longDate(deadline.date)} (${dateAside(deadline)})`;
  return [
    ...(title === undefined ? [] : [oneLine(title)]),
    'Product Key Services (PKS), by which older agents upgrade themselves, end. The Hybrid Upgrade Service (HUS)',
    'replaces them: a build counts only when two signed repositories agree on it.',
    ...(date === undefined
      ? [source === 'fleet' ? 'No campaign runs: no date and no minimum is asked of any server.' : 'No date is set.']
      : [`Upgrade by ${bold(date)}, above all where auto-upgrade was opted out of or failed.`]),
    ...(note === undefined ? [] : [oneLine(note)]),
    ...(pks === undefined
      ? []
      : [`PKS here: ${pks.phase}${sunset(pks.sunsetAt)}; ${pks.left} left, ${pks.bridged} bridged.`]),
    ...remarks.map((remark) => yellow(`! ${oneLine(remark)}`)),
  ];
}

function dateAside({ zone, daysLeft }: { readonly zone: string; readonly daysLeft: number }): string {
  return `${daysWords(daysLeft)}${zone === 'UTC' ? '' : `, ${oneLine(zone)}`}`;
}

function sunset(at: string | undefined): string {
  return at === undefined ? '' : `, last day ${lastDayText(Date.parse(at))}`;
}

function builds({ builds: listed, source, whatChanges: { deadline } }: Advice): readonly string[] {
  if (listed.length === 0) return ['Builds to be on: no release is published here.'];
  const hasServers = source !== 'public';
  const hasNewest = listed.some(({ newest }) => newest !== undefined);
  const rows = listed.map((build) => [
    componentWords[build.component],
    versionWords(build),
    ...(hasNewest ? [build.newest ?? ''] : []),
    build.deadline === undefined || build.minimum === undefined ? '' : `${build.deadline}`,
    ...(hasServers ? countsOf(build) : []),
    asideOf(build),
  ]);
  const counts = hasServers ? ['OK', 'BELOW', 'NOT JUDGED'] : [];
  const names = ['COMPONENT', 'BE ON', ...(hasNewest ? ['NEWEST HERE'] : []), 'BY', ...counts, ''];
  return [deadline === undefined ? 'Builds:' : 'Builds to be on:', table([names, ...rows])];
}

function countsOf({ minimum, ok, below: count, notJudged }: AdvisedBuild): readonly string[] {
  return minimum === undefined ? ['-', '-', String(notJudged)] : [ok, count, notJudged].map(String);
}

function versionWords({ minimum, without }: AdvisedBuild): string {
  return minimum === undefined ? noMinimum[without ?? 'none-asked'] : `${minimum} or higher`;
}

function asideOf({ carriedBy, byHand, anchor, inForce, ended }: AdvisedBuild): string {
  return [
    ...(carriedBy === undefined ? [] : [`comes with ${componentWords[carriedBy.component]} ${carriedBy.version}`]),
    ...(byHand ? ['by hand'] : []),
    ...(inForce === undefined ? [] : [`${inForce.minimum} was due on ${inForce.deadline}`]),
    ...(ended === undefined ? [] : [`its own support ended on ${ended.on}; the newest is ${ended.newest}`]),
    ...(anchor === undefined ? [] : [`version history #${anchor}`]),
  ].join(', ');
}

function below({ below: { total, groups: counts, servers, behind }, source, late }: Advice): readonly string[] {
  if (source === 'public') {
    return ['No server is known here. A list of yours is enough: springline upgrade advice --from servers.csv'];
  }
  const parts = groups.filter((group) => counts[group] > 0).map((group) => `${counts[group]} ${groupWords[group]}`);
  const sum = total === 1 ? '1 server is below' : `${total} servers are below`;
  const past = late === 0 ? '' : ` ${red(`${late} after the date.`)}`;
  return [
    total === 0 ? green('No server is below.') : `${sum}: ${parts.join(', ')}.${past}`,
    ...serversTable(servers),
    ...(behind.length === 0 ? [] : ['Below nothing, with something to do:', ...serversTable(behind)]),
  ];
}

function serversTable(servers: readonly AdvisedServer[]): readonly string[] {
  if (servers.length === 0) return [];
  const rows = servers
    .slice(0, shownServers)
    .map(({ server, component, version = 'unknown', group, why, path = '' }) => [
      ...[server, component, version, group === undefined ? '' : groupWords[group], path, why],
    ]);
  const more = servers.length - rows.length;
  return [
    table([['SERVER', 'COMPONENT', 'VERSION', 'GROUP', 'WAY UP', 'WHY'], ...rows]),
    ...(more > 0 ? [dim(`and ${more} more: --json has all of them`)] : []),
  ];
}

function cloudSync({
  cloudSync: { withinLimit, aboveLimit, objectsUnknown, staysIf, movesIf },
}: Advice): readonly string[] {
  const known = withinLimit + aboveLimit + objectsUnknown;
  return [
    'Not in this version: a Cloud Sync agent, and the wizard EvaluateSyncOptions. These are rules of thumb for',
    'Microsoft Entra Cloud Sync, from its published limits.',
    ...(known === 0
      ? []
      : [
          `Connect Sync here: ${withinLimit} with at most 150,000 objects, ${aboveLimit} with more, ${objectsUnknown} unknown.`,
        ]),
    'A server stays on Connect Sync if there is any of these:',
    ...staysIf.map((each) => `  - ${each}`),
    'These speak for a move:',
    ...movesIf.map((each) => `  - ${each}`),
  ];
}

const pathWords: Readonly<Record<UpgradePath, string>> = {
  auto: 'by itself',
  bridge: 'over the bridge from PKS to HUS',
  'in-place': 'on the server that is there, by a person',
  swing: 'a second server takes over (swing)',
  replace: 'remove the build first, then install',
};
const atWords = { 'this-server': '', 'new-server': 'new server: ', operator: 'control plane: ' } as const;

function upgrading({ upgrading: ways, source }: Advice): readonly string[] {
  if (source === 'public') {
    const ways = Object.entries(pathWords).map(([path, words]) => `  ${path.padEnd(9)} ${words}`);
    return [...ways, '  docs/upgrading-from-a-previous-version.md has the steps.'];
  }
  if (ways.length === 0) return ['Nothing is to be done.'];
  return ways.flatMap((way) => wayLines(way));
}

function wayLines({ path, component, group, servers, steps }: WayUp): readonly string[] {
  const shown = servers.slice(0, shownNames).map(oneLine).join(', ');
  const more = servers.length > shownNames ? ` and ${servers.length - shownNames} more` : '';
  return [
    `${componentWords[component]}, ${groupWords[group]}: ${pathWords[path]}`,
    dim(`  ${shown}${more}`),
    ...steps.map(({ what, at, command }, index) => {
      return `  ${index + 1}. ${atWords[at]}${what}${command === undefined ? '' : `  ${bold(command)}`}`;
    }),
  ];
}

const effectWords = { notify: 'notices only', restrict: 'restrict', 'stop-sync': 'stop-sync' } as const;

function deprecation({ deprecated: { builds: listed, losses, refusals }, source }: Advice): readonly string[] {
  const rows = listed.slice(0, shownBuilds).map(({ product, component, version, servers, functions }) => [
    ...[`${component ?? product} ${version}`, String(servers)],
    functions
      .map(({ function: name, status }) => (status === 'works' ? '' : `${name} ${status}`))
      .filter(Boolean)
      .join(', ') || 'everything works',
    functions
      .map(({ function: name, until }) => {
        return until === undefined ? '' : `${name} until ${until}`;
      })
      .filter(Boolean)
      .join(', '),
  ]);
  const lossRows = losses.map(({ product, below: version, function: name, status, since }) => [
    ...[`${product} below ${version}`, `${name} ${status}`, since],
  ]);
  return [
    ...(rows.length === 0 ? [] : [table([['BUILD', 'SERVERS', 'LOST', 'ENDS NEXT'], ...rows])]),
    ...(listed.length > shownBuilds
      ? [dim(`and ${listed.length - shownBuilds} more builds: --json has all of them`)]
      : []),
    ...(lossRows.length === 0 ? [] : [table([['BUILDS', 'LOSE', 'FROM'], ...lossRows])]),
    ...refusals.map(({ effect, refused, works }) => {
      const lost =
        refused.length === 0 ? 'nothing is refused' : `refused: ${refused.join(', ')}; works: ${works.join(', ')}`;
      return `Below the minimum after the date (${effectWords[effect]}): ${lost}.`;
    }),
    ...(rows.length + lossRows.length + refusals.length === 0 ? ['Nothing that was found has lost a function.'] : []),
    source === 'public' || source === 'list'
      ? 'One build: springline upgrade versions connect-sync --of 2.3.2.0'
      : 'Upgrades, reports of upgrades and heartbeats are never refused.',
  ];
}
