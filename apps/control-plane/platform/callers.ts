/** Who stands behind a session cookie or a bearer token, and whether they still do. */
import { ProblemError } from '@springline/api/problem';
import type { Clock, EpochMs } from '@springline/ports/clock';
import type { Caller } from '../http/handler.ts';
import type { Database, Writer } from '../storage/database.ts';
import { findCredential } from '../storage/platform/credentials.ts';
import { findPerson } from '../storage/platform/people.ts';
import { findSession, sessionTouchMs, touchSession } from '../storage/platform/sessions.ts';
import { findToken, tokenTouchMs, touchToken } from '../storage/platform/tokens.ts';
import { secretHash } from './secret.ts';

export type PersonCaller = Extract<Caller, { kind: 'person' }>;

/** Whose rights the caller has. */
export function personIdOf(caller: PersonCaller): string {
  if (caller.personId === undefined) throw new TypeError('an authenticated person has an id');
  return caller.personId;
}

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
    await touch(database, (writer) => touchSession(writer, tenantId, sessionId, now));
  }
  return {
    kind: 'person',
    tenantId,
    actor: `person:${person.name}`,
    scopes: person.scopes,
    personId: person.id,
    sessionId,
  };
}

async function touch(database: Database, work: (writer: Writer) => Promise<void>): Promise<void> {
  try {
    await database.write(work);
  } catch (error) {
    // A full disk or too many writes: reading must go on, and merely the last use is a little older.
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
  const { tenantId } = credential;
  const found = await findToken(database.read, tenantId, credential.subjectId, now);
  const person = found && (await findPerson(database.read, tenantId, found.personId));
  if (found === undefined || person === undefined) return undefined;
  if (found.lastUsedAt === null || now - found.lastUsedAt >= tokenTouchMs) {
    await touch(database, (writer) => touchToken(writer, tenantId, found.id, now));
  }
  return {
    kind: 'person',
    tenantId,
    actor: `token:${found.name}`,
    // Whom it acts for may have lost a scope since it was made.
    scopes: found.scopes.filter((scope) => person.scopes.includes(scope)),
    personId: found.personId,
    tokenId: found.id,
  };
}

/**
 * False once the session or token behind `caller` has ended, or its person has lost a scope. For streams, which outlive
 * their first check.
 */
export async function isStillSignedIn(database: Database, caller: PersonCaller, clock: Clock): Promise<boolean> {
  const { tenantId, sessionId, tokenId, personId } = caller;
  const person = personId === undefined ? undefined : await findPerson(database.read, tenantId, personId);
  if (person === undefined || !caller.scopes.every((scope) => person.scopes.includes(scope))) return false;
  if (sessionId !== undefined) {
    return (await findSession(database.read, tenantId, sessionId, clock.now())) !== undefined;
  }
  return tokenId !== undefined && (await findToken(database.read, tenantId, tokenId, clock.now())) !== undefined;
}
