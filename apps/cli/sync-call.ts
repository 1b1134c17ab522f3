/** Asks Connect Sync on this host by the calls of the api, and holds its answers against their shapes. */
import { type SyncAnswer, type SyncParameters, syncCalls } from '@springline/api/shapes/sync';
import type { SyncMethod } from '@springline/api/shapes/sync-methods';
import { callConnectSync } from './agent-client.ts';
import { CommandError } from './output.ts';

/** @throws {CommandError} when no agent runs, when it refuses, or when its answer is none that this version knows. */
export async function callSync<M extends SyncMethod>(
  home: string,
  method: M,
  parameters: SyncParameters<M>,
): Promise<SyncAnswer<M>> {
  const answer = await callConnectSync(home, method, { ...(parameters as Record<string, unknown>) });
  const parsed = syncCalls[method].answer.safeParse(answer);
  if (parsed.success) return parsed.data as SyncAnswer<M>;
  const [issue] = parsed.error.issues;
  throw new CommandError(
    `the agent answers ${method} in a way that this version does not understand (${issue?.path.join('.')}: ${issue?.message}). ` +
      'The command line and the agent should be of one version.',
  );
}
