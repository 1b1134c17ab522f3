/** Tokens of any scopes and life, and tenants without an audit trail, written as the platform itself would. */
import type { Scope } from '@springline/api/route';
import { scopes } from '@springline/api/route';
import { systemRandom } from '@springline/ports/random';
import { uuidV7 } from '@springline/ports/uuid';
import { longTokenBytes, newSecret, secretHash } from '../platform/secret.ts';
import { addPerson, firstAdministrator } from '../storage/platform/people.ts';
import { addTenant, findTenantByName } from '../storage/platform/tenants.ts';
import { addToken } from '../storage/platform/tokens.ts';
import type { SqliteDatabase } from '../storage/sqlite/open.ts';
import type { RunningControlPlane } from './running-control-plane.ts';

export interface TokenWords {
  readonly tenant?: string;
  readonly scopes?: readonly Scope[];
  readonly lifetimeMs?: number;
}

/** A bearer token in a tenant, which is made with its administrator when missing. */
export async function makeToken(
  plane: RunningControlPlane,
  database: SqliteDatabase,
  words: TokenWords = {},
): Promise<string> {
  const now = plane.clock.now();
  const secret = newSecret(systemRandom, longTokenBytes);
  await database.write(async (writer) => {
    const name = words.tenant ?? 'default';
    const tenantId = (await findTenantByName(writer, name))?.id ?? uuidV7();
    if ((await findTenantByName(writer, name)) === undefined) {
      await addTenant(writer, { id: tenantId, name }, now);
      await addPerson(writer, tenantId, { id: uuidV7(), name: 'admin', role: 'administrator' }, now);
    }
    const person = await firstAdministrator(writer, tenantId);
    const token = {
      id: uuidV7(),
      personId: person!.id,
      name: `test ${secret.slice(0, 8)}`,
      scopes: words.scopes ?? scopes,
      createdAt: now,
      expiresAt: words.lifetimeMs === undefined ? null : ((now + words.lifetimeMs) as typeof now),
    };
    await addToken(writer, tenantId, token, secretHash(secret));
  });
  return secret;
}
