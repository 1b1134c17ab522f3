/**
 * What a starting Agent Updater does about an upgrade that was under way when the one before it ended. The links are
 * right when `recover` returns; a build that still has to prove itself is told by the function that it gives.
 * Imports nothing from npm.
 */

import type { ResultCode } from '@springline/auto-upgrade/eligibility/result-code';
import { eventIds } from '@springline/auto-upgrade/upgrader/event-id';
import { nextStep, recoveryOf } from '@springline/auto-upgrade/upgrader/upgrade-step';
import type { Log } from '@springline/ports/log';
import { endTrial, isOnTrial } from '../../launcher/launch.ts';
import { linkedSlot, switchLink } from '../../slot/slot.ts';
import { ComponentEndedError } from '../component-process.ts';
import type { Attempt } from './attempt.ts';
import { RollBack } from './ending.ts';
import { proveSelf, type UpdaterWorld } from './self-upgrade.ts';
import {
  awaitRestored,
  beforeUpgrade,
  bringBack,
  keepNewBuild,
  type SwitchWorld,
  watchProbation,
} from './switch-over.ts';
import { removeCopies } from './trial.ts';

/** A build during whose probation the Updater was ended this often is rolled back. */
const probationLimit = 3;
const readyTimeoutMs = 60_000;

export interface RecoveryWorld extends UpdaterWorld {
  readonly log: Log;
}

/** `undefined`: nothing is left to prove. */
export function recover(
  world: SwitchWorld,
  { log, ...updater }: RecoveryWorld,
  attempt: Attempt,
): (() => Promise<void>) | undefined {
  const { component, step, to, tries = 0 } = attempt.record;
  const recovery = recoveryOf[step];
  if (recovery === 'rest' || recovery === 'settle') return undefined;
  const isSelf = component === 'agent-updater';
  const runsNew = linkedSlot(world.home, component) === to.slot;
  log.warn('upgrade.recovered', { eventId: eventIds['upgrade.recovered'].id, component, step, to: to.version });
  if (!isSelf) removeCopies(world.home, component);
  if (recovery === 'forget' || (!runsNew && recovery !== 'go-back')) {
    // The launcher left a build that did not become ready; anything else was a kill before the switch.
    const isFallBack = isSelf && recovery !== 'forget' && !isOnTrial(world.home);
    if (isSelf) endTrial(world.home);
    if (isFallBack) {
      log.warn('upgrade.fell-back', { eventId: eventIds['upgrade.fell-back'].id, to: to.version });
      giveUp(attempt, 'UpgradeFailedRollbackSuccess-Activation', 'the new Agent Updater did not become ready', true);
    } else giveUp(attempt, 'UpgradeAbortedInterrupted', `the agent was ended in the step ${step}`, false);
    return undefined;
  }
  if (recovery === 'go-back') return isSelf ? goBackSelf(world, updater, attempt, runsNew) : goBack(world, attempt);
  if (step === 'activating') attempt.go('activated', { tries: 1 });
  else attempt.again(tries + 1);
  if (isSelf) return () => proveSelf(world, updater, attempt);
  if (tries >= probationLimit) {
    return () =>
      Promise.reject(
        new RollBack('UpgradeFailedRollbackSuccess-Probation', 'the agent was ended again and again', true),
      );
  }
  return async () => {
    const process = world.running(component);
    if (process === undefined) throw new RollBack('UpgradeFailedRollbackSuccess-Activation', `no ${component}`, false);
    await process.whenReady(readyTimeoutMs).catch((error: Error) => {
      const isItsFault = !(error instanceof ComponentEndedError) || error.end.byItself;
      throw new RollBack('UpgradeFailedRollbackSuccess-Activation', error.message, isItsFault);
    });
    await watchProbation(world, process, beforeUpgrade(undefined));
    keepNewBuild(attempt);
  };
}

function goBack(world: SwitchWorld, attempt: Attempt): () => Promise<void> {
  bringBack(world, attempt);
  return () => awaitRestored(world.running(attempt.record.component), attempt);
}

function goBackSelf(
  world: SwitchWorld,
  updater: UpdaterWorld,
  attempt: Attempt,
  runsNew: boolean,
): (() => Promise<void>) | undefined {
  endTrial(world.home);
  if (!runsNew) {
    attempt.go('restored');
    return undefined;
  }
  switchLink(world.home, attempt.record.component, attempt.record.from.slot);
  return () => updater.restart();
}

/** Nothing was switched, or it was switched back already: the attempt ends here. */
function giveUp(attempt: Attempt, result: ResultCode, reason: string, blocks: boolean): void {
  if (nextStep[attempt.step].failed === 'aborted') {
    attempt.go('failed', { result, reason, blocks });
    return;
  }
  if (nextStep[attempt.step].failed !== undefined) attempt.go('failed', { result, reason, blocks });
  attempt.go('restored');
}
