/**
 * Deadlines: a date with a time zone, and the date is still in time. What a deadline brings begins when the next day
 * begins there. Zones come from the system's own data (`Intl`), so clocks that change and days that were left out count.
 */
import type { EpochMs } from '@springline/ports/clock';
import { dateFromDay, dayFromDate } from './calendar.ts';
import { CampaignError } from './error.ts';

export interface Deadline {
  /** `YYYY-MM-DD`, the last day that is in time. */
  readonly date: string;
  /** IANA name. */
  readonly zone: string;
  /** The first instant of the next day in that zone. Not stored: it follows from the two above. */
  readonly endsAt: EpochMs;
}

const dayMs = 86_400_000;
/** No zone was ever farther from UTC. */
const offsetLimitMs = 16 * 3_600_000;
const zoneLengthLimit = 64;

/**
 * @throws {CampaignError} `malformed-campaign` for a date that does not exist, `unknown-zone`.
 */
export function deadlineOf(date: string, zone: string): Deadline {
  const day = dayFromDate(date);
  if (day === undefined) {
    throw new CampaignError('malformed-campaign', `deadline.date is a date as 2024-09-16, not ${quoted(date)}`);
  }
  return { date, zone, endsAt: startOfDay(day + 1, zone) };
}

/** Days from today, in the deadline's zone, to its date: 0 on the last day, negative afterwards. */
export function daysLeft(deadline: Deadline, now: EpochMs): number {
  const known = lastReckoned.get(deadline);
  if (known?.now === now) return known.days;
  const days = dayFromDate(deadline.date)! - dayIn(formatFor(deadline.zone), now);
  lastReckoned.set(deadline, { now, days });
  return days;
}

/** A fleet is judged at one instant, and making a formatter costs more than a judgement. */
const lastReckoned = new WeakMap<Deadline, { readonly now: EpochMs; readonly days: number }>();

/** Searched and not computed: midnight may not exist on a day (Cairo, Beirut), and a whole day may not (Samoa 2011). */
function startOfDay(day: number, zone: string): EpochMs {
  const format = formatFor(zone);
  let before = day * dayMs - offsetLimitMs;
  let notBefore = day * dayMs + offsetLimitMs;
  while (notBefore - before > 1) {
    const middle = Math.floor((before + notBefore) / 2);
    if (dayIn(format, middle as EpochMs) >= day) notBefore = middle;
    else before = middle;
  }
  return notBefore as EpochMs;
}

/** The day of the calendar on which `at` falls. */
function dayIn(format: Intl.DateTimeFormat, at: EpochMs): number {
  let [year, month, day] = [0, 0, 0];
  for (const { type, value } of format.formatToParts(at)) {
    if (type === 'year') year = Number(value);
    if (type === 'month') month = Number(value);
    if (type === 'day') day = Number(value);
  }
  return Date.UTC(year, month - 1, day) / dayMs;
}

function formatFor(zone: string): Intl.DateTimeFormat {
  const digits = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
  try {
    // A leading sign would be an offset, which some systems take: a date needs the zone's own rules.
    if (zone.length <= zoneLengthLimit && /^[A-Za-z]/.test(zone)) {
      return new Intl.DateTimeFormat('en-US', {
        ...digits,
        calendar: 'gregory',
        numberingSystem: 'latn',
        timeZone: zone,
      });
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw new CampaignError(
    'unknown-zone',
    `${quoted(zone)} is not a time zone known here; write one as Europe/Berlin or UTC`,
  );
}

/** As people write it: 16 September 2024. */
export function longDate(date: string): string {
  const at = new Date(`${date}T00:00:00Z`);
  return `${at.getUTCDate()} ${monthNames[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
}

const monthNames = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July'],
  ...['August', 'September', 'October', 'November', 'December'],
];

/** The date of `at` in UTC. */
export function utcDate(at: EpochMs): string {
  return dateFromDay(Math.floor(at / dayMs));
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}
