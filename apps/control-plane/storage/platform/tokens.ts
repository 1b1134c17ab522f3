/** Bearer tokens of programs: named, scoped, and kept as a hash only. */
import { type Scope, scopes } from '@springline/api/route';
import type { EpochMs } from '@springline/ports/clock';
import type { Reader, Writer } from '../database.ts';
import { addCredential, removeCredentialsOf } from './credentials.ts';

export interface Token {
  readonly id: string;
  /** In whose place it acts. */
  readonly personId: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: EpochMs;
  readonly expiresAt: EpochMs | null;
}

export async function addToken(writer: Writer, tenantId: string, token: Token, hash: string): Promise<void> {
  const { id, personId, name, createdAt, expiresAt } = token;
  await writer
    .insertInto('platform_tokens')
    .values({
      tenant_id: tenantId,
      id,
      person_id: personId,
      name,
      scopes: JSON.stringify(token.scopes),
      created_at: createdAt,
      expires_at: expiresAt,
    })
    .execute();
  await addCredential(writer, hash, { tenantId, kind: 'token', subjectId: id, expiresAt });
}

/** The token, if it has not expired at `now`. */
export async function findToken(
  reader: Reader,
  tenantId: string,
  id: string,
  now: EpochMs,
): Promise<Token | undefined> {
  const row = await reader
    .selectFrom('platform_tokens')
    .select(['id', 'person_id as personId', 'name', 'scopes', 'created_at as createdAt', 'expires_at as expiresAt'])
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined || (row.expiresAt !== null && row.expiresAt <= now)) return undefined;
  return { ...row, scopes: knownScopes(row.scopes) };
}

/** Takes a token back by its name; nothing happens when there is none. */
export async function removeTokenByName(writer: Writer, tenantId: string, name: string): Promise<void> {
  const row = await writer
    .selectFrom('platform_tokens')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where('name', '=', name)
    .executeTakeFirst();
  if (row === undefined) return;
  await writer.deleteFrom('platform_tokens').where('tenant_id', '=', tenantId).where('id', '=', row.id).execute();
  await removeCredentialsOf(writer, tenantId, 'token', row.id);
}

function knownScopes(json: string): Scope[] {
  const listed = JSON.parse(json) as readonly string[];
  return scopes.filter((scope) => listed.includes(scope));
}
