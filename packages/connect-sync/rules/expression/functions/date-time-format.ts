/**
 * Date-times to text in a custom format. Letters stand for fields as in .NET, with the names of the invariant culture;
 * other characters stand for themselves, as do texts in quotes and a character after a backslash.
 */
import type { DateTime } from '../value.ts';
import { refuse } from './definition.ts';
import { type Fields, fieldsFromInstant, weekdayOf } from './instant.ts';

const months = 'January February March April May June July August September October November December'.split(' ');
const days = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const token = /yyyy|yy|MMMM|MMM|MM|M|dddd|ddd|dd|d|HH|H|hh|h|mm|m|ss|s|f{1,7}|F{1,7}|tt|t|\\.|'[^']*'|"[^"]*"|./gsu;
const formatLengthLimit = 256;

/** @throws {ValueRefusal} `expression-bad-value` for a format that is too long. */
export function formatDateTime(instant: DateTime, format: string): string {
  if (format.length > formatLengthLimit) {
    throw refuse('expression-bad-value', `FormatDateTime: a format has at most ${formatLengthLimit} characters.`);
  }
  const fields = fieldsFromInstant(instant);
  const weekday = days[weekdayOf(instant)]!;
  return format.replace(token, (part) => fieldText(part, fields, weekday));
}

function fieldText(part: string, fields: Fields, weekday: string): string {
  const { year, month, day, hour, minute, second } = fields;
  const fraction = digits(fields.fraction, 7);
  const halfDayHour = hour % 12 === 0 ? 12 : hour % 12;
  switch (part) {
    case 'yyyy':
      return digits(year, 4);
    case 'yy':
      return digits(year % 100, 2);
    case 'MMMM':
      return months[month - 1]!;
    case 'MMM':
      return months[month - 1]!.slice(0, 3);
    case 'MM':
      return digits(month, 2);
    case 'M':
      return `${month}`;
    case 'dddd':
      return weekday;
    case 'ddd':
      return weekday.slice(0, 3);
    case 'dd':
      return digits(day, 2);
    case 'd':
      return `${day}`;
    case 'HH':
      return digits(hour, 2);
    case 'H':
      return `${hour}`;
    case 'hh':
      return digits(halfDayHour, 2);
    case 'h':
      return `${halfDayHour}`;
    case 'mm':
      return digits(minute, 2);
    case 'm':
      return `${minute}`;
    case 'ss':
      return digits(second, 2);
    case 's':
      return `${second}`;
    case 'tt':
      return hour < 12 ? 'AM' : 'PM';
    case 't':
      return hour < 12 ? 'A' : 'P';
  }
  if (part.startsWith('f')) return fraction.slice(0, part.length);
  if (part.startsWith('F')) return fraction.slice(0, part.length).replace(/0+$/, '');
  if (part.length > 1 && (part.startsWith("'") || part.startsWith('"'))) return part.slice(1, -1);
  return part.startsWith('\\') ? part.slice(1) : part;
}

function digits(value: number, length: number): string {
  return `${value}`.padStart(length, '0');
}
