/**
 * Reads the two repositories over HTTP: metadata into memory, transports into a file that a later attempt goes on with.
 * Nothing that comes from there is believed here; lengths and hashes are the signed ones. No identity is sent, and no
 * redirect is followed (rule S21). Imports nothing from npm.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, rmSync, statSync } from 'node:fs';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { pipeline } from 'node:stream/promises';
import type { FetchMetadata } from '@springline/tuf/client/refresh';
import { TrustError } from '@springline/tuf/error';
import type { RepositoryName } from './trust-store.ts';

/** A repository does not answer, or not with what was asked for. */
export class RepositoryError extends Error {
  override readonly name = 'RepositoryError';
  readonly code = 'repository-unreachable';
}

/** How long is waited; tests wait less. */
export interface Patience {
  /** For a whole metadata file. */
  readonly metadataTimeoutMs: number;
  /** A download that brings less than `leastBytes` in this time is begun again where it stopped. */
  readonly stallMs: number;
  /** Before the second attempt; doubled before each further one. */
  readonly firstPauseMs: number;
}

const usualPatience: Patience = { metadataTimeoutMs: 30_000, stallMs: 20_000, firstPauseMs: 500 };
const rootLimitBytes = 512 * 1024;
const downloadAttempts = 5;
/** 0.8 kB a second: whoever sends less holds us up, or might as well. */
const leastBytes = 16 * 1024;

export function metadataFetcher(
  url: string,
  repository: RepositoryName,
  { metadataTimeoutMs } = usualPatience,
): FetchMetadata {
  return async (name, limitBytes, signal) => {
    const address = `${url}/repository/${repository}/metadata/${name}`;
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(metadataTimeoutMs)]);
    const response = await get(address, {}, deadline);
    // Object stores answer 403 for what is not there.
    if (response.statusCode === 404 || response.statusCode === 403) {
      response.destroy();
      return undefined;
    }
    requireStatus(response, address, [200]);
    return readUpTo(response, limitBytes + 1, address);
  };
}

/** The root that trust begins with; who asks compares it with its pin. @throws {RepositoryError} */
export async function fetchFirstRoot(url: string, repository: RepositoryName): Promise<Uint8Array> {
  const fetch = metadataFetcher(url, repository);
  const bytes = await fetch('1.root.json', rootLimitBytes, new AbortController().signal);
  if (bytes === undefined) throw new RepositoryError(`${url} has no ${repository} repository`);
  return bytes;
}

export interface Transported {
  readonly path: string;
  readonly length: number;
  readonly sha256: string;
}

/**
 * Downloads a transport of the Image repository to `file` and checks length and hash before anybody decodes it. A part
 * that an earlier attempt left is gone on with by Range.
 *
 * @throws {TrustError} `hash-mismatch`; the file is removed then. @throws {RepositoryError}
 */
export async function downloadTransport(
  url: string,
  transport: Transported,
  file: string,
  progress: (bytes: number) => void,
  signal: AbortSignal,
  patience = usualPatience,
): Promise<void> {
  const address = `${url}/repository/image/targets/${transport.path}`;
  let furthest = sizeOf(file);
  for (let attempt = 1; sizeOf(file) < transport.length; attempt++) {
    try {
      await downloadRest(address, transport, file, progress, signal, patience.stallMs);
    } catch (error) {
      if (signal.aborted || error instanceof TrustError) throw error;
      // What brings enough each time may take as many times as it needs.
      if (sizeOf(file) - furthest >= leastBytes) attempt = 0;
      furthest = Math.max(furthest, sizeOf(file));
      if (attempt >= downloadAttempts) throw error;
      await new Promise((resolve) => setTimeout(resolve, patience.firstPauseMs * 2 ** Math.max(0, attempt - 1)));
    }
  }
  const hash = createHash('sha256');
  for await (const part of createReadStream(file)) hash.update(part as Uint8Array);
  if (sizeOf(file) === transport.length && hash.digest('hex') === transport.sha256) return;
  rmSync(file, { force: true });
  throw new TrustError('hash-mismatch', `${transport.path} does not have its signed length and hash`);
}

async function downloadRest(
  address: string,
  { length }: Transported,
  file: string,
  progress: (bytes: number) => void,
  signal: AbortSignal,
  stallMs: number,
): Promise<void> {
  const start = sizeOf(file);
  const stalled = new AbortController();
  let timer = setTimeout(() => stalled.abort(), stallMs);
  const response = await get(
    address,
    start === 0 ? {} : { range: `bytes=${start}-` },
    AbortSignal.any([signal, stalled.signal]),
  ).catch((error: unknown) => {
    clearTimeout(timer);
    throw error;
  });
  try {
    // A server that knows no ranges sends everything again.
    requireStatus(response, address, start === 0 ? [200] : [200, 206]);
    const flags = response.statusCode === 206 ? 'a' : 'w';
    let size = flags === 'a' ? start : 0;
    const bounded = async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      let brought = 0;
      for await (const part of source) {
        brought += part.length;
        if (brought >= leastBytes) {
          brought = 0;
          clearTimeout(timer);
          timer = setTimeout(() => stalled.abort(), stallMs);
        }
        size += part.length;
        if (size > length) throw new TrustError('length-mismatch', `${address} is longer than signed`);
        progress(size);
        yield part;
      }
    };
    await pipeline(response, bounded, createWriteStream(file, { flags, mode: 0o600, flush: true }), { signal });
    if (size < length) throw new RepositoryError(`${address} ended after ${size} of ${length} bytes`);
  } catch (cause) {
    if (cause instanceof TrustError) rmSync(file, { force: true });
    if (cause instanceof TrustError || cause instanceof RepositoryError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === 'ENOSPC') throw cause;
    throw new RepositoryError(`${address} broke off (${reasonOf(cause)})`, { cause });
  } finally {
    clearTimeout(timer);
    response.destroy();
  }
}

/** A target of the Director that is small enough for memory, checked. @throws {TrustError} {RepositoryError} */
export async function fetchDirectorTarget(
  url: string,
  { path, length, sha256 }: Transported,
  signal: AbortSignal,
  { metadataTimeoutMs } = usualPatience,
): Promise<Uint8Array> {
  const at = path.lastIndexOf('/') + 1;
  // Named by its digest (TUF 5.7.3), so that no cache gives the one before.
  const address = `${url}/repository/director/targets/${path.slice(0, at)}${sha256}.${path.slice(at)}`;
  const response = await get(address, {}, AbortSignal.any([signal, AbortSignal.timeout(metadataTimeoutMs)]));
  requireStatus(response, address, [200]);
  const bytes = await readUpTo(response, length + 1, address);
  if (bytes.length !== length) throw new TrustError('length-mismatch', `${path} does not have its signed length`);
  if (createHash('sha256').update(bytes).digest('hex') === sha256) return bytes;
  throw new TrustError('hash-mismatch', `${path} does not have its signed hash`);
}

/** A conditional GET of a small file: `undefined` for 304. */
export async function getIfChanged(
  address: string,
  etag: string | undefined,
  limitBytes: number,
  timeoutMs: number,
): Promise<{ readonly bytes: Uint8Array; readonly etag?: string } | undefined> {
  const response = await get(
    address,
    etag === undefined ? {} : { 'if-none-match': etag },
    AbortSignal.timeout(timeoutMs),
  );
  if (response.statusCode === 304) {
    response.resume();
    return undefined;
  }
  requireStatus(response, address, [200]);
  const bytes = await readUpTo(response, limitBytes, address);
  const named = response.headers.etag;
  return { bytes, ...(named === undefined || named.length > 256 ? {} : { etag: named }) };
}

function get(address: string, headers: Record<string, string>, signal: AbortSignal): Promise<IncomingMessage> {
  const request = address.startsWith('https:') ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const outgoing = request(address, { headers, signal }, resolve);
    outgoing.on('error', (cause) =>
      reject(new RepositoryError(`${address} does not answer (${reasonOf(cause)})`, { cause })),
    );
    outgoing.end();
  });
}

function requireStatus(response: IncomingMessage, address: string, expected: readonly number[]): void {
  if (expected.includes(response.statusCode ?? 0)) return;
  response.destroy();
  throw new RepositoryError(`${address} answered ${response.statusCode}`);
}

async function readUpTo(response: IncomingMessage, limitBytes: number, address: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of response as AsyncIterable<Uint8Array>) {
      parts.push(part);
      size += part.length;
      if (size >= limitBytes) break; // Too long: who asked refuses it by its length.
    }
  } catch (cause) {
    throw new RepositoryError(`${address} broke off (${reasonOf(cause)})`, { cause });
  }
  return Buffer.concat(parts).subarray(0, limitBytes);
}

function sizeOf(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code === 'ABORT_ERR' ? 'nothing came in time' : (code ?? message ?? String(error));
}
