/**
 * Dates of the calendar as text, `YYYY-MM-DD`, and reckoning with them. No time zones here: a date is a day's name, and
 * `deadline.ts` says when such a day begins and ends somewhere.
 */
const dayMs = 86_400_000;

/** Days since 1970-01-01; `undefined` unless the text is a date that exists, of the years 1970 to 2199. */
export function dayFromDate(text: string): number | undefined {
  if (!/^(19[7-9]\d|2[01]\d\d)-\d\d-\d\d$/.test(text)) return undefined;
  const ms = Date.parse(`${text}T00:00:00Z`);
  if (Number.isNaN(ms)) return undefined;
  const day = ms / dayMs;
  // 30 February is read as 2 March by some, so it must come out as it went in.
  return dateFromDay(day) === text ? day : undefined;
}

/** The date of a day counted from 1970-01-01. */
export function dateFromDay(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}

/** The same day so many months later, or the last one of that month where it has no such day. `date` must exist. */
export function addMonths(date: string, months: number): string {
  const [year, month, day] = date.split('-').map(Number);
  const first = new Date(Date.UTC(year!, month! - 1 + months, 1));
  const length = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(day!, length));
  return first.toISOString().slice(0, 10);
}
