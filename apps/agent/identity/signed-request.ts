/**
 * Requests of the agent to its control plane: each is signed with the agent's key, and no answer is believed that the
 * enrolled control plane did not sign for just this request (rule S15). Imports nothing from npm.
 */
import { randomBytes } from 'node:crypto';
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { SignatureError } from '@springline/api/signature/error';
import { type SignedHeaders, signRequest, verifyAnswer } from '@springline/api/signature/message';
import { systemClock } from '@springline/ports/clock';
import type { AgentKey, Identity } from './identity.ts';

const answerLimitBytes = 64 * 1024 * 1024;
const timeoutMs = 30_000;

/** The control plane refused the request. `code` is the code of its problem document. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** No answer, or none that the enrolled control plane signed. The request may or may not have been carried out. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
  readonly code = 'control-plane-unreachable';
}

export interface Sender {
  readonly key: AgentKey;
  readonly controlPlane: Identity['controlPlane'];
  readonly url: string;
}

/**
 * Sends `body` (JSON; absent for GET) to `path` and gives the parsed answer, `undefined` for 204.
 *
 * @throws {RefusedError} for a signed answer that is a refusal.
 * @throws {UnreachableError} for everything else that is not a signed answer within 30 s.
 */
export async function sendSigned(
  sender: Sender,
  request: { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: unknown },
  signal?: AbortSignal,
): Promise<unknown> {
  const targetUri = sender.url + request.path;
  const body = request.body === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(request.body));
  const nonce = randomBytes(16).toString('base64url');
  const headers = signRequest(
    { method: request.method, targetUri, body },
    sender.key,
    Math.floor(systemClock.now() / 1000),
    nonce,
  );
  const { status, bytes } = await exchange(sender, targetUri, request.method, body, headers, signal);
  const answer = bytes.length === 0 ? undefined : parseAnswer(bytes, targetUri);
  if (status >= 200 && status < 300) return answer;
  const { code, detail, title } = (answer ?? {}) as { code?: string; detail?: string; title?: string };
  throw new RefusedError(status, code ?? 'unknown', detail ?? title ?? `the control plane answered ${status}`);
}

async function exchange(
  sender: Sender,
  targetUri: string,
  method: string,
  body: Uint8Array,
  headers: SignedHeaders,
  signal: AbortSignal | undefined,
): Promise<{ status: number; bytes: Uint8Array }> {
  try {
    const { response, bytes } = await send(targetUri, method, body, { ...headers }, signal);
    const status = response.statusCode ?? 0;
    const named = (name: string): string | undefined => [response.headers[name]].flat()[0];
    verifyAnswer({ status, body: bytes, headers: named, requestSignature: headers.signature }, sender.controlPlane);
    return { status, bytes };
  } catch (cause) {
    if (cause instanceof UnreachableError) throw cause;
    const reason =
      cause instanceof SignatureError
        ? `${sender.url} answered without the signature of the control plane that this agent was enrolled with`
        : `${sender.url} does not answer (${reasonOf(cause)})`;
    throw new UnreachableError(reason, { cause });
  }
}

// node:http and not fetch: loading fetch costs each process 17 MB. Redirects are not followed.
const clients = {
  'http:': { request: requestHttp, agent: new HttpAgent({ keepAlive: true, maxSockets: 4 }) },
  'https:': { request: requestHttps, agent: new HttpsAgent({ keepAlive: true, maxSockets: 4 }) },
} as const;

function send(
  targetUri: string,
  method: string,
  body: Uint8Array,
  headers: Record<string, string>,
  signal: AbortSignal | undefined,
): Promise<{ response: IncomingMessage; bytes: Uint8Array }> {
  const { request, agent } = clients[new URL(targetUri).protocol as keyof typeof clients];
  const contentHeaders = body.length > 0 ? { 'content-type': 'application/json', 'content-length': body.length } : {};
  const deadline = AbortSignal.timeout(timeoutMs);
  const options = {
    method,
    agent,
    headers: { ...headers, ...contentHeaders },
    signal: signal === undefined ? deadline : AbortSignal.any([deadline, signal]),
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(targetUri, options, (response) => {
      readBounded(response).then((bytes) => resolve({ response, bytes }), reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

async function readBounded(response: IncomingMessage): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > answerLimitBytes) throw new UnreachableError('the answer is larger than 64 MiB');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function parseAnswer(bytes: Uint8Array, targetUri: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new UnreachableError(`${targetUri} answered something that is not JSON`, { cause });
  }
}

function reasonOf(error: unknown): string {
  const { code, cause, message } = error as { code?: string; cause?: { message?: string }; message?: string };
  return code === 'ABORT_ERR'
    ? `no answer within ${timeoutMs / 1000} s`
    : (code ?? cause?.message ?? message ?? String(error));
}
