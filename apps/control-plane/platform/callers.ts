/** Who stands behind a session cookie or a bearer token, and whether they still do. */
import { ProblemError } from '@springline/api/problem';
import type { Clock, EpochMs } from '@springline/ports/clock';
import type { Caller } from '../http/handler.ts';
import type { Database } from '../storage/database.ts';
import { findCredential } from '../storage/platform/credentials.ts';
import { findPerson, scopesByRole } from '../storage/platform/people.ts';
import { findSession, sessionTouchMs, touchSession } from '../storage/platform/sessions.ts';
import { findToken } from '../storage/platform/tokens.ts';
import { secretHash } from './secret.ts';

export type PersonCaller = Extract<Caller, { kind: 'person' }>;

/** Whom the cookie signs in at `now`; a use moves the idle limit. */
export async function callerOfSession(
  database: Database,
  cookie: string,
  now: EpochMs,
): Promise<PersonCaller | undefined> {
  const credential = await findCredential(database.read, 'session', secretHash(cookie), now);
  if (credential === undefined) return undefined;
  const { tenantId, subjectId: sessionId } = credential;
  const session = await findSession(database.read, tenantId, sessionId, now);
  const person = session && (await findPerson(database.read, tenantId, session.personId));
  if (session === undefined || person === undefined) return undefined;
  if (now - session.lastSeenAt >= sessionTouchMs) {
    await touch(database, tenantId, sessionId, now);
  }
  return {
    kind: 'person',
    tenantId,
    actor: `person:${person.name}`,
    scopes: scopesByRole[person.role],
    personId: person.id,
    sessionId,
  };
}

async function touch(database: Database, tenantId: string, sessionId: string, now: EpochMs): Promise<void> {
  try {
    await database.write((writer) => touchSession(writer, tenantId, sessionId, now));
  } catch (error) {
    // A full disk or too many writes: reading must go on, and the session merely ends a little earlier.
    if (!(error instanceof ProblemError)) throw error;
  }
}

export async function callerOfToken(
  database: Database,
  token: string,
  now: EpochMs,
): Promise<PersonCaller | undefined> {
  const credential = await findCredential(database.read, 'token', secretHash(token), now);
  if (credential === undefined) return undefined;
  const found = await findToken(database.read, credential.tenantId, credential.subjectId, now);
  if (found === undefined) return undefined;
  return {
    kind: 'person',
    tenantId: credential.tenantId,
    actor: `token:${found.name}`,
    scopes: found.scopes,
    personId: found.personId,
    tokenId: found.id,
  };
}

/** False once the session or token behind `caller` has ended. For streams, which outlive their first check. */
export async function isStillSignedIn(database: Database, caller: PersonCaller, clock: Clock): Promise<boolean> {
  const { tenantId, sessionId, tokenId } = caller;
  if (sessionId !== undefined) {
    return (await findSession(database.read, tenantId, sessionId, clock.now())) !== undefined;
  }
  return tokenId !== undefined && (await findToken(database.read, tenantId, tokenId, clock.now())) !== undefined;
}
