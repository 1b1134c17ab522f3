/** `springline agent upgrade`: an upgrade in place, by hand, of a host that would not upgrade itself, or not yet. */
import { ReleaseError } from '@springline/auto-upgrade/release/error';
import { type Component, components } from '@springline/auto-upgrade/release/target-path';
import { parseVersion } from '@springline/auto-upgrade/release/version';
import { Argument, type Command } from 'commander';
import { homeCommand } from '../home-command.ts';
import { CommandError, oneLine, print, printJson, red } from '../output.ts';
import { Progress } from '../up/progress.ts';
import { outcomeOf } from '../upgrade/describe-look.ts';
import { askForUpgrade, type Ended, historyTable, watched } from '../upgrade/under-way.ts';

interface Words {
  readonly home: string;
  readonly json?: boolean;
  readonly to?: string;
  readonly retryBlocked?: boolean;
  readonly dryRun?: boolean;
}

export function registerAgentUpgrade(agent: Command): void {
  homeCommand(agent, 'upgrade', 'upgrade this host in place, by hand, whatever auto-upgrade waits for', [
    'agent upgrade --dry-run',
    'agent upgrade connect-sync --to 2.6.84.0',
    "agent upgrade --json | jq '.ended[] | {component, to, result}'",
  ])
    .addArgument(new Argument('[component]', 'default: every component of this host').choices(components))
    .option('--to <version>', 'one that the Director names (default: the newest that may be downloaded)')
    .option('--retry-blocked', 'also a build that was rolled back here before its pause is over')
    .option('--dry-run', 'look, and say what would be done')
    .addHelpText(
      'after',
      `
It goes beyond an opt-out, a pin, rings, ramps, windows and freezes, and takes releases that are for download only. The
host stays Disabled or Enabled, as it was. Signatures, recalls, halts and release numbers count as always. Exit code 1
when something was refused or did not end well.`,
    )
    .action(async (component: Component | undefined, { home, json, to, retryBlocked, dryRun }: Words) => {
      requireVersion(to);
      const call = askForUpgrade(home, 'auto-upgrade.by-hand', {
        ...(component === undefined ? {} : { component }),
        ...(to === undefined ? {} : { version: to }),
        ...{ retryBlocked: retryBlocked === true, dryRun: dryRun === true },
      });
      const isQuiet = json === true || dryRun === true;
      const found = await (isQuiet
        ? call
        : new Progress(process.stdout).step('upgrade by hand', (say) => watched(home, call, say), outcomeOf));
      if (json === true) printJson(found);
      else print(describe(found, to, dryRun === true));
      if (!endedWell(found)) process.exitCode = 1;
    });
}

function requireVersion(to: string | undefined): void {
  try {
    if (to !== undefined) parseVersion(to);
  } catch (error) {
    if (error instanceof ReleaseError) throw new CommandError(`--to: ${error.message}`, 2);
    throw error;
  }
}

function endedWell({ decisions = [], ended, failure }: Ended): boolean {
  const isRefused = decisions.some(({ action }) => action === 'refuse');
  return failure === undefined && !isRefused && ended.every(({ result }) => result === 'Success');
}

function describe({ decisions = [], ended, failure, state }: Ended, to: string | undefined, isDryRun: boolean): string {
  const told = decisions.flatMap(
    ({ component, from, action, version = '', releaseNumber, sha256, rule, reason = '' }) => {
      if (action === 'refuse') return [`${red('refused')} ${component} ${version} ${oneLine(`${rule}: ${reason}`)}`];
      if (action === 'none')
        return [`${component} ${from}: ${to === undefined ? 'nothing newer is named for it' : 'runs here already'}`];
      const build = `release ${releaseNumber}, ${sha256?.slice(0, 12)}`;
      return isDryRun ? [`would upgrade ${component} ${from} -> ${version} (${build})`] : [];
    },
  );
  const stays = state === 'Disabled' && ended.length > 0 ? ['', 'auto-upgrade stays Disabled on this host'] : [];
  return [
    ...(failure === undefined ? [] : [`${red('refused')} ${failure.code}: ${oneLine(failure.message)}`]),
    ...told,
    ...(ended.length === 0 ? [] : [historyTable(ended)]),
    ...stays,
  ].join('\n');
}
