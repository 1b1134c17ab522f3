/**
 * A list of attributes in its wire form, the PartialAttributeList of RFC 4511 4.1.7 in BER: what directories send, and
 * what the connector space keeps. Reading finds where each value lies and makes nothing of it before it is asked for;
 * one reader serves object after object.
 */
import { isUtf8 } from 'node:buffer';
import type { AttributeValue } from '../entry.ts';
import { DirectoryError } from '../error.ts';
import { type AttributeId, type AttributeName, attributeIdCount, internName } from './names.ts';

/** Attributes of one object; directories have some hundred. */
const attributeLimit = 10_000;
const sequence = 0x30;
const set = 0x31;
const octetString = 0x04;

/** Where the inside of a TLV lies, after `readHeader`. */
let contentStart = 0;
let contentEnd = 0;

/**
 * Reads one tag and length at `at`, which must lie before `end`; its contents are then from `contentStart` to
 * `contentEnd`.
 */
function readHeader(bytes: Buffer, at: number, end: number, tag: number): void {
  if (at + 2 > end || bytes[at] !== tag) throw malformed();
  let length = bytes[at + 1]!;
  let start = at + 2;
  if (length >= 0x80) {
    let count = length & 0x7f;
    if (count === 0 || count > 4 || start + count > end) throw malformed();
    length = 0;
    while (count-- > 0) length = length * 256 + bytes[start++]!;
  }
  if (start + length > end) throw malformed();
  contentStart = start;
  contentEnd = start + length;
}

function malformed(): DirectoryError {
  return new DirectoryError('entry-malformed', 'An entry is not what RFC 4511 4.5.2 says: a tag or length is wrong.');
}

/** Where the parts of an entry lie. */
export interface EntryPlaces {
  dnStart: number;
  dnEnd: number;
  /** The PartialAttributeList with its tag and length. */
  listStart: number;
  listEnd: number;
}

/** Finds the parts of the contents of a SearchResultEntry; `places` is filled. @throws {DirectoryError} `entry-malformed` */
export function locateEntry(bytes: Buffer, start: number, end: number, places: EntryPlaces): void {
  readHeader(bytes, start, end, octetString);
  places.dnStart = contentStart;
  places.dnEnd = contentEnd;
  places.listStart = contentEnd;
  readHeader(bytes, contentEnd, end, sequence);
  places.listEnd = contentEnd;
}

/**
 * A reader of attribute lists that is used again and again: 4 bytes for each name met in the process, and some for each
 * attribute of the largest object.
 */
export class AttributeListReader {
  bytes: Buffer = Buffer.alloc(0);
  names: AttributeName[] = [];
  count = 0;
  #attributeStarts = new Int32Array(64);
  #starts = new Int32Array(64);
  #ends = new Int32Array(64);
  /** Attribute id -> index + 1 in this object. */
  #places = new Int32Array(256);

  /** Reads the list with its tag and length from `start` to `end`. @throws {DirectoryError} */
  load(bytes: Buffer, start: number, end: number): void {
    this.#forget();
    this.bytes = bytes;
    readHeader(bytes, start, end, sequence);
    const listEnd = contentEnd;
    let at = contentStart;
    while (at < listEnd) {
      readHeader(bytes, at, listEnd, sequence);
      const attributeEnd = contentEnd;
      readHeader(bytes, contentStart, attributeEnd, octetString);
      const name = internName(bytes, contentStart, contentEnd);
      readHeader(bytes, contentEnd, attributeEnd, set);
      if (contentEnd !== attributeEnd) throw malformed();
      this.#add(name, at, contentStart, contentEnd);
      at = attributeEnd;
    }
  }

  /** Index of an attribute; -1 when the object has none. Of one that was given twice, the first. */
  find(id: AttributeId): number {
    return id < this.#places.length ? this.#places[id]! - 1 : -1;
  }

  /** Number of values of the attribute at `index`. */
  valueCount(index: number): number {
    let count = 0;
    for (let at = this.#starts[index]!; at < this.#ends[index]!; at = contentEnd) {
      readHeader(this.bytes, at, this.#ends[index]!, octetString);
      count += 1;
    }
    return count;
  }

  /** Calls back with the place of each value. */
  eachValue(index: number, take: (start: number, end: number) => void): void {
    const valuesEnd = this.#ends[index]!;
    for (let at = this.#starts[index]!; at < valuesEnd; ) {
      readHeader(this.bytes, at, valuesEnd, octetString);
      const [start, end] = [contentStart, contentEnd];
      at = end;
      take(start, end);
    }
  }

  /** The first value, typed; undefined when there is none. @throws {DirectoryError} `value-not-utf8` */
  firstValue(index: number): AttributeValue | undefined {
    const start = this.#starts[index]!;
    if (start >= this.#ends[index]!) return undefined;
    readHeader(this.bytes, start, this.#ends[index]!, octetString);
    return typedValue(this.names[index]!, this.bytes, contentStart, contentEnd);
  }

  /** Every value, typed. @throws {DirectoryError} `value-not-utf8` */
  values(index: number): AttributeValue[] {
    const found: AttributeValue[] = [];
    const name = this.names[index]!;
    this.eachValue(index, (start, end) => {
      found.push(typedValue(name, this.bytes, start, end));
    });
    return found;
  }

  /** Where the attribute at `index` lies with its name, tag and length; it ends with its values. */
  attributeStart(index: number): number {
    return this.#attributeStarts[index]!;
  }

  attributeEnd(index: number): number {
    return this.#ends[index]!;
  }

  #add(name: AttributeName, attributeStart: number, start: number, end: number): void {
    if (this.count >= attributeLimit) {
      throw new DirectoryError('entry-malformed', `An entry has more than ${attributeLimit} attributes.`);
    }
    const index = this.count;
    if (index === this.#starts.length) {
      this.#attributeStarts = grown(this.#attributeStarts, index * 2);
      this.#starts = grown(this.#starts, index * 2);
      this.#ends = grown(this.#ends, index * 2);
    }
    if (name.id >= this.#places.length)
      this.#places = grown(this.#places, Math.max(attributeIdCount(), name.id + 1) * 2);
    this.names[index] = name;
    this.#attributeStarts[index] = attributeStart;
    this.#starts[index] = start;
    this.#ends[index] = end;
    if (this.#places[name.id] === 0) this.#places[name.id] = index + 1;
    this.count += 1;
  }

  #forget(): void {
    for (let index = 0; index < this.count; index++) this.#places[this.names[index]!.id] = 0;
    this.count = 0;
  }
}

/** A value with the type that its attribute has (`entry.ts`); it shares no memory with `bytes`. */
export function typedValue(name: AttributeName, bytes: Buffer, start: number, end: number): AttributeValue {
  if (name.syntax === 'binary') return new Uint8Array(bytes.subarray(start, end));
  let isAscii = true;
  for (let at = start; at < end; at++) {
    if (bytes[at]! > 0x7f) {
      isAscii = false;
      break;
    }
  }
  if (isAscii) return bytes.toString('latin1', start, end);
  if (isUtf8(bytes.subarray(start, end))) return bytes.toString('utf8', start, end);
  if (name.syntax === undefined) return new Uint8Array(bytes.subarray(start, end));
  throw new DirectoryError('value-not-utf8', `A value of ${name.key} is not UTF-8, and ${name.key} is text.`);
}

function grown(array: Int32Array<ArrayBuffer>, size: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(size);
  larger.set(array);
  return larger;
}
