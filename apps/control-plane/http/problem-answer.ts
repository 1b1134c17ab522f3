/** Any error, ours or the framework's, as what the client gets: problem+json, or a SCIM error under /scim/v2. */
import { type Problem, type ProblemCode, ProblemError, problemBody, problemCatalogue } from '@springline/api/problem';
import { SignatureError } from '@springline/api/signature/error';
import { StorageError, type StorageErrorCode } from '../storage/storage-error.ts';

export interface ErrorAnswer {
  readonly status: number;
  readonly contentType: 'application/problem+json' | 'application/scim+json';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** True when the fault is ours, and the log should have it. */
  readonly unexpected: boolean;
}

/** By Fastify's error code (https://fastify.dev/docs/latest/Reference/Errors/). */
const frameworkCodes = new Map<string, ProblemCode>([
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'body-too-large'],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'unsupported-media-type'],
  ['FST_ERR_CTP_EMPTY_TYPE', 'unsupported-media-type'],
]);

const storageCodes: Partial<Record<StorageErrorCode, ProblemCode>> = {
  'database-full': 'storage-full',
  'database-busy': 'overloaded',
};

/** `path` is the path of the request, `requestId` the one that the log has, if it notes single requests. */
export function answerForError(error: unknown, path: string, requestId: string | undefined): ErrorAnswer {
  const { code, detail, headers } = problemOf(error);
  const problem = problemBody(code, detail, requestId);
  const scim = path === '/scim/v2' || path.startsWith('/scim/v2/');
  return {
    status: problem.status,
    contentType: scim ? 'application/scim+json' : 'application/problem+json',
    headers,
    body: JSON.stringify(scim ? scimError(problem, error) : problem),
    unexpected: code === 'internal-error',
  };
}

interface Refusal {
  readonly code: ProblemCode;
  readonly detail?: string;
  readonly headers: Readonly<Record<string, string>>;
}

function problemOf(error: unknown): Refusal {
  if (error instanceof ProblemError) return { code: error.code, detail: error.message, headers: error.headers };
  if (error instanceof SignatureError) return { code: error.code, detail: error.message, headers: {} };
  if (error instanceof StorageError) {
    const code = storageCodes[error.code] ?? 'internal-error';
    return { code, headers: code === 'overloaded' ? { 'retry-after': '5' } : {} };
  }
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  const known = typeof code === 'string' ? frameworkCodes.get(code) : undefined;
  if (known !== undefined) return { code: known, headers: {} };
  const isClientFault = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
  return { code: isClientFault ? 'malformed-request' : 'internal-error', headers: {} };
}

/** RFC 7644 3.12. `scimType` comes from the error where one applies (400 only). */
function scimError(problem: Problem, error: unknown): Record<string, unknown> {
  const { scimType } = error as { scimType?: unknown };
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: String(problem.status),
    ...(typeof scimType === 'string' ? { scimType } : {}),
    detail: problem.detail ?? problem.title,
  };
}

/** For requests that never became one: what the HTTP parser refused. */
export function rawErrorAnswer(code: ProblemCode): string {
  const [status] = problemCatalogue[code];
  const reasons: Record<number, string> = {
    400: 'Bad Request',
    408: 'Request Timeout',
    431: 'Request Header Fields Too Large',
  };
  const body = JSON.stringify(problemBody(code, undefined, undefined));
  return [
    `HTTP/1.1 ${status} ${reasons[status] ?? 'Error'}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'x-content-type-options: nosniff',
    'connection: close',
    '',
    body,
  ].join('\r\n');
}
