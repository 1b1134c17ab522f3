/** How many live objects a tenant has. */
import type { Reader } from '../database.ts';

export async function directoryCounts(
  reader: Reader,
  tenantId: string,
): Promise<{ users: number; groups: number; contacts: number }> {
  const rows = await reader
    .selectFrom('directory_objects')
    .select(['type', (eb) => eb.fn.countAll<number>().as('count')])
    .where('tenant_id', '=', tenantId)
    .where('deleted_at', 'is', null)
    .groupBy('type')
    .execute();
  const countOf = (type: string): number => Number(rows.find((row) => row.type === type)?.count ?? 0);
  return { users: countOf('user'), groups: countOf('group'), contacts: countOf('contact') };
}
