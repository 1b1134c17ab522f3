/**
 * One pass over the bytes of a metadata file before any parser sees them. It finds where `signed` and `signatures` lie and
 * refuses what could cost much or mean two things: too many bytes, levels or values, a byte order mark, other members
 * beside the two, numbers that JavaScript would round, halves of surrogate pairs, and a name twice in one object.
 *
 * It does not check the grammar inside the two values; `JSON.parse` does that on each slice. For text that is JSON, what is
 * a name, a number or a level here is the same there, so the limits and the search for repeated names hold; text that is
 * not JSON is refused by one or the other.
 *
 * Repeated names: names that rise strictly, byte by byte and without escapes, cannot repeat, and canonical JSON always
 * rises. Only an object that does not is looked at again, with its names decoded in a set.
 */
import { quoted, TrustError } from '../error.ts';
import { depthLimit, valueLimit } from './limits.ts';

/** Where the two values lie: from the first byte to behind the last. */
export interface MetadataSlices {
  readonly signed: Uint8Array;
  readonly signatures: Uint8Array;
}

/**
 * @param limitBytes what a file of this role may take.
 * @throws {TrustError} `metadata-too-large`, `metadata-too-deep`, `malformed-metadata`.
 */
export function scanMetadata(bytes: Uint8Array, limitBytes: number): MetadataSlices {
  if (bytes.length > limitBytes) throw new TrustError('metadata-too-large', `more than ${limitBytes} bytes`);
  const scanner = new Scanner(bytes);
  let signed: Uint8Array | undefined;
  let signatures: Uint8Array | undefined;
  scanner.expect(openBrace);
  do {
    const name = scanner.topLevelName();
    scanner.expect(colon);
    const slice = scanner.container(name === 'signed' ? openBrace : openBracket);
    if ((name === 'signed' ? signed : signatures) !== undefined) throw malformed(`"${name}" stands there twice`);
    if (name === 'signed') signed = slice;
    else signatures = slice;
  } while (scanner.skip(comma));
  scanner.expect(closeBrace);
  scanner.expectEnd();
  if (signed === undefined || signatures === undefined) throw malformed('"signed" or "signatures" is missing');
  return { signed, signatures };
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const minus = 0x2d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

function malformed(reason: string): TrustError {
  return new TrustError('malformed-metadata', reason);
}

class Scanner {
  readonly #bytes: Uint8Array;
  #at = 0;
  #values = 0;
  /** Start and end of each name of the objects that are open, innermost last. */
  #names = new Int32Array(1024);
  #namesUsed = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  expect(byte: number): void {
    if (!this.skip(byte)) throw malformed(`byte ${this.#at}: "${String.fromCharCode(byte)}" expected`);
  }

  skip(byte: number): boolean {
    while (isSpace(this.#bytes[this.#at])) this.#at++;
    if (this.#bytes[this.#at] !== byte) return false;
    this.#at++;
    return true;
  }

  expectEnd(): void {
    while (isSpace(this.#bytes[this.#at])) this.#at++;
    if (this.#at !== this.#bytes.length) throw malformed(`byte ${this.#at}: something follows the end`);
  }

  topLevelName(): 'signed' | 'signatures' {
    this.expect(quote);
    const start = this.#at;
    this.#string();
    const name = Buffer.from(this.#bytes.subarray(start, this.#at - 1)).toString('latin1');
    if (name !== 'signed' && name !== 'signatures') throw malformed(`unknown member ${quoted(name)}`);
    return name;
  }

  /** The object or list that starts here, from its opening to its closing byte. */
  container(opening: number): Uint8Array {
    this.expect(opening);
    const start = --this.#at;
    this.#scanContainer();
    return this.#bytes.subarray(start, this.#at);
  }

  #scanContainer(): void {
    const bytes = this.#bytes;
    // By level; the file itself is level 1. What is open: the closing byte, where its names start, whether they rise.
    const closing = new Uint8Array(depthLimit + 1);
    const firstName = new Int32Array(depthLimit + 1);
    const rising = new Uint8Array(depthLimit + 1);
    let level = 1;
    let nameNext = false;
    do {
      const byte = bytes[this.#at++];
      switch (byte) {
        case quote: {
          const start = this.#at;
          const escaped = this.#string();
          if (nameNext) {
            nameNext = false;
            const last = this.#namesUsed === firstName[level] ? -1 : this.#namesUsed - 2;
            if (escaped || (last >= 0 && !this.#rises(last, start))) rising[level] = 0;
            this.#pushName(start, this.#at - 1);
          } else this.#countValue();
          break;
        }
        case openBrace:
        case openBracket:
          this.#countValue();
          if (++level > depthLimit) throw new TrustError('metadata-too-deep', `deeper than ${depthLimit} levels`);
          closing[level] = byte + 2;
          firstName[level] = this.#namesUsed;
          rising[level] = 1;
          nameNext = byte === openBrace;
          break;
        case closeBrace:
        case closeBracket: {
          if (byte !== closing[level]) throw malformed(`byte ${this.#at - 1}: this closes nothing`);
          const first = firstName[level] ?? 0;
          if (byte === closeBrace && rising[level] === 0) this.#refuseRepeatedNames(first);
          this.#namesUsed = first;
          nameNext = false;
          level--;
          break;
        }
        case comma:
          nameNext = closing[level] === closeBrace;
          break;
        case colon:
        case 0x20:
        case 0x0a:
        case 0x0d:
        case 0x09:
          break;
        case undefined:
          throw malformed('the file ends too early');
        default:
          this.#scalar(byte);
      }
    } while (level > 1);
  }

  #countValue(): void {
    if (++this.#values > valueLimit) throw new TrustError('metadata-too-large', `more than ${valueLimit} values`);
  }

  /** From behind the opening quote to behind the closing one. Says whether anything was escaped. */
  #string(): boolean {
    const bytes = this.#bytes;
    let at = this.#at;
    let escaped = false;
    while (true) {
      const byte = bytes[at++];
      if (byte === quote) break;
      if (byte === backslash) {
        escaped = true;
        at = bytes[at] === 0x75 ? this.#unicodeEscape(at + 1) : at + 1;
      } else if (byte === undefined) throw malformed('the file ends within a text');
    }
    this.#at = at;
    return escaped;
  }

  /** `at` is behind `\u`; gives the place behind the escape, or behind both escapes of a pair. */
  #unicodeEscape(at: number): number {
    const unit = this.#hexUnit(at);
    if (unit < 0xd800 || unit > 0xdfff) return at + 4;
    const paired = unit < 0xdc00 && this.#bytes[at + 4] === backslash && this.#bytes[at + 5] === 0x75;
    const second = paired ? this.#hexUnit(at + 6) : 0;
    if (second < 0xdc00 || second > 0xdfff) throw malformed(`byte ${at}: half a surrogate pair`);
    return at + 10;
  }

  #hexUnit(at: number): number {
    const digits = Buffer.from(this.#bytes.subarray(at, at + 4)).toString('latin1');
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw malformed(`byte ${at}: four hex digits expected`);
    return Number.parseInt(digits, 16);
  }

  /** A number, `true`, `false` or `null`; only numbers are checked here, the words by JSON.parse. */
  #scalar(first: number): void {
    this.#countValue();
    const bytes = this.#bytes;
    const start = this.#at - 1;
    let at = this.#at;
    if (first === minus || isDigit(first)) {
      if (first === minus) at++;
      const firstDigit = at - 1;
      let value = 0;
      for (at = firstDigit; isDigit(bytes[at]) && value <= Number.MAX_SAFE_INTEGER; at++) {
        value = value * 10 + ((bytes[at] ?? 0) - 0x30);
      }
      // Canonical JSON has whole numbers only, and a rounded one would not be what was signed.
      const whole = at > firstDigit && isDelimiter(bytes[at]) && value <= Number.MAX_SAFE_INTEGER;
      const padded = bytes[firstDigit] === 0x30 && at > firstDigit + 1;
      if (!whole || padded) throw malformed(`byte ${start}: a whole number below 2^53 expected`);
    } else while (!isDelimiter(bytes[at])) at++;
    this.#at = at;
  }

  /** Whether the name that starts at `start` sorts behind the one recorded at `last`. */
  #rises(last: number, start: number): boolean {
    const bytes = this.#bytes;
    const end = this.#at - 1;
    const lastStart = this.#names[last] ?? 0;
    const length = Math.min((this.#names[last + 1] ?? 0) - lastStart, end - start);
    for (let at = 0; at < length; at++) {
      const difference = (bytes[start + at] ?? 0) - (bytes[lastStart + at] ?? 0);
      if (difference !== 0) return difference > 0;
    }
    return end - start > length;
  }

  #pushName(start: number, end: number): void {
    if (this.#namesUsed + 2 > this.#names.length) {
      const larger = new Int32Array(this.#names.length * 2);
      larger.set(this.#names);
      this.#names = larger;
    }
    this.#names[this.#namesUsed++] = start;
    this.#names[this.#namesUsed++] = end;
  }

  #refuseRepeatedNames(first: number): void {
    const seen = new Set<string>();
    for (let at = first; at < this.#namesUsed; at += 2) {
      const name = decodeName(this.#bytes.subarray((this.#names[at] ?? 0) - 1, (this.#names[at + 1] ?? 0) + 1));
      if (seen.has(name)) throw malformed(`the name ${quoted(name)} stands twice in one object`);
      seen.add(name);
    }
  }
}

/** @param literal the name with its quotes. */
function decodeName(literal: Uint8Array): string {
  try {
    return JSON.parse(Buffer.from(literal).toString('utf8'));
  } catch (error) {
    throw new TrustError('malformed-metadata', 'a name is not a JSON text', { cause: error });
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isDelimiter(byte: number | undefined): boolean {
  return byte === comma || byte === closeBrace || byte === closeBracket || byte === undefined || isSpace(byte);
}
