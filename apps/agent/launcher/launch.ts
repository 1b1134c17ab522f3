/**
 * How the Agent Updater is started by whatever keeps it running (`springline up`, a service manager’s unit). It is not
 * itself upgraded by the channel that it guards: a new Agent Updater that does not become ready in three starts is left,
 * and the one before is started again (rule S10). Imports nothing from npm.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '@springline/ports/files';
import { agentHome } from '../home.ts';
import { linkedSlot, type Slot, SlotError, switchLink, verifiedProgram } from '../slot/slot.ts';

const component = 'agent-updater';
const startLimit = 3;

/** The exit code by which the Agent Updater asks to be started again at once. */
export const restartExitCode = 75;

interface Trial {
  /** The slot to go back to. */
  readonly previous: Slot;
  readonly starts: number;
}

const trialFile = (home: string): string => join(agentHome(home).folder, component, 'launch.json');

/** The next starts are a trial of the build that the link names now. */
export function beginTrial(home: string, previous: Slot): void {
  saveTrial(home, { previous, starts: 0 });
}

/** A trial was begun that neither ended well nor made the launcher go back. */
export function isOnTrial(home: string): boolean {
  return loadTrial(home) !== undefined;
}

/** The build has proven itself, or the trial was given up. */
export function endTrial(home: string): void {
  uncountedStarts.delete(home);
  rmSync(trialFile(home), { force: true });
}

/**
 * What to start, counted when it is a trial.
 *
 * @throws {SlotError} when no slot holds a build that is as it was verified.
 */
export function nextLaunch(home: string): { readonly runtime: string; readonly bundle: string } {
  const trial = loadTrial(home);
  if (trial !== undefined) {
    const starts = Math.max(trial.starts, uncountedStarts.get(home) ?? 0);
    if (starts >= startLimit) {
      switchLink(home, component, trial.previous);
      endTrial(home);
      uncountedStarts.delete(home);
    } else countStart(home, { ...trial, starts: starts + 1 });
  }
  const slot = linkedSlot(home, component);
  if (slot === undefined) throw new SlotError('slot-missing', 'no Agent Updater is installed here');
  const { runtime, folder } = verifiedProgram(home, component, slot);
  return { runtime, bundle: join(folder, `${component}.mjs`) };
}

/** Starts of a trial that a full disk kept from being noted; they count for as long as the launcher lives. */
const uncountedStarts = new Map<string, number>();

function countStart(home: string, trial: Trial): void {
  try {
    saveTrial(home, trial);
    uncountedStarts.delete(home);
  } catch {
    // Starting matters more than counting: nothing on this host would run otherwise.
    uncountedStarts.set(home, trial.starts);
  }
}

function saveTrial(home: string, trial: Trial): void {
  writeFileAtomic(trialFile(home), `${JSON.stringify(trial)}\n`, 0o600);
}

function loadTrial(home: string): Trial | undefined {
  if (!existsSync(trialFile(home))) return undefined;
  try {
    const { previous, starts } = JSON.parse(readFileSync(trialFile(home), 'utf8')) as Record<string, unknown>;
    if ((previous !== 'a' && previous !== 'b') || !Number.isSafeInteger(starts)) return undefined;
    return { previous, starts: starts as number };
  } catch {
    return undefined; // Written whole or not at all; whatever else lies there is no trial.
  }
}
