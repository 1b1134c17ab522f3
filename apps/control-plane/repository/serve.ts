/**
 * `/repository/{image,director}/{metadata,targets}/…`: the published tree, as any web server would give it. Answered
 * ahead of the table of routes: nobody is asked who they are, nothing is noted about who asked (rule S21), and the
 * common request, whether the timestamp changed, costs a few hundred bytes and no disk.
 */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { ProblemError } from '@springline/api/problem';
import type { Log } from '@springline/ports/log';
import { events } from '../events.ts';
import { isNotModified } from '../http/entity-tag.ts';
import type { Metrics } from '../http/metrics.ts';
import { type Origins, ownOriginOf } from '../http/origins.ts';
import { answerForError } from '../http/problem-answer.ts';
import { byteRange, ifRangeHolds } from './byte-range.ts';
import { type MetadataFile, MetadataFiles } from './metadata-files.ts';
import { openPlainFile, type PlainFile } from './plain-file.ts';
import { parseRepositoryPath, type RepositoryPath, repositoryPrefix } from './repository-path.ts';

export interface RepositoryDeps {
  /** Holds `image/` and `director/`. */
  readonly folder: string;
  readonly origins: Origins;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** Answers the request, or gives false when it is for somebody else. */
export type RepositoryServer = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Files that are sent from the disk at one time. */
const openFilesLimit = 512;
/** A reader that takes nothing for so long is cut off. */
const stalledMs = 60_000;
const immutable = 'public, max-age=31536000, immutable';
/** Whatever a file holds, no browser runs it (rule S30). */
const inert = { 'x-content-type-options': 'nosniff', 'content-security-policy': 'sandbox' } as const;

export function repositoryServer(deps: RepositoryDeps): RepositoryServer {
  const metadata = new MetadataFiles(deps.folder);
  let openFiles = 0;

  async function fromDisk(path: RepositoryPath, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (openFiles >= openFilesLimit)
      throw new ProblemError('overloaded', undefined, { headers: { 'retry-after': '5' } });
    openFiles += 1;
    try {
      const file = await openPlainFile(deps.folder, path.segments);
      if (file === undefined) throw new ProblemError('not-found');
      try {
        await sendFile(file, path, request, response);
      } finally {
        await file.handle.close();
      }
    } finally {
      openFiles -= 1;
    }
  }

  async function fromMetadata(path: RepositoryPath, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const file = await metadata.read(path.segments);
    if (file === undefined) throw new ProblemError('not-found');
    if (file.kind === 'large') await fromDisk(path, request, response);
    else sendHeld(file, path, request, response);
  }

  return (request, response) => {
    const url = request.url ?? '';
    if (!url.startsWith(repositoryPrefix)) return false;
    const startedMs = performance.now();
    response.once('close', () => {
      deps.metrics.requestEnded('repository', response.statusCode, (performance.now() - startedMs) / 1000);
    });
    const failed = (error: unknown): void => sendProblem(deps, response, error);
    try {
      ownOriginOf(deps.origins, request);
      refuseOtherMethods(request);
      const path = parseRepositoryPath(url);
      if (path === undefined) throw new ProblemError('not-found');
      const held = path.kind === 'metadata' ? metadata.fresh(path.segments) : undefined;
      if (held?.kind === 'held') sendHeld(held, path, request, response);
      else if (path.kind === 'metadata') fromMetadata(path, request, response).catch(failed);
      else fromDisk(path, request, response).catch(failed);
    } catch (error) {
      failed(error);
    }
    return true;
  };
}

function refuseOtherMethods({ method }: IncomingMessage): void {
  if (method === 'GET' || method === 'HEAD') return;
  throw new ProblemError('method-not-allowed', undefined, { headers: { allow: 'GET, HEAD' } });
}

function sendHeld(
  { bytes, etag }: Extract<MetadataFile, { kind: 'held' }>,
  path: RepositoryPath,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const validity = { etag, 'cache-control': path.immutable ? immutable : 'no-cache' };
  if (isNotModified(request.headers['if-none-match'], etag)) {
    sendNotModified(request, response, validity);
    return;
  }
  const headers = { ...validity, ...inert, 'content-type': 'application/json', 'content-length': bytes.length };
  response.writeHead(200, headers).end(request.method === 'HEAD' ? undefined : bytes);
}

/** With the headers that RFC 9110 15.4.5 asks for and none beside them: this is the answer to nearly every check. */
function sendNotModified(request: IncomingMessage, response: ServerResponse, headers: OutgoingHttpHeaders): void {
  // HTTP/1.1 keeps a connection without being told (RFC 9112 9.3).
  if (request.httpVersion === '1.1' && response.shouldKeepAlive) response.removeHeader('connection');
  response.writeHead(304, headers).end();
}

/** Resolves when the answer is out or the client gone. */
async function sendFile(
  { handle, sizeBytes, mark }: PlainFile,
  path: RepositoryPath,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const etag = `"${mark}"`;
  const validity = { etag, 'cache-control': path.immutable ? immutable : 'no-cache' };
  if (isNotModified(request.headers['if-none-match'], etag)) {
    sendNotModified(request, response, validity);
    return;
  }
  const isRead = request.method === 'GET';
  const holds = isRead && ifRangeHolds(request.headers['if-range']?.toString(), etag);
  const range = holds ? byteRange(request.headers.range, sizeBytes) : undefined;
  if (range === 'unsatisfiable') {
    response.writeHead(416, { ...inert, 'content-range': `bytes */${sizeBytes}`, 'content-length': 0 }).end();
    return;
  }
  const { first, last } = range ?? { first: 0, last: sizeBytes - 1 };
  const length = last - first + 1;
  response.writeHead(range === undefined ? 200 : 206, {
    ...validity,
    ...inert,
    'content-type': path.kind === 'metadata' ? 'application/json' : 'application/octet-stream',
    'accept-ranges': 'bytes',
    'content-length': length,
    ...(range === undefined ? {} : { 'content-range': `bytes ${first}-${last}/${sizeBytes}` }),
  });
  if (!isRead || length === 0) response.end();
  else await stream(wholeOf(handle.createReadStream({ start: first, end: last, autoClose: false }), length), response);
}

/** Fails when the file became shorter: the client must see a broken answer, and not wait for the rest of it. */
async function* wholeOf(chunks: AsyncIterable<Buffer>, lengthBytes: number): AsyncIterable<Buffer> {
  let sentBytes = 0;
  for await (const chunk of chunks) {
    sentBytes += chunk.length;
    yield chunk;
  }
  if (sentBytes !== lengthBytes) throw new Error('a published file became shorter while it was sent');
}

function stream(chunks: AsyncIterable<Buffer>, response: ServerResponse): Promise<void> {
  response.socket?.setTimeout(stalledMs);
  // A failure on the way has ended the connection: there is nobody left to be told.
  return new Promise((resolve) => pipeline(chunks, response, () => resolve()));
}

function sendProblem({ log }: RepositoryDeps, response: ServerResponse, error: unknown): void {
  const { status, contentType, headers, body, unexpected } = answerForError(error, repositoryPrefix, undefined);
  if (unexpected) {
    const { name, code } = error as { name?: string; code?: unknown };
    log.error(events.requestFailed, { route: 'repository', name, code: typeof code === 'string' ? code : undefined });
  }
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response
    .writeHead(status, {
      ...headers,
      ...inert,
      'cache-control': 'no-store',
      'content-type': contentType,
      'content-length': Buffer.byteLength(body),
    })
    .end(response.req.method === 'HEAD' ? undefined : body);
}
