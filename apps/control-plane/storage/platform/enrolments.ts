/** Enrolment tokens: each registers one key, within an hour; the same key may repeat it (rule S17). */
import type { ConnectorView } from '@springline/api/shapes/agent';
import type { EpochMs } from '@springline/ports/clock';
import type { Reader, Writer } from '../database.ts';
import { addCredential, findCredential, removeCredentialsOf } from './credentials.ts';

export const enrolmentLifetimeMs = 60 * 60_000;

export interface Enrolment {
  readonly id: string;
  readonly connector: Pick<ConnectorView, 'name' | 'kind'>;
  /** Name of the connector whose source the new one shares. */
  readonly beside?: string;
  readonly expiresAt: EpochMs;
}

export interface UsedEnrolment extends Enrolment {
  readonly tenantId: string;
  /** Thumbprint of the key that the token is bound to. */
  readonly keyId: string | null;
  readonly agentId: string | null;
}

export async function addEnrolment(
  writer: Writer,
  tenantId: string,
  enrolment: Enrolment,
  tokenHash: string,
): Promise<void> {
  const { id, connector, beside = null, expiresAt } = enrolment;
  await writer
    .insertInto('platform_enrolments')
    .values({
      tenant_id: tenantId,
      id,
      connector_name: connector.name,
      connector_kind: connector.kind,
      beside,
      expires_at: expiresAt,
      key_id: null,
      agent_id: null,
    })
    .execute();
  await addCredential(writer, tokenHash, { tenantId, kind: 'enrolment', subjectId: id, expiresAt });
}

/** The enrolment of that token, used or not, if it has not expired at `now`. */
export async function findEnrolment(
  reader: Reader,
  tokenHash: string,
  now: EpochMs,
): Promise<UsedEnrolment | undefined> {
  const credential = await findCredential(reader, 'enrolment', tokenHash, now);
  if (credential === undefined) return undefined;
  const row = await reader
    .selectFrom('platform_enrolments')
    .select(['id', 'connector_name', 'connector_kind', 'beside', 'expires_at', 'key_id', 'agent_id'])
    .where('tenant_id', '=', credential.tenantId)
    .where('id', '=', credential.subjectId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    tenantId: credential.tenantId,
    id: row.id,
    connector: { name: row.connector_name, kind: row.connector_kind },
    ...(row.beside === null ? {} : { beside: row.beside }),
    expiresAt: row.expires_at,
    keyId: row.key_id,
    agentId: row.agent_id,
  };
}

/** Binds the token to a key and the agent it became. False when another key was first. */
export async function bindEnrolment(
  writer: Writer,
  tenantId: string,
  id: string,
  bound: { readonly keyId: string; readonly agentId: string },
): Promise<boolean> {
  const { numUpdatedRows } = await writer
    .updateTable('platform_enrolments')
    .set({ key_id: bound.keyId, agent_id: bound.agentId })
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .where('key_id', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Removes up to `limit` enrolments past their hour and says how many. */
export async function purgeEnrolments(writer: Writer, tenantId: string, now: EpochMs, limit: number): Promise<number> {
  const expired = await writer
    .selectFrom('platform_enrolments')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where('expires_at', '<=', now)
    .limit(limit)
    .execute();
  for (const { id } of expired) {
    await writer.deleteFrom('platform_enrolments').where('tenant_id', '=', tenantId).where('id', '=', id).execute();
    await removeCredentialsOf(writer, tenantId, 'enrolment', id);
  }
  return expired.length;
}
