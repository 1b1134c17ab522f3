/**
 * Cuts what a socket reads into LDAP messages (RFC 4511 4.1.1, 5.1). A message that lies whole in what was read is handed
 * on from there; only one that is cut off is copied, into a buffer that grows with what has really come, and goes when
 * its giant has been taken.
 */
import { contentStart } from './ber.ts';
import { LdapError } from './error.ts';

/** What is kept from one message to the next; a larger buffer is given up after use. */
const keptBytes = 1024 * 1024;

/** `start` to `end` is one LDAPMessage with its tag and length. The bytes are overwritten after the call. */
export type TakeMessage = (bytes: Buffer, start: number, end: number) => void;

export class FrameReader {
  readonly #url: string;
  readonly #messageLimitBytes: number;
  #partial: Buffer = Buffer.allocUnsafeSlow(16 * 1024);
  /** Bytes of the partial message that are there. */
  #size = 0;

  constructor(url: string, messageLimitBytes: number) {
    this.#url = url;
    this.#messageLimitBytes = messageLimitBytes;
  }

  /** Bytes that came of a message whose end did not. */
  get pendingBytes(): number {
    return this.#size;
  }

  /** Of memory that is kept from one message to the next. */
  get heldBytes(): number {
    return this.#partial.length;
  }

  /** @throws {LdapError} when this is no LDAP, or a message too large; and whatever `take` throws. */
  read(chunk: Buffer, chunkSize: number, take: TakeMessage): void {
    let at = this.#size === 0 ? 0 : this.#finishPartial(chunk, chunkSize, take);
    while (at < chunkSize) {
      const end = this.#messageEnd(chunk, at, chunkSize);
      if (end === undefined || end > chunkSize) break;
      take(chunk, at, end);
      at = end;
    }
    if (at < chunkSize) this.#keep(chunk, at, chunkSize, this.#messageEnd(chunk, at, chunkSize));
  }

  /** Adds to the partial message what it lacks; returns how much of the chunk that took. */
  #finishPartial(chunk: Buffer, chunkSize: number, take: TakeMessage): number {
    let at = 0;
    let end = this.#messageEnd(this.#partial, 0, this.#size);
    while (end === undefined && at < chunkSize) {
      this.#keep(chunk, at, at + 1, undefined);
      at += 1;
      end = this.#messageEnd(this.#partial, 0, this.#size);
    }
    if (end === undefined) return at;
    const taken = Math.min(end - this.#size, chunkSize - at);
    this.#keep(chunk, at, at + taken, end);
    at += taken;
    if (this.#size < end) return at;
    const message = this.#partial;
    this.#size = 0;
    if (message.length > keptBytes) this.#partial = Buffer.allocUnsafeSlow(16 * 1024);
    take(message, 0, end);
    return at;
  }

  /** Doubling, and not at once what the message says it has: a lie would cost us the memory. */
  #keep(chunk: Buffer, start: number, end: number, messageSize: number | undefined): void {
    const needed = this.#size + end - start;
    if (needed > this.#partial.length) {
      const size = Math.max(needed, Math.min(this.#partial.length * 2, messageSize ?? needed));
      const larger = Buffer.allocUnsafeSlow(size);
      this.#partial.copy(larger, 0, 0, this.#size);
      this.#partial = larger;
    }
    chunk.copy(this.#partial, this.#size, start, end);
    this.#size = needed;
  }

  /** Where the message at `at` ends, also beyond `have`; `undefined` while its header is not whole. */
  #messageEnd(bytes: Buffer, at: number, have: number): number | undefined {
    if (bytes[at] !== 0x30) throw this.#noLdap();
    if (at + 1 >= have) return undefined;
    const first = bytes[at + 1]!;
    if (first === 0 || first === 0x80 || first > 0x84) throw this.#noLdap();
    if (first < 0x80) return at + 2 + first;
    const start = contentStart(bytes, at);
    if (start > have) return undefined;
    const length = bytes.readUIntBE(at + 2, start - at - 2);
    if (length === 0) throw this.#noLdap();
    if (length > this.#messageLimitBytes) {
      throw new LdapError(
        'ldap-incomplete',
        `${this.#url} announces a message of ${length} bytes; the most that is read is ${this.#messageLimitBytes}.`,
      );
    }
    return start + length;
  }

  #noLdap(): LdapError {
    return new LdapError(
      'ldap-unreachable',
      `${this.#url} sends what is not LDAP. Check the host and the port: LDAP is at 389, with TLS at 636.`,
    );
  }
}
