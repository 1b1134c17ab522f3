/**
 * Files served from memory: the portal and the documentation page. Everything is read, hashed and compressed once, so
 * that a request touches no disk and no path of the client's reaches one.
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isNotModified } from './entity-tag.ts';
import { isApiPath } from './unrouted.ts';

export interface StaticFile {
  readonly contentType: string;
  /** The name holds a hash of the content, so it never changes. */
  readonly immutable: boolean;
  /** Quoted, RFC 9110 8.8.3. */
  readonly etag: string;
  readonly bytes: Buffer;
  /** Absent where compression gains nothing. */
  readonly brotli?: Buffer;
  readonly gzip?: Buffer;
}

export interface StaticFiles {
  readonly fileByPath: ReadonlyMap<string, StaticFile>;
  /** Answers every page of the portal; absent without a portal. */
  readonly index?: StaticFile;
}

const [compressBrotli, compressGzip] = [promisify(brotliCompress), promisify(gzip)];
/** Close to the best ratio at a tenth of its time. */
const brotliQuality = 9;
const compressibleTypes = /^(text\/|application\/(json|manifest\+json|javascript)|image\/svg\+xml)/;

export async function staticFile(bytes: Buffer, contentType: string, immutable = false): Promise<StaticFile> {
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  const file = { contentType, immutable, etag, bytes };
  if (!compressibleTypes.test(contentType) || bytes.length < 512) return file;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: brotliQuality,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  return { ...file, brotli: await compressBrotli(bytes, { params }), gzip: await compressGzip(bytes, { level: 9 }) };
}

/** Sends the file of this path, or the portal's index for a page of it. False when there is neither. */
export function sendStatic(files: StaticFiles, request: FastifyRequest, reply: FastifyReply): boolean {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  const path = request.url.split('?', 1)[0]!;
  const file = files.fileByPath.get(path) ?? (isPage(path, request) ? files.index : undefined);
  if (file === undefined) return false;
  reply.type(file.contentType).headers({
    etag: file.etag,
    'cache-control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    vary: 'accept-encoding',
  });
  if (isNotModified(request.headers['if-none-match'], file.etag)) {
    reply.code(304).send();
    return true;
  }
  const { encoding, bytes } = encoded(file, request.headers['accept-encoding']?.toString() ?? '');
  if (encoding !== undefined) reply.header('content-encoding', encoding);
  reply.header('content-length', bytes.length).send(request.method === 'HEAD' ? undefined : bytes);
  return true;
}

/** A path of the portal's own router, asked for by a person and not by a script. */
function isPage(path: string, { headers }: FastifyRequest): boolean {
  const lastSegment = path.slice(path.lastIndexOf('/') + 1);
  return !isApiPath(path) && !lastSegment.includes('.') && (headers.accept ?? '').includes('text/html');
}

function encoded(file: StaticFile, accepted: string): { readonly encoding?: 'br' | 'gzip'; readonly bytes: Buffer } {
  const names = accepted
    .split(',')
    .map((word) => word.trim().split(/\s*;\s*/))
    .filter(([, weight]) => weight === undefined || !/^q=0(\.0*)?$/.test(weight))
    .map(([name]) => name);
  if (file.brotli !== undefined && names.includes('br')) return { encoding: 'br', bytes: file.brotli };
  if (file.gzip !== undefined && names.includes('gzip')) return { encoding: 'gzip', bytes: file.gzip };
  return { bytes: file.bytes };
}
