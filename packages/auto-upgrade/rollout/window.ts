/**
 * Maintenance windows: hours of a week, in the local time of a place, in which installing is allowed. The place is carried
 * as UTC transitions, so that an agent, a browser and a simulator agree whatever their own database of zones says.
 *
 * Windows are read off the wall clock: an hour that a change to summer time skips does not open, and one that comes twice
 * opens twice.
 */
import type { EpochMs } from '@springline/ports/clock';

/** From this instant on, local time is UTC plus the offset (minutes, east is positive). */
export interface ZoneTransition {
  readonly from: EpochMs;
  readonly offsetMinutes: number;
}

export interface MaintenanceWindow {
  /** Days on which the window opens; 0 is Sunday. */
  readonly days: readonly number[];
  /** Minute of the day, 0 to 1,439. */
  readonly fromMinute: number;
  /** Minute of the day, 1 to 1,440, exclusive. Not after `fromMinute`: on the next day, so equal ones mean 24 hours. */
  readonly untilMinute: number;
  /** In order. The last one stays; before the first one the window is closed. */
  readonly transitions: readonly ZoneTransition[];
}

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** 1970-01-01 was a Thursday. */
const firstWeekday = 4;
/** Of windows that must be open together: how often one is asked before we say that they never are. */
const roundLimit = 1_000;

export function isWindowOpen(window: MaintenanceWindow, at: EpochMs): boolean {
  const offset = offsetAt(window.transitions, at);
  if (offset === undefined) return false;
  const local = at + offset * minuteMs;
  const day = Math.floor(local / dayMs);
  const minute = Math.floor((local - day * dayMs) / minuteMs);
  const { days, fromMinute, untilMinute } = window;
  const opensOn = (each: number) => days.includes(weekday(each));
  if (fromMinute < untilMinute) return opensOn(day) && minute >= fromMinute && minute < untilMinute;
  return (opensOn(day) && minute >= fromMinute) || (opensOn(day - 1) && minute < untilMinute);
}

/** The first instant from `at` on in which the window is open, to the millisecond; `undefined` when it never is again. */
export function nextOpening(window: MaintenanceWindow, at: EpochMs): EpochMs | undefined {
  const { transitions } = window;
  for (const [index, { from, offsetMinutes }] of transitions.entries()) {
    const end = transitions[index + 1]?.from ?? Number.POSITIVE_INFINITY;
    if (end <= at) continue;
    const start = Math.max(at, from) as EpochMs;
    if (isWindowOpen(window, start)) return start;
    const opening = openingWithin(window, offsetMinutes, start);
    if (opening !== undefined && opening < end) return opening;
  }
  return undefined;
}

/**
 * The first instant from `at` on in which every group has a window that is open. No groups: at once.
 *
 * @returns `undefined` when there is none, or none that a thousand steps from opening to opening lead to.
 */
export function nextCommonOpening(groups: readonly (readonly MaintenanceWindow[])[], at: EpochMs): EpochMs | undefined {
  let found = at;
  for (let round = 0; round < roundLimit; round++) {
    const closed = groups.find((windows) => !windows.some((window) => isWindowOpen(window, found)));
    if (closed === undefined) return found;
    const openings = closed.map((window) => nextOpening(window, found)).filter((each) => each !== undefined);
    if (openings.length === 0) return undefined;
    found = openings.reduce((earliest, each) => (each < earliest ? each : earliest));
  }
  return undefined;
}

/** While the offset does not change: the next day, of at most eight, that has an opening after `start`. */
function openingWithin(window: MaintenanceWindow, offsetMinutes: number, start: EpochMs): EpochMs | undefined {
  const today = Math.floor((start + offsetMinutes * minuteMs) / dayMs);
  for (let day = today; day <= today + 7; day++) {
    const opening = day * dayMs + (window.fromMinute - offsetMinutes) * minuteMs;
    if (opening >= start && window.days.includes(weekday(day))) return opening as EpochMs;
  }
  return undefined;
}

function offsetAt(transitions: readonly ZoneTransition[], at: EpochMs): number | undefined {
  return transitions.findLast(({ from }) => from <= at)?.offsetMinutes;
}

function weekday(day: number): number {
  return (((day + firstWeekday) % 7) + 7) % 7;
}
