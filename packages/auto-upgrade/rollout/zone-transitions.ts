/**
 * The UTC transitions of a zone of the IANA database, taken from this machine's own copy. For whoever writes a maintenance
 * window; who reads one needs no database.
 */
import type { EpochMs } from '@springline/ports/clock';
import { PolicyError } from './error.ts';
import type { ZoneTransition } from './window.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;
const horizonDays = 2 * 366;

/**
 * The offset in force at `now` and its changes in the two years after it, in order, to the minute.
 *
 * @param zone As `Europe/Berlin`.
 * @throws {PolicyError} `unknown-zone`
 */
export function zoneTransitions(zone: string, now: EpochMs): readonly ZoneTransition[] {
  const offsetAt = offsetReader(zone);
  const start = Math.floor(now / minuteMs) * minuteMs;
  const transitions: ZoneTransition[] = [{ from: start as EpochMs, offsetMinutes: offsetAt(start) }];
  for (let day = 0, from = start; day < horizonDays; day++, from += dayMs) {
    const after = offsetAt(from + dayMs);
    if (after === transitions.at(-1)?.offsetMinutes) continue;
    transitions.push({ from: firstChange(offsetAt, from, from + dayMs) as EpochMs, offsetMinutes: after });
  }
  return transitions;
}

type OffsetReader = (at: number) => number;

/** The first minute after `from` with the offset of `until`. No zone changes its offset twice in a day. */
function firstChange(offsetAt: OffsetReader, from: number, until: number): number {
  const before = offsetAt(from);
  let [low, high] = [from, until];
  while (high - low > minuteMs) {
    const middle = low + Math.floor((high - low) / 2 / minuteMs) * minuteMs;
    if (offsetAt(middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

function offsetReader(zone: string): OffsetReader {
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    return (at) => minutesOf(format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '');
  } catch (cause) {
    const quoted = JSON.stringify(zone.slice(0, 64));
    throw new PolicyError(
      'unknown-zone',
      `${quoted} is no time zone that this machine knows; write one as Europe/Berlin`,
      {
        cause,
      },
    );
  }
}

/** `GMT`, `GMT+05:30` or `GMT-03:30`. */
function minutesOf(offset: string): number {
  const [, sign, hours, minutes] = /^GMT(?:([+-])(\d\d):(\d\d))?/.exec(offset) ?? [];
  const total = Number(hours ?? 0) * 60 + Number(minutes ?? 0);
  return sign === '-' ? -total : total;
}
