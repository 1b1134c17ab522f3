/** `springline upgrade …`: auto-upgrade of the whole fleet, as the control plane knows it. */

import type { HusReport, UpgradeResult } from '@springline/api/shapes/auto-upgrade';
import type { Minimums } from '@springline/api/shapes/campaign';
import type { FleetAgent } from '@springline/api/shapes/fleet';
import type { PksStatus } from '@springline/api/shapes/pks';
import { systemClock } from '@springline/ports/clock';
import type { Command } from 'commander';
import { dateWords } from '../campaign/describe.ts';
import { callControlPlane, controlPlaneUrl } from '../control-plane-client.ts';
import { CommandError, oneLine, print, printJson, relativeTime, table, yellow } from '../output.ts';
import { holdNotes, policyInForce } from '../rollout/in-force.ts';
import { type WholeFleet, wholeFleet } from '../upgrade/whole-fleet.ts';
import { registerUpgradeAdvice } from './upgrade-advice.ts';
import { registerUpgradeCheck } from './upgrade-check.ts';
import { registerMinimums } from './upgrade-minimums.ts';
import { registerUpgradeRecord } from './upgrade-record.ts';
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
      const now = systemClock.now();
      const [fleet, minimums, pks, inForce] = await Promise.all([
        wholeFleet(place),
        callControlPlane(place, 'getMinimums'),
        callControlPlane(place, 'getPks'),
        policyInForce(place, now).catch(unknownPolicy),
      ]);
      if (json === true) return printJson({ ...fleet, minimums, pksClients: pks.left, policy: inForce });
      const notes = 'problem' in inForce ? [inForce.problem] : holdNotes(inForce, now);
      print(
        [...(notes.length === 0 ? [] : [...notes.map(yellow), '']), describeStatus(fleet, minimums, pks)].join('\n'),
      );
    });
  registerMinimums(upgrade);
  registerUpgradeRecord(upgrade);
}

/** The fleet is shown in any case. */
function unknownPolicy(error: unknown): { readonly problem: string } {
  if (!(error instanceof CommandError)) throw error;
  return { problem: oneLine(`Whether rollouts are halted is not known: ${error.message}`) };
}

const heading = ['COMPONENT/HOST', 'VERSION', 'AVAILABLE', 'STATE', 'CHANNEL', 'LAST UPGRADE'] as const;

/** The date of the campaign, the fleet, and clients of the retired channel. */
export function describeStatus(
  fleet: WholeFleet,
  minimums: Minimums,
  pks: PksStatus,
  now: number = systemClock.now(),
): string {
  const { campaign, serversTotal, groups } = minimums;
  // Notices go to a tenant and tell of its own servers alone; who still asks PKS is nobody's yet.
  const onPks = groups['on-pks'] === 0 ? '' : `, ${groups['on-pks']} of them on PKS`;
  const below = `${serversTotal === 1 ? '1 server is below' : `${serversTotal} servers are below`}${onPks}`;
  const headline = campaign === undefined ? [] : [`${dateWords(campaign)}: ${below}.  springline upgrade minimums`, ''];
  return [...headline, describeFleet(fleet, pks, now)].join('\n');
}

/**
 * A row for each component of each agent that was not revoked, and for each client that still asks PKS; under it what
 * needs a person.
 */
function describeFleet({ agents, releases, releasesProblem }: WholeFleet, pks: PksStatus, now: number): string {
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

/** Version by component, of those that were not called back. The list has the newest of each first. */
function newestVersions(releases: WholeFleet['releases']): ReadonlyMap<string, string> {
  const offered = releases.filter(({ isRecalled }) => isRecalled !== true);
  return new Map(offered.toReversed().map(({ component, version }) => [component, version]));
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
