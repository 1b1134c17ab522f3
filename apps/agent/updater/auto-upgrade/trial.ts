/**
 * Preflight: a build tries itself on a copy of the state before anything is switched. The new build and the one that
 * runs each plan one cycle on a copy of their own, and the plans are compared (rule S18). Imports nothing from npm.
 */
import { spawn } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type ExportPlan, refusedPlan } from '@springline/auto-upgrade/upgrader/plan-comparison';
import { isOutsideResult } from '@springline/auto-upgrade/upgrader/probation';
import type { FromComponent } from '../../channel.ts';
import { componentHome } from '../../home.ts';
import type { Program } from '../../slot/slot.ts';
import { permissionsFor } from '../component-process.ts';

const trialTimeoutMs = 30 * 60_000;
const copyPrefix = 'state.db.preflight';

/** A source that changes while it is read stops a cycle of either build: then both are tried again. */
const trialLimit = 3;

/** Why the new build is not to be installed now. */
export interface Refusal {
  readonly reason: string;
  /** It is to blame itself, and not what both builds read from. */
  readonly isItsFault: boolean;
}

/** `undefined` when the trial of the new build went well. */
export async function tryBuild(
  home: string,
  component: string,
  next: Program,
  running: Program,
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  try {
    if (component === 'agent-updater') {
      const { failure } = await run(home, component, next, [], signal);
      return failure;
    }
    for (let trials = 1; ; trials++) {
      const before = await plan(home, component, running, signal);
      const after = await plan(home, component, next, signal);
      if ('reason' in after) return { ...after, isItsFault: after.isItsFault && !('reason' in before) };
      // The build that runs cannot plan and the new one can: it may be the cure.
      if ('reason' in before) return undefined;
      // A trial that does not get through to the directory or the cloud shows nothing of the build.
      const reason = isOutsideResult(after.result)
        ? `its trial cycle ended with ${after.result}`
        : refusedPlan(before, after);
      if (reason === undefined) return undefined;
      const isItsFault = ![before, after].some(({ result }) => isOutsideResult(result));
      if (isItsFault || trials === trialLimit) return { reason, isItsFault };
    }
  } finally {
    removeCopies(home, component);
  }
}

interface Ran {
  readonly failure?: Refusal;
  readonly plan?: ExportPlan;
}

async function plan(
  home: string,
  component: string,
  program: Program,
  signal: AbortSignal,
): Promise<ExportPlan | Refusal> {
  const { folder } = componentHome(home, component);
  const ran = await run(home, component, program, [join(folder, `${copyPrefix}-${program.slot}`)], signal);
  return ran.failure ?? ran.plan ?? refusal('it said nothing', true);
}

async function run(
  home: string,
  component: string,
  { runtime, folder }: Program,
  rest: readonly string[],
  signal: AbortSignal,
): Promise<Ran> {
  const permissions = component === 'agent-updater' ? [] : permissionsFor(componentHome(home, component).folder);
  const tooLate = AbortSignal.timeout(trialTimeoutMs);
  const child = spawn(runtime, [...permissions, join(folder, `${component}.mjs`), home, '--preflight', ...rest], {
    env: {},
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    signal: AbortSignal.any([signal, tooLate]),
    killSignal: 'SIGKILL',
  });
  let planned: ExportPlan | undefined;
  let reason: string | undefined;
  let lastLine = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastLine = text.trim().split('\n').at(-1)?.slice(0, 300) || lastLine;
  });
  child.on('message', (message: FromComponent) => {
    if (message?.type === 'planned') planned = planOf(message.plan);
    if (message?.type === 'stuck') reason = `${message.code}: ${message.message}`;
  });
  child.on('error', (error) => {
    reason ??= error.message;
  });
  const [code, sent] = await new Promise<readonly [number | null, NodeJS.Signals | null]>((resolve) => {
    child.once('close', (exitCode, by) => resolve([exitCode, by]));
    // What could not be started has no close.
    if (child.pid === undefined) child.once('error', () => resolve([null, null]));
  });
  if (code === 0) return planned === undefined ? {} : { plan: planned };
  const ending = sent === null ? `it ended with code ${code}` : `it ended by ${sent}`;
  // Somebody else's signal is nothing that a build is to blame for; ours comes when it takes too long.
  const isItsFault = tooLate.aborted || !['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'].includes(sent ?? '');
  const why = tooLate.aborted
    ? `it was not done within ${trialTimeoutMs / 60_000} minutes`
    : (reason ?? (lastLine || ending));
  return { failure: refusal(why, isItsFault) };
}

function refusal(why: string, isItsFault: boolean): Refusal {
  return { reason: `its test of itself failed: ${why}`, isItsFault };
}

/** What a build that nobody has proven says of itself is data like any other; `undefined` when it is no plan. */
function planOf(plan: unknown): ExportPlan | undefined {
  const { adds, updates, deletes, result, operations } = Object(plan) as Record<string, unknown>;
  const counts = [adds, updates, deletes].every((count) => Number.isSafeInteger(count) && (count as number) >= 0);
  return counts && typeof result === 'string' && Array.isArray(operations) ? (plan as ExportPlan) : undefined;
}

/** Copies of the state that trials made, also those of trials that were killed. */
export function removeCopies(home: string, component: string): void {
  const { folder } = componentHome(home, component);
  for (const name of readdirSync(folder)) {
    if (name.startsWith(copyPrefix)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}
