/**
 * What a secret stands for. Secrets are random (128 bits or more), so a plain SHA-256 of them is enough: there is
 * nothing to guess. The hash is looked up by an index, which tells an attacker nothing of use about the secret.
 */
import type { EpochMs } from '@springline/ports/clock';
import type { Reader, Writer } from '../database.ts';
import type { CredentialKind } from './tables.ts';

export interface Credential {
  readonly tenantId: string;
  readonly kind: CredentialKind;
  /** The session, link, token, enrolment or agent. */
  readonly subjectId: string;
  readonly expiresAt: EpochMs | null;
}

export async function addCredential(writer: Writer, hash: string, credential: Credential): Promise<void> {
  const { tenantId, kind, subjectId, expiresAt } = credential;
  await writer
    .insertInto('platform_credentials')
    .values({ hash, tenant_id: tenantId, kind, subject_id: subjectId, expires_at: expiresAt })
    .execute();
}

/** The credential of that kind, if it has not expired at `now`. */
export async function findCredential(
  reader: Reader,
  kind: CredentialKind,
  hash: string,
  now: EpochMs,
): Promise<Credential | undefined> {
  const row = await reader
    .selectFrom('platform_credentials')
    .select(['tenant_id as tenantId', 'kind', 'subject_id as subjectId', 'expires_at as expiresAt'])
    .where('hash', '=', hash)
    .where('kind', '=', kind)
    .executeTakeFirst();
  return row === undefined || (row.expiresAt !== null && row.expiresAt <= now) ? undefined : row;
}

export async function removeCredentialsOf(
  writer: Writer,
  tenantId: string,
  kind: CredentialKind,
  subjectId: string,
): Promise<void> {
  await writer
    .deleteFrom('platform_credentials')
    .where('tenant_id', '=', tenantId)
    .where('kind', '=', kind)
    .where('subject_id', '=', subjectId)
    .execute();
}
