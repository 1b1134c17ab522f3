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
  /** As it was made; its person's role may have become narrower since. */
  readonly scopes: readonly Scope[];
  readonly createdAt: EpochMs;
  readonly expiresAt: EpochMs | null;
}

export interface UsedToken extends Token {
  readonly lastUsedAt: EpochMs | null;
}

/** A use is written down at most this often. */
export const tokenTouchMs = 60_000;

const columns = [
  'id',
  'person_id as personId',
  'name',
  'scopes',
  'created_at as createdAt',
  'expires_at as expiresAt',
  'last_used_at as lastUsedAt',
] as const;

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
      last_used_at: null,
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
): Promise<UsedToken | undefined> {
  const row = await reader
    .selectFrom('platform_tokens')
    .select(columns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined || (row.expiresAt !== null && row.expiresAt <= now)) return undefined;
  return { ...row, scopes: knownScopes(row.scopes) };
}

/** Every token, also those that have ended and were not thrown away yet, in the order of their names. */
export async function listTokens(reader: Reader, tenantId: string): Promise<UsedToken[]> {
  const rows = await reader
    .selectFrom('platform_tokens')
    .select(columns)
    .where('tenant_id', '=', tenantId)
    .orderBy('name')
    .execute();
  return rows.map((row) => ({ ...row, scopes: knownScopes(row.scopes) }));
}

export async function touchToken(writer: Writer, tenantId: string, id: string, now: EpochMs): Promise<void> {
  await writer
    .updateTable('platform_tokens')
    .set({ last_used_at: now })
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .execute();
}

export async function setTokenScopes(
  writer: Writer,
  tenantId: string,
  id: string,
  wanted: readonly Scope[],
): Promise<void> {
  await writer
    .updateTable('platform_tokens')
    .set({ scopes: JSON.stringify(wanted) })
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .execute();
}

/** From now on the token of that name acts for `to`, if it acted for `from`. */
export async function moveToken(
  writer: Writer,
  tenantId: string,
  { name, from, to }: { readonly name: string; readonly from: string; readonly to: string },
): Promise<void> {
  await writer
    .updateTable('platform_tokens')
    .set({ person_id: to })
    .where('tenant_id', '=', tenantId)
    .where('name', '=', name)
    .where('person_id', '=', from)
    .execute();
}

export async function removeToken(writer: Writer, tenantId: string, id: string): Promise<void> {
  await writer.deleteFrom('platform_tokens').where('tenant_id', '=', tenantId).where('id', '=', id).execute();
  await removeCredentialsOf(writer, tenantId, 'token', id);
}

/** Takes a token back by its name; nothing happens when there is none. */
export async function removeTokenByName(writer: Writer, tenantId: string, name: string): Promise<void> {
  const row = await writer
    .selectFrom('platform_tokens')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where('name', '=', name)
    .executeTakeFirst();
  if (row !== undefined) await removeToken(writer, tenantId, row.id);
}

export async function removeTokensOfPerson(writer: Writer, tenantId: string, personId: string): Promise<void> {
  const tokens = await writer
    .selectFrom('platform_tokens')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where('person_id', '=', personId)
    .execute();
  for (const { id } of tokens) await removeToken(writer, tenantId, id);
}

/** Ended tokens stay in the list for so long. */
const endedTokenMs = 30 * 24 * 60 * 60_000;

/** Removes up to `limit` tokens that ended 30 days ago or earlier, and says how many. */
export async function purgeTokens(writer: Writer, tenantId: string, now: EpochMs, limit: number): Promise<number> {
  const ended = await writer
    .selectFrom('platform_tokens')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where('expires_at', '<=', (now - endedTokenMs) as EpochMs)
    .limit(limit)
    .execute();
  for (const { id } of ended) await removeToken(writer, tenantId, id);
  return ended.length;
}

function knownScopes(json: string): Scope[] {
  const listed = JSON.parse(json) as readonly string[];
  return scopes.filter((scope) => listed.includes(scope));
}
