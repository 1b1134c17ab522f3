/** Counters of the installation. */
import type { Reader, Writer } from '../database.ts';
import { type CounterName, systemTenantId } from './tables.ts';

/** Undefined when it was never set. */
export async function readCounter(reader: Reader, name: CounterName): Promise<number | undefined> {
  const row = await reader
    .selectFrom('platform_counters')
    .select('value')
    .where('tenant_id', '=', systemTenantId)
    .where('name', '=', name)
    .executeTakeFirst();
  return row === undefined ? undefined : Number(row.value);
}

/** Returns the new value; a missing one counts as 0. */
export async function addToCounter(writer: Writer, name: CounterName, step: number): Promise<number> {
  const { value } = await writer
    .insertInto('platform_counters')
    .values({ tenant_id: systemTenantId, name, value: step })
    .onConflict((conflict) =>
      conflict
        .columns(['tenant_id', 'name'])
        .doUpdateSet((eb) => ({ value: eb('platform_counters.value', '+', step) })),
    )
    .returning('value')
    .executeTakeFirstOrThrow();
  return Number(value);
}

export async function setCounter(writer: Writer, name: CounterName, value: number): Promise<void> {
  await writer
    .insertInto('platform_counters')
    .values({ tenant_id: systemTenantId, name, value })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'name']).doUpdateSet({ value }))
    .execute();
}

export async function removeCounter(writer: Writer, name: CounterName): Promise<void> {
  await writer
    .deleteFrom('platform_counters')
    .where('tenant_id', '=', systemTenantId)
    .where('name', '=', name)
    .execute();
}
