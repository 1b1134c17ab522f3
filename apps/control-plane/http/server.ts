/**
 * The HTTP server: from the table of routes and their handlers to a Fastify instance. What every request goes through
 * is here (names, headers, limits, errors, measures); what a route goes through is in `route-pipeline.ts`.
 */
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { ProblemError } from '@springline/api/problem';
import { type RouteId, routes } from '@springline/api/routes';
import type { Clock } from '@springline/ports/clock';
import { uuidV7 } from '@springline/ports/uuid';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { events } from '../events.ts';
import type { RepositoryServer } from '../repository/serve.ts';
import { answerSignature } from './answer-signing.ts';
import type { Handlers } from './handler.ts';
import { ownOriginOf } from './origins.ts';
import { answerForError, rawErrorAnswer } from './problem-answer.ts';
import { RateLimiter } from './rate-limit.ts';
import { type RouteDeps, registerRoute } from './route-pipeline.ts';
import { securityHeaders } from './security-headers.ts';
import { type StaticFiles, sendStatic } from './static-files.ts';
import { allowedMethods } from './unrouted.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Origin that the client addressed: scheme and authority, one of ours. */
    ownOrigin: string;
  }
  interface FastifyContextConfig {
    routeId?: RouteId;
  }
}

export interface ServerLimits {
  /** For the whole of a request to arrive. */
  readonly requestTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly connections: number;
  readonly signIn: { readonly burst: number; readonly perMinute: number };
  readonly enrolment: { readonly burst: number; readonly perMinute: number };
  /** The retired PKS channel: of one address, and of all together. */
  readonly pks: { readonly burst: number; readonly perMinute: number };
  readonly pksOfAll: { readonly burst: number; readonly perMinute: number };
}

const defaultLimits: ServerLimits = {
  requestTimeoutMs: 30_000,
  headersTimeoutMs: 10_000,
  connections: 10_000,
  signIn: { burst: 20, perMinute: 20 },
  // Room for a roll-out that starts all of its agents at once from behind one address.
  enrolment: { burst: 200, perMinute: 120 },
  // Its clients ask a few times a day; many may stand behind one address.
  pks: { burst: 60, perMinute: 60 },
  pksOfAll: { burst: 600, perMinute: 1_200 },
};

export type ServerDeps = Omit<
  RouteDeps,
  'closing' | 'signInLimit' | 'enrolmentLimit' | 'pksLimit' | 'pksLimitOfAll'
> & {
  readonly handlers: Handlers;
  readonly key: Parameters<typeof answerSignature>[1];
  /** The portal and the documentation page. */
  readonly files: StaticFiles;
  /** Asked first, ahead of every route. */
  readonly repository: RepositoryServer;
  readonly limits?: Partial<ServerLimits>;
};

/** Builds the server; it does not listen yet. Its `close` ends event streams first. */
export function buildServer(deps: ServerDeps): FastifyInstance {
  const limits = { ...defaultLimits, ...deps.limits };
  const closing = new AbortController();
  const server = fastify({
    logger: false,
    genReqId: () => uuidV7(deps.clock),
    requestIdHeader: false,
    trustProxy: false,
    exposeHeadRoutes: false,
    serverFactory: (toRoutes) => httpServer(deps.repository, toRoutes, limits, closing.signal),
    routerOptions: { maxParamLength: 200 },
    // Zod validates and shapes; without these two, Fastify loads a JSON Schema compiler of its own.
    schemaController: { compilersFactory: { buildValidator: noJsonSchema, buildSerializer: noJsonSchema } },
    frameworkErrors: (error, request, reply) => sendError(deps, request, reply, error),
    clientErrorHandler: (error, socket) => {
      if (socket.writable && !socket.destroyed) socket.end(rawErrorAnswer(codeOfClientError(error.code)));
      else socket.destroy();
    },
  });
  server.server.maxConnections = limits.connections;
  server.decorateRequest('ownOrigin', '');
  server.removeAllContentTypeParsers();
  // The bytes stay as they are until the signature over them was checked.
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  server.setErrorHandler((error, request, reply) => sendError(deps, request, reply, error));
  const date = httpDate(deps.clock);
  server.addHook('onRequest', async (request, reply) => {
    // Pages reckon by it: it is the time that this server lives at.
    reply.header('date', date());
    reply.headers(securityHeaders(deps.origins.publicUrl()));
    reply.header('x-request-id', request.id);
    request.ownOrigin = ownOriginOf(deps.origins, request.raw);
    if (request.is404) answerUnrouted(deps, request, reply);
  });
  server.addHook('onSend', async (request, reply, payload) => signIfForAgent(deps, request, reply, payload));
  server.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.config.routeId ?? (reply.statusCode < 400 ? 'static' : 'none');
    deps.metrics.requestEnded(route, reply.statusCode, reply.elapsedTime / 1000);
    // A connection that is kept alive would hold up the end of the process.
    if (closing.signal.aborted) request.raw.socket.destroySoon();
  });
  server.addHook('preClose', async () => closing.abort());
  const routeDeps: RouteDeps = {
    ...deps,
    closing: closing.signal,
    signInLimit: new RateLimiter(limits.signIn),
    enrolmentLimit: new RateLimiter(limits.enrolment),
    pksLimit: new RateLimiter(limits.pks),
    pksLimitOfAll: new RateLimiter(limits.pksOfAll),
  };
  for (const id of Object.keys(routes) as RouteId[]) registerRoute(server, routes[id], deps.handlers[id], routeDeps);
  return server;
}

/** What is for the repository goes there; everything else to the table of routes. */
function httpServer(
  repository: RepositoryServer,
  toRoutes: RequestListener,
  limits: ServerLimits,
  closing: AbortSignal,
): Server {
  const options: ServerOptions = {
    requestTimeout: limits.requestTimeoutMs,
    headersTimeout: limits.headersTimeoutMs,
    keepAliveTimeout: 65_000,
    connectionsCheckingInterval: 1_000,
    maxHeaderSize: 16 * 1024,
  };
  return createServer(options, (request, response) => {
    if (!repository(request, response)) toRoutes(request, response);
    else response.once('close', () => closing.aborted && request.socket.destroySoon());
  });
}

function noJsonSchema(): never {
  throw new TypeError('no route has a JSON Schema');
}

/** What no route answers: a file, or 405, or 404. Before the body is looked at. */
function answerUnrouted({ files }: ServerDeps, request: FastifyRequest, reply: FastifyReply): void {
  const methods = allowedMethods(request.url);
  if (methods.length > 0) {
    throw new ProblemError('method-not-allowed', undefined, { headers: { allow: methods.join(', ') } });
  }
  if (!sendStatic(files, request, reply)) throw new ProblemError('not-found');
}

function sendError({ log, origins }: ServerDeps, request: FastifyRequest, reply: FastifyReply, error: unknown): void {
  const path = request.raw.url?.split('?', 1)[0] ?? '';
  const answer = answerForError(error, path, request.id);
  if (answer.unexpected) {
    const { name, code } = error as { name?: string; code?: unknown };
    const route = request.routeOptions?.config?.routeId;
    log.error(events.requestFailed, {
      requestId: request.id,
      route,
      name,
      code: typeof code === 'string' ? code : undefined,
      frames: framesOf(error),
    });
  }
  reply
    .code(answer.status)
    .headers({ ...securityHeaders(origins.publicUrl()), 'x-request-id': request.id, ...answer.headers })
    .type(answer.contentType)
    .send(answer.body);
}

/** Where it happened. The message is left out: it may quote what was being worked on. */
function framesOf(error: unknown): string | undefined {
  const { stack } = error as { stack?: string };
  return stack
    ?.split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, 8)
    .join('\n');
}

function signIfForAgent(deps: ServerDeps, request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
  const { routeId } = request.routeOptions.config;
  const kind = routeId === undefined ? undefined : routes[routeId].access.kind;
  if (kind !== 'agent' && kind !== 'enrolment') return payload;
  const body = typeof payload === 'string' ? Buffer.from(payload) : Buffer.alloc(0);
  const requestSignature = request.headers['signature'];
  const answer = { status: reply.statusCode, body, requestSignature };
  const signature = answerSignature(answer, deps.key, deps.clock.now());
  if (signature !== undefined) reply.headers({ ...signature });
  return payload;
}

function codeOfClientError(code: string | undefined) {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers-too-large';
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'request-timeout' : 'malformed-request';
}

/** IMF-fixdate (RFC 9110, 5.6.7), made once a second. */
function httpDate(clock: Clock): () => string {
  let second = Number.NaN;
  let text = '';
  return () => {
    const now = Math.floor(clock.now() / 1000);
    if (now !== second) {
      second = now;
      text = new Date(now * 1000).toUTCString();
    }
    return text;
  };
}
