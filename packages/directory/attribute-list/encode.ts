/**
 * Writes attribute lists and entries in their wire form (RFC 4511 4.5.2), for sources that are not a wire: files, and
 * objects of which only a part changed.
 */
import type { AttributeValue, DirectoryEntry } from '../entry.ts';
import type { RawEntry } from '../source.ts';

const sequence = 0x30;
const set = 0x31;
const octetString = 0x04;

/** The list with tag and length. An attribute without values is written as one. */
export function encodeAttributeList(attributes: Iterable<readonly [string, readonly AttributeValue[]]>): Buffer {
  const parts: Buffer[] = [];
  for (const [key, values] of attributes) parts.push(encodeAttribute(key, values.map(bytesOfValue)));
  return joinAttributes(parts);
}

/** One attribute of a list, with tag and length. */
export function encodeAttribute(key: string, values: readonly Uint8Array[]): Buffer {
  return tlv(sequence, [
    tlv(octetString, [Buffer.from(key)]),
    tlv(
      set,
      values.map((value) => tlv(octetString, [value])),
    ),
  ]);
}

/** A list of attributes that are encoded already. */
export function joinAttributes(attributes: Iterable<Uint8Array>): Buffer {
  return tlv(sequence, [...attributes]);
}

/** An entry as if it had come from the wire. */
export function encodeEntry(entry: DirectoryEntry): RawEntry {
  const bytes = Buffer.concat([tlv(octetString, [Buffer.from(entry.dn)]), encodeAttributeList(entry.attributes)]);
  return { bytes, start: 0, end: bytes.length };
}

function bytesOfValue(value: AttributeValue): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value) : value;
}

function tlv(tag: number, contents: readonly Uint8Array[]): Buffer {
  let length = 0;
  for (const content of contents) length += content.length;
  const header = headerOf(tag, length);
  return Buffer.concat([header, ...contents], header.length + length);
}

function headerOf(tag: number, length: number): Buffer {
  if (length < 0x80) return Buffer.from([tag, length]);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Buffer.from([tag, 0x80 | octets.length, ...octets]);
}
