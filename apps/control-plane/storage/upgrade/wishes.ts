/** What a tenant asked for to hold upgrades of one of its hosts back; it lies in no public file (security rule S22). */
import type { EpochMs } from '@springline/ports/clock';
import type { Reader, Writer } from '../database.ts';

export interface KeptWish {
  /** 0: nothing was ever asked for. */
  readonly counter: number;
  /** JSON. */
  readonly wish: string;
}

export async function findWish(reader: Reader, tenantId: string, agentId: string): Promise<KeptWish | undefined> {
  return reader
    .selectFrom('upgrade_wishes')
    .select(['counter', 'wish'])
    .where('tenant_id', '=', tenantId)
    .where('agent_id', '=', agentId)
    .executeTakeFirst();
}

/** Less than agents allow a counter to be ahead of their clocks. */
const counterLeadSeconds = 1_800;

/**
 * The counter starts with the clock, so that it does not fall when an older database was put back. One that somebody pushed
 * far ahead falls to the clock again: agents take none that is.
 */
export async function setWish(
  writer: Writer,
  tenantId: string,
  agentId: string,
  wish: string,
  now: EpochMs,
): Promise<KeptWish> {
  const before = await findWish(writer, tenantId, agentId);
  const second = Math.floor(now / 1000);
  const next = (before?.counter ?? 0) + 1;
  const counter = next > second + counterLeadSeconds ? second : Math.max(next, second);
  const changed = { counter, wish, changed_at: now };
  await writer
    .insertInto('upgrade_wishes')
    .values({ tenant_id: tenantId, agent_id: agentId, ...changed })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'agent_id']).doUpdateSet(changed))
    .execute();
  return { counter, wish };
}
