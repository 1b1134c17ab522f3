/** Sessions and bearer tokens: which of the two a request brings, and whom it stands for. */
import type { IncomingMessage } from 'node:http';
import { ProblemError } from '@springline/api/problem';
import type { Scope } from '@springline/api/route';
import type { EpochMs } from '@springline/ports/clock';
import { callerOfSession, callerOfToken, type PersonCaller } from '../platform/callers.ts';
import { sessionCookieName } from '../platform/sign-in.ts';
import type { Database } from '../storage/database.ts';
import { requireSameSite } from './cross-site.ts';

const secretForm = /^[A-Za-z0-9_-]{22,64}$/;

/**
 * @throws {ProblemError} `not-authenticated`, `cross-site-request`, `not-authorised`.
 */
export async function authenticatePerson(
  database: Database,
  request: IncomingMessage,
  wanted: { readonly scope: Scope; readonly ownOrigin: string; readonly now: EpochMs },
): Promise<PersonCaller> {
  const caller = await callerOf(database, request, wanted);
  if (caller === undefined) {
    throw new ProblemError('not-authenticated', undefined, { headers: { 'www-authenticate': 'Bearer' } });
  }
  if (!caller.scopes.includes(wanted.scope)) {
    throw new ProblemError('not-authorised', `this needs the scope ${wanted.scope}`);
  }
  return caller;
}

async function callerOf(
  database: Database,
  { headers, method }: IncomingMessage,
  { ownOrigin, now }: { readonly ownOrigin: string; readonly now: EpochMs },
): Promise<PersonCaller | undefined> {
  // A header that a program sets goes before a cookie that a browser adds by itself.
  if (headers.authorization !== undefined) {
    const token = /^Bearer +(\S+)$/i.exec(headers.authorization)?.[1];
    return token !== undefined && secretForm.test(token) ? callerOfToken(database, token, now) : undefined;
  }
  const cookie = sessionCookieIn(headers.cookie);
  if (cookie === undefined) return undefined;
  const fetchSite = headers['sec-fetch-site'];
  const words = { method: method ?? 'GET', origin: headers.origin, fetchSite: fetchSite?.toString() };
  requireSameSite(words, ownOrigin);
  return callerOfSession(database, cookie, now);
}

/** The session cookie; undefined when there is none, and when there are two, since one of them is not ours. */
function sessionCookieIn(header: string | undefined): string | undefined {
  const values = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${sessionCookieName}=`))
    .map((pair) => pair.slice(sessionCookieName.length + 1));
  const [value] = values;
  return values.length === 1 && value !== undefined && secretForm.test(value) ? value : undefined;
}
