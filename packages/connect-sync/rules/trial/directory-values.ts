/**
 * Values that a person wrote down, typed as the connector space types what a directory holds: a DN in an attribute of
 * references is a reference, digits in one of numbers a number, and a multi-valued attribute is a collection also when
 * it has one value.
 */
import { type AttributeSyntax, attributeDefinition } from '@springline/directory/schema';
import { Reference, type Scalar, type Value } from '../expression/value.ts';
import { TrialError } from './error.ts';
import { valuesOf } from './object.ts';

/** The schema's casing, which names in rules must have; an attribute that it does not know keeps its own. */
export function nameInSchema(name: string): string {
  return attributeDefinition(name)?.name ?? name;
}

/**
 * @throws {TrialError} for a number or a truth value where the directory has text: `007` without quotes has lost its
 *   zeros already.
 */
export function typedBySchema(name: string, value: Value): Value {
  if (value === null) return null;
  const { syntax = 'string', singleValued } = attributeDefinition(name) ?? {};
  const values = valuesOf(value).map((each) => typed(name, syntax, each));
  // Of an attribute that the schema does not know, how it was written says whether it is a collection.
  const isCollection = values.length > 1 || (singleValued === undefined ? Array.isArray(value) : !singleValued);
  return isCollection ? values : values[0]!;
}

function typed(name: string, syntax: AttributeSyntax, value: Scalar): Scalar {
  const isOdd =
    (typeof value === 'bigint' && syntax !== 'integer') || (typeof value === 'boolean' && syntax !== 'boolean');
  if (isOdd) throw new TrialError(`attributes.${name}: a directory holds text here; put the value in quotes`);
  if (typeof value !== 'string') return value;
  if (syntax === 'reference') return new Reference(value);
  if (syntax === 'integer' && /^-?\d{1,18}$/.test(value)) return BigInt(value);
  if (syntax === 'boolean' && /^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  return value;
}
