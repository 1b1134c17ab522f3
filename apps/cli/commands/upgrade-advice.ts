/** `springline upgrade advice`: what the end of PKS means for these servers, and what to do, in one page. */
import { existsSync } from 'node:fs';
import { type Advice, advise, factsOf } from '@springline/auto-upgrade/advice/advice';
import type { AdviceFacts } from '@springline/auto-upgrade/advice/facts';
import { listFacts, publicFacts } from '@springline/auto-upgrade/advice/list-facts';
import { revisionAt } from '@springline/auto-upgrade/campaign/campaign';
import { CheckServersError } from '@springline/auto-upgrade/history/check-servers-error';
import { publicHistory } from '@springline/auto-upgrade/history/public-history';
import { listLimits } from '@springline/auto-upgrade/history/server-list';
import { systemClock } from '@springline/ports/clock';
import type { Command } from 'commander';
import { callControlPlane, controlPlaneUrl, tokenFileOf } from '../control-plane-client.ts';
import { CommandError, print, printJson } from '../output.ts';
import { textOf } from '../text-file.ts';
import { controlPlaneFacts } from '../upgrade/advice-facts.ts';
import { describeAdvice } from '../upgrade/describe-advice.ts';
import { wholeFleet } from '../upgrade/whole-fleet.ts';
import { instantOf, noticeIn } from './upgrade-check.ts';

interface Words {
  readonly home?: string;
  readonly server?: string;
  readonly from?: string;
  readonly notice?: string;
  readonly at?: string;
  readonly json?: boolean;
}

const usualHome = '.springline';

export function registerUpgradeAdvice(upgrade: Command): void {
  upgrade
    .command('advice')
    .description('what the end of PKS means for your servers: builds to be on, who is below, which way up')
    .option('--server <name>', 'for this server alone')
    .option('--from <file>', 'for a list of servers in CSV, as for upgrade check')
    .option('--notice <file>', 'with --from, or with neither: the minimums of this notice, not the published ones')
    .option('--at <date>', 'as of this day, as 2024-09-02')
    .option('--home <folder>', `ask the control plane of this home (default: "${usualHome}" if there is one)`)
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
Without --from it asks the control plane of the home; where there is none it tells of the public situation. Exit code 1
when a server is below after its date.

Examples:
  springline upgrade advice
  springline upgrade advice --server sync-1.contoso.example
  springline upgrade advice --from servers.csv --at 2024-09-02
  springline upgrade advice --at 2024-09-02 --notice scenarios/september-2024/notice.json
  springline upgrade advice --json | jq '.below.servers[] | {server, group, path}'`,
    )
    .action(async (words: Words) => {
      const advice = await adviceFor(words);
      if (words.json === true) printJson(advice);
      else print(describeAdvice(advice));
      if (advice.late > 0) process.exitCode = 1;
    });
}

/** @throws {CommandError} */
export async function adviceFor(words: Words): Promise<Advice> {
  const facts = await factsFor(words);
  const { server } = words;
  if (server === undefined) return advise(facts, publicHistory);
  const own = factsOf(facts, server);
  if (own !== undefined) return advise(own, publicHistory);
  if (facts.source === 'public') {
    throw new CommandError(`no server is known here: name a list with --from, or a home with a control plane`, 2);
  }
  throw new CommandError(`no server is called ${server}${facts.source === 'list' ? ` in ${words.from}` : ''}`, 2);
}

async function factsFor({ home, from, notice, at }: Words): Promise<AdviceFacts> {
  const now = instantOf(at);
  if (from === undefined && notice === undefined && (home !== undefined || existsSync(tokenFileOf(usualHome)))) {
    const place = { home: home ?? usualHome, url: controlPlaneUrl(home ?? usualHome, 8743) };
    const [minimums, fleet, pks] = await Promise.all([
      callControlPlane(place, 'getMinimums'),
      wholeFleet(place),
      callControlPlane(place, 'getPks'),
    ]);
    const answers = { minimums, fleet, pks };
    return controlPlaneFacts(answers, systemClock.now(), at === undefined ? undefined : now);
  }
  if (home !== undefined) throw new CommandError('--home asks a control plane: leave --from and --notice out', 2);
  const revision = notice === undefined ? undefined : revisionAt(noticeIn(notice), now);
  if (notice !== undefined && revision === undefined) {
    throw new CommandError(`${notice} says nothing yet on that day: its first revision is published later`);
  }
  const options = { now, history: publicHistory, ...(revision === undefined ? {} : { revision }) };
  if (from === undefined) return publicFacts(options);
  try {
    return listFacts(textOf(from, listLimits.sizeBytes), options);
  } catch (error) {
    if (error instanceof CheckServersError) throw new CommandError(`${from}: ${error.message}`, 1, { cause: error });
    throw error;
  }
}
