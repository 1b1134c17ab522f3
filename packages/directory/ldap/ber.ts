/**
 * BER as LDAP uses it (X.690 with the restrictions of RFC 4511 5.1): reading by positions in a buffer, without copies and
 * without an object for each element, and writing of what we send. What the elements mean is for the callers.
 *
 * Reading never goes behind the limit that it is given, and takes only definite lengths of at most 4 bytes.
 */

/** The bytes are not what the callers expect there. `ldap/connection.ts` says from which server they came. */
export class BerError extends Error {
  override readonly name = 'BerError';
}

export const berTag = {
  boolean: 0x01,
  integer: 0x02,
  octetString: 0x04,
  enumerated: 0x0a,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Offset behind the element that begins at `at`. @throws {BerError} when it does not end at or before `limit`. */
export function elementEnd(bytes: Buffer, at: number, limit: number): number {
  if (at + 2 > limit) throw new BerError(`the element at byte ${at} is cut off`);
  const first = bytes[at + 1]!;
  const end = first < 0x80 ? at + 2 + first : longElementEnd(bytes, at, first & 0x7f, limit);
  if (end > limit) throw new BerError(`the element at byte ${at} is longer than what holds it`);
  return end;
}

function longElementEnd(bytes: Buffer, at: number, octets: number, limit: number): number {
  if (octets === 0) throw new BerError(`the element at byte ${at} has an indefinite length`);
  if (octets > 4) throw new BerError(`the element at byte ${at} has a length of ${octets} bytes`);
  const start = at + 2 + octets;
  if (start > limit) throw new BerError(`the element at byte ${at} is cut off`);
  let length = 0;
  for (let octet = at + 2; octet < start; octet++) length = length * 256 + bytes[octet]!;
  return start + length;
}

/** Offset of the contents of an element whose end was found before. */
export function contentStart(bytes: Buffer, at: number): number {
  const first = bytes[at + 1]!;
  return first < 0x80 ? at + 2 : at + 2 + (first & 0x7f);
}

/** `elementEnd` of an element that must have this tag. @throws {BerError} */
export function taggedEnd(bytes: Buffer, at: number, limit: number, tag: number): number {
  if (at >= limit) throw new BerError(`an element with tag ${hex(tag)} is missing at byte ${at}`);
  if (bytes[at] !== tag) throw new BerError(`tag ${hex(bytes[at]!)} stands where ${hex(tag)} belongs, at byte ${at}`);
  return elementEnd(bytes, at, limit);
}

/** The contents of an INTEGER or ENUMERATED whose end was found before. @throws {BerError} beyond 4 bytes. */
export function integerAt(bytes: Buffer, at: number, end: number): number {
  const start = contentStart(bytes, at);
  if (end - start < 1 || end - start > 4) throw new BerError(`an integer of ${end - start} bytes at byte ${at}`);
  let value = bytes[start]! - ((bytes[start]! & 0x80) << 1);
  for (let octet = start + 1; octet < end; octet++) value = value * 256 + bytes[octet]!;
  return value;
}

/** The contents of an element whose end was found before; shares memory with `bytes`. */
export function contentOf(bytes: Buffer, at: number, end: number): Buffer {
  return bytes.subarray(contentStart(bytes, at), end);
}

/** Walks elements one after the other, for what is read once and not for each value of each entry. */
export class BerReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
    this.#end = end;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#end;
  }

  /** The tag of the next element; `undefined` at the end. */
  get tag(): number | undefined {
    return this.isAtEnd ? undefined : this.#bytes[this.#at];
  }

  /** A reader of the contents of the next element. @throws {BerError} when its tag is another. */
  enter(tag: number = berTag.sequence): BerReader {
    const { at, end } = this.#pass(tag);
    return new BerReader(this.#bytes, contentStart(this.#bytes, at), end);
  }

  /** The contents of the next element; they share memory with what is read. @throws {BerError} */
  octets(tag: number = berTag.octetString): Buffer {
    const { at, end } = this.#pass(tag);
    return contentOf(this.#bytes, at, end);
  }

  /** A number of 32 bits. @throws {BerError} */
  integer(tag: number = berTag.integer): number {
    const { at, end } = this.#pass(tag);
    return integerAt(this.#bytes, at, end);
  }

  /** @throws {BerError} */
  boolean(tag: number = berTag.boolean): boolean {
    const octets = this.octets(tag);
    if (octets.length !== 1) throw new BerError(`a boolean of ${octets.length} bytes`);
    return octets[0] !== 0;
  }

  /** @throws {BerError} */
  skip(): void {
    this.#at = elementEnd(this.#bytes, this.#at, this.#end);
  }

  #pass(tag: number): { at: number; end: number } {
    const at = this.#at;
    const end = taggedEnd(this.#bytes, at, this.#end, tag);
    this.#at = end;
    return { at, end };
  }
}

/** Builds elements from the outside in: `begin` and `end` around what an element holds. */
export class BerWriter {
  #bytes = Buffer.allocUnsafe(256);
  #size = 0;
  /** Where the open elements begin, the innermost last. */
  readonly #open: number[] = [];

  begin(tag: number = berTag.sequence): this {
    this.#reserve(2);
    this.#bytes[this.#size] = tag;
    this.#open.push(this.#size);
    this.#size += 2;
    return this;
  }

  /** Closes the innermost element. Its length is known only now, so what it holds moves where the length is long. */
  end(): this {
    const at = this.#open.pop();
    if (at === undefined) throw new Error('no element is open');
    const start = at + 2;
    const length = this.#size - start;
    if (length < 0x80) {
      this.#bytes[at + 1] = length;
      return this;
    }
    const octets = length < 0x100 ? 1 : length < 0x10000 ? 2 : length < 0x1000000 ? 3 : 4;
    this.#reserve(octets);
    this.#bytes.copyWithin(start + octets, start, this.#size);
    this.#bytes[at + 1] = 0x80 | octets;
    this.#bytes.writeUIntBE(length, start, octets);
    this.#size += octets;
    return this;
  }

  octets(value: Uint8Array | string, tag: number = berTag.octetString): this {
    this.begin(tag);
    this.raw(typeof value === 'string' ? Buffer.from(value) : value);
    return this.end();
  }

  /** A number of 32 bits in as few bytes as it takes. */
  integer(value: number, tag: number = berTag.integer): this {
    const size = value >= -0x80 && value < 0x80 ? 1 : value >= -0x8000 && value < 0x8000 ? 2 : fitsThree(value) ? 3 : 4;
    const octets = Buffer.alloc(size);
    octets.writeIntBE(value, 0, size);
    return this.octets(octets, tag);
  }

  boolean(value: boolean, tag: number = berTag.boolean): this {
    return this.octets(Uint8Array.of(value ? 0xff : 0), tag);
  }

  /** Elements that are encoded already. */
  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#size);
    this.#size += bytes.length;
    return this;
  }

  /** What was written; every element must be closed. */
  finish(): Buffer {
    if (this.#open.length > 0) throw new Error('an element is still open');
    return this.#bytes.subarray(0, this.#size);
  }

  #reserve(more: number): void {
    const needed = this.#size + more;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#size);
    this.#bytes = larger;
  }
}

function fitsThree(value: number): boolean {
  return value >= -0x800000 && value < 0x800000;
}

function hex(tag: number): string {
  return `0x${tag.toString(16).padStart(2, '0')}`;
}
