/**
 * Tenants, as the people who run the installation add them. A tenant begins with an administrator and a token of theirs:
 * from then on its people are its own matter. Nobody gives a scope here that they do not hold themselves, and scopes that
 * reach every tenant's agents are in no other tenant than the operator's.
 */
import { ProblemError } from '@springline/api/problem';
import type { TenantView } from '@springline/api/shapes/tenant';
import type { Clock, EpochMs } from '@springline/ports/clock';
import type { Random } from '@springline/ports/random';
import { uuidV7 } from '@springline/ports/uuid';
import type { Handlers } from '../http/handler.ts';
import type { Database } from '../storage/database.ts';
import { appendAudit } from '../storage/platform/audit.ts';
import { addPerson, scopesOf } from '../storage/platform/people.ts';
import { addTenant, isOperatorTenant, listTenants, nobodysTenantName } from '../storage/platform/tenants.ts';
import { addToken } from '../storage/platform/tokens.ts';
import { isNameTaken } from './given-name.ts';
import { requireOperator } from './operator.ts';
import { personOf, personView } from './people.ts';
import { longTokenBytes, newSecret, secretHash } from './secret.ts';
import { endOfCaller, tokenView } from './tokens.ts';

/** Tenants of one installation. Jobs go through all of them. */
const tenantsLimit = 1_000;
const dayMs = 24 * 60 * 60_000;
const firstTokenName = 'first-token';

interface TenantDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
}

export function tenantHandlers({ database, clock, random }: TenantDeps): Pick<Handlers, 'listTenants' | 'addTenant'> {
  return {
    async listTenants({ caller }) {
      await requireOperator(database.read, caller.tenantId);
      return { tenants: (await listTenants(database.read)).map(viewOf) };
    },

    async addTenant({ caller, body, now }) {
      const name = body.name.normalize('NFC');
      const administrator = body.administrator.normalize('NFC');
      const secret = newSecret(random, longTokenBytes);
      return database.write(async (writer) => {
        await requireOperator(writer, caller.tenantId);
        const scopes = scopesOf('administrator', name);
        const missing = scopes.filter((scope) => !caller.scopes.includes(scope));
        if (missing.length > 0) throw new ProblemError('scope-not-held', `you do not hold ${missing.join(', ')}`);
        const tenants = await listTenants(writer);
        if (isNameTaken(name, [...tenants, { name: nobodysTenantName }])) throw new ProblemError('name-taken');
        if (tenants.length >= tenantsLimit) throw new ProblemError('limit-reached');

        const tenantId = uuidV7(clock, random);
        await addTenant(writer, { id: tenantId, name }, now);
        const personId = uuidV7(clock, random);
        await addPerson(writer, tenantId, { id: personId, name: administrator, role: 'administrator' }, now);
        const expiresAt = Math.min(now + body.lifetimeDays * dayMs, await endOfCaller(writer, caller, now)) as EpochMs;
        const kept = { personId, name: firstTokenName, scopes, createdAt: now, expiresAt };
        const token = { id: uuidV7(clock, random), ...kept };
        await addToken(writer, tenantId, token, secretHash(secret));

        const subject = `tenant:${tenantId}`;
        const created = { at: now, action: 'tenant.created', subject, detail: { name } };
        await appendAudit(writer, caller.tenantId, { ...created, actor: caller.actor });
        // Names of people there mean nothing to the people here.
        const by = { at: now, actor: 'operator' };
        await appendAudit(writer, tenantId, { ...created, ...by });
        const whom = { name: administrator, role: 'administrator' };
        const added = { action: 'person.created', subject: `person:${personId}`, detail: whom };
        await appendAudit(writer, tenantId, { ...by, ...added });
        const ends = new Date(expiresAt).toISOString();
        const what = { name: firstTokenName, person: administrator, scopes: scopes.join(' '), expiresAt: ends };
        const given = { action: 'token.created', subject: `token:${token.id}`, detail: what };
        await appendAudit(writer, tenantId, { ...by, ...given });

        const person = await personOf(writer, tenantId, personId);
        return {
          ...viewOf({ id: tenantId, name, createdAt: now }),
          administrator: personView(person),
          token: { ...tokenView({ ...token, lastUsedAt: null }, person), secret },
        };
      });
    },
  };
}

function viewOf(tenant: { readonly id: string; readonly name: string; readonly createdAt: EpochMs }): TenantView {
  const { id, name, createdAt } = tenant;
  return { id, name, createdAt: new Date(createdAt).toISOString(), isOperator: isOperatorTenant(tenant) };
}
