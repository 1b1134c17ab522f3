/**
 * What a handler gets and gives. By the time it runs, the request has been authenticated, authorised and parsed.
 */
import type { Route, Scope } from '@springline/api/route';
import type { RouteId, Routes } from '@springline/api/routes';
import type { EpochMs } from '@springline/ports/clock';
import type { z } from 'zod';

/** Who calls. Every query that a handler makes carries `tenantId`. */
export type Caller =
  | { readonly kind: 'none' }
  | { readonly kind: 'enrolment'; readonly keyId: string }
  | { readonly kind: 'agent'; readonly tenantId: string; readonly agentId: string }
  | {
      readonly kind: 'person';
      readonly tenantId: string;
      /** `person:<name>` or `token:<name>`, as the audit trail has it. */
      readonly actor: string;
      readonly scopes: readonly Scope[];
      /** Whose rights these are; a token acts in the place of the person it was made for. */
      readonly personId?: string;
      /** Set when a session authenticated the request. */
      readonly sessionId?: string;
      /** Set when a bearer token did. */
      readonly tokenId?: string;
    };

type CallerOf<R extends Route> = R['access'] extends { kind: infer K } ? Extract<Caller, { kind: K }> : never;
// A route without a shape for its query has ZodUndefined there, whose output is undefined.
type Parsed<S> = NonNullable<S> extends z.ZodType ? z.output<NonNullable<S>> : undefined;

export interface Call<R extends Route> {
  readonly params: Parsed<R['params']>;
  readonly query: Parsed<R['query']>;
  readonly body: Parsed<R['body']>;
  readonly caller: CallerOf<R>;
  /** One reading of the clock per request. */
  readonly now: EpochMs;
  /** Header lookup, lower-case names. */
  header(name: string): string | undefined;
  readonly signal: AbortSignal;
  /** Headers of the answer, such as ETag or Set-Cookie. */
  setHeader(name: string, value: string): void;
}

/** Streams and plain text are answered as strings or async iterables of strings. */
type AnswerOf<R extends Route> =
  NonNullable<R['answer']> extends z.ZodUndefined
    ? // biome-ignore lint/suspicious/noConfusingVoidType: a handler without an answer returns nothing
      void | string | AsyncIterable<string>
    : z.input<NonNullable<R['answer']>>;

export type Handler<Id extends RouteId> = (call: Call<Routes[Id]>) => Promise<AnswerOf<Routes[Id]>>;
export type Handlers = { readonly [Id in RouteId]: Handler<Id> };
