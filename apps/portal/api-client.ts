/**
 * Calls of the control plane, typed by the route table: parameters, body and answer follow from the route's id. Answers
 * are parsed with the same shapes that the server writes them by, so that a page never works on something else.
 */
import { problemShape } from '@springline/api/problem';
import type { Route } from '@springline/api/route';
import { type RouteId, type Routes, routes } from '@springline/api/routes';

type Input<Shape> = Shape extends { _zod: { input: infer In } } ? In : never;
type Output<Shape> = Shape extends { _zod: { output: infer Out } } ? Out : never;
/** `{ [Key]: words }`, or nothing when the route has no such part. */
type Part<Key extends string, Words> = [Words] extends [undefined] ? unknown : { readonly [K in Key]: Words };

/** What a call of the route needs: `params`, `query`, `body` as far as the route has them. */
export type CallWords<Id extends RouteId> =
  Routes[Id] extends Route<infer P, infer Q, infer B, infer _A>
    ? Part<'params', Input<P>> &
        Part<'query', Input<Q>> &
        Part<'body', Input<B>> & {
          readonly signal?: AbortSignal;
          /** How long to wait for the answer, where the usual 15 s are too short. */
          readonly waitMs?: number;
        }
    : never;
export type Answer<Id extends RouteId> =
  Routes[Id] extends Route<infer _P, infer _Q, infer _B, infer A> ? Output<A> : never;

/** Longer than this a page does not wait for an answer, unless the call says so. */
const answerTimeoutMs = 15_000;

/**
 * A call that failed. `code` is one of the problem catalogue, or one of ours: `no-answer` (nothing came in time, or
 * the connection failed) and `unexpected-answer` (not of the documented shape). `detail` is a sentence for people.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  readonly detail: string;
  /** HTTP status; 0 without an answer. */
  readonly status: number;

  constructor(code: string, detail: string, status: number, options?: ErrorOptions) {
    super(`${code}: ${detail}`, options);
    this.code = code;
    this.detail = detail;
    this.status = status;
  }
}

/** The one maker of API addresses: fills `:params` and appends the query, both encoded. */
export function pathOf(id: RouteId, params: Record<string, unknown> = {}, query: Record<string, unknown> = {}): string {
  const path = routes[id].path.replace(/:([A-Za-z]+)/g, (_, name: string) => encodeURIComponent(String(params[name])));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? path : `${path}?${search}`;
}

/**
 * Reads JSON text as the answer of a route.
 *
 * @throws {ApiError} `unexpected-answer`
 */
export function parseAnswer<Id extends RouteId>(id: Id, text: string): Answer<Id> {
  const route: Route = routes[id];
  const refuse = (cause: unknown) =>
    new ApiError('unexpected-answer', 'The server answers in a form that this page does not know. Reload it.', 200, {
      cause,
    });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw refuse(error);
  }
  const parsed = route.answer?.safeParse(json);
  if (parsed === undefined || !parsed.success) throw refuse(parsed?.error);
  return parsed.data as Answer<Id>;
}

export interface ApiClient {
  /** @throws {ApiError} */
  call<Id extends RouteId>(id: Id, words: CallWords<Id>): Promise<Answer<Id>>;
  /** The server's present in milliseconds since 1970, to the second, by its last answer; before any, the browser's. */
  nowMs(): number;
}

interface AnyWords {
  readonly params?: Record<string, unknown>;
  readonly query?: Record<string, unknown>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  readonly waitMs?: number;
}

/** A client of the control plane that served this page. The session cookie travels by itself. */
export function createApiClient(fetchPort: typeof fetch = (input, init) => fetch(input, init)): ApiClient {
  // The browser's clock may be wrong by hours; the distance between the two is all that is kept.
  let aheadMs = 0;
  return {
    nowMs: () => Date.now() + aheadMs,
    async call<Id extends RouteId>(id: Id, words: CallWords<Id>): Promise<Answer<Id>> {
      const route: Route = routes[id];
      const { params, query, body, signal, waitMs = answerTimeoutMs } = words as AnyWords;
      const timeout = AbortSignal.timeout(waitMs);
      const { response, text } = await exchange(fetchPort, pathOf(id, params, query), {
        method: route.method,
        headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      });
      const dateMs = Date.parse(response.headers.get('date') ?? '');
      if (Number.isFinite(dateMs)) aheadMs = dateMs - Date.now();
      if (!response.ok) throw problemFrom(response.status, text);
      if (route.answer === undefined) return undefined as Answer<Id>;
      return parseAnswer(id, text);
    },
  };
}

async function exchange(fetchPort: typeof fetch, path: string, init: RequestInit) {
  try {
    const response = await fetchPort(path, init);
    return { response, text: await response.text() };
  } catch (cause) {
    throw new ApiError('no-answer', 'The control plane does not answer. Check that it runs and can be reached.', 0, {
      cause,
    });
  }
}

/** The problem+json of a refusal (RFC 9457), or a plain word when something in between answered. */
function problemFrom(status: number, text: string): ApiError {
  try {
    const problem = problemShape.parse(JSON.parse(text));
    return new ApiError(problem.code, problem.detail ?? problem.title, status);
  } catch (cause) {
    return new ApiError('unexpected-answer', `The server answered with status ${status} and no reason.`, status, {
      cause,
    });
  }
}
