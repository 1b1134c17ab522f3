/**
 * From JSON text to checked fields, bounded, for the documents of rollouts, and back to text in one fixed order. Only own
 * members are read, because names such as `__proto__` come from outside too; a member that nobody asked for is refused,
 * because in a policy it may be the one that says no.
 */
import type { EpochMs } from '@springline/ports/clock';
import { ReleaseError } from '../release/error.ts';
import { parseVersion } from '../release/version.ts';
import { PolicyError, type PolicyErrorCode } from './error.ts';

/** What a kind of document is called when it is refused. */
export interface DocumentCodes {
  readonly malformed: PolicyErrorCode;
  /** For a member or word that this build does not know. */
  readonly unknown: PolicyErrorCode;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
export const ringForm = /^[a-z][a-z0-9-]{0,31}$/;
const digestForm = /^[0-9a-f]{64}$/;
const instantForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/;
/** 9999-12-31T23:59:59.999Z: the last instant that the text can say. */
const lastInstant = 253_402_300_799_999;

/**
 * The value of a JSON text of at most `limit` bytes.
 *
 * @throws {PolicyError} `codes.malformed`
 */
export function parseBounded(bytes: Uint8Array, limit: number, codes: DocumentCodes, where: string): unknown {
  if (bytes.length > limit) {
    throw new PolicyError(codes.malformed, `${where} has ${bytes.length} bytes; at most ${limit} are read`);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new PolicyError(codes.malformed, `${where} is not JSON in UTF-8`, { cause });
  }
}

/** JSON text with sorted member names and no white space: the same value always gives the same text. */
export function orderedJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(orderedJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${orderedJson(member)}`).join(',')}}`;
}

/** RFC 3339 in UTC with milliseconds. */
export function instantText(instant: EpochMs): string {
  return new Date(instant).toISOString();
}

/** One object of a document, read member by member. Each refusal names the place. */
export class JsonFields {
  readonly #members: Readonly<Record<string, unknown>>;
  readonly #codes: DocumentCodes;
  readonly #where: string;

  /** @throws {PolicyError} when `value` is no object or has a member that is not among `known`. */
  constructor(value: unknown, known: readonly string[], codes: DocumentCodes, where: string) {
    this.#codes = codes;
    this.#where = where;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new PolicyError(codes.malformed, `${where} is not an object`);
    }
    this.#members = value as Record<string, unknown>;
    for (const name of Object.keys(this.#members)) {
      if (known.includes(name)) continue;
      const quoted = JSON.stringify(name.slice(0, 64));
      throw new PolicyError(codes.unknown, `${where} has a member ${quoted}, which this build does not know`);
    }
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#members, name);
  }

  /** `read` of the member, or `undefined` where there is none. */
  optional<T>(name: string, read: (name: string) => T): T | undefined {
    return this.has(name) ? read(name) : undefined;
  }

  text(name: string, limit: number): string {
    const value = this.#value(name);
    if (typeof value !== 'string' || value.length > limit || !value.isWellFormed()) {
      throw this.refusal(name, `text of at most ${limit} characters`);
    }
    return value;
  }

  uuid(name: string): string {
    return this.#matching(name, uuidForm, 'a UUID in lower case');
  }

  ring(name: string): string {
    return this.#matching(name, ringForm, 'the name of a ring: a-z, 0-9 and hyphens, at most 32');
  }

  digest(name: string): string {
    return this.#matching(name, digestForm, '64 lower-case hex digits');
  }

  version(name: string): string {
    const text = this.text(name, 64);
    try {
      parseVersion(text);
      return text;
    } catch (cause) {
      if (!(cause instanceof ReleaseError)) throw cause;
      throw this.refusal(name, 'a version of two to four numbers', cause);
    }
  }

  integer(name: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
    const value = this.#value(name);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most) {
      throw this.refusal(name, `a whole number from ${least} to ${most}`);
    }
    // JSON has a negative zero; nothing here counts with it.
    return value + 0;
  }

  flag(name: string): boolean {
    const value = this.#value(name);
    if (typeof value !== 'boolean') throw this.refusal(name, 'true or false');
    return value;
  }

  /** RFC 3339 in UTC, as 2026-11-22T14:00:00Z or with milliseconds. */
  instant(name: string): EpochMs {
    const value = this.#value(name);
    const ms = typeof value === 'string' && instantForm.test(value) ? Date.parse(value) : Number.NaN;
    // Date.parse moves 30 February to March; the way back shows it.
    if (!(ms >= 0 && ms <= lastInstant) || new Date(ms).toISOString().slice(0, 19) !== String(value).slice(0, 19)) {
      throw this.refusal(name, 'an instant in UTC from 1970 on, as 2026-11-22T14:00:00Z');
    }
    return ms as EpochMs;
  }

  /** One of a closed list; a word outside it is unknown rather than wrong. */
  word<Word extends string>(name: string, words: readonly Word[]): Word {
    const value = this.#value(name);
    if (typeof value !== 'string') throw this.refusal(name, `one of ${words.join(', ')}`);
    const word = words.find((each) => each === value);
    if (word !== undefined) return word;
    const quoted = JSON.stringify(value.slice(0, 64));
    throw new PolicyError(this.#codes.unknown, `${this.#at(name)} is ${quoted}; known are ${words.join(', ')}`);
  }

  list<T>(
    name: string,
    { least, most }: { least: number; most: number },
    read: (value: unknown, at: string) => T,
  ): T[] {
    const value = this.#value(name);
    if (!Array.isArray(value) || value.length < least || value.length > most) {
      throw this.refusal(name, `a list of ${least} to ${most}`);
    }
    return value.map((each: unknown, at) => read(each, `${this.#at(name)}[${at}]`));
  }

  object(name: string, known: readonly string[]): JsonFields {
    return new JsonFields(this.#value(name), known, this.#codes, this.#at(name));
  }

  refusal(name: string, expected: string, cause?: unknown): PolicyError {
    return new PolicyError(this.#codes.malformed, `${this.#at(name)} is not ${expected}`, { cause });
  }

  #matching(name: string, form: RegExp, expected: string): string {
    const value = this.#value(name);
    if (typeof value !== 'string' || !form.test(value)) throw this.refusal(name, expected);
    return value;
  }

  #value(name: string): unknown {
    return this.has(name) ? this.#members[name] : undefined;
  }

  #at(name: string): string {
    return `${this.#where}.${name}`;
  }
}
