/**
 * The life and the order of changes of a tenant's directory. The row of the tenant is written by every change, so that
 * on any engine changes of one tenant commit in the order of their sequence numbers, and a reader misses none.
 */
import { uuidV7 } from '@springline/ports/uuid';
import type { Reader, Writer } from '../database.ts';

export interface DirectoryEpoch {
  readonly epoch: string;
  readonly sequence: number;
  readonly purgedThrough: number;
}

/** Undefined as long as nothing was ever written for the tenant. */
export async function readEpoch(reader: Reader, tenantId: string): Promise<DirectoryEpoch | undefined> {
  const row = await reader
    .selectFrom('directory_epochs')
    .select(['epoch', 'sequence', 'purged_through'])
    .where('tenant_id', '=', tenantId)
    .executeTakeFirst();
  return row && { epoch: row.epoch, sequence: Number(row.sequence), purgedThrough: Number(row.purged_through) };
}

/** Makes the tenant's row when missing and holds it until the transaction ends. */
export async function holdEpoch(writer: Writer, tenantId: string): Promise<void> {
  await writer
    .insertInto('directory_epochs')
    .values({ tenant_id: tenantId, epoch: uuidV7(), sequence: 0, purged_through: 0 })
    .onConflict((conflict) =>
      conflict.column('tenant_id').doUpdateSet((eb) => ({ sequence: eb.ref('directory_epochs.sequence') })),
    )
    .execute();
}

/** Takes `count` numbers and gives the first. */
export async function takeSequence(writer: Writer, tenantId: string, count: number): Promise<number> {
  const { sequence } = await writer
    .updateTable('directory_epochs')
    .set((eb) => ({ sequence: eb('sequence', '+', count) }))
    .where('tenant_id', '=', tenantId)
    .returning('sequence')
    .executeTakeFirstOrThrow();
  return Number(sequence) - count + 1;
}

/** After a restored backup: every cursor given out before is void, and readers start over. */
export async function startNewEpoch(writer: Writer, tenantId: string): Promise<void> {
  await writer.updateTable('directory_epochs').set({ epoch: uuidV7() }).where('tenant_id', '=', tenantId).execute();
}
