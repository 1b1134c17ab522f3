/**
 * Signing in and out. A link is shown to a person who already has the right to make one (a session, or the admin token
 * on the host); the browser consumes it by POST, so that no preview or prefetch uses it up (rule S30).
 */
import { ProblemError } from '@springline/api/problem';
import type { SessionView } from '@springline/api/shapes/person';
import type { Clock, EpochMs } from '@springline/ports/clock';
import type { Random } from '@springline/ports/random';
import { uuidV7 } from '@springline/ports/uuid';
import type { Handlers } from '../http/handler.ts';
import type { Database } from '../storage/database.ts';
import { appendAudit } from '../storage/platform/audit.ts';
import { findPerson } from '../storage/platform/people.ts';
import {
  addSession,
  endSession,
  findSession,
  type Session,
  sessionEnd,
  sessionLifetimeMs,
} from '../storage/platform/sessions.ts';
import {
  addSignInLink,
  consumeSignInLink,
  findSignInLink,
  signInLinkLifetimeMs,
} from '../storage/platform/sign-in-links.ts';
import { findTenant } from '../storage/platform/tenants.ts';
import { findToken } from '../storage/platform/tokens.ts';
import { type PersonCaller, personIdOf } from './callers.ts';
import { personOf } from './people.ts';
import { linkTokenBytes, longTokenBytes, newSecret, secretHash } from './secret.ts';

export const sessionCookieName = 'springline_session';

/** What `expiresAt` says for a bearer token without an end. */
const endOfTime = Date.UTC(9999, 11, 31) as EpochMs;

interface SignInDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  /** Of a replay: what it is called. */
  readonly scenario?: string;
  /** Origin under which people reach the portal. */
  publicUrl(): string;
}

type SignInHandlers = Pick<Handlers, 'createSignInLink' | 'createSignInLinkFor' | 'signIn' | 'getSession' | 'signOut'>;

export function signInHandlers(deps: SignInDeps): SignInHandlers {
  const { database, clock, random } = deps;
  const replay = deps.scenario === undefined ? {} : { scenario: deps.scenario };
  return {
    createSignInLink: ({ caller, now }) => makeLink(deps, caller, personIdOf(caller), now),
    createSignInLinkFor: ({ caller, params, now }) => makeLink(deps, caller, params.personId, now),

    async signIn({ body, now, setHeader }) {
      const cookie = newSecret(random, longTokenBytes);
      const started = await database.write(async (writer) => {
        const link = await findSignInLink(writer, secretHash(body.linkToken), now);
        if (link === undefined || !(await consumeSignInLink(writer, link.tenantId, link.id, now))) {
          throw new ProblemError('sign-in-link-invalid');
        }
        const { tenantId, personId } = link;
        const session: Session = { id: uuidV7(clock, random), personId, createdAt: now, lastSeenAt: now };
        await addSession(writer, tenantId, session, secretHash(cookie));
        const view = await viewOfSession(writer, tenantId, session);
        const event = { at: now, actor: `person:${view.person.name}`, action: 'session.started' };
        await appendAudit(writer, tenantId, { ...event, subject: `session:${session.id}` });
        return { ...view, ...replay };
      });
      setHeader('set-cookie', sessionCookie(cookie, sessionLifetimeMs / 1000, deps.publicUrl()));
      return started;
    },

    async getSession({ caller, now }) {
      const { tenantId, sessionId, tokenId } = caller;
      if (sessionId !== undefined) {
        const session = await findSession(database.read, tenantId, sessionId, now);
        if (session !== undefined) return { ...(await viewOfSession(database.read, tenantId, session)), ...replay };
      }
      const token = tokenId === undefined ? undefined : await findToken(database.read, tenantId, tokenId, now);
      const tenant = await findTenant(database.read, tenantId);
      if (token === undefined || tenant === undefined) throw new ProblemError('not-authenticated');
      return {
        person: { id: token.id, name: token.name },
        tenant,
        scopes: [...caller.scopes],
        expiresAt: new Date(token.expiresAt ?? endOfTime).toISOString(),
        ...replay,
      };
    },

    async signOut({ caller, now, setHeader }) {
      const { tenantId, sessionId, actor } = caller;
      if (sessionId === undefined) throw new ProblemError('not-authorised', 'only a session can be signed out of');
      await database.write(async (writer) => {
        await endSession(writer, tenantId, sessionId);
        const subject = `session:${sessionId}`;
        await appendAudit(writer, tenantId, { at: now, actor, action: 'session.ended', subject });
      });
      setHeader('set-cookie', sessionCookie('', 0, deps.publicUrl()));
    },
  };
}

async function makeLink(deps: SignInDeps, caller: PersonCaller, personId: string, now: EpochMs) {
  const { database, clock, random } = deps;
  const { tenantId, actor } = caller;
  const token = newSecret(random, linkTokenBytes);
  const link = { id: uuidV7(clock, random), personId, expiresAt: (now + signInLinkLifetimeMs) as EpochMs };
  await database.write(async (writer) => {
    const person = await personOf(writer, tenantId, personId);
    // The session will have all that the person's role holds: a narrow token must not become a wide session.
    const missing = person.scopes.filter((scope) => !caller.scopes.includes(scope));
    if (missing.length > 0) throw new ProblemError('scope-not-held', `you do not hold ${missing.join(', ')}`);
    await addSignInLink(writer, tenantId, link, secretHash(token));
    const subject = `person:${personId}`;
    await appendAudit(writer, tenantId, { at: now, actor, action: 'sign-in-link.created', subject });
  });
  // Behind the hash sign: browsers send that part to no server, so it reaches no log.
  return { url: `${deps.publicUrl()}/sign-in#${token}`, expiresAt: new Date(link.expiresAt).toISOString() };
}

async function viewOfSession(reader: Database['read'], tenantId: string, session: Session): Promise<SessionView> {
  const person = await findPerson(reader, tenantId, session.personId);
  const tenant = await findTenant(reader, tenantId);
  if (person === undefined || tenant === undefined) throw new ProblemError('not-authenticated');
  return {
    person: { id: person.id, name: person.name },
    tenant,
    scopes: [...person.scopes],
    expiresAt: new Date(sessionEnd(session)).toISOString(),
  };
}

function sessionCookie(value: string, maxAgeSeconds: number, publicUrl: string): string {
  const secure = publicUrl.startsWith('https:') ? '; Secure' : '';
  return `${sessionCookieName}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${secure}`;
}
