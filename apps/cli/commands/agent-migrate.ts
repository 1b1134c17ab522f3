/** `springline agent migrate`: a new server takes over from an old one, without a gap and without two that export. */
import { existsSync, mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join, resolve } from 'node:path';
import { agentHome } from '@springline/agent/home';
import { loadIdentity } from '@springline/agent/identity/identity';
import { bindAsLock } from '@springline/agent/updater/lock';
import type { Command } from 'commander';
import type { Comparison } from '../agent/migrate/comparison.ts';
import { MigrationJournal } from '../agent/migrate/journal.ts';
import { type DryRun, dryRun, migrate, type StepEnd } from '../agent/migrate/migrate.ts';
import { isAnswering } from '../agent/migrate/server.ts';
import { nextState, stateWords } from '../agent/migrate/states.ts';
import type { MigrationPlan, MigrationWorld } from '../agent/migrate/world.ts';
import { runAgent } from '../agent/run.ts';
import { controlPlaneUrl, tokenFileOf } from '../control-plane-client.ts';
import { homeCommand } from '../home-command.ts';
import { CommandError, oneLine, print, printJson } from '../output.ts';
import type { Child } from '../up/child.ts';
import { lockHome } from '../up/lock.ts';
import { makeHome } from '../up/preflight.ts';
import { Progress } from '../up/progress.ts';
import { wholeNumber } from '../whole-number.ts';
import { describeChanges } from './sync-pending.ts';

interface Words {
  readonly home: string;
  readonly oldHome?: string;
  readonly connector?: string;
  readonly accept: number;
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly keepOld?: boolean;
  readonly wait: number;
  readonly start: boolean;
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

const usualPort = 8743;
const shownChanges = 50;
const listedChanges = 1_000;

export function registerAgentMigrate(agent: Command): void {
  homeCommand(agent, 'migrate', 'a new server takes over from an old one, which is retired (swing)', [
    'agent migrate --home ./new --old-home /var/lib/springline --dry-run',
    'agent migrate --home ./new --old-home /var/lib/springline',
    'agent migrate --home /var/lib/springline --accept 12 --keep-old',
    'agent migrate --home /var/lib/springline --force',
  ])
    .option('--old-home <folder>', 'home of the old server, where it is on this host')
    .option('--connector <name>', 'name of the new connector, should the new server not be installed yet')
    .option('--accept <count>', 'so many objects may differ', countFrom, 0)
    .option('--yes', 'go on however many objects differ, fail, or are exported at first')
    .option('--force', 'the old server is dead: take over when its lease has ended')
    .option('--keep-old', 'keep the old server as a staging server; otherwise its identity is revoked')
    .option('--wait <seconds>', 'how long to wait for the old server to be demoted, or for its lease', wholeNumber, 900)
    .option('--no-start', 'end when all is done, also when this command started the new agent')
    .option('--dry-run', 'say what would be done and how the servers differ, change nothing')
    .addHelpText(
      'after',
      `
Steps: the new server is installed beside the old one (with --old-home, its configuration and rules are taken over) and
stages; it reads and synchronises everything; the two are compared; the old one gives up exporting; they are compared
again; the new one takes over and runs a cycle; the old one is retired. At no time do both export. A step that fails
before the new server takes over leaves the old one exporting. A command that was cut short is given again.`,
    )
    .action(runMigration);
}

/** 0 to 999,999. @throws {InvalidArgumentError} */
function countFrom(text: string): number {
  return text === '0' ? 0 : wholeNumber(text);
}

async function runMigration(words: Words): Promise<void> {
  const plan = planOf(words);
  const { home } = plan;
  const progress = new Progress(words.json === true ? process.stderr : process.stdout);
  if (words.dryRun === true) return showDryRun(await dryRun(plan, new MigrationJournal(home)), words);
  if (loadIdentity(agentHome(home)) === undefined && plan.oldHome === undefined) {
    throw new CommandError(
      `no agent is enrolled in ${home}. On this host with the old server: --old-home FOLDER. Otherwise: springline agent enrolment-string create --beside CONNECTOR there, and springline agent install --staging here`,
    );
  }
  makeHome(home);
  const lock = await lockMigration(home);
  const running: { agent?: Child; lock?: Server } = {};
  try {
    const done: StepEnd[] = [];
    let last: Comparison | undefined;
    const journal = new MigrationJournal(home);
    const world: MigrationWorld = {
      plan,
      journal,
      run: (say) =>
        ensureRunning(home, running, say, (reason) => progress.line(`agent ${reason}; it is started again`)),
      place: () => placeOf(plan),
      line: (text) => progress.line(text),
      compared: (comparison) => {
        last = comparison;
        const { differences } = comparison;
        if (differences.length > 0) progress.line(describeDifferences(comparison));
      },
    };
    const report = (): object => ({ ...reportOf(journal), steps: done, ...comparisonJson(last) });
    try {
      await migrate(
        world,
        (name, work) => progress.step(name, work, (passed) => oneLine(passed.words)),
        (step) => done.push(step),
      );
    } catch (error) {
      if (words.json === true) printJson(report());
      throw error;
    }
    if (words.json === true) printJson(report());
    progress.line(`migrated: ${home} exports`);
    if (running.agent === undefined) return;
    if (words.start) await untilAsked(progress, home);
    else progress.line(`  Start the new server: npx springline agent run --home ${home}`);
  } finally {
    await running.agent?.stop();
    running.lock?.close();
    lock.close();
  }
}

function planOf(words: Words): MigrationPlan {
  const home = resolve(words.home);
  const oldHome = words.oldHome === undefined ? undefined : resolve(words.oldHome);
  if (home === oldHome) throw new CommandError('--home is the new server and --old-home the old one: two folders', 2);
  if (oldHome !== undefined && !existsSync(agentHome(oldHome).identity)) {
    throw new CommandError(`no enrolled agent is in ${oldHome}: is it the right --old-home?`, 2);
  }
  return {
    home,
    ...(oldHome === undefined ? {} : { oldHome }),
    ...(words.connector === undefined ? {} : { connector: words.connector }),
    accept: words.accept,
    yes: words.yes === true,
    force: words.force === true,
    keepOld: words.keepOld === true,
    waitMs: words.wait * 1_000,
  };
}

/** The token of whichever home has one, the new one first. */
function placeOf({ home, oldHome }: MigrationPlan): { home: string; url: string; tokenFile: string } | undefined {
  for (const each of oldHome === undefined ? [home] : [home, oldHome]) {
    const tokenFile = tokenFileOf(each);
    const isEnrolled = existsSync(agentHome(each).identity);
    if (isEnrolled && existsSync(tokenFile)) return { home: each, url: controlPlaneUrl(each, usualPort), tokenFile };
  }
  return undefined;
}

/** Starts the agent of the home if none runs there; it ends with this command. */
async function ensureRunning(
  home: string,
  running: { agent?: Child; lock?: Server },
  say: (where: string) => void,
  ended: (reason: string) => void,
): Promise<void> {
  if (running.agent !== undefined || (await isAnswering(home))) return;
  running.lock ??= await lockHome(home);
  say('starting');
  running.agent = await runAgent(home, { ended });
}

/** One at a time: a bound socket, which a dead process cannot hold. */
async function lockMigration(home: string): Promise<Server> {
  const server = createServer((socket) => socket.end());
  const folder = process.cwd();
  try {
    mkdirSync(agentHome(home).folder, { recursive: true, mode: 0o700 });
    await bindAsLock(server, join(agentHome(home).folder, 'migrate.sock'));
    server.unref();
    return server;
  } catch (cause) {
    throw new CommandError(
      `another migration runs in ${home}, or it cannot be locked: ${(cause as Error).message}`,
      1,
      { cause },
    );
  } finally {
    process.chdir(folder);
  }
}

async function untilAsked(progress: Progress, home: string): Promise<void> {
  progress.line(
    `ready agent ${loadIdentity(agentHome(home))?.agentId}; Ctrl-C stops it, springline agent run starts it again`,
  );
  await new Promise<void>((end) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => end());
  });
  progress.line('stopping …');
}

function reportOf({ state, old }: MigrationJournal): object {
  return { state, done: state === 'done', ...(old === undefined ? {} : { old }) };
}

function comparisonJson(comparison: Comparison | undefined): object {
  if (comparison === undefined) return {};
  const { differences, totals, digests, failing } = comparison;
  return {
    comparison: {
      totals,
      failing,
      differences: differences.slice(0, listedChanges),
      ...(digests === undefined ? {} : { digests }),
    },
  };
}

function describeDifferences({ differences, digests }: Comparison): string {
  const ofNew = differences.filter(({ by }) => by === 'new');
  const ofOld = differences.filter(({ by }) => by === 'old');
  const part = (heading: string, items: typeof differences): readonly string[] =>
    items.length === 0 ? [] : [heading, describeChanges(items.slice(0, shownChanges), items.length)];
  const silent = digests?.connectorSpace ?? [];
  return [
    ...part('The new server would:', ofNew),
    ...part('The old server would, and the new one would not:', ofOld),
    ...(silent.length === 0 ? [] : [`Held differently: ${silent.slice(0, shownChanges).map(oneLine).join(', ')}`]),
  ].join('\n');
}

function showDryRun({ state, old, isInstalled, comparison }: DryRun, { json, keepOld }: Words): void {
  if (json === true) {
    printJson({
      state,
      dryRun: true,
      installed: isInstalled,
      ...(old === undefined ? {} : { old }),
      ...comparisonJson(comparison),
    });
    return;
  }
  print(`old server     ${old === undefined ? 'none: nobody exports' : `${oneLine(old.hostName)} (${old.agentId})`}`);
  print(`new server     ${isInstalled ? 'is installed' : 'would be installed beside it, and stage'}`);
  if (comparison !== undefined) {
    const { add, update, delete: deletes } = comparison.totals;
    print(`differences    ${add} adds, ${update} updates, ${deletes} deletes, as far as both have read`);
    if (comparison.differences.length > 0) print(describeDifferences(comparison));
  }
  print('would then do:');
  for (let next = state; next !== 'done'; next = nextState[next].passed) {
    print(`  ${stateWords[next]}${next === 'retiring' && keepOld === true ? ': kept as a staging server' : ''}`);
  }
}
