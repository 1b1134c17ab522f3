/**
 * One compressed stream of a patch, decoded as it is asked for: a window of 8 MiB and a few chunks, however much it would
 * decode to. What is never asked for is never decoded.
 */
import { ReleaseError } from '../release/error.ts';
import { decompressFull } from '../release/transport.ts';
import { malformedPatch, readVarint } from './patch-format.ts';

/** So much goes to the decoder at a time. */
const portionBytes = 64 * 1024;

export class PatchStream {
  readonly #decoded: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();
  #at = 0;

  /** An empty `frame` is an empty stream. */
  constructor(frame: Uint8Array) {
    // No limit of its own: it is read only as far as the output goes.
    const decoded = frame.length === 0 ? nothing() : decompressFull(portions(frame), Number.POSITIVE_INFINITY);
    this.#decoded = decoded[Symbol.asyncIterator]();
  }

  /** The next number if it is at hand, else `undefined`; a call that needs no turn of the event loop. */
  varintAtHand(): number | undefined {
    const found = readVarint(this.#chunk, this.#at);
    if (found === undefined) return undefined;
    this.#at = found.end;
    return found.value;
  }

  /** @throws {ReleaseError} `malformed-patch` when the stream ends before. */
  async varint(): Promise<number> {
    for (let value = this.varintAtHand(); ; value = this.varintAtHand()) {
      if (value !== undefined) return value;
      if (!(await this.#more())) throw malformedPatch('a stream ends too early');
    }
  }

  get hasBytes(): boolean {
    return this.#at < this.#chunk.length;
  }

  /** The next bytes that are at hand, at most `most` and perhaps none. A view. */
  bytesAtHand(most: number): Uint8Array {
    const bytes = this.#chunk.subarray(this.#at, this.#at + most);
    this.#at += bytes.length;
    return bytes;
  }

  /** The next one to `most` bytes, a view. @throws {ReleaseError} `malformed-patch` when the stream has ended. */
  async bytes(most: number): Promise<Uint8Array> {
    if (!this.hasBytes && !(await this.#more())) throw malformedPatch('a stream ends too early');
    return this.bytesAtHand(most);
  }

  /** Fills all of `target`. @throws {ReleaseError} `malformed-patch` when the stream ends before. */
  async fill(target: Uint8Array): Promise<void> {
    for (let at = 0; at < target.length; ) {
      const part = await this.bytes(target.length - at);
      target.set(part, at);
      at += part.length;
    }
  }

  /** @throws {ReleaseError} `malformed-patch` when anything is left. Decodes one chunk to find out. */
  async end(): Promise<void> {
    if (this.hasBytes || (await this.#more())) throw malformedPatch('a stream goes on after the end');
  }

  async close(): Promise<void> {
    await this.#decoded.return?.();
  }

  /** Decodes on; keeps the few bytes of a number that the end of a chunk has cut. */
  async #more(): Promise<boolean> {
    const next = await this.#nextChunk();
    if (next === undefined) return false;
    const rest = this.#chunk.subarray(this.#at);
    this.#at = 0;
    this.#chunk = rest.length === 0 ? next : Buffer.concat([rest, next]);
    return true;
  }

  async #nextChunk(): Promise<Uint8Array | undefined> {
    try {
      const next = await this.#decoded.next();
      return next.done ? undefined : next.value;
    } catch (error) {
      if (!(error instanceof ReleaseError)) throw error;
      throw malformedPatch('a stream is damaged, truncated or of too large a window', { cause: error });
    }
  }
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}

async function* portions(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += portionBytes) yield bytes.subarray(at, at + portionBytes);
}
