/** People who sign in to the portal, and what their role lets them do. */
import { type Scope, scopes } from '@springline/api/route';
import type { EpochMs } from '@springline/ports/clock';
import type { Reader, Writer } from '../database.ts';
import { endSessionsOfPerson } from './sessions.ts';
import { removeSignInLinksOfPerson } from './sign-in-links.ts';
import type { Role } from './tables.ts';
import { operatorTenantName } from './tenants.ts';
import { removeTokensOfPerson } from './tokens.ts';

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** What the role may do in this tenant. */
  readonly scopes: readonly Scope[];
  readonly createdAt: EpochMs;
}

/** A role lists every scope that it holds; none implies another. */
const scopesByRole: Readonly<Record<Role, readonly Scope[]>> = {
  administrator: scopes,
  'release-manager': ['read', 'upgrade.manage'],
  'rollout-approver': ['read', 'upgrade.approve'],
  reader: ['read'],
  application: ['directory.read'],
};

/** Scopes that reach every agent of every tenant (rule S30): outside the operator's tenant nobody holds them. */
const platformScopes: readonly Scope[] = ['upgrade.manage', 'upgrade.approve'];

/** Whether the role is of use in a tenant of that name: roles made for a platform scope are the operator's alone. */
export function isGrantable(role: Role, tenantName: string): boolean {
  return role === 'administrator' || scopesOf(role, tenantName).length === scopesByRole[role].length;
}

/** What `role` may do in a tenant of that name. */
export function scopesOf(role: Role, tenantName: string): readonly Scope[] {
  const held = scopesByRole[role];
  return tenantName === operatorTenantName ? held : held.filter((scope) => !platformScopes.includes(scope));
}

export async function addPerson(
  writer: Writer,
  tenantId: string,
  person: Pick<Person, 'id' | 'name' | 'role'>,
  createdAt: EpochMs,
): Promise<void> {
  const { id, name, role } = person;
  await writer
    .insertInto('platform_people')
    .values({ tenant_id: tenantId, id, name, role, created_at: createdAt })
    .execute();
}

export async function findPerson(reader: Reader, tenantId: string, id: string): Promise<Person | undefined> {
  const row = await peopleOf(reader, tenantId).where('platform_people.id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : personOf(row);
}

/** In the order of their names. */
export async function listPeople(reader: Reader, tenantId: string): Promise<Person[]> {
  const rows = await peopleOf(reader, tenantId).orderBy('platform_people.name').execute();
  return rows.map(personOf);
}

/** The administrator who has been there for longest. */
export async function firstAdministrator(reader: Reader, tenantId: string): Promise<Person | undefined> {
  const row = await peopleOf(reader, tenantId)
    .where('platform_people.role', '=', 'administrator')
    .orderBy('platform_people.created_at')
    .orderBy('platform_people.id')
    .executeTakeFirst();
  return row === undefined ? undefined : personOf(row);
}

export async function setRole(writer: Writer, tenantId: string, id: string, role: Role): Promise<void> {
  await writer
    .updateTable('platform_people')
    .set({ role })
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .execute();
}

/** Removes the person with everything that stood for them: sessions, sign-in links, tokens. */
export async function removePerson(writer: Writer, tenantId: string, id: string): Promise<void> {
  await endSessionsOfPerson(writer, tenantId, id);
  await removeSignInLinksOfPerson(writer, tenantId, id);
  await removeTokensOfPerson(writer, tenantId, id);
  await writer.deleteFrom('platform_people').where('tenant_id', '=', tenantId).where('id', '=', id).execute();
}

function peopleOf(reader: Reader, tenantId: string) {
  return reader
    .selectFrom('platform_people')
    .innerJoin('platform_tenants', 'platform_tenants.id', 'platform_people.tenant_id')
    .select([
      'platform_people.id as id',
      'platform_people.name as name',
      'platform_people.role as role',
      'platform_people.created_at as createdAt',
      'platform_tenants.name as tenantName',
    ])
    .where('platform_people.tenant_id', '=', tenantId);
}

function personOf({ tenantName, ...person }: Omit<Person, 'scopes'> & { readonly tenantName: string }): Person {
  return { ...person, scopes: scopesOf(person.role, tenantName) };
}
