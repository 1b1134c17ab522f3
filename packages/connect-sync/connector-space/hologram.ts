/**
 * A hologram: one version of an object's attributes in the connector space. Values compare as sets, because
 * directories do not order them; so a hologram is encoded with names and values in a fixed order, and two holograms
 * are the same exactly when their encodings are.
 *
 * References are not part of a hologram: they are links between rows (`store.ts`).
 */
import { AttributeListReader } from '@springline/directory/attribute-list/attribute-list';

/** A value of a connected directory: text, a number or truth value of the cloud, or bytes. */
export type CsValue = string | number | boolean | Uint8Array;

/** Attribute name in the directory's casing -> its values, at least one. */
export type Hologram = ReadonlyMap<string, readonly CsValue[]>;

/** As it is kept: the wire form of a directory's attributes (`attribute-list`), or canonical JSON of the cloud's. */
export type StoredHologram = Uint8Array | string;

export const emptyHologram: Hologram = new Map();

type EncodedValue = string | number | boolean | { readonly b: string };

/** Canonical JSON: attributes by name, values by their encoding; bytes as `{"b": base64}`. */
export function encodeHologram(hologram: Hologram): string {
  const attributes = [...hologram]
    .filter(([, values]) => values.length > 0)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, values]) => `${JSON.stringify(name)}:[${encodeValues(values)}]`);
  return `{${attributes.join(',')}}`;
}

/** Reads what is kept of an object, whichever form it has. */
export function decodeHologram(stored: StoredHologram): Hologram {
  if (typeof stored !== 'string') return decodeAttributeList(stored);
  const hologram = new Map<string, readonly CsValue[]>();
  for (const [name, values] of Object.entries(JSON.parse(stored) as Record<string, EncodedValue[]>)) {
    hologram.set(name, values.map(decodeValue));
  }
  return hologram;
}

function decodeAttributeList(bytes: Uint8Array): Hologram {
  const reader = new AttributeListReader();
  reader.load(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
  const hologram = new Map<string, readonly CsValue[]>();
  for (let index = 0; index < reader.count; index++) {
    const values = reader.values(index);
    if (values.length > 0) hologram.set(reader.names[index]!.key, values);
  }
  return hologram;
}

/**
 * The values of one attribute, in order, without the brackets. A value that is given twice, as expressions can, is one
 * value of the set.
 */
export function encodeValues(values: readonly CsValue[]): string {
  if (values.length === 1) return encodeValue(values[0]!);
  return [...new Set(values.map(encodeValue))].sort().join(',');
}

function encodeValue(value: CsValue): string {
  return value instanceof Uint8Array
    ? `{"b":"${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')}"}`
    : JSON.stringify(value);
}

function decodeValue(value: EncodedValue): CsValue {
  return typeof value === 'object' ? new Uint8Array(Buffer.from(value.b, 'base64')) : value;
}
