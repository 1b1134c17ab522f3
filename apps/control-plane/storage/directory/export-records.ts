/** Batches that were carried out, so that one sent again is answered and not repeated. */
import type { EpochMs } from '@springline/ports/clock';
import type { Reader, Writer } from '../database.ts';

export interface BatchKey {
  readonly tenantId: string;
  readonly agentId: string;
  readonly idempotencyKey: string;
}

export interface BatchRecord {
  /** SHA-256 of the batch, hex. */
  readonly bodyDigest: string;
  /** JSON. */
  readonly answer: string;
}

export async function readBatchRecord(reader: Reader, key: BatchKey): Promise<BatchRecord | undefined> {
  return reader
    .selectFrom('directory_export_batches')
    .select(['body_digest as bodyDigest', 'answer'])
    .where('tenant_id', '=', key.tenantId)
    .where('agent_id', '=', key.agentId)
    .where('idempotency_key', '=', key.idempotencyKey)
    .executeTakeFirst();
}

export async function writeBatchRecord(
  writer: Writer,
  key: BatchKey,
  record: BatchRecord,
  now: EpochMs,
): Promise<void> {
  await writer
    .insertInto('directory_export_batches')
    .values({
      tenant_id: key.tenantId,
      agent_id: key.agentId,
      idempotency_key: key.idempotencyKey,
      body_digest: record.bodyDigest,
      answer: record.answer,
      created_at: now,
    })
    .execute();
}
