/**
 * From JSON values to checked fields. Objects are those of JSON.parse: only their own members are ever read, because names
 * such as `constructor` come from outside too. Each refusal names the place (`where`) and the field.
 */
import type { EpochMs } from '@springline/ports/clock';
import type { JsonValue } from '../canonical-json.ts';
import { quoted, TrustError } from '../error.ts';

export type JsonObject = { readonly [name: string]: JsonValue };

export function malformed(where: string, name: string, expected: string): TrustError {
  return new TrustError('malformed-metadata', `${quoted(where)}, field ${quoted(name)}: ${expected} expected`);
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function own(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

export function objectField(object: JsonObject, name: string, where: string): JsonObject {
  const value = own(object, name);
  if (!isObject(value)) throw malformed(where, name, 'an object');
  return value;
}

export function textField(object: JsonObject, name: string, where: string, limit: number): string {
  const value = own(object, name);
  if (typeof value !== 'string' || value.length > limit)
    throw malformed(where, name, `text of up to ${limit} characters`);
  return value;
}

export function positiveField(object: JsonObject, name: string, where: string): number {
  const value = own(object, name);
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
    throw malformed(where, name, 'a whole number from 1');
  }
  return value;
}

/** Bytes of a file, which may be empty. */
export function lengthField(object: JsonObject, name: string, where: string): number {
  const value = own(object, name);
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw malformed(where, name, 'a whole number from 0');
  }
  return value;
}

/** TUF 4.2: `YYYY-MM-DDTHH:MM:SSZ`, and a day that the calendar has. A date that cannot be read must never mean "not yet". */
export function instantField(object: JsonObject, name: string, where: string): EpochMs {
  const value = own(object, name);
  const instant = typeof value === 'string' ? parseInstant(value) : undefined;
  if (instant === undefined) throw malformed(where, name, 'an instant as 2026-11-22T14:00:00Z');
  return instant;
}

export function parseInstant(text: string): EpochMs | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)) return undefined;
  const ms = Date.parse(text);
  // Date.parse moves 30 February to March and 24:00 to the next day; the way back shows it.
  return Number.isNaN(ms) || formatInstant(ms as EpochMs) !== text ? undefined : (ms as EpochMs);
}

/** Whole seconds, rounded down. @throws {RangeError} outside the years 0000 to 9999. */
export function formatInstant(instant: EpochMs): string {
  const text = new Date(instant).toISOString();
  if (text.length !== 24) throw new RangeError(`${text} cannot be written in metadata`);
  return `${text.slice(0, 19)}Z`;
}
