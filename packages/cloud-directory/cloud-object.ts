/**
 * Objects of the cloud directory as its rules see them. Attribute values are the exported (shadow) values and never
 * calculated ones, so that an import confirms an export.
 */
import type { EpochMs } from '@springline/ports/clock';

export type ObjectType = 'user' | 'group' | 'contact';
export type Scalar = string | boolean | number;
export type AttributeValue = Scalar | readonly Scalar[];

/** An attribute under the name that was exported. */
export interface Attribute {
  readonly name: string;
  readonly value: AttributeValue;
}

/** Attributes by lower-case name: a directory's attribute names have no case. */
export type Attributes = ReadonlyMap<string, Attribute>;

export interface CloudObject {
  /** UUIDv7, kept for life and through the recycle bin. */
  readonly id: string;
  readonly type: ObjectType;
  /** The immutable key in every system that sync touches; case-sensitive. */
  readonly sourceAnchor: string;
  /**
   * The source that masters the object: the only one that may change it. Of a connector that stands alone it is the id;
   * connectors enrolled beside each other share that of the first.
   */
  readonly connectorId: string;
  readonly attributes: Attributes;
  /** How many references it holds, over all attributes. */
  readonly referenceCount: number;
  /** Rises by one with each change of attributes or references. */
  readonly version: number;
  readonly createdAt: EpochMs;
  readonly changedAt: EpochMs;
  /** Set while it is in the recycle bin. */
  readonly deletedAt: EpochMs | undefined;
}

/** A link from one live object to another. */
export interface Reference {
  readonly objectId: string;
  /** The attribute in the catalogue's spelling. */
  readonly attribute: string;
  readonly targetId: string;
}

const anchorPrefixes: Record<ObjectType, string> = { user: 'User_', group: 'Group_', contact: 'Contact_' };

/** The directory's key as sync shows it, `User_<uuid>`. */
export function cloudAnchorOf(object: { readonly type: ObjectType; readonly id: string }): string {
  return anchorPrefixes[object.type] + object.id;
}

export const noAttributes: Attributes = new Map();

export function attributesFrom(values: Iterable<readonly [name: string, value: AttributeValue]>): Attributes {
  const attributes = new Map<string, Attribute>();
  for (const [name, value] of values) attributes.set(name.toLowerCase(), { name, value });
  return attributes;
}

/** Name and value pairs in the exported spelling. */
export function attributeEntries(attributes: Attributes): [name: string, value: AttributeValue][] {
  return [...attributes.values()].map(({ name, value }) => [name, value]);
}

/** The text under the first of `names` that has one. */
export function textOf(attributes: Attributes, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = attributes.get(name.toLowerCase())?.value;
    if (typeof value === 'string') return value;
  }
  return undefined;
}

/** The texts of a multi-valued attribute. */
export function textsOf(attributes: Attributes, name: string): readonly string[] {
  const value = attributes.get(name.toLowerCase())?.value;
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');
}

export function flagOf(attributes: Attributes, name: string): boolean | undefined {
  const value = attributes.get(name.toLowerCase())?.value;
  return typeof value === 'boolean' ? value : undefined;
}

/** Values compare as sets: directories do not order them. */
export function sameValue(left: AttributeValue, right: AttributeValue): boolean {
  if (!Array.isArray(left) || !Array.isArray(right)) return left === right;
  const known = new Set(left);
  return known.size === new Set(right).size && right.every((value) => known.has(value));
}
