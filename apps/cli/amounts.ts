/** Shares, durations and instants as people type and read them: 12.5%, 24h, 2026-12-18T22:00Z. */
import { CommandError } from './output.ts';

const million = 1_000_000;
const minutesBy = { m: 1, h: 60, d: 24 * 60 } as const;

/** Millionths from `100%` or `0.25%`. @throws {CommandError} exit code 2. */
export function ppmFromPercent(text: string, where: string): number {
  const [, whole, rest = ''] = /^(\d{1,3})(?:\.(\d{1,4}))?%$/.exec(text) ?? [];
  // By digits: a product of fractions would be a little off.
  const ppm = whole === undefined ? Number.NaN : Number(whole) * 10_000 + Number(rest.padEnd(4, '0'));
  if (ppm <= million) return ppm;
  throw new CommandError(`${where} is a share from 0% to 100%, as 12.5%`, 2);
}

export function percentText(ppm: number): string {
  return `${ppm / 10_000}%`;
}

/** Minutes from `90m`, `24h` or `7d`. @throws {CommandError} exit code 2 also when it is more than `mostDays`. */
export function minutesFrom(text: string, where: string, mostDays: number): number {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const minutes = unit === undefined ? Number.NaN : Number(count) * minutesBy[unit as keyof typeof minutesBy];
  if (minutes <= mostDays * minutesBy.d) return minutes;
  throw new CommandError(`${where} is a time as 90m, 24h or 7d, of at most ${mostDays} days`, 2);
}

export function minutesText(minutes: number): string {
  if (minutes === 0) return '0';
  if (minutes % minutesBy.d === 0) return `${minutes / minutesBy.d} d`;
  return minutes % minutesBy.h === 0 ? `${minutes / minutesBy.h} h` : `${minutes} min`;
}

const instantForm = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/;

/** An instant in UTC with milliseconds, as the API has it. @throws {CommandError} exit code 2. */
export function instantFrom(text: string, where: string): string {
  const [, day] = instantForm.exec(text) ?? [];
  const at = day === undefined ? Number.NaN : Date.parse(text);
  // 30 February is read as a day of March by some.
  const isDay = day !== undefined && new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day);
  if (isDay === true && !Number.isNaN(at)) return new Date(at).toISOString();
  throw new CommandError(`${where} is an instant as 2026-12-18T22:00:00Z or 2026-12-18T23:00+01:00`, 2);
}

/** `2026-11-22 14:00 UTC`. */
export function minuteText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
