/** Sign-in links: each signs one person in once, within 15 minutes of its making. */
import type { EpochMs } from '@springline/ports/clock';
import type { Reader, Writer } from '../database.ts';
import { addCredential, findCredential, removeCredentialsOf } from './credentials.ts';

export const signInLinkLifetimeMs = 15 * 60_000;

export interface SignInLink {
  readonly id: string;
  readonly personId: string;
  readonly expiresAt: EpochMs;
}

export async function addSignInLink(
  writer: Writer,
  tenantId: string,
  link: SignInLink,
  tokenHash: string,
): Promise<void> {
  const { id, personId, expiresAt } = link;
  await writer
    .insertInto('platform_sign_in_links')
    .values({ tenant_id: tenantId, id, person_id: personId, expires_at: expiresAt, used_at: null })
    .execute();
  await addCredential(writer, tokenHash, { tenantId, kind: 'sign-in-link', subjectId: id, expiresAt });
}

/** Whose link it is, when it may still be used. Reading it does not use it. */
export async function findSignInLink(
  reader: Reader,
  tokenHash: string,
  now: EpochMs,
): Promise<{ readonly tenantId: string; readonly id: string; readonly personId: string } | undefined> {
  const credential = await findCredential(reader, 'sign-in-link', tokenHash, now);
  if (credential === undefined) return undefined;
  const { tenantId, subjectId } = credential;
  const row = await reader
    .selectFrom('platform_sign_in_links')
    .select('person_id as personId')
    .where('tenant_id', '=', tenantId)
    .where('id', '=', subjectId)
    .where('used_at', 'is', null)
    .executeTakeFirst();
  return row === undefined ? undefined : { tenantId, id: subjectId, personId: row.personId };
}

/** Uses the link up. False when another request was first. */
export async function consumeSignInLink(writer: Writer, tenantId: string, id: string, now: EpochMs): Promise<boolean> {
  const { numUpdatedRows } = await writer
    .updateTable('platform_sign_in_links')
    .set({ used_at: now })
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .where('used_at', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) return false;
  await removeCredentialsOf(writer, tenantId, 'sign-in-link', id);
  return true;
}

/** Makes every link of a person useless. */
export async function removeSignInLinksOfPerson(writer: Writer, tenantId: string, personId: string): Promise<void> {
  const links = await writer
    .selectFrom('platform_sign_in_links')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where('person_id', '=', personId)
    .execute();
  for (const { id } of links) await removeLink(writer, tenantId, id);
}

/** Removes up to `limit` links past their time, used or not, and says how many. */
export async function purgeSignInLinks(writer: Writer, tenantId: string, now: EpochMs, limit: number): Promise<number> {
  const expired = await writer
    .selectFrom('platform_sign_in_links')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where('expires_at', '<=', now)
    .limit(limit)
    .execute();
  for (const { id } of expired) await removeLink(writer, tenantId, id);
  return expired.length;
}

async function removeLink(writer: Writer, tenantId: string, id: string): Promise<void> {
  await writer.deleteFrom('platform_sign_in_links').where('tenant_id', '=', tenantId).where('id', '=', id).execute();
  await removeCredentialsOf(writer, tenantId, 'sign-in-link', id);
}
