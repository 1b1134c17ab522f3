/**
 * JSON of which no digit is lost. Directory numbers have 64 bits, and an ordinary reader of JSON rounds beyond 53.
 */
import { TrialError } from './error.ts';

/** Only then is the slower way needed: fifteen digits always survive. */
const mayLoseDigits = /\d{16}/;
/** More digits than any number of 64 bits has; whoever reads the value refuses what is left inexact. */
const longestNumber = 20;

/**
 * The value of a JSON text: whole numbers beyond 2^53 as bigint, everything else as `JSON.parse` gives it.
 *
 * @throws {TrialError} that quotes nothing of the text.
 */
export function parseExactJson(text: string): unknown {
  try {
    return JSON.parse(text, mayLoseDigits.test(text) ? (exact as (key: string, value: unknown) => unknown) : undefined);
  } catch (cause) {
    // Also what is nested so deeply that the reader gives up.
    throw new TrialError('this is no JSON', { cause });
  }
}

function exact(_: string, value: unknown, { source }: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || source === undefined) return value;
  return source.length <= longestNumber && /^-?\d+$/.test(source) ? BigInt(source) : value;
}
