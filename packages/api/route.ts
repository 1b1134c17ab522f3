/**
 * What a route is. One table of routes (`routes.ts`) serves the server (validation, authorisation), the clients (typed
 * calls), the OpenAPI document and the test that every route refuses whom it must refuse.
 */
import type { z } from 'zod';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * Who may call.
 * - `none`: anybody; nothing tenant-specific is answered.
 * - `enrolment`: who holds an enrolment token and signs with the key being registered.
 * - `agent`: a request signed with an active agent's key (RFC 9421).
 * - `person`: a portal session or a bearer token that holds `scope`.
 */
export type Access =
  | { readonly kind: 'none' }
  | { readonly kind: 'enrolment' }
  | { readonly kind: 'agent' }
  | { readonly kind: 'person'; readonly scope: Scope };

/** What a token or a role may do. `administer` does not imply the others: roles list every scope they hold. */
export const scopes = ['read', 'directory.read', 'administer', 'upgrade.manage', 'upgrade.approve'] as const;
export type Scope = (typeof scopes)[number];

export interface Route<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Answer extends z.ZodType = z.ZodType,
  Who extends Access = Access,
> {
  readonly id: string;
  readonly method: Method;
  /** Fastify style: `/platform/v1/agents/:agentId`. */
  readonly path: string;
  readonly access: Who;
  readonly summary: string;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** Shape of a 2xx answer. Absent: no content, or a stream described by `contentType`. */
  readonly answer?: Answer;
  readonly status: 200 | 201 | 204;
  readonly contentType:
    | 'application/json'
    | 'application/scim+json'
    | 'application/atom+xml'
    | 'text/event-stream'
    | 'text/plain'
    | 'text/html';
  /** Largest accepted body in bytes. */
  readonly bodyLimitBytes: number;
}

const defaultBodyLimitBytes = 64 * 1024;

type RequiredWords = 'id' | 'method' | 'path' | 'access' | 'summary';
type RouteWords<R> = Pick<R, RequiredWords & keyof R> & Partial<Omit<R, RequiredWords>>;

/** Fills the defaults of a route: 200 (204 without an answer), JSON, 64 KiB. */
export function route<
  P extends z.ZodType = z.ZodUndefined,
  Q extends z.ZodType = z.ZodUndefined,
  B extends z.ZodType = z.ZodUndefined,
  A extends z.ZodType = z.ZodUndefined,
  const W extends Access = Access,
>(words: RouteWords<Route<P, Q, B, A, W>>): Route<P, Q, B, A, W> {
  const contentType = words.contentType ?? 'application/json';
  const streams = contentType !== 'application/json' && contentType !== 'application/scim+json';
  return {
    status: words.answer === undefined && !streams ? 204 : 200,
    bodyLimitBytes: defaultBodyLimitBytes,
    ...words,
    contentType,
  };
}

export const anybody = { kind: 'none' } as const satisfies Access;
export const signedAgent = { kind: 'agent' } as const satisfies Access;
export const newAgent = { kind: 'enrolment' } as const satisfies Access;
export const person = (scope: Scope) => ({ kind: 'person', scope }) as const satisfies Access;
