/**
 * The lowest layer of LDIF: bytes in chunks of any size to logical lines. Ends lines at LF or CRLF, joins folded lines,
 * drops comments and the byte-order mark. What the lines mean is for parse-record.ts.
 *
 * Holds one logical line and the rest of one chunk. A line that lies whole in a chunk is handed on without a copy, so chunks
 * must not be overwritten after they were pushed.
 */
import type { LdifPlace } from './ldif-error.ts';
import { LdifError } from './ldif-error.ts';

export interface LogicalLine {
  /** Without its line end; empty for the blank line between records. */
  readonly bytes: Buffer;
  /** Where it began, from 1. */
  readonly line: number;
}

interface OpenLine extends LogicalLine {
  grown: GrowingBytes | undefined;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const numberSign = 0x23;
const noBytes = Buffer.alloc(0);

export class LineReader {
  readonly #fileName: string;
  readonly #limitBytes: number;
  #chunk: Buffer = noBytes;
  #at = 0;
  /** The start of a line whose end was not in the chunks so far. */
  #rest: GrowingBytes | undefined;
  #lineCount = 0;
  /** The last line that ended; the next one may continue it. */
  #open: OpenLine | undefined;

  constructor(fileName: string, limitBytes: number) {
    this.#fileName = fileName;
    this.#limitBytes = limitBytes;
  }

  /** Gives the next chunk; only when `next` has nothing left. */
  push(chunk: Uint8Array): void {
    this.#chunk = bufferOf(chunk);
    this.#at = 0;
  }

  /** The next logical line; undefined when that needs another chunk or the end. @throws {LdifError} */
  next(): LogicalLine | undefined {
    for (let bytes = this.#nextPhysical(); bytes !== undefined; bytes = this.#nextPhysical()) {
      if (bytes[0] === space) {
        this.#continue(bytes.subarray(1));
        continue;
      }
      this.#refuseTooLong(bytes.length, this.#lineCount);
      const ended = this.#close();
      this.#open = { bytes, grown: undefined, line: this.#lineCount };
      if (ended !== undefined) return ended;
    }
    return undefined;
  }

  /** The lines that only the end of the file ends: at most two. @throws {LdifError} */
  end(): readonly LogicalLine[] {
    const lines: (LogicalLine | undefined)[] = [];
    if (this.#rest !== undefined) {
      this.push(Buffer.from('\n'));
      lines.push(this.next());
    }
    lines.push(this.#close());
    return lines.filter((line) => line !== undefined);
  }

  /** The next line as it stands in the file, without its end. */
  #nextPhysical(): Buffer | undefined {
    const end = this.#chunk.indexOf(lineFeed, this.#at);
    if (end < 0) {
      this.#keepRest(this.#chunk.subarray(this.#at));
      this.push(noBytes);
      return undefined;
    }
    let bytes = this.#chunk.subarray(this.#at, end);
    this.#at = end + 1;
    this.#lineCount++;
    if (this.#rest !== undefined) {
      this.#rest.append(bytes);
      bytes = this.#rest.take();
      this.#rest = undefined;
    }
    if (bytes[bytes.length - 1] === carriageReturn) bytes = bytes.subarray(0, -1);
    return this.#lineCount === 1 ? this.#withoutByteOrderMark(bytes) : bytes;
  }

  #keepRest(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#rest ??= new GrowingBytes();
    this.#refuseTooLong(this.#rest.length + bytes.length, this.#lineCount + 1);
    this.#rest.append(bytes);
  }

  #continue(bytes: Buffer): void {
    const open = this.#open;
    if (open === undefined || open.bytes.length === 0) {
      throw new LdifError(
        'ldif-stray-continuation',
        this.#place(this.#lineCount),
        'The line starts with a space, which continues the line before it, and there is none. Remove the space; a line between records must be empty.',
      );
    }
    // RFC 2849 note 2: a comment may be folded too. Nobody needs the rest of it.
    if (open.bytes[0] === numberSign) return;
    open.grown ??= new GrowingBytes(open.bytes);
    this.#refuseTooLong(open.grown.length + bytes.length, open.line);
    open.grown.append(bytes);
  }

  #close(): LogicalLine | undefined {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined || open.bytes[0] === numberSign) return undefined;
    return open.grown === undefined ? open : { bytes: open.grown.take(), line: open.line };
  }

  #withoutByteOrderMark(bytes: Buffer): Buffer {
    if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
      throw new LdifError('ldif-encoding', this.#place(1), 'The file is UTF-16. Save it as UTF-8.');
    }
    return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
  }

  #refuseTooLong(length: number, line: number): void {
    if (length <= this.#limitBytes) return;
    throw new LdifError(
      'ldif-too-large',
      this.#place(line),
      `The line is longer than ${this.#limitBytes} bytes. Raise the limit of the import if the value is meant to be that large.`,
    );
  }

  #place(line: number): LdifPlace {
    return { fileName: this.#fileName, line };
  }
}

/** Bytes that grow by doubling, so that a line in a million pieces costs no more than twice its length. */
class GrowingBytes {
  #bytes: Buffer;
  length = 0;

  constructor(start: Buffer = noBytes) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(64, start.length * 2));
    this.append(start);
  }

  append(more: Buffer): void {
    const needed = this.length + more.length;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.length);
      this.#bytes = larger;
    }
    more.copy(this.#bytes, this.length);
    this.length = needed;
  }

  take(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
