/**
 * People of a tenant: who is there, with which role. Three things always hold: nobody hands out a scope that they do not
 * hold themselves, a tenant keeps an administrator, and with a person go their sessions, sign-in links and tokens.
 */
import { ProblemError } from '@springline/api/problem';
import type { PersonView } from '@springline/api/shapes/access';
import type { Clock } from '@springline/ports/clock';
import type { Random } from '@springline/ports/random';
import { uuidV7 } from '@springline/ports/uuid';
import type { Handlers } from '../http/handler.ts';
import type { Database, Reader, Writer } from '../storage/database.ts';
import { appendAudit } from '../storage/platform/audit.ts';
import {
  addPerson,
  findPerson,
  isGrantable,
  listPeople,
  type Person,
  removePerson,
  scopesOf,
  setRole,
} from '../storage/platform/people.ts';
import { addSignerFact } from '../storage/platform/signer-facts.ts';
import type { Role } from '../storage/platform/tables.ts';
import { findTenant } from '../storage/platform/tenants.ts';
import { moveToken } from '../storage/platform/tokens.ts';
import { adminTokenName } from './admin-token.ts';
import type { PersonCaller } from './callers.ts';
import { isNameTaken } from './given-name.ts';

/** People of one tenant. */
const peopleLimit = 1_000;

interface PeopleDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
}

type PeopleHandlers = Pick<Handlers, 'listPeople' | 'addPerson' | 'changePerson' | 'removePerson'>;

export function peopleHandlers({ database, clock, random }: PeopleDeps): PeopleHandlers {
  return {
    async listPeople({ caller }) {
      const people = await listPeople(database.read, caller.tenantId);
      return { people: people.map(personView) };
    },

    async addPerson({ caller, body, now }) {
      const { tenantId, actor } = caller;
      const { role } = body;
      const name = body.name.normalize('NFC');
      return database.write(async (writer) => {
        await checkGrant(writer, caller, role);
        const people = await listPeople(writer, tenantId);
        if (isNameTaken(name, people)) throw new ProblemError('name-taken');
        if (people.length >= peopleLimit) throw new ProblemError('limit-reached');
        const id = uuidV7(clock, random);
        await addPerson(writer, tenantId, { id, name, role }, now);
        const event = { at: now, actor, action: 'person.created', subject: `person:${id}`, detail: { name, role } };
        await appendAudit(writer, tenantId, event);
        return personView(await personOf(writer, tenantId, id));
      });
    },

    async changePerson({ caller, params: { personId }, body: { role }, now }) {
      const { tenantId, actor } = caller;
      return database.write(async (writer) => {
        const before = await personOf(writer, tenantId, personId);
        await checkGrant(writer, caller, role);
        if (role !== 'administrator') await leaveAdministration(writer, tenantId, before);
        await setRole(writer, tenantId, personId, role);
        await addSignerFact(writer, { kind: 'person-role', tenantId, personId, role });
        const detail = { name: before.name, before: before.role, after: role };
        const event = { at: now, actor, action: 'person.role-changed', subject: `person:${personId}`, detail };
        await appendAudit(writer, tenantId, event);
        return personView(await personOf(writer, tenantId, personId));
      });
    },

    async removePerson({ caller, params: { personId }, now }) {
      const { tenantId, actor } = caller;
      await database.write(async (writer) => {
        const person = await personOf(writer, tenantId, personId);
        await leaveAdministration(writer, tenantId, person);
        await removePerson(writer, tenantId, personId);
        await addSignerFact(writer, { kind: 'person-removed', tenantId, personId });
        const detail = { name: person.name, role: person.role };
        const event = { at: now, actor, action: 'person.removed', subject: `person:${personId}`, detail };
        await appendAudit(writer, tenantId, event);
      });
    },
  };
}

/** @throws {ProblemError} `role-not-grantable`, or `scope-not-held` when the role may do more than the caller. */
async function checkGrant(reader: Reader, caller: PersonCaller, role: Role): Promise<void> {
  const tenant = await findTenant(reader, caller.tenantId);
  if (tenant === undefined) throw new ProblemError('not-authenticated');
  if (!isGrantable(role, tenant.name)) throw new ProblemError('role-not-grantable');
  const missing = scopesOf(role, tenant.name).filter((scope) => !caller.scopes.includes(scope));
  if (missing.length > 0) throw new ProblemError('scope-not-held', `you do not hold ${missing.join(', ')}`);
}

/**
 * Before a person stops being an administrator: another one must be there, who also answers for the admin token.
 *
 * @throws {ProblemError} `last-administrator`.
 */
async function leaveAdministration(writer: Writer, tenantId: string, person: Person): Promise<void> {
  if (person.role !== 'administrator') return;
  const people = await listPeople(writer, tenantId);
  const other = people.find(({ id, role }) => role === 'administrator' && id !== person.id);
  if (other === undefined) throw new ProblemError('last-administrator');
  await moveToken(writer, tenantId, { name: adminTokenName, from: person.id, to: other.id });
}

/** @throws {ProblemError} `not-found`, also for a person of another tenant. */
export async function personOf(reader: Reader, tenantId: string, id: string): Promise<Person> {
  const person = await findPerson(reader, tenantId, id);
  if (person === undefined) throw new ProblemError('not-found', 'there is no such person');
  return person;
}

export function personView({ id, name, role, scopes, createdAt }: Person): PersonView {
  return { id, name, role, scopes: [...scopes], createdAt: new Date(createdAt).toISOString() };
}
