/** The dates of the retired PKS channel: one row for the whole installation. */
import type { Lifecycle } from '@springline/auto-upgrade/pks-bridge/lifecycle';
import type { Reader, Writer } from '../database.ts';
import { systemTenantId } from '../platform/tables.ts';

/** Undefined while no dates are set. */
export async function findPksLifecycle(reader: Reader): Promise<Lifecycle | undefined> {
  const row = await reader
    .selectFrom('upgrade_pks_lifecycle')
    .select(['announced_at', 'deprecated_at', 'sunset_at'])
    .where('tenant_id', '=', systemTenantId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return { announcedAt: row.announced_at, deprecatedAt: row.deprecated_at, sunsetAt: row.sunset_at };
}

export async function savePksLifecycle(writer: Writer, lifecycle: Lifecycle): Promise<void> {
  const { announcedAt, deprecatedAt, sunsetAt } = lifecycle;
  const dates = { announced_at: announcedAt, deprecated_at: deprecatedAt, sunset_at: sunsetAt };
  await writer
    .insertInto('upgrade_pks_lifecycle')
    .values({ tenant_id: systemTenantId, ...dates })
    .onConflict((conflict) => conflict.column('tenant_id').doUpdateSet(dates))
    .execute();
}
