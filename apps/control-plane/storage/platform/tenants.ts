/** Tenants: whose data a row is. */
import type { EpochMs } from '@springline/ports/clock';
import type { Reader, Writer } from '../database.ts';

/** Its people may hold what works on the whole installation: publishing to every agent of every tenant. */
export const operatorTenantName = 'default';

export interface Tenant {
  readonly id: string;
  readonly name: string;
}

export async function addTenant(writer: Writer, tenant: Tenant, createdAt: EpochMs): Promise<void> {
  await writer
    .insertInto('platform_tenants')
    .values({ ...tenant, created_at: createdAt })
    .execute();
}

export async function findTenant(reader: Reader, id: string): Promise<Tenant | undefined> {
  return reader.selectFrom('platform_tenants').select(['id', 'name']).where('id', '=', id).executeTakeFirst();
}

export async function findTenantByName(reader: Reader, name: string): Promise<Tenant | undefined> {
  return reader.selectFrom('platform_tenants').select(['id', 'name']).where('name', '=', name).executeTakeFirst();
}

/** In the order of their making. */
export async function listTenants(reader: Reader): Promise<Tenant[]> {
  return reader.selectFrom('platform_tenants').select(['id', 'name']).orderBy('id').execute();
}
