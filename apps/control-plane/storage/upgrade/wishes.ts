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

/** The counter starts with the clock, so that it does not fall when an older database was put back. */
export async function setWish(
  writer: Writer,
  tenantId: string,
  agentId: string,
  wish: string,
  now: EpochMs,
): Promise<KeptWish> {
  const before = await findWish(writer, tenantId, agentId);
  const counter = Math.max((before?.counter ?? 0) + 1, Math.floor(now / 1000));
  const changed = { counter, wish, changed_at: now };
  await writer
    .insertInto('upgrade_wishes')
    .values({ tenant_id: tenantId, agent_id: agentId, ...changed })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'agent_id']).doUpdateSet(changed))
    .execute();
  return { counter, wish };
}
