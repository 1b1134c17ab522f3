/**
 * What the command line talks to on this host: HTTP over the control socket, whose folder only the owner may enter.
 * `GET /status`; `POST /call` with `{component, method, parameters}`. Imports nothing from npm.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { syncQuestionLimitBytes } from '@springline/api/shapes/sync-methods';
import { CallError } from '../channel.ts';

/** The parameters of a call may be as long as those asked from afar, beside the names around them. */
const bodyLimitBytes = syncQuestionLimitBytes + 1024;

export interface ControlCalls {
  status(): unknown;
  call(component: string, method: string, parameters: Readonly<Record<string, unknown>>): Promise<unknown>;
}

export function createControlServer(calls: ControlCalls): Server {
  const server = createServer((request, response) => {
    answer(calls, request).then(
      (result) => send(response, 200, result ?? null),
      (error: unknown) => {
        const { code, message } =
          error instanceof CallError ? error : { code: 'internal-error', message: String(error) };
        send(response, error instanceof CallError ? 409 : 500, { code, message });
      },
    );
  });
  server.requestTimeout = 10_000;
  return server;
}

async function answer(calls: ControlCalls, request: IncomingMessage): Promise<unknown> {
  if (request.method === 'GET' && request.url === '/status') return calls.status();
  if (request.method !== 'POST' || request.url !== '/call')
    throw new CallError('unknown-call', 'GET /status or POST /call');
  const { component, method, parameters } = await readBody(request);
  if (typeof component !== 'string' || typeof method !== 'string') {
    throw new CallError('malformed-call', 'a call names component and method');
  }
  const named = parameters ?? {};
  if (typeof named !== 'object' || Array.isArray(named)) {
    throw new CallError('malformed-call', 'the parameters of a call are an object');
  }
  return calls.call(component, method, named as Record<string, unknown>);
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += (part as Buffer).length;
    if (size > bodyLimitBytes) throw new CallError('malformed-call', 'the call is too large');
    parts.push(part as Buffer);
  }
  try {
    return Object(JSON.parse(Buffer.concat(parts).toString('utf8'))) as Record<string, unknown>;
  } catch {
    throw new CallError('malformed-call', 'the call is not JSON'); // The parser's own message would quote the body.
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
