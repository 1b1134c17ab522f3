/**
 * What evaluating one expression gave, and how it is written as one line of JSON.
 *
 * Numbers are printed with all their digits, which is more than some readers of JSON keep. Bytes are
 * `{"base64":…}`, references `{"reference":DN}`, date-times texts of ISO 8601 in UTC with seven digits behind the
 * second when they are not all 0 (one AD tick is 100 ns).
 */
import type { ExpressionError, ExpressionErrorCode } from '../expression/error.ts';
import { fieldsFromInstant } from '../expression/functions/instant.ts';
import {
  authoritativeNull,
  DateTime,
  ignoreThisFlow,
  Reference,
  type Result,
  type Scalar,
} from '../expression/value.ts';

export type Answer =
  | { readonly kind: 'result'; readonly result: Result }
  | {
      readonly kind: 'failure';
      readonly error: 'parse' | 'runtime';
      readonly message: string;
      /** UTF-16 units from 1. */
      readonly column: number;
      readonly code: ExpressionErrorCode;
    };

export function failureFrom({ kind, message, column, code }: ExpressionError): Answer {
  return { kind: 'failure', error: kind, message, column, code };
}

/** One line, without its end. */
export function answerText(answer: Answer): string {
  if (answer.kind === 'failure') {
    const { error, message, column, code } = answer;
    return JSON.stringify({ error, message, column, code });
  }
  const { result } = answer;
  if (result === authoritativeNull) return '{"authoritativeNull":true}';
  if (result === ignoreThisFlow) return '{"ignoreThisFlow":true}';
  // A collection without values is no value, as an absent attribute is.
  if (result === null || (isList(result) && result.length === 0)) return '{"null":true}';
  return `{"value":${isList(result) ? `[${result.map(scalarText).join(',')}]` : scalarText(result)}}`;
}

/** One value as JSON. */
export function scalarText(value: Scalar): string {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return `{"base64":"${base64Of(value)}"}`;
  if (value instanceof Reference) return JSON.stringify({ reference: value.dn });
  return JSON.stringify(value instanceof DateTime ? isoText(value) : value);
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function isoText(instant: DateTime): string {
  const { year, month, day, hour, minute, second, fraction } = fieldsFromInstant(instant);
  const ticks = fraction === 0 ? '' : `.${pad(fraction, 7)}`;
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}${ticks}Z`;
}

function pad(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}

function isList(result: Exclude<Result, symbol | null>): result is readonly Scalar[] {
  return Array.isArray(result);
}
