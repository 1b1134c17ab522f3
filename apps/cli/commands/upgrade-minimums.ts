/** `springline upgrade minimums`: which builds are asked for by when, who is below, and why. */
import type { Command } from 'commander';
import { describeMinimums, describeServers } from '../campaign/describe.ts';
import { callControlPlane } from '../control-plane-client.ts';
import { homeCommand } from '../home-command.ts';
import { print, printJson } from '../output.ts';
import { type Common, placeOf } from './person.ts';

interface MinimumsWords extends Common {
  readonly servers?: boolean;
}

export function registerMinimums(upgrade: Command): void {
  homeCommand(
    upgrade,
    'minimums',
    'minimum versions with their date, and who is below; exit code 1 when somebody is after the date',
    ['upgrade minimums', 'upgrade minimums --servers', 'upgrade minimums --json | jq ".servers[] | {hostName, group}"'],
  )
    .option('--servers', 'name each server that is below, with why')
    .action(async ({ home, json, servers }: MinimumsWords) => {
      const minimums = await callControlPlane(placeOf(home), 'getMinimums');
      if (json === true) printJson(minimums);
      else print([describeMinimums(minimums), ...(servers === true ? ['', describeServers(minimums)] : [])].join('\n'));
      const { campaign, serversTotal } = minimums;
      // The last day is still in time.
      if (campaign !== undefined && campaign.daysLeft < 0 && serversTotal > 0) process.exitCode = 1;
    });
}
