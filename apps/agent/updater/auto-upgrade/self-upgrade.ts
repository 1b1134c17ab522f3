/**
 * The Agent Updater’s own upgrade: the link is switched, it ends, and whoever keeps it running starts the new build. That
 * one proves itself by running every component; if it never becomes ready, the launcher goes back (rule S10).
 * Imports nothing from npm.
 */
import { beginTrial, endTrial } from '../../launcher/launch.ts';
import { switchLink } from '../../slot/slot.ts';
import type { Attempt } from './attempt.ts';
import { RollBack } from './ending.ts';
import { keepNewBuild, type SwitchWorld } from './switch-over.ts';

/** Time that every component must have been running for, side by side. */
const steadyMs = 2_000;
const patienceMs = 120_000;
const lookEveryMs = 100;

export interface UpdaterWorld {
  /** Stops the components and ends this process; whoever keeps it running starts it again at once. */
  restart(): Promise<never>;
}

/** Switches and ends this process. */
export async function switchSelf(world: SwitchWorld, updater: UpdaterWorld, attempt: Attempt): Promise<void> {
  const { component, from, to } = attempt.record;
  attempt.go('confirmed');
  attempt.go('warmed');
  // First: without it, the old link after this step means that the launcher went back.
  beginTrial(world.home, from.slot);
  attempt.go('drained');
  switchLink(world.home, component, to.slot);
  await updater.restart();
}

/** Runs in the new Agent Updater. */
export async function proveSelf(world: SwitchWorld, updater: UpdaterWorld, attempt: Attempt): Promise<void> {
  const deadline = performance.now() + patienceMs;
  let steadySince = performance.now();
  while (performance.now() - steadySince < steadyMs) {
    if (!world.allRunning()) steadySince = performance.now();
    if (performance.now() > deadline) {
      await leaveSelf(world, updater, attempt, condemned('it does not get the components to run'));
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    world.signal.throwIfAborted();
  }
  // A build that cannot look could never be upgraded again.
  if (!(await world.canLook())) {
    await leaveSelf(world, updater, attempt, condemned('its upgrader does not work'));
    return;
  }
  endTrial(world.home);
  keepNewBuild(attempt);
}

function condemned(reason: string): RollBack {
  return new RollBack('UpgradeFailedRollbackSuccess-Probation', reason, true);
}

/** Back to the build before: the link, and a start of it. What a full disk keeps from being noted, the link says. */
export async function leaveSelf(
  world: SwitchWorld,
  updater: UpdaterWorld,
  attempt: Attempt,
  why: RollBack,
): Promise<void> {
  attempt.goBack('failed', { result: why.result, reason: why.message, blocks: why.isBlocked });
  switchLink(world.home, attempt.record.component, attempt.record.from.slot);
  endTrial(world.home);
  await updater.restart();
}
