/**
 * Plays a story: takes up where an earlier run was left, sets the clock, takes step after step, and holds the counts of the
 * running product against those that the scenario expects. A count that differs ends the play.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Minimums } from '@springline/api/shapes/campaign';
import { groups } from '@springline/auto-upgrade/campaign/judge';
import type { Tally } from '@springline/auto-upgrade/campaign/tally';
import type { EpochMs } from '@springline/ports/clock';
import { writeFileAtomic } from '@springline/ports/files';
import { z } from 'zod';
import { describeMinimums } from '../campaign/describe.ts';
import { bold, CommandError, dim, print, printJson, yellow } from '../output.ts';
import { readSmallJson } from '../small-file.ts';
import { ChildError } from '../up/child.ts';
import { lockHome } from '../up/lock.ts';
import { checkPort, makeHome } from '../up/preflight.ts';
import type { Scenario } from './files.ts';
import { ReplayHost } from './host.ts';
import { recordServers } from './recorded.ts';
import { Replay } from './replay.ts';
import { septemberStory } from './september-2024.ts';
import type { Stage, Step, Story } from './story.ts';

export interface PlayPlan {
  /** Absolute. */
  readonly home: string;
  readonly port: number;
  readonly isAsPublished: boolean;
  readonly isStepwise: boolean;
  readonly isOpenAfter: boolean;
  readonly isFresh: boolean;
  readonly isJson: boolean;
}

const stories: Readonly<Record<string, (isAsPublished: boolean) => Story>> = { 'september-2024': septemberStory };

/** `<home>/story.json`: how far it came. */
const progressShape = z.strictObject({
  scenario: z.string().max(100),
  isAsPublished: z.boolean(),
  port: z.int().min(1).max(65_535),
  done: z.array(z.string().max(100)).max(1_000),
});
type Progress = z.infer<typeof progressShape>;
const progressLimitBytes = 64 * 1024;
/** Bound while somebody plays. */
const lockName = 'up.sock';

interface ToldStep {
  readonly step: string;
  readonly at: string;
  readonly title: string;
  readonly lines: readonly { readonly command?: string; readonly outcome: string }[];
  readonly minimums?: Minimums;
}

const patienceMs = 60_000;
const lookEveryMs = 100;

export async function playScenario(scenario: Scenario, plan: PlayPlan): Promise<void> {
  const story = stories[scenario.facts.scenarioId]?.(plan.isAsPublished);
  if (story === undefined) throw new CommandError(`the scenario ${scenario.facts.scenarioId} cannot be played`, 2);
  if (plan.isStepwise && process.stdin.isTTY !== true) {
    throw new CommandError('--step waits for Enter, and standard input is no terminal', 2);
  }
  const known = knownProgress(scenario, plan);
  const port = known?.port ?? plan.port;
  const lock = await heldHome(plan.home, port);
  try {
    const isNew = known === undefined || plan.isFresh;
    if (isNew) clearHome(plan.home);
    const progress = isNew
      ? { scenario: scenario.facts.scenarioId, isAsPublished: plan.isAsPublished, port: plan.port, done: [] }
      : known;
    saveProgress(plan.home, progress);
    await playFrom(scenario, plan, story, progress);
  } finally {
    lock.close();
  }
}

async function playFrom(scenario: Scenario, plan: PlayPlan, story: Story, progress: Progress): Promise<void> {
  const say = plan.isJson ? (line: string) => void process.stderr.write(`${line}\n`) : print;
  say(`${bold(scenario.facts.title)}: ${yellow(scenario.facts.banner)}`);
  say(dim('The clock is the scenario’s. The agents marked in its files are real, the others are recorded.'));
  const replay = new Replay(scenario, { home: plan.home, port: progress.port }, say);
  const interrupted = new AbortController();
  const interrupt = (): void => {
    say(dim('stopping after this step; the same command goes on from there'));
    interrupted.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt);
  try {
    const here = story.steps.findLast(({ id }) => progress.done.includes(id)) ?? story.steps[0]!;
    await replay.prepare(instant(here.at));
    await replay.start();
    const told = await new Player(plan, story, replay, progress, say).play(interrupted.signal);
    if (plan.isOpenAfter) await showPortal(replay, say, interrupted.signal);
    if (plan.isJson) printJson({ scenario: scenario.facts.scenarioId, home: plan.home, steps: told });
    const left = told.findLast(({ minimums }) => minimums !== undefined)?.minimums;
    if ((left?.serversTotal ?? 0) > 0) process.exitCode = 1;
  } catch (error) {
    // The end of the input, at a prompt, is a wish to stop as well.
    const isStopped = interrupted.signal.aborted || (error as Error).name === 'AbortError';
    if (isStopped) throw new CommandError('stopped; the same command goes on from here', 1, { cause: error });
    if (error instanceof ChildError) throw new CommandError(error.message, 1, { cause: error });
    throw error;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt);
    await replay.stop();
  }
}

class Player {
  readonly #plan: PlayPlan;
  readonly #story: Story;
  readonly #replay: Replay;
  readonly #say: (line: string) => void;
  readonly #hosts: ReadonlyMap<string, ReplayHost>;
  #progress: Progress;

  constructor(plan: PlayPlan, story: Story, replay: Replay, progress: Progress, say: (line: string) => void) {
    this.#plan = plan;
    this.#story = story;
    this.#replay = replay;
    this.#progress = progress;
    this.#say = say;
    this.#hosts = new Map(story.hosts.map((host) => [host.hostName, new ReplayHost(replay, host)]));
  }

  async play(interrupted: AbortSignal): Promise<readonly ToldStep[]> {
    const told: ToldStep[] = [];
    const { done } = this.#progress;
    if (done.length > 0) await this.#takeUp(done);
    for (const step of this.#story.steps) {
      if (this.#progress.done.includes(step.id)) continue;
      interrupted.throwIfAborted();
      if (this.#plan.isStepwise) await asked(`\nEnter: ${step.at.slice(0, 10)}  ${step.title} `, interrupted);
      told.push(await this.#take(step));
      this.#progress = { ...this.#progress, done: [...this.#progress.done, step.id] };
      saveProgress(this.#plan.home, this.#progress);
    }
    if (told.length > 0) return told;
    const last = this.#story.steps.findLast(({ isCounted }) => isCounted === true)!;
    return [await this.#take({ ...last, run: async () => undefined })];
  }

  /** The agents that run at this point of the story run again. */
  async #takeUp(done: readonly string[]): Promise<void> {
    this.#say(dim(`taken up after ${this.#story.steps.find(({ id }) => id === done.at(-1))?.title ?? done.at(-1)}`));
    for (const host of this.#hosts.values()) if (host.isInstalled && !host.isRetired) await host.start();
  }

  async #take(step: Step): Promise<ToldStep> {
    const lines: { command?: string; outcome: string }[] = [];
    this.#say(`\n${bold(`${step.at.slice(0, 10)}  ${step.title}`)}`);
    await this.#replay.goTo(instant(step.at));
    const stage: Stage = {
      replay: this.#replay,
      at: step.at,
      host: (name) => this.#hostNamed(name),
      did: (command, outcome) => {
        lines.push({ command, outcome });
        this.#say(`  $ ${command}\n    ${outcome}`);
      },
      say: (line) => {
        lines.push({ outcome: line });
        this.#say(`  ${line}`);
      },
      until,
    };
    await step.run(stage);
    const minimums = step.isCounted === true ? await this.#count(stage) : undefined;
    return { step: step.id, at: step.at, title: step.title, lines, ...(minimums === undefined ? {} : { minimums }) };
  }

  #hostNamed(name: string): ReplayHost {
    const host = this.#hosts.get(name);
    if (host === undefined) throw new CommandError(`the story has no host ${name}`);
    return host;
  }

  /** Every host says how it is, then the control plane is asked; its answer is what the scenario expects of the day. */
  async #count(stage: Stage): Promise<Minimums> {
    await recordServers(this.#replay, instant(stage.at));
    for (const host of this.#hosts.values()) if (host.isRunning) await host.check();
    const expected = expectedOn(this.#replay.scenario, this.#plan.isAsPublished, stage.at);
    let seen: Minimums | undefined;
    const isAsExpected = async (): Promise<Minimums | undefined> => {
      seen = await this.#replay.ask('getMinimums');
      return sameCounts(seen, expected) ? seen : undefined;
    };
    const minimums = await until(isAsExpected, 'the counts').catch((cause: unknown) => {
      if (seen === undefined) throw cause;
      throw new CommandError(
        `the counts of ${stage.at} are not those that the scenario expects:\n${describeMinimums(seen)}\n${JSON.stringify(countsOf(seen))}\n${JSON.stringify(countsOf(expected))}`,
        1,
        { cause },
      );
    });
    this.#say(`  $ npx springline upgrade minimums --home ${this.#plan.home}\n`);
    this.#say(
      describeMinimums(minimums)
        .split('\n')
        .map((line) => `  ${line}`)
        .join('\n'),
    );
    return minimums;
  }
}

/** What an earlier run left. @throws {CommandError} when the home holds something else, or another telling. */
function knownProgress(scenario: Scenario, { home, isAsPublished, isFresh }: PlayPlan): Progress | undefined {
  const file = progressFile(home);
  if (!existsSync(file)) {
    if (!existsSync(home) || readdirSync(home).every((name) => name === lockName)) return undefined;
    throw new CommandError(`${home} is there and holds no scenario. Choose another --home.`);
  }
  const parsed = progressShape.safeParse(readSmallJson(file, progressLimitBytes));
  if (!parsed.success) throw new CommandError(`${file} is not what a replay keeps. Choose another --home.`);
  const { data } = parsed;
  if (isFresh || (data.scenario === scenario.facts.scenarioId && data.isAsPublished === isAsPublished)) return data;
  throw new CommandError(`${home} holds another telling. Begin again with --fresh, or choose another --home.`);
}

/** Nobody else plays in the home from here on. @throws {CommandError} */
async function heldHome(home: string, port: number): ReturnType<typeof lockHome> {
  makeHome(home);
  const lock = await lockHome(home);
  try {
    await checkPort(port);
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}

function clearHome(home: string): void {
  for (const name of readdirSync(home)) {
    if (name !== lockName) rmSync(join(home, name), { recursive: true, force: true });
  }
}

function saveProgress(home: string, progress: Progress): void {
  writeFileAtomic(progressFile(home), `${JSON.stringify(progress)}\n`, 0o600);
}

const progressFile = (home: string): string => join(home, 'story.json');
const instant = (text: string): EpochMs => Date.parse(text) as EpochMs;

/** @throws {CommandError} the scenario says nothing of that day by that revision. */
function expectedOn({ folder, facts, campaign }: Scenario, isAsPublished: boolean, at: string): Tally {
  const revisions = isAsPublished ? campaign.revisions : campaign.revisions.slice(0, facts.campaign.revision);
  const counts = revisions.filter(({ publishedAt }) => publishedAt <= instant(at)).at(-1)?.revision;
  const found = facts.expected.find((each) => instant(each.at) === instant(at) && each.revision === counts);
  if (found === undefined) throw new CommandError(`the scenario expects nothing of ${at} by revision ${counts}`);
  return JSON.parse(readFileSync(join(folder, found.file), 'utf8')) as Tally;
}

type Counted = Pick<Minimums, 'minimums' | 'groups' | 'servers'> | Pick<Tally, 'components' | 'groups' | 'servers'>;

/** What both say: numbers, groups, and who is below in which. */
function countsOf(counted: Counted) {
  const rows = 'minimums' in counted ? counted.minimums : counted.components;
  return {
    components: rows.map(({ component, ok, below, notJudged, moved }) => [component, ok, below, notJudged, moved]),
    groups: groups.map((group) => [group, counted.groups[group]]),
    servers: counted.servers.map(({ tenant, hostName, group }) => `${tenant} ${hostName} ${group}`).sort(),
  };
}

function sameCounts(seen: Minimums, expected: Tally): boolean {
  return JSON.stringify(countsOf(seen)) === JSON.stringify(countsOf(expected));
}

async function until<T>(look: () => Promise<T | undefined> | T | undefined, what: string): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new CommandError(`${what}: not within ${patienceMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

async function asked(question: string, signal: AbortSignal): Promise<void> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // On a terminal the prompt takes Ctrl-C for itself.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    await lines.question(question, { signal });
  } finally {
    lines.close();
  }
}

async function showPortal(replay: Replay, say: (line: string) => void, interrupted: AbortSignal): Promise<void> {
  const { url } = await replay.ask('createSignInLink');
  say(`\n  Portal    ${bold(url)}\n  Stop      Ctrl-C`);
  await new Promise<void>((resolve) => {
    if (interrupted.aborted) resolve();
    interrupted.addEventListener('abort', () => resolve(), { once: true });
  });
}
