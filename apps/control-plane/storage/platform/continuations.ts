/** Continuations of agents' identities, and which identities are in conflict (rule S16). */
import type { EpochMs } from '@springline/ports/clock';
import type { Reader, Writer } from '../database.ts';

export interface Standing {
  readonly state: 'active' | 'revoked';
  readonly hostName: string;
  readonly current: string | null;
  readonly beats: readonly { readonly presented?: string; readonly nonce: string }[];
  readonly conflictedAt: EpochMs | null;
}

/** Undefined when there is no such agent. */
export async function findStanding(reader: Reader, tenantId: string, agentId: string): Promise<Standing | undefined> {
  const row = await reader
    .selectFrom('platform_agents')
    .select(['state', 'host_name', 'continuation', 'beats', 'conflicted_at'])
    .where('tenant_id', '=', tenantId)
    .where('id', '=', agentId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const beats = row.beats === null ? [] : (JSON.parse(row.beats) as Standing['beats']);
  const { state, host_name: hostName, continuation: current, conflicted_at: conflictedAt } = row;
  return { state, hostName, current, beats, conflictedAt };
}

export async function keepContinuation(
  writer: Writer,
  tenantId: string,
  agentId: string,
  { current, beats }: Pick<Standing, 'current'> & { readonly beats: readonly object[] },
): Promise<void> {
  await writer
    .updateTable('platform_agents')
    .set({ continuation: current, beats: JSON.stringify(beats) })
    .where('tenant_id', '=', tenantId)
    .where('id', '=', agentId)
    .execute();
}

/** False when it was in conflict before, or there is no such agent. */
export async function markConflicted(
  writer: Writer,
  tenantId: string,
  agentId: string,
  now: EpochMs,
): Promise<boolean> {
  const { numUpdatedRows } = await writer
    .updateTable('platform_agents')
    .set({ conflicted_at: now })
    .where('tenant_id', '=', tenantId)
    .where('id', '=', agentId)
    .where('conflicted_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Whichever of its hosts is heard next goes on. False when it was in no conflict. */
export async function endConflict(writer: Writer, tenantId: string, agentId: string): Promise<boolean> {
  const { numUpdatedRows } = await writer
    .updateTable('platform_agents')
    .set({ conflicted_at: null, continuation: null, beats: null })
    .where('tenant_id', '=', tenantId)
    .where('id', '=', agentId)
    .where('conflicted_at', 'is not', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** After an older database was put back: what agents were given since then is not known here, and accuses nobody. */
export async function forgetContinuations(writer: Writer, tenantId: string): Promise<void> {
  await writer
    .updateTable('platform_agents')
    .set({ continuation: null, beats: null })
    .where('tenant_id', '=', tenantId)
    .execute();
}
