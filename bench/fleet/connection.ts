/**
 * One keep-alive HTTP/1.1 connection of a load generator: sends requests that were written out before, one at a time,
 * and reads no more of an answer than it must. A full client would take as much of the machine as the server under
 * measure.
 */
import { connect, type Socket } from 'node:net';

interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: Buffer;
}

const noBody = Buffer.alloc(0);

export class BenchConnection {
  readonly #socket: Socket;
  #received: Buffer = noBody;
  #waiting: PromiseWithResolvers<Answer> | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#take(chunk));
    const end = (error?: Error): void => this.#waiting?.reject(error ?? new Error('the server closed the connection'));
    socket.on('error', end);
    socket.on('close', () => end());
  }

  static async open(port: number): Promise<BenchConnection> {
    const socket = connect({ port, host: '127.0.0.1' });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new BenchConnection(socket);
  }

  /** Resolves with the answer. Not to be called before the answer to the request before is there. */
  send(request: Buffer): Promise<Answer> {
    this.#waiting = Promise.withResolvers<Answer>();
    this.#socket.write(request);
    return this.#waiting.promise;
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = this.#received.toString('latin1', 0, headEnd);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
    if (Number.isNaN(status) || /\r\ntransfer-encoding:/i.test(head)) {
      this.#socket.destroy(new Error('an answer that this client does not read'));
      return;
    }
    const length = status === 304 ? 0 : Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    const end = headEnd + 4 + length;
    if (this.#received.length < end) return;
    const body = this.#received.subarray(headEnd + 4, end);
    this.#received = this.#received.subarray(end);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve({ status, head, body });
  }
}
