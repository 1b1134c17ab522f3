/** `springline scenario NAME`: a situation replayed by the product, or how its servers stood on a day. */
import { resolve } from 'node:path';
import { utcDate } from '@springline/auto-upgrade/campaign/deadline';
import type { EpochMs } from '@springline/ports/clock';
import type { Command } from 'commander';
import { describeMinimums, describeServers } from '../campaign/describe.ts';
import { CommandError, print, printJson } from '../output.ts';
import { readScenario, type Scenario, scenarioNames } from '../scenario/files.ts';
import { playScenario } from '../scenario/play.ts';
import { standingAt } from '../scenario/standing.ts';

interface ScenarioWords {
  readonly at?: string;
  readonly asPublished?: boolean;
  readonly servers?: boolean;
  readonly step?: boolean;
  readonly open?: boolean;
  readonly fresh?: boolean;
  readonly json?: boolean;
  readonly home?: string;
  readonly port: string;
}

export function registerScenario(program: Command): void {
  program
    .command('scenario [name]')
    .description('replay a situation with real agents and example builds; exit code 1 when servers remain below')
    .option('--at <date>', 'only say how the servers stood then: a day, or an instant as 2024-09-16T23:59 (UTC)')
    .option('--as-published', 'by the notice as it was revised later')
    .option('--servers', 'with --at: name each server that is below, with why')
    .option('--step', 'wait for Enter before each step')
    .option('--open', 'keep the portal up at the end')
    .option('--fresh', 'begin again from the start, and not where an earlier run was left')
    .option('--home <folder>', 'where the replay is kept (default: .springline-scenario/NAME)')
    .option('--port <number>', 'of the control plane', '8744')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
Examples:
  springline scenario september-2024 --at 2024-09-02
  springline scenario september-2024 --at 2024-09-17 --servers
  springline scenario september-2024 --at 2024-09-24 --as-published
  springline scenario september-2024
  springline scenario september-2024 --step --open
  springline upgrade advice --server fourthcoffee-sync1 --home .springline-scenario/september-2024`,
    )
    .action(run);
}

async function run(name: string | undefined, words: ScenarioWords): Promise<void> {
  if (name === undefined) return list(words.json === true);
  const scenario = readScenario(name);
  if (words.at === undefined) return play(scenario, words);
  const stray = (['step', 'open', 'fresh', 'home'] as const).find((each) => words[each] !== undefined);
  if (stray !== undefined)
    throw new CommandError(`--${stray} plays the scenario; --at only reckons. Give one of them.`, 2);
  const at = instantOf(words.at);
  const minimums = standingAt(scenario, words.asPublished === true, at);
  if (words.json === true) printJson({ scenario: name, at: new Date(at).toISOString(), ...minimums });
  else
    print([describeMinimums(minimums), ...(words.servers === true ? ['', describeServers(minimums)] : [])].join('\n'));
  if (minimums.campaign!.daysLeft < 0 && minimums.serversTotal > 0) process.exitCode = 1;
}

function list(isJson: boolean): void {
  const all = scenarioNames().map((each) => readScenario(each).facts);
  if (isJson) printJson(all.map(({ scenarioId, title }) => ({ scenarioId, title })));
  else print(all.map(({ scenarioId, title, banner }) => `${scenarioId}  ${title} (${banner})`).join('\n'));
}

async function play(scenario: Scenario, words: ScenarioWords): Promise<void> {
  if (words.servers === true) throw new CommandError('--servers goes with --at', 2);
  const port = Number(words.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new CommandError(`--port ${words.port} is no port: 1 to 65535`, 2);
  }
  const { scenarioId } = scenario.facts;
  await playScenario(scenario, {
    home: resolve(words.home ?? `.springline-scenario/${scenarioId}`),
    port,
    isAsPublished: words.asPublished === true,
    isStepwise: words.step === true,
    isOpenAfter: words.open === true,
    isFresh: words.fresh === true,
    isJson: words.json === true,
  });
}

/** A day is its first instant: `2024-09-17` is when the effects of the 16th begin. */
function instantOf(text: string): EpochMs {
  const found = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?::(\d\d))?Z?)?$/.exec(text);
  const ms = found === null ? Number.NaN : Date.parse(`${found[1]}T${found[2] ?? '00:00'}:${found[3] ?? '00'}Z`);
  // 30 February is read as 1 March.
  if (found !== null && !Number.isNaN(ms) && utcDate(ms as EpochMs) === found[1]) return ms as EpochMs;
  throw new CommandError(
    `--at ${JSON.stringify(text.slice(0, 40))} is no date: write it as 2024-09-02 or 2024-09-16T23:59`,
    2,
  );
}
