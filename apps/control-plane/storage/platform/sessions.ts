/** Portal sessions: 30 minutes without a request end one, and 12 hours in any case. */
import type { EpochMs } from '@springline/ports/clock';
import type { Reader, Writer } from '../database.ts';
import { addCredential, removeCredentialsOf } from './credentials.ts';

export const sessionIdleMs = 30 * 60_000;
export const sessionLifetimeMs = 12 * 60 * 60_000;
/** A use is written down at most this often. */
export const sessionTouchMs = 60_000;

export interface Session {
  readonly id: string;
  readonly personId: string;
  readonly createdAt: EpochMs;
  readonly lastSeenAt: EpochMs;
}

export async function addSession(
  writer: Writer,
  tenantId: string,
  session: Session,
  cookieHash: string,
): Promise<void> {
  const { id, personId, createdAt, lastSeenAt } = session;
  await writer
    .insertInto('platform_sessions')
    .values({ tenant_id: tenantId, id, person_id: personId, created_at: createdAt, last_seen_at: lastSeenAt })
    .execute();
  const expiresAt = (createdAt + sessionLifetimeMs) as EpochMs;
  await addCredential(writer, cookieHash, { tenantId, kind: 'session', subjectId: id, expiresAt });
}

/** When the session ends if nothing more is asked in it. */
export function sessionEnd(session: Session): EpochMs {
  return Math.min(session.lastSeenAt + sessionIdleMs, session.createdAt + sessionLifetimeMs) as EpochMs;
}

/** The session, if it has not ended at `now`. */
export async function findSession(
  reader: Reader,
  tenantId: string,
  id: string,
  now: EpochMs,
): Promise<Session | undefined> {
  const session = await reader
    .selectFrom('platform_sessions')
    .select(['id', 'person_id as personId', 'created_at as createdAt', 'last_seen_at as lastSeenAt'])
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .executeTakeFirst();
  return session === undefined || sessionEnd(session) <= now ? undefined : session;
}

export async function touchSession(writer: Writer, tenantId: string, id: string, now: EpochMs): Promise<void> {
  await writer
    .updateTable('platform_sessions')
    .set({ last_seen_at: now })
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .where('last_seen_at', '<', now)
    .execute();
}

export async function endSession(writer: Writer, tenantId: string, id: string): Promise<void> {
  await writer.deleteFrom('platform_sessions').where('tenant_id', '=', tenantId).where('id', '=', id).execute();
  await removeCredentialsOf(writer, tenantId, 'session', id);
}

/** Ends every session of a person at once. */
export async function endSessionsOfPerson(writer: Writer, tenantId: string, personId: string): Promise<void> {
  const sessions = await writer
    .selectFrom('platform_sessions')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where('person_id', '=', personId)
    .execute();
  for (const { id } of sessions) await endSession(writer, tenantId, id);
}

/** Removes up to `limit` sessions that have ended, and says how many. */
export async function purgeSessions(writer: Writer, tenantId: string, now: EpochMs, limit: number): Promise<number> {
  const ended = await writer
    .selectFrom('platform_sessions')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where(({ or, eb }) =>
      or([
        eb('last_seen_at', '<=', (now - sessionIdleMs) as EpochMs),
        eb('created_at', '<=', (now - sessionLifetimeMs) as EpochMs),
      ]),
    )
    .limit(limit)
    .execute();
  for (const { id } of ended) await endSession(writer, tenantId, id);
  return ended.length;
}
