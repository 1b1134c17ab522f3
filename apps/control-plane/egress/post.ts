/**
 * One POST to a URL that somebody named: 10 seconds for all of it, no redirect followed, no proxy, no cookie, and no more
 * of the answer read than tells its end.
 */
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { openSocket, openTls, type Resolve } from './connect.ts';
import type { Destination } from './destination.ts';
import { EgressError } from './error.ts';

export const postTimeMs = 10_000;
/** Of the answer; whoever sends more is cut off. */
const answerLimitBytes = 64 * 1024;

export interface Post {
  readonly destination: Destination;
  readonly url: URL;
  /** PEM of the only authority to trust; absent: those of the system. */
  readonly authority: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The status of the answer, whatever it is.
 *
 * @throws {EgressError} when there was none.
 */
export async function postOnce(post: Post, signal: AbortSignal, resolve?: Resolve): Promise<number> {
  const { destination, url, authority } = post;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(postTimeMs)]);
  const socket = await openSocket(destination, limit, resolve);
  try {
    const stream = url.protocol === 'https:' ? await openTls(socket, destination.host, authority, limit) : socket;
    return await exchange(stream, post, limit);
  } finally {
    socket.destroy();
  }
}

function exchange(stream: Socket, { url, headers, body }: Post, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (cause: Error): void => {
      const code = signal.aborted ? 'no-answer-in-time' : 'connection-failed';
      reject(new EgressError(code, `${url.hostname} gave no whole answer`, { cause }));
    };
    const sent = request(
      {
        method: 'POST',
        path: `${url.pathname}${url.search}`,
        headers: { host: url.host, connection: 'close', 'content-length': String(Buffer.byteLength(body)), ...headers },
        createConnection: () => stream,
        maxHeaderSize: 16 * 1024,
        signal,
      },
      (answer) => {
        let sizeBytes = 0;
        const status = answer.statusCode ?? 0;
        answer.on('data', (chunk: Buffer) => {
          sizeBytes += chunk.length;
          if (sizeBytes > answerLimitBytes) sent.destroy();
        });
        answer.on('end', () => resolve(status));
        answer.on('error', failed);
      },
    );
    sent.on('error', failed);
    sent.on('close', () => failed(new Error('closed')));
    sent.end(body);
  });
}
