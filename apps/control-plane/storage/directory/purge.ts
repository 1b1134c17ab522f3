/** Forgets what is past its time, a bounded part per transaction. */
import type { EpochMs } from '@springline/ports/clock';
import type { Reader, Writer } from '../database.ts';
import { inLists } from './chunks.ts';
import { holdEpoch } from './epochs.ts';

/** Rows that one transaction deletes. */
export const purgeSize = 500;

/** Tenants whose directory was ever written. */
export async function directoryTenants(reader: Reader): Promise<string[]> {
  const rows = await reader.selectFrom('directory_epochs').select('tenant_id').orderBy('tenant_id').execute();
  return rows.map((row) => row.tenant_id);
}

/**
 * Deletes up to `purgeSize` objects that went into the recycle bin before `before`. Readers of changes who have not
 * seen these deletions yet have to read everything anew. Returns how many were deleted.
 */
export async function purgeRecycleBin(writer: Writer, tenantId: string, before: EpochMs): Promise<number> {
  await holdEpoch(writer, tenantId);
  const rows = await writer
    .selectFrom('directory_objects')
    .select(['object_id', 'sequence'])
    .where('tenant_id', '=', tenantId)
    .where('deleted_at', '<', before)
    .limit(purgeSize)
    .execute();
  if (rows.length === 0) return 0;
  for (const list of inLists(rows.map((row) => row.object_id))) {
    await writer
      .deleteFrom('directory_objects')
      .where('tenant_id', '=', tenantId)
      .where('object_id', 'in', list)
      .execute();
  }
  const last = Math.max(...rows.map((row) => Number(row.sequence)));
  await writer
    .updateTable('directory_epochs')
    .set({ purged_through: last })
    .where('tenant_id', '=', tenantId)
    .where('purged_through', '<', last)
    .execute();
  return rows.length;
}

/** Deletes up to `purgeSize` records of batches that were carried out before `before`; returns how many. */
export async function purgeBatchRecords(writer: Writer, tenantId: string, before: EpochMs): Promise<number> {
  const rows = await writer
    .selectFrom('directory_export_batches')
    .select(['agent_id', 'idempotency_key'])
    .where('tenant_id', '=', tenantId)
    .where('created_at', '<', before)
    .limit(purgeSize)
    .execute();
  for (const [agentId, ofAgent] of Map.groupBy(rows, (row) => row.agent_id)) {
    for (const list of inLists(ofAgent.map((row) => row.idempotency_key))) {
      await writer
        .deleteFrom('directory_export_batches')
        .where('tenant_id', '=', tenantId)
        .where('agent_id', '=', agentId)
        .where('idempotency_key', 'in', list)
        .execute();
    }
  }
  return rows.length;
}
