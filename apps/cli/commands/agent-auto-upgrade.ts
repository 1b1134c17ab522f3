/** `springline agent auto-upgrade …`: what auto-upgrade does on this host, and why. */
import type { AutoUpgrade } from '@springline/api/shapes/auto-upgrade';
import type { Command } from 'commander';
import { callAgentUpdater } from '../agent-client.ts';
import { minuteText } from '../amounts.ts';
import { homeCommand } from '../home-command.ts';
import { CommandError, oneLine, print, printJson, relativeTime, table } from '../output.ts';
import { Progress } from '../up/progress.ts';
import { describeLook, explainLook, heldWords, outcomeOf, paintState, refusals } from '../upgrade/describe-look.ts';
import { askForUpgrade, type Detailed, type Ended, historyTable, upgradesOf, watched } from '../upgrade/under-way.ts';
import { registerReadiness } from './agent-auto-upgrade-readiness.ts';
import { registerSchedule } from './agent-auto-upgrade-schedule.ts';

interface Words {
  readonly home: string;
  readonly json?: boolean;
}

export function registerAutoUpgrade(agent: Command): void {
  const group = agent.command('auto-upgrade').description('auto-upgrade of this host: state, reasons, history');
  const command = (name: string, description: string, ...examples: readonly string[]): Command =>
    homeCommand(group, name, description, examples);

  command('get', 'Enabled, Disabled or Suspended', 'agent auto-upgrade get --detail')
    .option('--detail', 'with the reason, each component, and what the last look found')
    .action(async ({ home, json, detail }: Words & { detail?: boolean }) => {
      const found = (await callAgentUpdater(home, 'auto-upgrade.get')) as Detailed;
      if (json === true) printJson(detail === true ? found : { state: found.state });
      else print(detail === true ? describe(found) : found.state);
    });

  command(
    'check',
    'read both repositories now, change nothing',
    'agent auto-upgrade check',
    'agent auto-upgrade check --explain',
  )
    .option('--explain', 'say for each component what would happen, and why not')
    .action(async ({ home, json, explain }: Words & { explain?: boolean }) => {
      const found = (await callAgentUpdater(home, 'auto-upgrade.check')) as Detailed;
      if (json === true) printJson(found);
      else print(explain === true ? explainLook(found) : describeLook(found));
      if (found.failure !== undefined || (found.detail.look?.refusals.length ?? 0) > 0) process.exitCode = 1;
    });

  command(
    'now',
    'look now, and upgrade if there is something; says how it ended',
    'agent auto-upgrade now',
    'agent auto-upgrade now --retry-blocked',
  )
    .option('--retry-blocked', 'also a build that was rolled back here before its pause is over')
    .action(async ({ home, json, retryBlocked }: Words & { retryBlocked?: boolean }) => {
      const call = askForUpgrade(home, 'auto-upgrade.now', { retryBlocked: retryBlocked === true });
      const work =
        json === true
          ? call
          : new Progress(process.stdout).step('upgrade', (say) => watched(home, call, say), outcomeOf);
      const found: Ended = await work;
      if (json === true) printJson(found);
      else print(found.ended.length === 0 ? describeLook(found) : historyTable(found.ended));
      if (found.ended.some(({ result }) => result !== 'Success')) process.exitCode = 1;
      if (found.ended.length === 0 && found.state !== 'Enabled') process.exitCode = 1;
    });

  command('history', 'upgrades of this host, the newest first', 'agent auto-upgrade history --limit 50')
    .option('--limit <number>', 'how many', '20')
    .action(async ({ home, json, limit }: Words & { limit: string }) => {
      if (!/^[1-9]\d{0,2}$/.test(limit)) throw new CommandError('--limit is a whole number from 1 to 200', 2);
      const upgrades = await upgradesOf(home, Number(limit));
      if (json === true) printJson({ upgrades });
      else print(upgrades.length === 0 ? 'nothing was upgraded here yet' : historyTable(upgrades));
    });

  registerReadiness(group);
  registerSchedule(group);

  command('set', 'opt this host in or out', 'agent auto-upgrade set Disabled', 'agent auto-upgrade set Enabled')
    .argument('<state>', 'Enabled or Disabled; Suspended is set by the system alone')
    .option('--dry-run', 'say what would change')
    .action(async (word: string, { home, json, dryRun }: Words & { dryRun?: boolean }) => {
      const state = (['Enabled', 'Disabled'] as const).find((each) => each.toLowerCase() === word.toLowerCase());
      if (state === undefined) {
        throw new CommandError(`${word} is no state that a person sets. Give Enabled or Disabled.`, 2);
      }
      const before = (await callAgentUpdater(home, 'auto-upgrade.get')) as Detailed;
      const after =
        dryRun === true ? before : ((await callAgentUpdater(home, 'auto-upgrade.set', { state })) as AutoUpgrade);
      if (json === true) printJson(dryRun === true ? { state: before.state, would: state } : after);
      else print(dryRun === true ? `would change auto-upgrade from ${before.state} to ${state}` : stateWords(after));
    });
}

/** `Enabled, HUS, looked 4 s ago`. */
export function stateWords({ state, suspensionReason, channel, checkedAt }: AutoUpgrade): string {
  const words = `${paintState(state)}, ${channel}, looked ${relativeTime(checkedAt)}`;
  return suspensionReason === undefined ? words : `${words}: ${oneLine(suspensionReason)}`;
}

function describe(found: Detailed): string {
  const { components, detail, nextCheckAt } = found;
  const rows = components.map(({ component, version, releaseNumber, step, offered, lastUpgrade }) => [
    component,
    version,
    String(releaseNumber),
    step,
    offered ?? '',
    lastUpgrade === undefined ? 'none' : `${lastUpgrade.result}, ${relativeTime(lastUpgrade.endedAt)}`,
  ]);
  const blocked = components.flatMap(({ component, blocked: block }) =>
    block === undefined
      ? []
      : [
          `${component} ${block.version} is blocked until ${minuteText(Date.parse(block.until))}: ${oneLine(block.reason)}`,
        ],
  );
  const held = components.flatMap((own) => {
    const { component, offered, waits } = own;
    return offered === undefined || waits === undefined
      ? []
      : [`${component} ${offered} is ${heldWords(own, offered)}`];
  });
  const { look, reportsKept } = detail;
  return [
    `auto-upgrade  ${stateWords(found)}`,
    `next look     ${found.state === 'Disabled' ? 'when it is Enabled again' : relativeTime(nextCheckAt)}`,
    ...(look === undefined
      ? []
      : [
          `trusted       Director timestamp ${look.directorVersion}, good until ${minuteText(look.directorExpires)}; Image timestamp ${look.imageVersion}`,
        ]),
    ...(reportsKept === 0 ? [] : [`reports       ${reportsKept} wait to be sent`]),
    '',
    table([['COMPONENT', 'VERSION', 'RELEASE', 'STEP', 'OFFERED', 'LAST UPGRADE'], ...rows]),
    ...(held.length + blocked.length === 0 ? [] : ['', ...held, ...blocked]),
    ...refusals(found),
  ].join('\n');
}
