/** Tenants: whose data a row is. */
import type { EpochMs } from '@springline/ports/clock';
import type { Reader, Writer } from '../database.ts';

/** Its people may hold what works on the whole installation: publishing to every agent of every tenant. */
export const operatorTenantName = 'default';

/** What hosts that belong to no tenant are listed under: no tenant may be called so. */
export const nobodysTenantName = 'unknown';

export interface Tenant {
  readonly id: string;
  readonly name: string;
}

/** Whether its people run the installation. */
export function isOperatorTenant({ name }: Pick<Tenant, 'name'>): boolean {
  return name === operatorTenantName;
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

/** The operator's first, whatever the clock said when the others were made; these in the order of their making. */
export async function listTenants(reader: Reader): Promise<(Tenant & { readonly createdAt: EpochMs })[]> {
  const columns = ['id', 'name', 'created_at as createdAt'] as const;
  const tenants = await reader.selectFrom('platform_tenants').select(columns).orderBy('id').execute();
  return [...tenants.filter(isOperatorTenant), ...tenants.filter((tenant) => !isOperatorTenant(tenant))];
}
