/** One of the two servers of a migration, as its home and its agent show it. */
import { setTimeout as wait } from 'node:timers/promises';
import { agentHome } from '@springline/agent/home';
import { type Identity, loadIdentity } from '@springline/agent/identity/identity';
import type { RunRecordView, StagingView } from '@springline/api/shapes/sync';
import { agentStatus } from '../../agent-client.ts';
import { CommandError } from '../../output.ts';
import { callSync } from '../../sync-call.ts';

const pollMs = 250;
/** A first cycle of a very large directory. */
const cycleWithinMs = 24 * 60 * 60_000;

/** @throws {CommandError} when the home has none. */
export function identityOf(home: string): Identity {
  const identity = loadIdentity(agentHome(home));
  if (identity === undefined) throw new CommandError(`no enrolled agent is in ${home}`);
  return identity;
}

export async function isAnswering(home: string): Promise<boolean> {
  try {
    await agentStatus(home);
    return true;
  } catch {
    return false; // Whatever it is, nobody can be asked anything there.
  }
}

export function stagingOf(home: string): Promise<StagingView> {
  return callSync(home, 'staging', {});
}

/**
 * Runs a cycle to its end, however long it takes, and gives its record.
 *
 * @throws {CommandError} when it could not start, was stopped, or the agent ended.
 */
export async function runToEnd(home: string, full: boolean): Promise<RunRecordView> {
  const before = await lastRun(home);
  const call = callSync(home, 'run', full ? { full } : {}).catch(async (error: unknown) => {
    // A call has a time limit that a large directory exceeds; the cycle goes on.
    if (!(await isAnswering(home))) throw error;
  });
  await call;
  const deadline = performance.now() + cycleWithinMs;
  for (;;) {
    const [run] = await callSync(home, 'history', { limit: 1 });
    if (run?.endedAt !== undefined && run.number > before) {
      if (!isWhole(run)) throw new CommandError(failureOf(home, run));
      return run;
    }
    if (performance.now() > deadline) throw new CommandError(`no cycle ended in ${home} within a day`);
    await wait(pollMs);
  }
}

/** Number of the last run that began; 0 when none did. */
export async function lastRun(home: string): Promise<number> {
  const [run] = await callSync(home, 'history', { limit: 1 });
  return run?.number ?? 0;
}

/** Whether it went through all of its steps; objects may have failed. */
function isWhole({ result }: RunRecordView): boolean {
  return !/^(stopped|no-start)-|^call-failure$/.test(result);
}

function failureOf(home: string, { number, result, steps }: RunRecordView): string {
  const detail = steps.find((step) => step.detail !== undefined)?.detail;
  return `cycle ${number} in ${home} ended with ${result}${detail === undefined ? '' : `: ${detail}`}`;
}
