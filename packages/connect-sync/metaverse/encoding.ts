/**
 * The stored form of metaverse attributes: canonical JSON, so that equal attributes have equal texts.
 */
import type { CsId } from '../connector-space/store.ts';
import { DateTime, Reference, type Scalar } from '../rules/expression/value.ts';
import type { MvAttribute, MvAttributes } from './attributes.ts';

type EncodedScalar = string | boolean | { readonly n: string } | { readonly b: string } | { readonly r: string };
interface EncodedAttribute {
  readonly row: number;
  readonly rule: string;
  readonly values?: readonly EncodedScalar[];
  readonly references?: string;
}

/** Attributes by name, values in a fixed order. */
export function encodeMvAttributes(attributes: MvAttributes): string {
  const encoded: Record<string, EncodedAttribute> = Object.create(null);
  for (const name of [...attributes.keys()].sort()) encoded[name] = encodeAttribute(attributes.get(name)!);
  return JSON.stringify(encoded);
}

export function decodeMvAttributes(text: string): MvAttributes {
  const attributes = new Map<string, MvAttribute>();
  for (const [name, found] of Object.entries(JSON.parse(text) as Record<string, EncodedAttribute>)) {
    const provenance = { row: found.row as CsId, rule: found.rule };
    attributes.set(
      name,
      found.references === undefined
        ? { kind: 'values', values: (found.values ?? []).map(decodeScalar), ...provenance }
        : { kind: 'references', attribute: found.references, ...provenance },
    );
  }
  return attributes;
}

/** Text form of a value, as scoping filters, joins and people see it. Booleans are `True` and `False`. */
export function textOfScalar(value: Scalar): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Reference) return value.dn;
  if (value instanceof DateTime) return value.ticks.toString();
  return String(value);
}

function encodeAttribute(attribute: MvAttribute): EncodedAttribute {
  const { row, rule } = attribute;
  if (attribute.kind === 'references') return { row, rule, references: attribute.attribute };
  const values = attribute.values.map(encodeScalar);
  return {
    row,
    rule,
    values: values.length < 2 ? values : values.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  };
}

function encodeScalar(value: Scalar): EncodedScalar {
  if (typeof value === 'bigint') return { n: value.toString() };
  if (value instanceof Uint8Array) return { b: Buffer.from(value).toString('base64') };
  if (value instanceof Reference) return { r: value.dn };
  // Date-times exist only inside expressions; a flow that ends in one stores its ticks.
  if (value instanceof DateTime) return { n: value.ticks.toString() };
  return value;
}

function decodeScalar(value: EncodedScalar): Scalar {
  if (typeof value !== 'object') return value;
  if ('n' in value) return BigInt(value.n);
  if ('b' in value) return new Uint8Array(Buffer.from(value.b, 'base64'));
  return new Reference(value.r);
}
