/**
 * Leases: at most one holder of a name at a time, across processes. The fencing token rises with each new holder; a
 * holder that slept past its deadline is told by its old token.
 */
import type { EpochMs } from '@springline/ports/clock';
import type { Writer } from '../database.ts';

export interface Lease {
  readonly tenantId: string;
  readonly name: string;
  readonly holder: string;
  readonly fencingToken: number;
}

/** Takes the lease if it is free or past its deadline. Undefined while another holds it. */
export async function acquireLease(
  writer: Writer,
  wanted: Omit<Lease, 'fencingToken'>,
  now: EpochMs,
  durationMs: number,
): Promise<Lease | undefined> {
  const { tenantId, name, holder } = wanted;
  const deadline = (now + durationMs) as EpochMs;
  await writer
    .insertInto('platform_leases')
    .values({ tenant_id: tenantId, name, holder: '', fencing_token: 0, deadline: 0 as EpochMs })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'name']).doNothing())
    .execute();
  const taken = await writer
    .updateTable('platform_leases')
    .set((eb) => ({ holder, deadline, fencing_token: eb('fencing_token', '+', 1) }))
    .where('tenant_id', '=', tenantId)
    .where('name', '=', name)
    .where('deadline', '<=', now)
    .returning('fencing_token')
    .executeTakeFirst();
  return taken === undefined ? undefined : { ...wanted, fencingToken: taken.fencing_token };
}

/** Moves the deadline. False when the lease passed to another: stop the work. */
export async function renewLease(writer: Writer, lease: Lease, now: EpochMs, durationMs: number): Promise<boolean> {
  const { numUpdatedRows } = await writer
    .updateTable('platform_leases')
    .set({ deadline: (now + durationMs) as EpochMs })
    .where('tenant_id', '=', lease.tenantId)
    .where('name', '=', lease.name)
    .where('holder', '=', lease.holder)
    .where('fencing_token', '=', lease.fencingToken)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Gives the lease up before its deadline. */
export async function releaseLease(writer: Writer, lease: Lease): Promise<void> {
  await renewLease(writer, lease, 0 as EpochMs, 0);
}
