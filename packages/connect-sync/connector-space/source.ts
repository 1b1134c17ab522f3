/**
 * A connector space object as rules see it: typed values, text values, references.
 */
import { attributeDefinition } from '@springline/directory/schema';
import { textOfScalar } from '../metaverse/encoding.ts';
import { type AttributeSource, Reference, type Scalar, type Value } from '../rules/expression/value.ts';
import { type CsValue, decodeHologram, emptyHologram, type Hologram } from './hologram.ts';
import type { CsRow, SyncStore } from './store.ts';

export interface CsObject {
  readonly source: AttributeSource;
  texts(attribute: string): readonly string[];
  isReference(attribute: string): boolean;
}

/** Reads the row's hologram once; references only when something asks for them. */
export function csObject(store: SyncStore, row: CsRow): CsObject {
  const hologram: Hologram = row.hologram === null ? emptyHologram : decodeHologram(row.hologram);
  let references: Map<string, Reference[]> | undefined;
  const referencesOf = (attribute: string): readonly Reference[] => {
    references ??= readReferences(store, row);
    return references.get(attribute) ?? [];
  };
  const get = (name: string): Value => {
    if (name === 'dn') return row.dn;
    const isReference = isReferenceAttribute(name);
    const values = isReference ? referencesOf(name) : (hologram.get(name) ?? []).map((value) => typed(name, value));
    if (values.length === 0) return null;
    // A collection stays one when it has a single value; so does what a directory with a wider schema gave twice.
    const isCollection = values.length > 1 || attributeDefinition(name)?.singleValued === false;
    return isCollection ? values : values[0]!;
  };
  return {
    // A directory is only read: all it holds was imported.
    source: {
      get,
      imported: get,
      count: (name) => (isReferenceAttribute(name) ? referencesOf(name).length : (hologram.get(name)?.length ?? 0)),
    },
    texts: (name) => {
      const value = get(name);
      return value === null ? [] : (Array.isArray(value) ? value : [value as Scalar]).map(textOfScalar);
    },
    isReference: isReferenceAttribute,
  };
}

/** Whether the values of the attribute are DNs of other entries. */
export function isReferenceAttribute(name: string): boolean {
  return attributeDefinition(name)?.syntax === 'reference';
}

function readReferences(store: SyncStore, row: CsRow): Map<string, Reference[]> {
  const found = new Map<string, Reference[]>();
  for (const { attribute, target } of store.references(row.id)) {
    const reference = new Reference(store.row(target)?.dn ?? '');
    const list = found.get(attribute);
    if (list === undefined) found.set(attribute, [reference]);
    else list.push(reference);
  }
  return found;
}

function typed(name: string, value: CsValue): Scalar {
  if (typeof value === 'number') return BigInt(value);
  if (typeof value !== 'string') return value;
  const syntax = attributeDefinition(name)?.syntax;
  if (syntax === 'integer' && /^-?\d{1,19}$/.test(value)) return BigInt(value);
  if (syntax === 'boolean') return value.toUpperCase() === 'TRUE';
  return value;
}
