/** What must be there before anybody can sign in: the operator's tenant and an administrator. */
import type { Clock } from '@springline/ports/clock';
import type { Random } from '@springline/ports/random';
import { uuidV7 } from '@springline/ports/uuid';
import type { Database } from '../storage/database.ts';
import { appendAudit } from '../storage/platform/audit.ts';
import { addPerson, firstAdministrator, listPeople } from '../storage/platform/people.ts';
import { addTenant, findTenantByName, operatorTenantName } from '../storage/platform/tenants.ts';

const firstPersonName = 'admin';

/** Makes them when missing; says who they are. */
export async function prepareFirstStart(deps: {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
}): Promise<{ readonly tenantId: string; readonly personId: string }> {
  const { database, clock, random } = deps;
  const now = clock.now();
  return database.write(async (writer) => {
    const tenant = await findTenantByName(writer, operatorTenantName);
    const tenantId = tenant?.id ?? uuidV7(clock, random);
    if (tenant === undefined) await addTenant(writer, { id: tenantId, name: operatorTenantName }, now);
    // Whoever it is: a first administrator who was removed must not come back with each start.
    const person = await firstAdministrator(writer, tenantId);
    if (person !== undefined) return { tenantId, personId: person.id };
    const personId = uuidV7(clock, random);
    const name = freeName(await listPeople(writer, tenantId));
    await addPerson(writer, tenantId, { id: personId, name, role: 'administrator' }, now);
    const subject = `person:${personId}`;
    const detail = { name, role: 'administrator' };
    await appendAudit(writer, tenantId, { at: now, actor: 'system', action: 'person.created', subject, detail });
    return { tenantId, personId };
  });
}

/** After a restored backup the first administrator may still be there, without the role that was taken since. */
function freeName(people: readonly { readonly name: string }[]): string {
  const taken = new Set(people.map(({ name }) => name));
  for (let count = 1; ; count++) {
    const name = count === 1 ? firstPersonName : `${firstPersonName}-${count}`;
    if (!taken.has(name)) return name;
  }
}
