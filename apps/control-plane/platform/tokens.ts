/**
 * Bearer tokens of programs. A token acts in the place of a person and never does more than they may at that moment; it
 * ends, its secret is answered once and kept as a hash, and a token that makes another gives it neither more scopes nor
 * a longer life than its own.
 */
import { ProblemError } from '@springline/api/problem';
import type { TokenView } from '@springline/api/shapes/access';
import type { Clock, EpochMs } from '@springline/ports/clock';
import type { Random } from '@springline/ports/random';
import { uuidV7 } from '@springline/ports/uuid';
import type { Handlers } from '../http/handler.ts';
import type { Database, Reader } from '../storage/database.ts';
import { appendAudit } from '../storage/platform/audit.ts';
import { listPeople, type Person } from '../storage/platform/people.ts';
import { addSignerFact } from '../storage/platform/signer-facts.ts';
import { addToken, findToken, listTokens, removeToken, type UsedToken } from '../storage/platform/tokens.ts';
import { adminTokenName } from './admin-token.ts';
import { type PersonCaller, personIdOf } from './callers.ts';
import { isNameTaken } from './given-name.ts';
import { personOf } from './people.ts';
import { longTokenBytes, newSecret, secretHash } from './secret.ts';

const dayMs = 24 * 60 * 60_000;
/** Tokens of one tenant, also those that have ended and are still listed. */
const tokensLimit = 1_000;

interface TokenDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
}

export function tokenHandlers(deps: TokenDeps): Pick<Handlers, 'listTokens' | 'createToken' | 'revokeToken'> {
  const { database, clock, random } = deps;
  return {
    async listTokens({ caller: { tenantId } }) {
      const people = new Map((await listPeople(database.read, tenantId)).map((person) => [person.id, person]));
      const tokens = await listTokens(database.read, tenantId);
      return {
        tokens: tokens.flatMap((token) => {
          const person = people.get(token.personId);
          return person === undefined ? [] : [tokenView(token, person)];
        }),
      };
    },

    async createToken({ caller, body, now }) {
      const { tenantId, actor } = caller;
      const name = body.name.normalize('NFC');
      const secret = newSecret(random, longTokenBytes);
      return database.write(async (writer) => {
        const person = await personOf(writer, tenantId, body.personId ?? personIdOf(caller));
        const scopes = [...new Set(body.scopes)];
        const missing = scopes.filter((scope) => !caller.scopes.includes(scope) || !person.scopes.includes(scope));
        if (missing.length > 0) {
          throw new ProblemError('scope-not-held', `you or ${person.name} do not hold ${missing.join(', ')}`);
        }
        const tokens = await listTokens(writer, tenantId);
        if (isNameTaken(name, tokens)) throw new ProblemError('name-taken');
        if (tokens.length >= tokensLimit) throw new ProblemError('limit-reached');
        const id = uuidV7(clock, random);
        const expiresAt = Math.min(now + body.lifetimeDays * dayMs, await endOfCaller(writer, caller, now)) as EpochMs;
        const token = { id, personId: person.id, name, scopes, createdAt: now, expiresAt };
        await addToken(writer, tenantId, token, secretHash(secret));
        const ends = new Date(expiresAt).toISOString();
        const detail = { name, person: person.name, scopes: scopes.join(' '), expiresAt: ends };
        const event = { at: now, actor, action: 'token.created', subject: `token:${id}`, detail };
        await appendAudit(writer, tenantId, event);
        return { ...tokenView({ ...token, lastUsedAt: null }, person), secret };
      });
    },

    async revokeToken({ caller, params: { tokenId }, now }) {
      const { tenantId, actor } = caller;
      await database.write(async (writer) => {
        const token = (await listTokens(writer, tenantId)).find(({ id }) => id === tokenId);
        if (token === undefined) throw new ProblemError('not-found', 'there is no such token');
        if (token.name === adminTokenName) throw new ProblemError('home-token');
        await removeToken(writer, tenantId, tokenId);
        await addSignerFact(writer, { kind: 'token-revoked', tenantId, tokenId });
        const detail = { name: token.name };
        const event = { at: now, actor, action: 'token.revoked', subject: `token:${tokenId}`, detail };
        await appendAudit(writer, tenantId, event);
      });
    },
  };
}

/** When the token that asks ends itself; what it makes must not outlive it. */
export async function endOfCaller(reader: Reader, { tenantId, tokenId }: PersonCaller, now: EpochMs): Promise<number> {
  if (tokenId === undefined) return Number.POSITIVE_INFINITY;
  const token = await findToken(reader, tenantId, tokenId, now);
  if (token === undefined) throw new ProblemError('not-authenticated');
  return token.expiresAt ?? Number.POSITIVE_INFINITY;
}

export function tokenView(token: UsedToken, person: Person): TokenView {
  const { id, name, createdAt, expiresAt, lastUsedAt } = token;
  return {
    id,
    name,
    person: { id: person.id, name: person.name },
    scopes: token.scopes.filter((scope) => person.scopes.includes(scope)),
    createdAt: new Date(createdAt).toISOString(),
    ...(expiresAt === null ? {} : { expiresAt: new Date(expiresAt).toISOString() }),
    ...(lastUsedAt === null ? {} : { lastUsedAt: minuteOf(lastUsedAt) }),
  };
}

function minuteOf(instant: EpochMs): string {
  return new Date(Math.floor(instant / 60_000) * 60_000).toISOString();
}
