/**
 * The stored form of metaverse attributes: compact bytes, attributes of one origin and one instant under one heading.
 * Names and rules are numbers of the store's table. About 12 bytes an attribute beside its values.
 *
 * ```
 * group*     row varint, since 6 bytes, count byte, attribute*
 * attribute  name varint, rule varint, kind byte
 *   kind 0   count varint, { type byte, length varint, bytes }*
 *   kind 1   count varint, { row varint, name varint }*
 * ```
 */
import type { EpochMs } from '@springline/ports/clock';
import type { CsId, NameTable } from '../connector-space/store.ts';
import { DateTime, Reference, type Scalar } from '../rules/expression/value.ts';
import type {
  MvAttribute,
  MvAttributes,
  ReferenceSource,
  StoredMvAttribute,
  StoredMvAttributes,
} from './attributes.ts';

const types = { text: 0, number: 1, true: 2, false: 3, bytes: 4, reference: 5 } as const;
const kinds = { values: 0, references: 1 } as const;

/** Grows to the largest object. Encoding is synchronous, so one serves all. */
let scratch: Buffer = Buffer.allocUnsafe(64 * 1024);
let at = 0;

/**
 * @param sinceOf since when an attribute is what it is.
 */
export function encodeMvAttributes(
  attributes: MvAttributes,
  names: NameTable,
  sinceOf: (name: string, attribute: MvAttribute) => EpochMs,
): Uint8Array {
  at = 0;
  let row = -1;
  let since = -1;
  let countAt = 0;
  let count = 0;
  for (const [name, attribute] of attributes) {
    const ownSince = sinceOf(name, attribute);
    // 250 attributes a group keep the count in one byte, which is reserved before it is known.
    if (attribute.row !== row || ownSince !== since || count === 250) {
      if (count > 0) scratch[countAt] = count;
      row = attribute.row;
      since = ownSince;
      count = 0;
      room(20);
      writeNumber(row);
      scratch.writeUIntBE(since, at, 6);
      at += 6;
      countAt = at++;
    }
    writeAttribute(names.idOf(name), names.idOf(attribute.rule), attribute, names);
    count += 1;
  }
  if (count > 0) scratch[countAt] = count;
  return Uint8Array.prototype.slice.call(scratch, 0, at);
}

export function decodeMvAttributes(stored: Uint8Array, names: NameTable): StoredMvAttributes {
  const attributes = new Map<string, StoredMvAttribute>();
  const reader = new Reader(stored);
  while (!reader.isAtEnd) {
    const row = reader.number() as CsId;
    const since = reader.instant();
    for (let left = reader.byte(); left > 0; left--) {
      const name = names.nameOf(reader.number());
      const rule = names.nameOf(reader.number());
      const provenance = { row, rule, since };
      attributes.set(
        name,
        reader.byte() === kinds.values
          ? { kind: 'values', values: reader.values(), ...provenance }
          : { kind: 'references', sources: reader.sources(names), ...provenance },
      );
    }
  }
  return attributes;
}

/** The instant of the first group; `undefined` where several were written or none. */
export function onlyInstant(stored: Uint8Array, names: NameTable): EpochMs | undefined {
  let found: EpochMs | undefined;
  for (const { since } of decodeMvAttributes(stored, names).values()) {
    if (found !== undefined && found !== since) return undefined;
    found = since;
  }
  return found;
}

/** Text form of a value, as scoping filters, joins and people see it. Booleans are `True` and `False`. */
export function textOfScalar(value: Scalar): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64');
  if (value instanceof Reference) return value.dn;
  if (value instanceof DateTime) return value.ticks.toString();
  return String(value);
}

/** Whether two attributes say the same, from the same row by the same rule. Values have no order. */
export function sameMvAttribute(a: MvAttribute, b: MvAttribute): boolean {
  if (a === b) return true;
  if (a.row !== b.row || a.rule !== b.rule) return false;
  if (a.kind === 'references') {
    return b.kind === 'references' && sameSet(a.sources.map(sourceText), b.sources.map(sourceText));
  }
  return b.kind === 'values' && sameValues(a.values, b.values);
}

export function sameValues(a: readonly Scalar[], b: readonly Scalar[]): boolean {
  if (a.length !== b.length) return false;
  if (a.length === 1) return typedText(a[0]!) === typedText(b[0]!);
  return sameSet(a.map(typedText), b.map(typedText));
}

/** A text that differs wherever two values do, in type too. */
export function typedText(value: Scalar): string {
  return `${typeOf(value)}${textOfScalar(value)}`;
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  const all = new Set(a);
  // Expressions may give a value twice: each must have all that the other has.
  return b.every((text) => all.has(text)) && new Set(b).size === all.size;
}

function sourceText({ row, attribute }: ReferenceSource): string {
  return `${row} ${attribute}`;
}

function writeAttribute(name: number, rule: number, attribute: MvAttribute, names: NameTable): void {
  room(32);
  writeNumber(name);
  writeNumber(rule);
  if (attribute.kind === 'values') {
    scratch[at++] = kinds.values;
    writeNumber(attribute.values.length);
    for (const value of attribute.values) writeValue(value);
  } else {
    scratch[at++] = kinds.references;
    writeNumber(attribute.sources.length);
    for (const source of attribute.sources) {
      room(16);
      writeNumber(source.row);
      writeNumber(names.idOf(source.attribute));
    }
  }
}

function typeOf(value: Scalar): number {
  if (typeof value === 'string') return types.text;
  if (typeof value === 'boolean') return value ? types.true : types.false;
  if (value instanceof Uint8Array) return types.bytes;
  // Date-times exist only inside expressions; a flow that ends in one stores its ticks.
  return value instanceof Reference ? types.reference : types.number;
}

function writeValue(value: Scalar): void {
  const type = typeOf(value);
  if (value instanceof Uint8Array) {
    room(value.length + 8);
    scratch[at++] = type;
    writeNumber(value.length);
    scratch.set(value, at);
    at += value.length;
    return;
  }
  const text = typeof value === 'boolean' ? '' : textOfScalar(value);
  room(text.length * 3 + 8);
  scratch[at++] = type;
  // Short ASCII, which is most: its length is known before it is written.
  const lengthAt = at;
  if (text.length < 0x80) {
    at += 1;
    const written = scratch.write(text, at);
    if (written < 0x80) {
      scratch[lengthAt] = written;
      at += written;
      return;
    }
    at = lengthAt;
  }
  const length = Buffer.byteLength(text);
  writeNumber(length);
  at += scratch.write(text, at);
}

function writeNumber(number: number): void {
  let rest = number;
  while (rest >= 0x80) {
    scratch[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  scratch[at++] = rest;
}

function room(bytes: number): void {
  if (at + bytes <= scratch.length) return;
  const larger = Buffer.allocUnsafe(Math.max(scratch.length * 2, at + bytes));
  scratch.copy(larger, 0, 0, at);
  scratch = larger;
}

/** Reads what this file wrote; whoever damaged it is told by the store's own check. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(stored: Uint8Array) {
    this.#bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.length);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    return this.#bytes[this.#at++]!;
  }

  number(): number {
    let number = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#bytes[this.#at++]!;
      number += (byte & 0x7f) * scale;
      if (byte < 0x80) return number;
    }
  }

  instant(): EpochMs {
    this.#at += 6;
    return this.#bytes.readUIntBE(this.#at - 6, 6) as EpochMs;
  }

  values(): Scalar[] {
    const values: Scalar[] = [];
    for (let left = this.number(); left > 0; left--) values.push(this.#value());
    return values;
  }

  sources(names: NameTable): ReferenceSource[] {
    const sources: ReferenceSource[] = [];
    for (let left = this.number(); left > 0; left--) {
      const row = this.number() as CsId;
      sources.push({ row, attribute: names.nameOf(this.number()) });
    }
    return sources;
  }

  #value(): Scalar {
    const type = this.byte();
    const length = this.number();
    const start = this.#at;
    this.#at += length;
    switch (type) {
      case types.true:
        return true;
      case types.false:
        return false;
      case types.bytes:
        return new Uint8Array(this.#bytes.subarray(start, this.#at));
      case types.number:
        return BigInt(this.#bytes.toString('latin1', start, this.#at));
      case types.reference:
        return new Reference(this.#bytes.toString('utf8', start, this.#at));
      default:
        return this.#bytes.toString('utf8', start, this.#at);
    }
  }
}
