/**
 * Watches what an LDAP server sends, before the library sees it: the library keeps what it cannot read, and waits for
 * the end of a message however long it says it is. The guard ends the connection instead. It follows the frames of
 * LDAPMessage (RFC 4511 4.1.1, 5.1) and knows nothing of what is in them.
 */
import type { Socket } from 'node:net';
import { LdapError } from './error.ts';

/** The largest message: a group with a million members comes as one entry on servers without ranges. */
const messageLimitBytes = 256 * 1024 * 1024;
/** The largest answer to one request: a page of entries, or one range of values. */
const answerLimitBytes = 512 * 1024 * 1024;

export class AnswerGuard {
  readonly #url: string;
  readonly #limitBytes: number;
  #answerBytes = 0;
  #error: LdapError | undefined;

  constructor(url: string, limitBytes = answerLimitBytes) {
    this.#url = url;
    this.#limitBytes = limitBytes;
  }

  /** Why the connection was ended, when the guard did it. */
  get error(): LdapError | undefined {
    return this.#error;
  }

  /** The answer was taken over: the next one has the whole limit again. */
  answered(): void {
    this.#answerBytes = 0;
  }

  /** Call it before the library listens to the socket, so that the guard sees each part first. */
  watch<Connection extends Socket>(socket: Connection): Connection {
    const frames = new FrameReader();
    socket.on('data', (part: Buffer) => {
      this.#answerBytes += part.length;
      const trouble =
        this.#answerBytes > this.#limitBytes
          ? `answered more than ${this.#limitBytes} bytes to one request`
          : frames.read(part);
      if (trouble === undefined) return;
      const code = trouble === noLdap ? 'ldap-unreachable' : 'ldap-incomplete';
      this.#error ??= new LdapError(code, `${this.#url} ${trouble}.`);
      socket.destroy(this.#error);
    });
    return socket;
  }
}

const noLdap = 'sends what is not LDAP. Check the host and the port: LDAP is at 389, with TLS at 636';

/** Finds where each message ends. Gives a sentence when what comes is no message, or too large a one. */
class FrameReader {
  /** Bytes of the message that are still to come. */
  #rest = 0;
  /** Tag and length of the next message as far as they came. */
  #head: number[] = [];

  read(part: Uint8Array): string | undefined {
    let at = 0;
    while (at < part.length) {
      if (this.#rest > 0) {
        const step = Math.min(this.#rest, part.length - at);
        this.#rest -= step;
        at += step;
        continue;
      }
      this.#head.push(part[at]!);
      at += 1;
      const length = messageLength(this.#head);
      if (length === 'invalid') return noLdap;
      if (length === 'unfinished') continue;
      if (length > messageLimitBytes) {
        return `announces a message of ${length} bytes; the most that is read is ${messageLimitBytes}`;
      }
      this.#rest = length;
      this.#head = [];
    }
    return undefined;
  }
}

/** X.690 8.1.3 with the limits of RFC 4511 5.1: a SEQUENCE with a definite length, here of at most 4 bytes. */
function messageLength([tag, first, ...more]: readonly number[]): number | 'unfinished' | 'invalid' {
  if (tag !== 0x30) return 'invalid';
  if (first === undefined) return 'unfinished';
  if (first < 0x80) return first === 0 ? 'invalid' : first;
  const size = first - 0x80;
  if (size === 0 || size > 4) return 'invalid';
  return more.length < size ? 'unfinished' : more.reduce((length, byte) => length * 256 + byte, 0);
}
