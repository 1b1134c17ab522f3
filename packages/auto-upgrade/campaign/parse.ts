/** Reads the members of a campaign's JSON. Each refusal names the member by its path and says what belongs there. */
import type { EpochMs } from '@springline/ports/clock';
import { compareVersions, parseVersion } from '../release/version.ts';
import { CampaignError } from './error.ts';

export type Members = ReadonlyMap<string, unknown>;

/** The members of an object, none but those of `known`: what we do not understand could mean something to others. */
export function asMembers(value: unknown, where: string, known: readonly string[]): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refusal(where, 'an object');
  const members = new Map<string, unknown>(Object.entries(value));
  for (const name of members.keys()) {
    if (!known.includes(name)) throw refusal(where, `an object of ${known.join(', ')}, without ${quoted(name)}`);
  }
  return members;
}

export function asList(value: unknown, where: string, least: number, most: number): readonly unknown[] {
  if (Array.isArray(value) && value.length >= least && value.length <= most) return value;
  throw refusal(where, `a list of ${least} to ${most}`);
}

/** Text of one line or more, without other control characters and without lone surrogates. */
export function asText(value: unknown, where: string, limit: number): string {
  const fits = typeof value === 'string' && value.length > 0 && value.length <= limit;
  if (fits && value.isWellFormed() && !/[\0-\x09\x0b-\x1f\x7f]/.test(value)) return value;
  throw refusal(where, `a text of 1 to ${limit} characters without control characters`);
}

export function asInteger(value: unknown, where: string, least: number, most: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return value as number;
  throw refusal(where, `a whole number from ${least} to ${most}`);
}

export function asFlag(value: unknown, where: string): boolean {
  if (typeof value === 'boolean') return value;
  throw refusal(where, 'true or false');
}

export function asWord<W extends string>(value: unknown, where: string, words: readonly W[]): W {
  const word = words.find((each) => each === value);
  if (word === undefined) throw refusal(where, `one of ${words.join(', ')}`);
  return word;
}

/** RFC 3339 in UTC with seconds, and milliseconds if need be. */
export function asInstant(value: unknown, where: string): EpochMs {
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/.test(value)) {
    const ms = Date.parse(value);
    if (!Number.isNaN(ms) && instantText(ms as EpochMs) === value.replace('.000Z', 'Z')) return ms as EpochMs;
  }
  throw refusal(where, 'an instant as 2023-11-06T00:00:00Z');
}

/** What `asInstant` reads. */
export function instantText(at: EpochMs): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}

/** A version as it was written; a build has three or four numbers, so that nobody takes a family for a build. */
export function asVersion(value: unknown, where: string): string {
  if (typeof value === 'string' && /^\d+\.\d+\.\d+/.test(value) && isVersion(value)) return value;
  throw refusal(where, 'a version as 2.3.2.0');
}

/** Whether `installed` is `least` or newer; `undefined` when one of them cannot be read as a version. */
export function reaches(installed: string, least: string): boolean | undefined {
  if (!isVersion(installed) || !isVersion(least)) return undefined;
  return compareVersions(parseVersion(installed), parseVersion(least)) >= 0;
}

function isVersion(text: string): boolean {
  try {
    parseVersion(text);
    return true;
  } catch {
    // Only ever a ReleaseError: the function looks at a text and at nothing else.
    return false;
  }
}

/** The error of a member at `where` that should have been `expected`. */
export function refusal(where: string, expected: string): CampaignError {
  return new CampaignError('malformed-campaign', `${where} is to be ${expected}`);
}

function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 40));
}
