/** `springline upgrade check`: a list of servers held against a minimum and the version history; nothing is installed. */
import { dayFromDate } from '@springline/auto-upgrade/campaign/calendar';
import { type Campaign, parseCampaign, revisionAt } from '@springline/auto-upgrade/campaign/campaign';
import { CampaignError } from '@springline/auto-upgrade/campaign/error';
import {
  type CheckedServer,
  type CheckReason,
  type CheckResult,
  checkedServersCsv,
  checkServers,
} from '@springline/auto-upgrade/history/check-servers';
import { CheckServersError } from '@springline/auto-upgrade/history/check-servers-error';
import { publicHistory } from '@springline/auto-upgrade/history/public-history';
import { listLimits } from '@springline/auto-upgrade/history/server-list';
import { type EpochMs, systemClock } from '@springline/ports/clock';
import { writeFileAtomic } from '@springline/ports/files';
import type { Command } from 'commander';
import { requireNewFile } from '../new-file.ts';
import { CommandError, dim, green, print, printJson, red, table, yellow } from '../output.ts';
import { textOf } from '../text-file.ts';

interface Words {
  readonly at?: string;
  readonly notice?: string;
  readonly csv?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

const noticeLimitBytes = 512 * 1024;
const dayMs = 86_400_000;

export function registerUpgradeCheck(upgrade: Command): void {
  upgrade
    .command('check')
    .description('check a list of servers: who is below the minimum, supported until when, which way up')
    .argument(
      '<file>',
      'CSV with a header: server, version, and what else is known (component, state, last seen, …); - for standard input',
    )
    .option('--notice <file>', 'judge by the minimums of this notice and not by the published ones')
    .option('--at <date>', 'as of this day, as 2024-09-02')
    .option('--csv <file>', 'write every server with its verdict to a new file')
    .option('--all', 'list every server, not those alone that need something')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
Works without a home and without anything installed: the public history of Connect Sync, Connect Health and the
provisioning agent is built in. Exit code 1 when a server is below the minimum or out of support.

Examples:
  springline upgrade check servers.csv
  springline upgrade check servers.csv --at 2024-09-02 --notice scenarios/september-2024/notice.json
  springline upgrade check servers.csv --csv verdicts.csv --json
  springline upgrade check - < servers.csv`,
    )
    .action((file: string, words: Words) => {
      if (words.csv !== undefined) requireNewFile(words.csv, '--csv');
      const result = check(file, words);
      if (words.csv !== undefined) writeFileAtomic(words.csv, checkedServersCsv(result), 0o644);
      if (words.json === true) printJson(result);
      else print(describeCheck(result, words.all === true));
      if (result.summary.below + result.summary.unsupported > 0) process.exitCode = 1;
    });
}

/** Midday of the day, so that it is that day in most of the world. */
export function instantOf(at: string | undefined): EpochMs {
  if (at === undefined) return systemClock.now();
  const day = dayFromDate(at);
  if (day === undefined) throw new CommandError('--at is a day, as 2024-09-02', 2);
  return (day * dayMs + dayMs / 2) as EpochMs;
}

/** @throws {CommandError} */
export function check(file: string, { at, notice }: Pick<Words, 'at' | 'notice'>): CheckResult {
  const now = instantOf(at);
  const revision = notice === undefined ? undefined : revisionAt(noticeIn(notice), now);
  if (notice !== undefined && revision === undefined) {
    throw new CommandError(`${notice} says nothing yet on that day: its first revision is published later`);
  }
  try {
    return checkServers(textOf(file, listLimits.sizeBytes), {
      ...{ now, history: publicHistory },
      ...(revision === undefined ? {} : { campaignRevision: revision }),
    });
  } catch (error) {
    if (error instanceof CheckServersError) throw new CommandError(`${file}: ${error.message}`, 1, { cause: error });
    throw error;
  }
}

/** @throws {CommandError} */
export function noticeIn(file: string): Campaign {
  try {
    return parseCampaign(JSON.parse(textOf(file, noticeLimitBytes)));
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new CommandError(`${file} is no JSON: ${error.message}`, 1, { cause: error });
    if (error instanceof CampaignError) throw new CommandError(`${file}: ${error.message}`, 1, { cause: error });
    throw error;
  }
}

const heading = ['SERVER', 'COMPONENT', 'VERSION', 'MINIMUM', 'STANDING', 'SUPPORTED UNTIL', 'WAY UP', 'WHY'] as const;
const shownLimit = 200;
/** What a person has to put right in the list itself. */
const doubts: ReadonlySet<CheckReason> = new Set(['version-missing', 'listed-again', 'seen-ahead']);

export function describeCheck({ servers, summary }: CheckResult, isWhole: boolean): string {
  const needs = ({ standing, support, reasons }: CheckedServer): boolean =>
    standing === 'below' ||
    support === 'ended' ||
    support === 'recalled' ||
    reasons.some((reason) => doubts.has(reason));
  const listed = isWhole ? servers : servers.filter(needs);
  const shown = listed.slice(0, shownLimit);
  const more = listed.length - shown.length;
  const ways = Object.entries(summary.byPath).flatMap(([path, count]) => (count === 0 ? [] : [`${count} ${path}`]));
  return [
    ...(shown.length === 0 ? [] : [table([heading, ...shown.map(rowOf)])]),
    ...(more > 0 ? [dim(`and ${more} more; --csv writes all of them`)] : []),
    ...(shown.length === 0 ? [] : ['']),
    `${summary.servers === 1 ? '1 server' : `${summary.servers} servers`}: ${green(`${summary.ok} ok`)}, ${red(`${summary.below} below`)}, ` +
      `${yellow(`${summary.notJudged} not judged`)}; ${summary.unsupported} out of support.` +
      (ways.length === 0 ? '' : ` Ways up: ${ways.join(', ')}.`),
  ].join('\n');
}

function rowOf(server: CheckedServer): string[] {
  const { version = 'unknown', minimum = '', standing, support, supportedUntil, path = '', reasons } = server;
  const until =
    support === 'recalled' ? 'recalled' : (supportedUntil ?? (support === 'supported' ? 'newest' : 'unknown'));
  // A recalled build is to be left, however new it is.
  const shown = support === 'recalled' && standing === 'ok' ? 'recalled' : standing;
  return [server.server, server.component, version, minimum, shown, until, path, reasons.join(', ')];
}
