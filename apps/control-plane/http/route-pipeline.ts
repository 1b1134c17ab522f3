/**
 * What a request goes through on its route, in this order: admission by the headers alone (session, token, or the claim
 * of a signature), then the body, then the proof of the signature, then shapes, then the handler, then the shape of the
 * answer. A stranger is turned away before any of his body is read.
 */
import { Readable } from 'node:stream';
import { ProblemError } from '@springline/api/problem';
import type { Route } from '@springline/api/route';
import type { RouteId } from '@springline/api/routes';
import type { SignatureClaim } from '@springline/api/signature/message';
import type { Clock, EpochMs } from '@springline/ports/clock';
import type { Log } from '@springline/ports/log';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Database } from '../storage/database.ts';
import { type AgentClaim, claimAgent, freshClaim, proveAgent, proveNewKey } from './agent-authentication.ts';
import { refuseCrossSite } from './cross-site.ts';
import { isNotModified } from './entity-tag.ts';
import type { Caller } from './handler.ts';
import { parseJsonBody } from './json-body.ts';
import type { Metrics } from './metrics.ts';
import type { Origins } from './origins.ts';
import { authenticatePerson } from './person-authentication.ts';
import type { RateLimiter } from './rate-limit.ts';
import { answersHead } from './unrouted.ts';
import { parsePart, shapedAnswer } from './validation.ts';

export interface RouteDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly origins: Origins;
  readonly metrics: Metrics;
  readonly signInLimit: RateLimiter;
  readonly enrolmentLimit: RateLimiter;
  readonly pksLimit: RateLimiter;
  readonly pksLimitOfAll: RateLimiter;
  /** Aborts when the server is about to close. */
  readonly closing: AbortSignal;
}

/** What the headers established; `known` needs no further proof. */
type Admission =
  | { readonly kind: 'known'; readonly caller: Caller; readonly now: EpochMs }
  | { readonly kind: 'agent'; readonly claim: AgentClaim; readonly now: EpochMs }
  | { readonly kind: 'enrolment'; readonly claim: SignatureClaim; readonly now: EpochMs };

/** A stream whose reader stands still for so long is cut off. */
const stalledStreamMs = 60_000;
const noBody = Buffer.alloc(0);

/** `handler` fits `route`; that both come from one table is what the types of `Handlers` say. */
export function registerRoute(
  server: FastifyInstance,
  route: Route & { readonly id: string },
  handler: (call: never) => Promise<unknown>,
  deps: RouteDeps,
): void {
  const admissions = new WeakMap<FastifyRequest, Admission>();
  server.route({
    method: route.method,
    url: route.path,
    bodyLimit: route.bodyLimitBytes,
    exposeHeadRoute: answersHead(route),
    config: { routeId: route.id as RouteId },
    onRequest: async (request) => {
      admissions.set(request, await admit(route, request, deps));
    },
    handler: async (request, reply) => {
      const admission = admissions.get(request)!;
      const bytes = request.body instanceof Buffer ? request.body : noBody;
      const caller = await prove(admission, request, bytes, deps.database);
      const params = parsePart('params', route.params, request.params);
      const query = parsePart('query', route.query, request.query);
      const body = route.body === undefined ? undefined : parsePart('body', route.body, parseJsonBody(bytes));
      const call = {
        params,
        query,
        body,
        caller,
        now: admission.now,
        header: (name: string) => request.headers[name]?.toString(),
        signal: signalOf(reply, deps.closing),
        setHeader: (name: string, value: string) => void reply.header(name, value),
      };
      return sendAnswer(route, reply, await handler(call as never), deps);
    },
  });
}

/** @throws {ProblemError} @throws {SignatureError} when the headers alone are reason enough. */
async function admit(route: Route, request: FastifyRequest, deps: RouteDeps): Promise<Admission> {
  const { database } = deps;
  const now = deps.clock.now();
  const { access } = route;
  if (route.body === undefined && hasContent(request)) {
    throw new ProblemError('malformed-request', 'body: this route takes none');
  }
  switch (access.kind) {
    case 'none': {
      if (route.method !== 'GET') {
        takeOpen(route, request.ip, deps, now);
        const { origin, 'sec-fetch-site': fetchSite } = request.headers;
        refuseCrossSite({ method: route.method, origin, fetchSite: fetchSite?.toString() }, request.ownOrigin);
      }
      return { kind: 'known', caller: { kind: 'none' }, now };
    }
    case 'person': {
      const wanted = { scope: access.scope, ownOrigin: request.ownOrigin, now };
      return { kind: 'known', caller: await authenticatePerson(database, request.raw, wanted), now };
    }
    case 'agent':
      return { kind: 'agent', claim: await claimAgent(database, request.raw, now), now };
    case 'enrolment':
      deps.enrolmentLimit.take(request.ip, now);
      return { kind: 'enrolment', claim: freshClaim(request.raw, now), now };
  }
}

/** What a stranger may send is counted by route: asking the retired channel must not keep anybody from signing in. */
function takeOpen({ id }: Route, address: string, deps: RouteDeps, now: EpochMs): void {
  if (id !== 'askPks') {
    deps.signInLimit.take(address, now);
    return;
  }
  deps.pksLimit.take(address, now);
  // After the address's own, so that no address alone can use up what is for all.
  deps.pksLimitOfAll.take('all', now);
}

async function prove(
  admission: Admission,
  request: FastifyRequest,
  body: Uint8Array,
  database: Database,
): Promise<Caller> {
  if (admission.kind === 'known') return admission.caller;
  const message = { method: request.method, targetUri: `${request.ownOrigin}${request.raw.url}`, body };
  if (admission.kind === 'agent') return proveAgent(database, admission.claim, message);
  return proveNewKey(database, admission.claim, message, parseJsonBody(body));
}

function hasContent({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Aborts when the answer is out, when the client has gone, and when the server closes. */
function signalOf(reply: FastifyReply, closing: AbortSignal): AbortSignal {
  const gone = new AbortController();
  const abort = (): void => {
    closing.removeEventListener('abort', abort);
    gone.abort();
  };
  reply.raw.once('close', abort);
  closing.addEventListener('abort', abort);
  if (closing.aborted) abort();
  return gone.signal;
}

function sendAnswer(route: Route, reply: FastifyReply, answer: unknown, deps: RouteDeps): FastifyReply {
  reply.code(route.status);
  if (isAsyncIterable(answer)) return sendStream(route, reply, answer, deps);
  if (route.answer === undefined && answer === undefined) return reply.send();
  const { method, headers } = reply.request;
  const isRead = method === 'GET' || method === 'HEAD';
  if (isRead && isNotModified(headers['if-none-match'], reply.getHeader('etag')?.toString()))
    return reply.code(304).send();
  if (!reply.hasHeader('content-type')) reply.type(route.contentType);
  return reply.send(typeof answer === 'string' ? answer : JSON.stringify(shapedAnswer(route.answer, answer)));
}

function sendStream(
  route: Route,
  reply: FastifyReply,
  answer: AsyncIterable<string>,
  { metrics }: RouteDeps,
): FastifyReply {
  metrics.streamOpened();
  reply.raw.once('close', () => metrics.streamClosed());
  reply.raw.socket?.setTimeout(stalledStreamMs);
  // Proxies must pass each event on as it comes.
  reply.type(route.contentType).header('x-accel-buffering', 'no');
  return reply.send(Readable.from(answer, { objectMode: false }));
}

function isAsyncIterable(value: unknown): value is AsyncIterable<string> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
