/** `springline upgrade …`: auto-upgrade of the whole fleet, as the control plane knows it. */
import type { Fleet, HusReport, UpgradeResult } from '@springline/api/shapes/auto-upgrade';
import type { Command } from 'commander';
import { callControlPlane, controlPlaneUrl } from '../control-plane-client.ts';
import { print, printJson, relativeTime, table } from '../output.ts';

interface Common {
  readonly home: string;
  readonly json?: boolean;
}

export function registerUpgrade(program: Command): void {
  const upgrade = program.command('upgrade').description('auto-upgrade of every agent');
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
      const fleet = await callControlPlane({ home, url: controlPlaneUrl(home, 8743) }, 'listFleet');
      if (json === true) printJson(fleet);
      else print(describeFleet(fleet));
    });
}

const heading = ['COMPONENT/HOST', 'VERSION', 'AVAILABLE', 'STATE', 'CHANNEL', 'LAST UPGRADE'] as const;

/** The fleet as a table, a row for each component of each agent that was not revoked; under it what needs a person. */
export function describeFleet({ agents, releases, releasesProblem }: Fleet, now = Date.now()): string {
  const newest = newestVersions(releases);
  const active = agents.filter(({ state }) => state !== 'revoked');
  const rows = active.flatMap((agent) => rowsOf(agent, newest, now));
  const notes = active.flatMap(notesOf).map(oneLine);
  return [
    active.length === 0 ? 'no agent is enrolled yet' : table([heading, ...rows]),
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

/** Text of an agent's on a terminal: no control characters, no second line. */
function oneLine(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
}
