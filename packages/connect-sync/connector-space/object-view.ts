/**
 * A connector space object as rules see it: typed values, text values, references. One view serves object after object;
 * a value is made when a rule asks for it, and kept for the next that does.
 */

import { AttributeListReader } from '@springline/directory/attribute-list/attribute-list';
import { type AttributeId, attributeId } from '@springline/directory/attribute-list/names';
import { canonicalAttributeName } from '@springline/directory/attribute-name';
import type { AttributeValue } from '@springline/directory/entry';
import { DirectoryError } from '@springline/directory/error';
import { type AttributeSyntax, attributeDefinition } from '@springline/directory/schema';
import { textOfScalar } from '../metaverse/encoding.ts';
import { type AttributeSource, Reference, type Scalar, type Value } from '../rules/expression/value.ts';
import { sourceAnchorFromCloudDn } from './cloud-dn.ts';
import { decodeHologram, type Hologram } from './hologram.ts';
import type { CsId, CsObjectRow, CsRow, SyncStore } from './store.ts';

/** A reference attribute, a name that is no attribute's, and `dn` have numbers of their own. */
const dnName = -1;
const referenceName = -2;
const unknownName = -3;

const numbers = new Map<string, number>();

function numberOf(name: string): number {
  let number = numbers.get(name);
  if (number === undefined) {
    number = name === 'dn' ? dnName : isReferenceAttribute(name) ? referenceName : plainNumber(name);
    // Names come from rules, of which there are few.
    numbers.set(name, number);
  }
  return number;
}

/**
 * Names of attributes in rules are exact: another spelling is another name, which nothing has. Of a name that the schema
 * does not know nobody can say which spelling is the right one.
 */
function plainNumber(name: string): AttributeId | typeof unknownName {
  try {
    const isKnown = attributeDefinition(name) !== undefined;
    return !isKnown || canonicalAttributeName(name) === name ? attributeId(name) : unknownName;
  } catch (error) {
    // No attribute can have such a name, so no object has it.
    if (error instanceof DirectoryError) return unknownName;
    throw error;
  }
}

/** Whether the values of the attribute are DNs of other entries. */
export function isReferenceAttribute(name: string): boolean {
  return attributeDefinition(name)?.syntax === 'reference';
}

export class ObjectView implements AttributeSource {
  readonly #store: SyncStore;
  readonly #reader = new AttributeListReader();
  /** Values by index in the reader; `undefined` until asked for. */
  #values: (Value | undefined)[] = [];
  #texts: (readonly string[] | undefined)[] = [];
  #row: CsObjectRow | undefined;
  /** Of the cloud: what was imported, and the same with what was exported over it. */
  #imported: Hologram | undefined;
  #current: Hologram | undefined;

  constructor(store: SyncStore) {
    this.#store = store;
  }

  /** Looks at another object from now on. @throws {DirectoryError} `entry-malformed`, when the store is damaged. */
  load(row: CsObjectRow & Partial<Pick<CsRow, 'unconfirmed'>>): this {
    this.#row = row;
    this.#imported = undefined;
    this.#current = undefined;
    const { hologram } = row;
    if (hologram instanceof Uint8Array) {
      this.#reader.load(Buffer.from(hologram.buffer, hologram.byteOffset, hologram.length), 0, hologram.length);
      if (this.#values.length < this.#reader.count) {
        this.#values = new Array(this.#reader.count * 2);
        this.#texts = new Array(this.#reader.count * 2);
      }
      this.#values.fill(undefined, 0, this.#reader.count);
      this.#texts.fill(undefined, 0, this.#reader.count);
    } else {
      this.#imported = hologram === null ? new Map() : decodeHologram(hologram);
      this.#current = row.unconfirmed == null ? this.#imported : decodeHologram(row.unconfirmed);
    }
    return this;
  }

  get(name: string): Value {
    if (this.#current !== undefined) return this.#fromCloud(this.#current, name);
    const number = numberOf(name);
    if (number === dnName) return this.#row!.dn;
    if (number === referenceName) return this.#references(name);
    if (number === unknownName) return null;
    const index = this.#reader.find(number as AttributeId);
    return index < 0 ? null : this.#value(index);
  }

  /** A directory is only read: all that it holds was imported. */
  imported(name: string): Value {
    return this.#imported === undefined ? this.get(name) : this.#fromCloud(this.#imported, name);
  }

  count(name: string): number {
    if (this.#current !== undefined) return this.#current.get(name)?.length ?? this.texts(name).length;
    const number = numberOf(name);
    if (number === referenceName) return this.#store.countReferences(this.#row!.id, name);
    if (number === dnName) return 1;
    const index = number === unknownName ? -1 : this.#reader.find(number as AttributeId);
    return index < 0 ? 0 : this.#reader.valueCount(index);
  }

  readonly texts = (name: string): readonly string[] => {
    const number = this.#current === undefined ? numberOf(name) : unknownName;
    const index = number < 0 ? -1 : this.#reader.find(number as AttributeId);
    if (index < 0) return textsOf(this.get(name));
    let texts = this.#texts[index];
    if (texts === undefined) {
      texts = textsOf(this.#value(index));
      this.#texts[index] = texts;
    }
    return texts;
  };

  readonly isReference = (name: string): boolean => this.#current === undefined && numberOf(name) === referenceName;

  #value(index: number): Value {
    let value = this.#values[index];
    if (value === undefined) {
      value = this.#readValue(index);
      this.#values[index] = value;
    }
    return value;
  }

  #readValue(index: number): Value {
    const { syntax, singleValued } = this.#reader.names[index]!;
    if (singleValued === true && this.#reader.valueCount(index) === 1) {
      return typed(syntax, this.#reader.firstValue(index)!);
    }
    const values = this.#reader.values(index).map((value) => typed(syntax, value));
    if (values.length === 0) return null;
    // A collection stays one when it has a single value; so does what a directory with a wider schema gave twice.
    return values.length > 1 || singleValued === false ? values : values[0]!;
  }

  #references(name: string): Value {
    const references = this.#store.references(this.#row!.id, name).filter(({ state }) => state !== 'gone');
    if (references.length === 0) return null;
    const values = references.map(({ target }) => new Reference(this.#store.row(target)?.dn ?? ''));
    return values.length > 1 || attributeDefinition(name)?.singleValued === false ? values : values[0]!;
  }

  #fromCloud(hologram: Hologram, name: string): Value {
    if (name === 'dn') return this.#row!.dn;
    if (name === 'sourceAnchor' && !hologram.has(name)) return sourceAnchorFromCloudDn(this.#row!.dn);
    if (name === 'cloudAnchor') return typeof this.#row!.anchor === 'string' ? this.#row!.anchor : null;
    const values = hologram.get(name)?.map((value) => (typeof value === 'number' ? BigInt(Math.trunc(value)) : value));
    if (values === undefined || values.length === 0) return null;
    return values.length === 1 ? values[0]! : values;
  }
}

function textsOf(value: Value): readonly string[] {
  if (value === null) return [];
  return Array.isArray(value) ? value.map(textOfScalar) : [textOfScalar(value as Scalar)];
}

function typed(syntax: AttributeSyntax | undefined, value: AttributeValue): Scalar {
  if (typeof value !== 'string' || syntax === 'string') return value;
  if (syntax === 'integer' && /^-?\d{1,19}$/.test(value)) return BigInt(value);
  if (syntax === 'boolean') return value.toUpperCase() === 'TRUE';
  return value;
}

/** Whether the object refers to `target` directly, by that attribute. */
export function refersTo(store: SyncStore, row: CsId, attribute: string, target: CsId): boolean {
  const state = store.reference(row, attribute, target);
  return state !== undefined && state !== 'gone';
}
