/** People who sign in to the portal, and what their role lets them do. */
import { type Scope, scopes } from '@springline/api/route';
import type { EpochMs } from '@springline/ports/clock';
import type { Reader, Writer } from '../database.ts';
import type { Role } from './tables.ts';

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
}

/** A role lists every scope that it holds; none implies another. */
export const scopesByRole: Readonly<Record<Role, readonly Scope[]>> = { administrator: scopes };

export async function addPerson(writer: Writer, tenantId: string, person: Person, createdAt: EpochMs): Promise<void> {
  await writer
    .insertInto('platform_people')
    .values({ tenant_id: tenantId, ...person, created_at: createdAt })
    .execute();
}

export async function findPerson(reader: Reader, tenantId: string, id: string): Promise<Person | undefined> {
  return reader
    .selectFrom('platform_people')
    .select(['id', 'name', 'role'])
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .executeTakeFirst();
}

export async function findPersonByName(reader: Reader, tenantId: string, name: string): Promise<Person | undefined> {
  return reader
    .selectFrom('platform_people')
    .select(['id', 'name', 'role'])
    .where('tenant_id', '=', tenantId)
    .where('name', '=', name)
    .executeTakeFirst();
}
