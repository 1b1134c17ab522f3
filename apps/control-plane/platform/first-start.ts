/** What must be there before anybody can sign in: the default tenant and its first administrator. */
import type { Clock } from '@springline/ports/clock';
import type { Random } from '@springline/ports/random';
import { uuidV7 } from '@springline/ports/uuid';
import type { Database } from '../storage/database.ts';
import { appendAudit } from '../storage/platform/audit.ts';
import { addPerson, findPersonByName } from '../storage/platform/people.ts';
import { addTenant, findTenantByName } from '../storage/platform/tenants.ts';

export const defaultTenantName = 'default';
export const firstPersonName = 'admin';

/** Makes them when missing; says who they are. */
export async function prepareFirstStart(deps: {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
}): Promise<{ readonly tenantId: string; readonly personId: string }> {
  const { database, clock, random } = deps;
  const now = clock.now();
  return database.write(async (writer) => {
    const tenant = await findTenantByName(writer, defaultTenantName);
    const tenantId = tenant?.id ?? uuidV7(clock, random);
    if (tenant === undefined) await addTenant(writer, { id: tenantId, name: defaultTenantName }, now);
    const person = await findPersonByName(writer, tenantId, firstPersonName);
    if (person !== undefined) return { tenantId, personId: person.id };
    const personId = uuidV7(clock, random);
    await addPerson(writer, tenantId, { id: personId, name: firstPersonName, role: 'administrator' }, now);
    const subject = `person:${personId}`;
    const detail = { name: firstPersonName, role: 'administrator' };
    await appendAudit(writer, tenantId, { at: now, actor: 'system', action: 'person.created', subject, detail });
    return { tenantId, personId };
  });
}
