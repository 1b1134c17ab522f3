/** An object in memory that expressions and rules are tried on. All it holds counts as confirmed by an import. */
import type { AttributeSource, Scalar, Value } from '../expression/value.ts';

export function objectOf(attributes: ReadonlyMap<string, Value>): AttributeSource {
  const get = (name: string): Value => attributes.get(name) ?? null;
  return { get, imported: get, count: (name) => valuesOf(get(name)).length };
}

/** The values behind a value: none, one or several. */
export function valuesOf(value: Value): readonly Scalar[] {
  if (value === null) return [];
  return isList(value) ? value : [value];
}

function isList(value: Value): value is readonly Scalar[] {
  return Array.isArray(value);
}
