/** The instants that an expression can hold, and their calendar fields in UTC. */
import { DateTime } from '../value.ts';
import { refuse } from './definition.ts';

/** 1601-01-01T00:00:00Z to 9999-12-31T23:59:59.9999999Z. */
export const maxTicks = 2_650_467_743_999_999_999n;

const ticksPerMs = 10_000n;
const epochMs = 11_644_473_600_000n;

export interface Fields {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** 100-ns ticks within the second. */
  readonly fraction: number;
}

export function fieldsFromInstant({ ticks }: DateTime): Fields {
  const date = new Date(Number(ticks / ticksPerMs - epochMs));
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    fraction: Number(ticks % 10_000_000n),
  };
}

/** Undefined when there is no such day or time of day, or the instant is beyond what can be held. */
export function instantFromFields(fields: Fields, offsetMinutes = 0): DateTime | undefined {
  const { year, month, day, hour, minute, second, fraction } = fields;
  if (hour > 23 || minute > 59 || second > 59 || month < 1 || month > 12) return undefined;
  if (day < 1 || day > daysInMonth(year, month)) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute - offsetMinutes, second);
  return instantFromTicks((BigInt(date.getTime()) + epochMs) * ticksPerMs + BigInt(fraction));
}

/** Undefined beyond the range. */
export function instantFromTicks(ticks: bigint): DateTime | undefined {
  return ticks < 0n || ticks > maxTicks ? undefined : new DateTime(ticks);
}

export function daysInMonth(year: number, month: number): number {
  const last = new Date(0);
  last.setUTCFullYear(year, month, 0);
  return last.getUTCDate();
}

/** 0 is Sunday. */
export function weekdayOf({ ticks }: DateTime): number {
  // 1601-01-01 was a Monday.
  return Number((ticks / 864_000_000_000n + 1n) % 7n);
}

const ticksByUnit: ReadonlyMap<string, bigint> = new Map([
  ['s', 10_000_000n],
  ['n', 600_000_000n],
  ['h', 36_000_000_000n],
  ['d', 864_000_000_000n],
  ['w', 864_000_000_000n],
  ['y', 864_000_000_000n],
  ['ww', 6_048_000_000_000n],
]);
const monthsByUnit: ReadonlyMap<string, bigint> = new Map([
  ['m', 1n],
  ['q', 3n],
  ['yyyy', 12n],
]);

/** `unit` as in VBA. A day that the month does not have becomes its last day. @throws {ValueRefusal} */
export function addToInstant(instant: DateTime, unit: string, count: bigint): DateTime {
  const ticks = ticksByUnit.get(unit);
  const months = monthsByUnit.get(unit);
  if (ticks === undefined && months === undefined) {
    const message = 'DateAdd: the unit is one of "yyyy", "q", "m", "y", "d", "w", "ww", "h", "n", "s".';
    throw refuse('expression-bad-value', message);
  }
  const sum =
    months === undefined ? instantFromTicks(instant.ticks + count * (ticks ?? 0n)) : addMonths(instant, count * months);
  if (sum !== undefined) return sum;
  throw refuse('expression-out-of-range', 'DateAdd: the result is before 1601 or after 9999.');
}

function addMonths(instant: DateTime, count: bigint): DateTime | undefined {
  // Twelve thousand years, so that what follows is exact in a number.
  if (count > 144_000n || count < -144_000n) return undefined;
  const fields = fieldsFromInstant(instant);
  const months = fields.year * 12 + fields.month - 1 + Number(count);
  const year = Math.floor(months / 12);
  const month = months - year * 12 + 1;
  if (year < 1601 || year > 9999) return undefined;
  return instantFromFields({ ...fields, year, month, day: Math.min(fields.day, daysInMonth(year, month)) });
}
