/**
 * A directory entry as every protocol of this package hands it on: a DN and attributes with their values.
 *
 * Directory values are bytes until the schema says otherwise. A binary attribute holds Uint8Array, every other known
 * one holds text (numbers, booleans and times too: their parsers are in schema.ts). An attribute that the schema does
 * not know holds text where the bytes are UTF-8 and bytes where they are not.
 */
import { isUtf8 } from 'node:buffer';
import type { AttributeDescription } from './attribute-name.ts';
import { canonicalAttributeName } from './attribute-name.ts';
import { DirectoryError } from './error.ts';

export type AttributeValue = string | Uint8Array;

/** Attributes by key (attribute-name.ts). An attribute in the map has at least one value; values have no order. */
export interface DirectoryEntry {
  /** As the source spells it; compare with `normaliseDn`. */
  readonly dn: string;
  readonly attributes: ReadonlyMap<string, readonly AttributeValue[]>;
}

/**
 * Gives bytes from a file or the wire the type that the schema says. The result shares no memory with `bytes`.
 *
 * @throws {DirectoryError} `value-not-utf8` for a text attribute.
 */
export function attributeValueFromBytes(attribute: AttributeDescription, bytes: Uint8Array): AttributeValue {
  if (attribute.syntax === 'binary') return new Uint8Array(bytes);
  // toString, unlike TextDecoder, keeps a leading U+FEFF: it is part of the value.
  if (isUtf8(bytes)) return bufferOf(bytes).toString('utf8');
  if (attribute.syntax === undefined) return new Uint8Array(bytes);
  throw new DirectoryError('value-not-utf8', `A value of ${attribute.key} is not UTF-8, and ${attribute.key} is text.`);
}

/** The values of an attribute in any spelling of its name; empty when the entry has none. */
export function valuesOf(entry: DirectoryEntry, name: string): readonly AttributeValue[] {
  return entry.attributes.get(canonicalAttributeName(name)) ?? [];
}

/** The first value of an attribute if that is text. For single-valued attributes, where first means only. */
export function textOf(entry: DirectoryEntry, name: string): string | undefined {
  const value = valuesOf(entry, name)[0];
  return typeof value === 'string' ? value : undefined;
}

/** The first value of an attribute if that is bytes. */
export function bytesOf(entry: DirectoryEntry, name: string): Uint8Array | undefined {
  const value = valuesOf(entry, name)[0];
  return value instanceof Uint8Array ? value : undefined;
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
