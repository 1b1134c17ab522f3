/**
 * Takes a migration from one state to the next, each noted in the journal, until it is done or a step fails. A failure
 * before the new server exports ends only when the old one exports again; so does a command that goes on after a kill.
 */
import { agentHome } from '@springline/agent/home';
import { loadIdentity } from '@springline/agent/identity/identity';
import { CommandError } from '../../output.ts';
import { type Comparison, compare } from './comparison.ts';
import type { MigrationJournal, OldServer } from './journal.ts';
import { identityOf, isAnswering, stagingOf } from './server.ts';
import { type MigrationState, stateWords } from './states.ts';
import { exportsAlready, findOld, ready, steps } from './steps.ts';
import type { MigrationPlan, MigrationWorld, Passed } from './world.ts';

export interface StepEnd {
  readonly state: MigrationState;
  readonly words: string;
}

/** Runs a step as people see it. */
type Show = (name: string, work: (say: (where: string) => void) => Promise<Passed>) => Promise<Passed>;

/**
 * Goes on where the journal is, to the end. `ended` hears of each step that passed.
 *
 * @throws {CommandError} why a step failed; the same command goes on after what it says was done.
 */
export async function migrate(world: MigrationWorld, show: Show, ended: (step: StepEnd) => void): Promise<void> {
  const { plan, journal } = world;
  await beginOrGoOn(world);
  let failure: Error | undefined;
  while (journal.state !== 'done') {
    const { state } = journal;
    // The agent of the new home may have ended with the command that started it.
    if (state !== 'installing' && loadIdentity(agentHome(plan.home)) !== undefined) {
      await ready(world, () => undefined);
    }
    try {
      const passed = await show(stateWords[state], (say) => steps[state](world, say));
      journal.ended('passed', passed.expected === undefined ? {} : { expected: passed.expected });
      ended({ state, words: passed.words });
    } catch (error) {
      journal.ended('failed', { reason: (error as Error).message.slice(0, 1_000) });
      if (failure !== undefined) throw stuck(failure, error as Error);
      if (journal.state !== 'going-back') throw error;
      failure = error as Error;
      continue;
    }
    if (failure !== undefined) throw failure;
  }
}

function stuck(failure: Error, cause: Error): CommandError {
  return new CommandError(
    `${failure.message}; and the old server does not export again yet: ${cause.message}. Run this again, or promote it: springline sync staging promote`,
    1,
    { cause },
  );
}

/** @throws {CommandError} when another migration is under way, or there is nothing to migrate. */
async function beginOrGoOn(world: MigrationWorld): Promise<void> {
  const { plan, journal } = world;
  if (journal.isBegun && journal.state !== 'done') {
    requireSameOld(plan, journal);
    return;
  }
  if (loadIdentity(agentHome(plan.home)) !== undefined) {
    await ready(world, () => undefined);
    const { staging, lease } = await stagingOf(plan.home);
    const isOwn = lease?.agent === identityOf(plan.home).agentId;
    if (journal.state === 'done' && !staging && isOwn) return;
    if (!staging && isOwn) throw exportsAlready(plan.home);
  }
  const old = await findOld(plan);
  journal.begin(old);
}

function requireSameOld({ oldHome }: MigrationPlan, { old }: MigrationJournal): void {
  if (oldHome === undefined || old?.home === oldHome) return;
  const before = old?.home ?? old?.hostName ?? 'none';
  throw new CommandError(
    `a migration is under way here whose old server is ${before}. Give the same --old-home, or none, to go on with it.`,
    2,
  );
}

/** What a migration would do, and what is known of it now. Changes nothing. */
export interface DryRun {
  readonly state: MigrationState;
  readonly old: OldServer | undefined;
  readonly isInstalled: boolean;
  /** Absent where one of the servers does not answer yet. */
  readonly comparison?: Comparison;
}

/** @throws {CommandError} as the migration would before it changes anything. */
export async function dryRun(plan: MigrationPlan, journal: MigrationJournal): Promise<DryRun> {
  const { home, oldHome } = plan;
  const isInstalled = loadIdentity(agentHome(home)) !== undefined;
  const answers = isInstalled && (await isAnswering(home));
  if (!isInstalled && oldHome === undefined) throw new CommandError(`no agent is enrolled in ${home}; see --help`);
  if (oldHome === undefined && !answers) {
    throw new CommandError(`no agent runs in ${home}, so nobody can say which server exports. Start it first.`);
  }
  if (journal.isBegun && journal.state !== 'done') requireSameOld(plan, journal);
  const old = journal.isBegun && journal.state !== 'done' ? journal.old : await findOld(plan);
  const state = journal.isBegun && journal.state !== 'done' ? journal.state : 'installing';
  if (!answers) return { state, old, isInstalled };
  const oldAnswers = old?.home !== undefined && (await isAnswering(old.home)) ? old.home : undefined;
  return { state, old, isInstalled, comparison: await compare(home, oldAnswers) };
}
