/**
 * From a staged build to one that is kept, or back: preflight, last look, warm start, drain, switch, probation, commit or
 * roll back. The link is switched while nobody holds the state; the gap is the time from one build's letting go to the
 * other one's holding it. Imports nothing from npm.
 */

import type { ResultCode } from '@springline/auto-upgrade/eligibility/result-code';
import type { Before } from '@springline/auto-upgrade/upgrader/probation';
import { judgeProbation, type Verdict } from '@springline/auto-upgrade/upgrader/probation';
import type { Slot } from '../../slot/slot.ts';
import { readSlot, switchLink, verifiedProgram } from '../../slot/slot.ts';
import { ComponentEndedError, type ComponentProcess, type End } from '../component-process.ts';
import type { Attempt } from './attempt.ts';
import { canReach } from './dependency-probe.ts';
import { AbortedError, RollBack } from './ending.ts';
import { backUpState, restoreState } from './state-backup.ts';
import { tryBuild } from './trial.ts';

const warmTimeoutMs = 60_000;
const startTimeoutMs = 10_000;
/** A batch that is on its way is waited for; what hangs longer is ended, which loses nothing. */
export const drainTimeoutMs = 20_000;
const activateTimeoutMs = 8_000;
const backTimeoutMs = 30_000;
const judgeEveryMs = 50;
const probeEveryMs = 5_000;
const cycleMsGuess = 60_000;

export interface SwitchWorld {
  readonly home: string;
  /** The process of a component, if it runs here. */
  running(component: string): ComponentProcess | undefined;
  /** A process for the build in a slot; not started. */
  make(component: string, slot: Slot): ComponentProcess;
  /** From now on this is the component's process. */
  replace(component: string, process: ComponentProcess): void;
  /** Reads both repositories once more: `undefined` when the build is still to be installed. */
  lastLook(component: string, sha256: string): Promise<AbortedError | undefined>;
  /** This build can read both repositories, as far as that depends on the build. */
  canLook(): Promise<boolean>;
  /** Every component that should run does. */
  allRunning(): boolean;
  readonly signal: AbortSignal;
}

/** Preflight and last look; throws AbortedError. Nothing that runs is touched. */
export async function prepareSwitch(world: SwitchWorld, attempt: Attempt): Promise<void> {
  const { component, from, to } = attempt.record;
  if (component === 'agent-updater' && !(await allRunSoon(world))) {
    const reason = 'a component does not run, so a new Agent Updater could not prove itself';
    throw new AbortedError('UpgradeAbortedServiceIsNotRunning', reason, false);
  }
  attempt.go('tried');
  const next = verifiedProgram(world.home, component, to.slot);
  const running = readSlot(world.home, component, from.slot) === undefined ? next : runningProgram(world, attempt);
  const refused = await tryBuild(world.home, component, next, running, world.signal);
  world.signal.throwIfAborted();
  if (refused !== undefined) throw new AbortedError('PreUpgradeFailure', refused.reason, refused.isItsFault);
  attempt.go('looked');
  const refusal = await world.lastLook(component, to.sha256);
  world.signal.throwIfAborted();
  if (refusal !== undefined) throw refusal;
}

/** Right after a start of the Agent Updater its components start as well. */
async function allRunSoon(world: SwitchWorld): Promise<boolean> {
  const deadline = performance.now() + startTimeoutMs;
  while (!world.allRunning()) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, judgeEveryMs));
    world.signal.throwIfAborted();
  }
  return true;
}

function runningProgram(world: SwitchWorld, { record: { component, from, to } }: Attempt) {
  try {
    return verifiedProgram(world.home, component, from.slot);
  } catch {
    return verifiedProgram(world.home, component, to.slot); // The slot was altered; the new build is the cure.
  }
}

/** Whether the build in `to` writes another state schema than the one in `from`. */
function changesSchema(world: SwitchWorld, { record: { component, from, to } }: Attempt): boolean {
  const before = readSlot(world.home, component, from.slot)?.stateSchema;
  return before !== undefined && before !== readSlot(world.home, component, to.slot)?.stateSchema;
}

/**
 * Starts the new build beside the old one, hands the state over and switches the link. The attempt is in probation when
 * it resolves; it throws AbortedError before, and RollBack after, the old build was asked to let go.
 */
export async function switchOver(world: SwitchWorld, attempt: Attempt): Promise<ComponentProcess> {
  const { component, to } = attempt.record;
  attempt.go('confirmed');
  const next = world.make(component, to.slot);
  try {
    await next.warmUp(warmTimeoutMs);
    if (changesSchema(world, attempt)) await backUpState(world.home, component);
    attempt.go('warmed');
  } catch (error) {
    await next.kill();
    if (!(error instanceof ComponentEndedError)) throw error;
    throw error.end.byItself
      ? new AbortedError('UpgradeAbortedServiceCanNotBeStarted', `the new build ${error.end.detail}`, true)
      : new AbortedError('UpgradeAbortedInterrupted', `the new build ${error.end.detail}`, false);
  }
  const old = world.running(component);
  try {
    await old?.drain(drainTimeoutMs);
    const drainedAt = performance.now();
    attempt.go('drained');
    switchLink(world.home, component, to.slot);
    next.guard = () => 'leave';
    await next.activate(activateTimeoutMs);
    const gapMs = Math.round(performance.now() - drainedAt);
    world.replace(component, next);
    attempt.go('activated', { gapMs, tries: 1 });
  } catch (error) {
    // The old one has let go, and is not the component's process any more when the new one took its place.
    await Promise.all([next.kill(), old?.kill()]);
    throw asRollBack(error, 'UpgradeFailedRollbackSuccess-Activation');
  }
  void old?.stop();
  return next;
}

function asRollBack(error: unknown, result: ResultCode): RollBack {
  if (!(error instanceof ComponentEndedError)) return new RollBack(result, (error as Error).message, false);
  const { byItself } = error.end;
  return new RollBack(result, error.message, byItself);
}

/** What is known of the old build when probation begins. */
export function beforeUpgrade(old: ComponentProcess | undefined): Before {
  const cycle = old?.sync?.lastCycle;
  const cycleMs = cycle?.endedAt === undefined ? cycleMsGuess : Date.parse(cycle.endedAt) - Date.parse(cycle.startedAt);
  return {
    configuration: old?.configuration ?? '',
    cycleMs,
    ...(cycle?.endedAt === undefined ? {} : { cycleResult: cycle.result }),
  };
}

/** Watches the new build until it has proven itself. @throws {RollBack} when it is condemned. */
export async function watchProbation(world: SwitchWorld, process: ComponentProcess, before: Before): Promise<void> {
  let ended = alreadyEnded(process);
  let outsideEnds = 0;
  process.guard = (end) => {
    if (end.byItself) {
      ended = end;
      return 'leave';
    }
    outsideEnds += 1;
    return 'revive';
  };
  process.watchClosely(true);
  let elapsedMs = 0;
  let dependenciesReachable = true;
  let probedAt = 0;
  let lookedAt = performance.now();
  for (;;) {
    const now = performance.now();
    // The clock stands still while what the build needs cannot be reached from here either.
    if (dependenciesReachable) elapsedMs += now - lookedAt;
    lookedAt = now;
    const cycle = process.sync?.lastCycle;
    // By number and not by time, which may step: a cycle of the old build, or one that was cut off, shows nothing.
    const isOwn = cycle?.endedAt !== undefined && cycle.number > process.cycleAtReady;
    const verdict: Verdict = judgeProbation(
      {
        elapsedMs,
        outsideEnds,
        unansweredPings: process.unansweredPings,
        configuration: process.configuration,
        dependenciesReachable,
        ...(ended === undefined ? {} : { ended }),
        ...(process.stuck === undefined ? {} : { stuck: process.stuck }),
        ...(isOwn ? { cycleResult: cycle.result } : {}),
      },
      before,
    );
    if (verdict.kind === 'proven') break;
    if (verdict.kind === 'condemned') {
      throw new RollBack('UpgradeFailedRollbackSuccess-Probation', verdict.reason, true);
    }
    if (now - probedAt > probeEveryMs) {
      probedAt = now;
      dependenciesReachable = await canReach(process.dependencies);
    }
    await new Promise((resolve) => setTimeout(resolve, judgeEveryMs));
    world.signal.throwIfAborted();
  }
  process.guard = undefined;
  process.watchClosely(false);
}

function alreadyEnded(process: ComponentProcess): End | undefined {
  const { state, detail = 'ended' } = process.view();
  return state === 'failing' ? { detail, byItself: true } : undefined;
}

/** Brings the old build back; journaled before and after. Needs no network. */
export async function rollBack(world: SwitchWorld, attempt: Attempt, why: RollBack): Promise<void> {
  attempt.goBack('failed', { result: why.result, reason: why.message, blocks: why.isBlocked });
  await finishRollBack(world, attempt);
}

/** Link and state are those of the old build again. Nothing may hold the state. */
export function bringBack(world: SwitchWorld, attempt: Attempt): void {
  const { component, from } = attempt.record;
  switchLink(world.home, component, from.slot);
  if (changesSchema(world, attempt)) restoreState(world.home, component);
}

async function finishRollBack(world: SwitchWorld, attempt: Attempt): Promise<void> {
  const { component, from } = attempt.record;
  await world.running(component)?.kill();
  bringBack(world, attempt);
  const old = world.make(component, from.slot);
  world.replace(component, old);
  old.start();
  await awaitRestored(old, attempt);
}

/** The old build is started like any other; that it runs is all there is to wait for. */
export async function awaitRestored(old: ComponentProcess | undefined, attempt: Attempt): Promise<void> {
  try {
    await old?.whenReady(backTimeoutMs);
    attempt.goBack('restored');
  } catch (error) {
    // It goes on being started, with growing pauses.
    const reason = `${attempt.record.reason ?? ''}; ${(error as Error).message}`;
    attempt.goBack('restored', { result: 'UpgradeFailedRollbackFailed-Probation', reason });
  }
}

export function keepNewBuild(attempt: Attempt): void {
  attempt.go('proven', { result: 'Success' });
}
