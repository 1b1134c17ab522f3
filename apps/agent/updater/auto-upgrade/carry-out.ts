/**
 * One upgrade from its staged build to its end: switched over and kept, aborted before, or rolled back. What follows from
 * the end is in `ending.ts`. Imports nothing from npm.
 */
import { nextStep } from '@springline/auto-upgrade/upgrader/upgrade-step';
import type { Attempt } from './attempt.ts';
import { AbortedError, abortedBy, RollBack } from './ending.ts';
import { leaveSelf, switchSelf, type UpdaterWorld } from './self-upgrade.ts';
import {
  beforeUpgrade,
  keepNewBuild,
  prepareSwitch,
  rollBack,
  type SwitchWorld,
  switchOver,
  watchProbation,
} from './switch-over.ts';
import type { Outcome } from './upgrader-session.ts';

interface CarryOutWorld {
  readonly switching: SwitchWorld;
  /** Of this process, which is a component too. */
  readonly updater: UpdaterWorld;
}

/** Takes a staged build to its end, good or bad; `handed-over`: to the next process, which this one makes room for. */
export async function carryOut(
  world: CarryOutWorld,
  attempt: Attempt,
  outcome: Outcome,
): Promise<'ended' | 'handed-over'> {
  const { switching, updater } = world;
  try {
    if (outcome.staged === undefined) throw abortedBy(outcome);
    await prepareSwitch(switching, attempt);
    if (attempt.record.component === 'agent-updater') {
      await switchSelf(switching, updater, attempt);
      return 'handed-over';
    }
    const before = beforeUpgrade(switching.running(attempt.record.component));
    const process = await switchOver(switching, attempt);
    await watchProbation(switching, process, before);
    keepNewBuild(attempt);
  } catch (error) {
    await endBy(world, attempt, error);
  }
  return 'ended';
}

/** Goes on with an attempt that a restart found in probation. */
export async function finish(world: CarryOutWorld, attempt: Attempt, prove: () => Promise<void>): Promise<void> {
  try {
    await prove();
  } catch (error) {
    await endBy(world, attempt, error);
  }
}

async function endBy({ switching, updater }: CarryOutWorld, attempt: Attempt, error: unknown): Promise<void> {
  // Stopping: the next start finds the step in the journal and goes on.
  if (switching.signal.aborted) throw error;
  const isSelf = attempt.record.component === 'agent-updater';
  const goBack = (why: RollBack): Promise<void> =>
    isSelf ? leaveSelf(switching, updater, attempt, why) : rollBack(switching, attempt, why);
  if (error instanceof RollBack) {
    await goBack(error);
    return;
  }
  const { message, code } = error as NodeJS.ErrnoException;
  const result = code === 'ENOSPC' ? 'UpgradeAbortedInsufficientDiskSpace' : 'UpgradeAbortedInterrupted';
  const aborted = error instanceof AbortedError ? error : new AbortedError(result, message, false);
  if (nextStep[attempt.step].failed === 'aborted') {
    attempt.go('failed', { result: aborted.result, reason: aborted.message, blocks: aborted.isBlocked });
    return;
  }
  await goBack(new RollBack('UpgradeFailedRollbackSuccess-Activation', message, false));
}
