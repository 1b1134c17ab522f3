/**
 * Signed requests (RFC 9421, rules S15 and S17). Two steps, so that a stranger's body is never read: `claim` looks at
 * the headers alone, `prove` at the whole message. Whose key it is, only the registry row says; neither a certificate
 * chain nor a proxy header is asked.
 *
 * An answer that revokes or that carries work is given only after the signature verified. The refusals before that
 * (`signature-…`, `agent-unknown`) are hints about this request: on their account an agent retries and never gives up
 * its identity.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ProblemError } from '@springline/api/problem';
import { enrolAgentBody } from '@springline/api/shapes/agent';
import { keyId } from '@springline/api/signature/key';
import { parseRequestSignature, type SignatureClaim, verifyRequest } from '@springline/api/signature/message';
import type { EpochMs } from '@springline/ports/clock';
import type { Database } from '../storage/database.ts';
import { type NonceUse, rememberNonce } from '../storage/platform/nonces.ts';
import { systemTenantId } from '../storage/platform/tables.ts';
import type { Caller } from './handler.ts';
import { type KnownAgent, KnownAgents } from './known-agents.ts';
import { RequestUses } from './request-uses.ts';
import { parsePart } from './validation.ts';

export const freshnessMs = 5 * 60_000;
/** Nonces are kept for longer than a request is fresh, because clocks are also set back. */
const nonceLifetimeMs = freshnessMs + 10 * 60_000;

export interface AgentClaim {
  readonly claim: SignatureClaim;
  readonly agent: KnownAgent;
}

/** What one server keeps in memory between requests; it ends with its store. */
const memoryByDatabase = new WeakMap<Database, { readonly known: KnownAgents; readonly uses: RequestUses }>();

function memoryOf(database: Database) {
  const kept = memoryByDatabase.get(database);
  if (kept !== undefined) return kept;
  const made = { known: new KnownAgents(database), uses: new RequestUses(database) };
  memoryByDatabase.set(database, made);
  return made;
}

export interface SignedMessage {
  readonly method: string;
  /** Absolute, as the client addressed it. */
  readonly targetUri: string;
  readonly body: Uint8Array;
}

/**
 * From the headers: a fresh signature with the key of an agent that we know.
 *
 * @throws {SignatureError} `signature-missing`, `signature-malformed`.
 * @throws {ProblemError} `signature-stale`, `agent-unknown`.
 */
export async function claimAgent(database: Database, request: IncomingMessage, now: EpochMs): Promise<AgentClaim> {
  const claim = freshClaim(request, now);
  const agent = await memoryOf(database).known.find(claim.keyId, now);
  if (agent === undefined) throw new ProblemError('agent-unknown');
  return { claim, agent };
}

/**
 * From the message: the agent signed exactly this, and it came once.
 *
 * @throws {SignatureError} `signature-invalid`. @throws {ProblemError} `agent-revoked`, `signature-replayed`.
 */
export async function proveAgent(
  database: Database,
  { claim, agent }: AgentClaim,
  message: SignedMessage,
): Promise<Extract<Caller, { kind: 'agent' }>> {
  const { tenantId, agentId, key } = agent;
  verifyRequest(claim, message, key);
  if (agent.state === 'revoked') throw new ProblemError('agent-revoked');
  const { known, uses } = memoryOf(database);
  known.keep(claim.keyId, agent);
  // Whether it is active is asked again with the nonce: a body takes its time to arrive, and what is known is kept.
  const verdict = await uses.use(tenantId, agentId, nonceUse(claim));
  if (verdict === 'used') return { kind: 'agent', tenantId, agentId };
  if (verdict === 'replayed') throw new ProblemError('signature-replayed');
  known.forget(claim.keyId);
  throw new ProblemError('agent-revoked');
}

/** As `claimAgent`, for a key that is about to be registered. */
export function freshClaim(request: IncomingMessage, now: EpochMs): SignatureClaim {
  const claim = parseRequestSignature((name) => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : undefined;
  });
  if (Math.abs(claim.created * 1000 - now) > freshnessMs) {
    throw new ProblemError('signature-stale', `this server's clock reads ${new Date(now).toISOString()}`);
  }
  return claim;
}

/**
 * Proof of possession at enrolment: the request is signed with the key in its body.
 *
 * @throws {ProblemError} `malformed-request`, `signature-replayed`. @throws {SignatureError} `signature-invalid`.
 */
export async function proveNewKey(
  database: Database,
  claim: SignatureClaim,
  message: SignedMessage,
  json: unknown,
): Promise<Extract<Caller, { kind: 'enrolment' }>> {
  const { publicKey } = parsePart('body', enrolAgentBody, json) as { publicKey: Record<string, string> };
  const key = importKey(publicKey);
  // Of the key as we re-encode it: several spellings of one key must not count as several keys.
  if (keyId(key) !== claim.keyId) throw new ProblemError('signature-invalid', 'keyid is not that of the key sent');
  verifyRequest(claim, message, key);
  const isNew = await database.write((writer) => rememberNonce(writer, systemTenantId, nonceUse(claim)));
  if (!isNew) throw new ProblemError('signature-replayed');
  return { kind: 'enrolment', keyId: claim.keyId };
}

function importKey(jwk: Record<string, string>): KeyObject {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch (cause) {
    throw new ProblemError('malformed-request', 'body.publicKey: not a point on P-256', { cause });
  }
}

/** Written down before the work is done and after the signature verified: strangers cannot fill the table. */
function nonceUse({ keyId: key, nonce, created }: SignatureClaim): NonceUse {
  return { keyId: key, nonce, expiresAt: (created * 1000 + nonceLifetimeMs) as EpochMs };
}
