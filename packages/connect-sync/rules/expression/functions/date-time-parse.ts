/**
 * Texts to date-times: a date, then perhaps a time of day, then perhaps a zone; UTC when there is none.
 *
 * Dates: `2024-03-05`, `2024/3/5`, `3/5/2024` (month first, the invariant order), `5 March 2024`, `Mar 5, 2024`, with the
 * name of a weekday before if somebody wrote one; and the directory's own `20240305183000.0Z`. Years have four digits,
 * because nobody could say which century was meant. Times: `18:30`, `6:30:15.25 PM`. Zones: `Z`, `UTC`, `GMT`, `-5`, `+0530`,
 * `+05:30`.
 */

import { DirectoryError } from '@springline/directory/error';
import { parseGeneralizedTime } from '@springline/directory/schema';
import { DateTime } from '../value.ts';
import { type Fields, instantFromFields, instantFromTicks } from './instant.ts';

const textLengthLimit = 64;

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const monthPattern =
  'jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?';
const weekday = /^(?:mon|tue|wed|thu|fri|sat|sun)(?:s|nes|rs|ur)?(?:day)?,?\s+/i;
const dates: readonly { readonly pattern: RegExp; readonly order: readonly ('year' | 'month' | 'day')[] }[] = [
  { pattern: /^(\d{4})-(\d{1,2})-(\d{1,2})/, order: ['year', 'month', 'day'] },
  { pattern: /^(\d{4})\/(\d{1,2})\/(\d{1,2})/, order: ['year', 'month', 'day'] },
  { pattern: /^(\d{1,2})\/(\d{1,2})\/(\d{4})/, order: ['month', 'day', 'year'] },
  { pattern: new RegExp(`^(\\d{1,2})[ -](${monthPattern})[ -](\\d{4})`, 'i'), order: ['day', 'month', 'year'] },
  { pattern: new RegExp(`^(${monthPattern}) (\\d{1,2}),? (\\d{4})`, 'i'), order: ['month', 'day', 'year'] },
];
const time = /^(?:[ ]+|T)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,7})\d{0,2})?)?(?: ?([AP])M)?(?![0-9:.])/i;
const zone = /^ ?(?:(?:UTC|GMT|Z)|([+-])(\d{1,2})(?::?([0-5]\d))?)$/i;
const generalizedTime = /^\d{10,14}(?:[.,]\d{1,9})?(?:Z|[+-]\d{4})$/;

/** Undefined for a text that is no date. */
export function parseDateTime(text: string): DateTime | undefined {
  if (text.length > textLengthLimit) return undefined;
  const trimmed = text.trim();
  if (generalizedTime.test(trimmed)) return parseDirectoryTime(trimmed);
  const rest = trimmed.replace(weekday, '');
  for (const { pattern, order } of dates) {
    const found = pattern.exec(rest);
    if (found === null) continue;
    const part = (name: 'year' | 'month' | 'day') => found[1 + order.indexOf(name)] ?? '';
    const date = { year: Number(part('year')), month: monthNumber(part('month')), day: Number(part('day')) };
    return parseTimeAndZone(rest.slice(found[0].length), date);
  }
  return undefined;
}

function monthNumber(text: string): number {
  return /^\d/.test(text) ? Number(text) : monthNames.indexOf(text.slice(0, 3).toLowerCase()) + 1;
}

function parseTimeAndZone(text: string, date: Pick<Fields, 'year' | 'month' | 'day'>): DateTime | undefined {
  const found = time.exec(text);
  const afterTime = found === null ? text : text.slice(found[0].length);
  const hour = hourOf(Number(found?.[1] ?? 0), found?.[5]?.toUpperCase());
  const offsetMinutes = parseOffset(afterTime);
  if (hour === undefined || offsetMinutes === undefined) return undefined;
  const fields: Fields = {
    ...date,
    hour,
    minute: Number(found?.[2] ?? 0),
    second: Number(found?.[3] ?? 0),
    fraction: Number((found?.[4] ?? '').padEnd(7, '0')),
  };
  return instantFromFields(fields, offsetMinutes);
}

function hourOf(written: number, half: string | undefined): number | undefined {
  if (half === undefined) return written;
  if (written < 1 || written > 12) return undefined;
  return (written % 12) + (half === 'P' ? 12 : 0);
}

/** Minutes east of UTC; 14 hours is as far as zones go. */
function parseOffset(text: string): number | undefined {
  if (text === '') return 0;
  const found = zone.exec(text);
  if (found === null) return undefined;
  const minutes = Number(found[2] ?? 0) * 60 + Number(found[3] ?? 0);
  if (minutes > 14 * 60) return undefined;
  return found[1] === '-' ? -minutes : minutes;
}

function parseDirectoryTime(text: string): DateTime | undefined {
  try {
    return instantFromTicks(DateTime.fromEpochMs(parseGeneralizedTime(text)).ticks);
  } catch (error) {
    if (error instanceof DirectoryError) return undefined;
    throw error;
  }
}
