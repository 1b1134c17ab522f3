/** `springline upgrade …`: auto-upgrade of the whole fleet, as the control plane knows it. */
import type { Fleet, HusReport, UpgradeResult } from '@springline/api/shapes/auto-upgrade';
import type { Minimums } from '@springline/api/shapes/campaign';
import type { PksStatus } from '@springline/api/shapes/pks';
import type { Command } from 'commander';
import { dateWords } from '../campaign/describe.ts';
import { callControlPlane, controlPlaneUrl } from '../control-plane-client.ts';
import { oneLine, print, printJson, relativeTime, table } from '../output.ts';
import { registerUpgradeAdvice } from './upgrade-advice.ts';
import { registerUpgradeCheck } from './upgrade-check.ts';
import { registerMinimums } from './upgrade-minimums.ts';
import { registerUpgradeVersions } from './upgrade-versions.ts';

interface Common {
  readonly home: string;
  readonly json?: boolean;
}

export function registerUpgrade(program: Command): void {
  const upgrade = program.command('upgrade').description('auto-upgrade of every agent');
  registerUpgradeAdvice(upgrade);
  registerUpgradeCheck(upgrade);
  registerUpgradeVersions(upgrade);
  upgrade
    .command('status')
    .description('who is on which build, what is available, and how the last upgrades went')
    .option('--home <folder>', 'where everything is kept', '.springline')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
Examples:
  springline upgrade status
  springline upgrade status --json | jq '.agents[] | {hostName, state: .autoUpgrade.state}'`,
    )
    .action(async ({ home, json }: Common) => {
      const place = { home, url: controlPlaneUrl(home, 8743) };
      const [fleet, minimums, pks] = await Promise.all([
        callControlPlane(place, 'listFleet'),
        callControlPlane(place, 'getMinimums'),
        callControlPlane(place, 'getPks'),
      ]);
      if (json === true) printJson({ ...fleet, minimums, pksClients: pks.left });
      else print(describeStatus(fleet, minimums, pks));
    });
  registerMinimums(upgrade);
}

const heading = ['COMPONENT/HOST', 'VERSION', 'AVAILABLE', 'STATE', 'CHANNEL', 'LAST UPGRADE'] as const;

/** The date of the campaign, the fleet, and clients of the retired channel. */
export function describeStatus(fleet: Fleet, minimums: Minimums, pks: PksStatus, now = Date.now()): string {
  const { campaign, serversTotal } = minimums;
  const below = serversTotal === 1 ? '1 server is below' : `${serversTotal} servers are below`;
  const headline = campaign === undefined ? [] : [`${dateWords(campaign)}: ${below}.  springline upgrade minimums`, ''];
  return [...headline, describeFleet(fleet, pks, now)].join('\n');
}

/**
 * A row for each component of each agent that was not revoked, and for each client that still asks PKS; under it what
 * needs a person.
 */
function describeFleet({ agents, releases, releasesProblem }: Fleet, pks: PksStatus, now: number): string {
  const newest = newestVersions(releases);
  const active = agents.filter(({ state }) => state !== 'revoked');
  const rows = [
    ...active.flatMap((agent) => rowsOf(agent, newest, now)),
    ...pks.left.map((one) => pksRow(one, pks, now)),
  ];
  const hidden = pks.leftCount - pks.left.length;
  const notes = [
    ...active.flatMap(notesOf).map(oneLine),
    ...(pks.left.length === 0 ? [] : ['Names and versions of hosts on PKS are as they claim: springline pks status']),
    ...(hidden > 0 ? [`${hidden} more clients of PKS are not shown.`] : []),
  ];
  return [
    rows.length === 0 ? 'no agent is enrolled yet' : table([heading, ...rows]),
    ...(notes.length === 0 ? [] : ['', ...notes]),
    ...(releasesProblem === undefined ? [] : ['', oneLine(`releases may be missing: ${releasesProblem}`)]),
  ].join('\n');
}

type FleetAgent = Fleet['agents'][number];

/** Version by component. The list has the newest of each first. */
function newestVersions(releases: Fleet['releases']): ReadonlyMap<string, string> {
  return new Map(releases.toReversed().map(({ component, version }) => [component, version]));
}

function rowsOf(agent: FleetAgent, newest: ReadonlyMap<string, string>, now: number): string[][] {
  const { hostName, version, autoUpgrade, lastReport } = agent;
  if (autoUpgrade === undefined) {
    const available = newest.get('agent-updater') ?? '';
    return [[`agent-updater/${hostName}`, version, available, 'not reported', '', reportWords(lastReport, now)]];
  }
  return autoUpgrade.components.map(({ component, version: installed, step, offered, blocked, lastUpgrade }) => [
    `${component}/${hostName}`,
    installed,
    offered ?? newest.get(component) ?? '',
    [
      ...(agent.state === 'online' ? [] : ['offline']),
      autoUpgrade.state,
      ...(step === 'idle' ? [] : [step]),
      ...(blocked === undefined ? [] : ['blocked']),
    ].join(', '),
    autoUpgrade.channel,
    lastUpgrade === undefined ? 'none' : upgradeWords(lastUpgrade, now),
  ]);
}

/** What it may have is what the bridge brings. */
function pksRow(client: PksStatus['left'][number], { bridges }: PksStatus, now: number): string[] {
  const { claimedHostName, component, claimedVersion, channel, lastSeenAt, needsSwingMigration } = client;
  return [
    `${component}/${claimedHostName}`,
    claimedVersion,
    bridges.find((bridge) => bridge.component === component)?.version ?? '',
    needsSwingMigration ? 'not enrolled, too old for the bridge' : 'not enrolled',
    channel,
    `none, asked ${relativeTime(lastSeenAt, now)}`,
  ];
}

function upgradeWords({ from, to, result, endedAt }: UpgradeResult, now: number): string {
  return `${from} -> ${to} ${result}, ${relativeTime(endedAt, now)}`;
}

function reportWords(report: HusReport | undefined, now: number): string {
  if (report === undefined) return 'none';
  return `${report.from} -> ${report.to} ${report.result ?? report.step}, ${relativeTime(report.at, now)}`;
}

/** Why a host is suspended, and why a build is blocked. */
function notesOf({ hostName, autoUpgrade }: FleetAgent): string[] {
  if (autoUpgrade === undefined) return [];
  const { suspensionReason, components } = autoUpgrade;
  return [
    ...(suspensionReason === undefined ? [] : [`${hostName} is ${autoUpgrade.state}: ${suspensionReason}`]),
    ...components.flatMap(({ component, blocked }) =>
      blocked === undefined
        ? []
        : [`${component}/${hostName}: ${blocked.version} is blocked until ${blocked.until}: ${blocked.reason}`],
    ),
  ];
}
