/**
 * Attribute values and parameters as people write them, in JSON or YAML, to values of the expression language.
 *
 * A text, a whole number and `true` or `false` stand for themselves. What JSON has no form for is a mapping with one
 * key: `base64` (bytes), `reference` (a DN), `number` (decimal digits in a text, for tools that round numbers). A list
 * is a multi-valued attribute, also with one value; `null` and an empty list are an absent one.
 */
import { Reference, type Scalar, type Value } from '../expression/value.ts';
import { TrialError } from './error.ts';

export type Parameters = ReadonlyMap<string, string | bigint>;

const wordsForValue =
  'a text, a whole number of 64 bits, true or false, {"base64": …}, {"reference": DN}, {"number": "…"} or a list of these';

/** Attributes by name. @throws {TrialError} that names the attribute as `<place>.<name>`. */
export function attributesFrom(plain: unknown, place = 'attributes'): ReadonlyMap<string, Value> {
  const attributes = new Map<string, Value>();
  for (const [name, value] of entriesOf(plain, place, 'attribute names with their values')) {
    attributes.set(name, valueFrom(value, `${place}.${name}`));
  }
  return attributes;
}

/** Values of `%Name%` by name. @throws {TrialError} */
export function parametersFrom(plain: unknown, place = 'parameters'): Parameters {
  const parameters = new Map<string, string | bigint>();
  for (const [name, value] of entriesOf(plain, place, 'parameter names with their values')) {
    const scalar = scalarFrom(value, `${place}.${name}`);
    if (typeof scalar !== 'string' && typeof scalar !== 'bigint') {
      throw new TrialError(`${place}.${name}: a parameter is a text or a whole number`);
    }
    parameters.set(name, scalar);
  }
  return parameters;
}

/** One value, several, or none. @throws {TrialError} */
export function valueFrom(plain: unknown, place: string): Value {
  if (plain === null || plain === undefined) return null;
  if (!Array.isArray(plain)) return scalarFrom(plain, place);
  if (plain.length === 0) return null;
  return plain.map((value, index) => scalarFrom(value, `${place}[${index}]`));
}

function entriesOf(plain: unknown, place: string, what: string): readonly (readonly [string, unknown])[] {
  if (plain === undefined || plain === null) return [];
  if (typeof plain === 'object' && !Array.isArray(plain)) return Object.entries(plain);
  throw new TrialError(`${place}: expected a mapping of ${what}`);
}

function scalarFrom(plain: unknown, place: string): Scalar {
  if (typeof plain === 'string' || typeof plain === 'boolean') return plain;
  if (typeof plain === 'bigint') return wholeNumber(plain, place);
  if (typeof plain === 'number' && Number.isSafeInteger(plain)) return BigInt(plain);
  if (typeof plain === 'object' && plain !== null && !Array.isArray(plain)) {
    const [form, ...more] = Object.entries(plain);
    if (form !== undefined && more.length === 0) return writtenOut(form[0], form[1], place);
  }
  throw new TrialError(`${place}: expected ${wordsForValue}`);
}

function writtenOut(form: string, written: unknown, place: string): Scalar {
  if (form === 'base64' && typeof written === 'string') return bytesFrom(written, place);
  if (form === 'reference' && typeof written === 'string' && written !== '') return new Reference(written);
  if (form === 'number' && typeof written === 'string' && /^[-+]?\d{1,20}$/.test(written)) {
    return wholeNumber(BigInt(written), place);
  }
  throw new TrialError(`${place}: expected ${wordsForValue}`);
}

function wholeNumber(value: bigint, place: string): bigint {
  if (BigInt.asIntN(64, value) === value) return value;
  throw new TrialError(`${place}: the number does not fit 64 bits`);
}

/** With or without padding, with line breaks where a tool left them; anything else is no Base64. */
function bytesFrom(text: string, place: string): Uint8Array {
  const compact = text.replace(/\s+/g, '').replace(/={1,2}$/, '');
  if (!/^[A-Za-z0-9+/]*$/.test(compact) || compact.length % 4 === 1) {
    throw new TrialError(`${place}: the text is no Base64`);
  }
  return new Uint8Array(Buffer.from(compact, 'base64'));
}
