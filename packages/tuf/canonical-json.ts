/**
 * Canonical JSON as TUF signs it (the OLPC dialect): names sorted by code point, no white space, whole numbers only, and
 * inside strings nothing escaped but `\` and `"`. Control characters therefore stand as they are, and text that holds one
 * (a PEM key) is canonical but not JSON; `jsonText` writes the same value as JSON, equal to the canonical text in all
 * other cases.
 */
import { TrustError } from './error.ts';

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** What can be written: a `Map` counts as an object, so that names from outside never become properties. */
export type WritableValue = JsonValue | ReadonlyMap<string, WritableValue>;

/** Deeper values are refused, when read and when written. */
export const jsonDepthLimit = 64;

/**
 * The bytes that are signed.
 *
 * @throws {TrustError} `malformed-metadata` for a number that is not a safe integer and for half a surrogate pair, which
 *   no UTF-8 can carry; `metadata-too-deep`.
 */
export function canonicalBytes(value: WritableValue): Uint8Array {
  return Buffer.from(canonicalText(value), 'utf8');
}

export function canonicalText(value: WritableValue): string {
  return wellFormed(write(value, quoteCanonical, 0));
}

/** The same value in the same order as JSON. */
export function jsonText(value: WritableValue): string {
  return wellFormed(write(value, JSON.stringify, 0));
}

function wellFormed(text: string): string {
  if (!text.isWellFormed()) throw new TrustError('malformed-metadata', 'a text holds half a surrogate pair');
  return text;
}

type Quote = (text: string) => string;

function quoteCanonical(text: string): string {
  return /[\\"]/.test(text) ? `"${text.replace(/[\\"]/g, '\\$&')}"` : `"${text}"`;
}

function write(value: WritableValue, quote: Quote, depth: number): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number') return writeNumber(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (depth >= jsonDepthLimit) throw new TrustError('metadata-too-deep', `deeper than ${jsonDepthLimit} levels`);
  if (isList(value)) return `[${value.map((each) => write(each, quote, depth + 1)).join(',')}]`;
  return value instanceof Map ? writeMap(value, quote, depth) : writeObject(value as JsonObject, quote, depth);
}

type JsonObject = { readonly [name: string]: JsonValue };

function isList(value: WritableValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function writeMap(map: ReadonlyMap<string, WritableValue>, quote: Quote, depth: number): string {
  const members: string[] = [];
  for (const name of sortedNames([...map.keys()])) {
    const value = map.get(name);
    if (value !== undefined) members.push(`${quote(name)}:${write(value, quote, depth + 1)}`);
  }
  return `{${members.join(',')}}`;
}

function writeObject(object: JsonObject, quote: Quote, depth: number): string {
  const members: string[] = [];
  for (const name of sortedNames(Object.keys(object))) {
    const value = object[name];
    if (value !== undefined) members.push(`${quote(name)}:${write(value, quote, depth + 1)}`);
  }
  return `{${members.join(',')}}`;
}

/** By code point. JavaScript sorts by UTF-16 unit, which differs as soon as there is a surrogate; UTF-8 bytes do not. */
function sortedNames(names: string[]): string[] {
  names.sort();
  if (!names.some((name) => /[\ud800-\udfff]/.test(name))) return names;
  return names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function writeNumber(value: number): string {
  if (!Number.isSafeInteger(value)) {
    throw new TrustError('malformed-metadata', `${value} is not a whole number that JSON carries exactly`);
  }
  return String(value === 0 ? 0 : value);
}
