/** Days as people give them, and the instants that PKS ends by. All days are UTC. */
import type { EpochMs } from '@springline/ports/clock';
import { CommandError } from '../output.ts';

const dayMs = 24 * 60 * 60_000;

/** 00:00 of that day. @throws {CommandError} for what is no day of the calendar, as 2024-09-16. */
export function beginningOf(option: string, text: string): EpochMs {
  const ms = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // 30 February becomes a day in March.
  if (Number.isNaN(ms) || dayText(ms) !== text) throw new CommandError(`${option}: a day is needed, as 2024-09-16`, 2);
  return ms as EpochMs;
}

/** A last day counts to its end: 00:00 of the day after. @throws {CommandError} */
export function endOf(option: string, text: string): EpochMs {
  return (beginningOf(option, text) + dayMs) as EpochMs;
}

/** The day that an instant lies on. */
export function dayText(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10);
}

/** The last day before an end. */
export function lastDayText(end: number): string {
  return dayText(end - 1);
}
