/**
 * The schedule that a person gives a host, as words in its settings: pin, ring, maintenance windows, freezes, not-before,
 * staging first. Parsed strictly, since a word that is not understood may have been meant to hold upgrades back; and turned
 * into the wish that the rollout judges by. Imports nothing from npm.
 */
import { ReleaseError } from '@springline/auto-upgrade/release/error';
import { parseVersion } from '@springline/auto-upgrade/release/version';
import type { MaintenanceWindow } from '@springline/auto-upgrade/rollout/window';
import type { OwnWish } from '@springline/auto-upgrade/rollout/wish';
import { zoneTransitions } from '@springline/auto-upgrade/rollout/zone-transitions';
import type { EpochMs } from '@springline/ports/clock';

/** As in the file; every part is optional. */
export interface Schedule {
  /** Nothing above this version. */
  readonly pin?: string;
  /** The ring of this host; `broad` without. */
  readonly ring?: string;
  /** `staging`: the partner of an active server; `active` without. */
  readonly role?: 'active' | 'staging';
  /** As `Sat,Sun 22:00-04:00 Europe/Amsterdam`; at most 16. */
  readonly windows?: readonly string[];
  /** As `2026-12-18T00:00:00Z/2027-01-04T00:00:00Z`, the end exclusive; at most 64. */
  readonly freezes?: readonly string[];
  /** RFC 3339. */
  readonly notBefore?: string;
  /** Hours that the staging partner must have run a build before. */
  readonly afterStagingHours?: number;
}

/** The schedule is not understood; the message names the part. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
}

const windowLimit = 16;
const freezeLimit = 64;
const stagingHoursLimit = 90 * 24;
const hourMs = 3_600_000;
const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** @throws {ScheduleError} */
export function parseSchedule(value: unknown): Schedule {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ScheduleError('schedule is an object');
  const { pin, ring, role, windows, freezes, notBefore, afterStagingHours, ...others } = value as Record<
    string,
    unknown
  >;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new ScheduleError(`a schedule has no ${JSON.stringify(unknown.slice(0, 64))}`);
  return {
    ...(pin === undefined ? {} : { pin: parsePin(pin) }),
    ...(ring === undefined ? {} : { ring: parseRing(ring) }),
    ...(role === undefined ? {} : { role: parseRole(role) }),
    ...(windows === undefined ? {} : { windows: parseList('windows', windows, windowLimit, parseWindow) }),
    ...(freezes === undefined ? {} : { freezes: parseList('freezes', freezes, freezeLimit, parseFreeze) }),
    ...(notBefore === undefined ? {} : { notBefore: textOf(notBefore, parseInstant) }),
    ...(afterStagingHours === undefined ? {} : { afterStagingHours: parseHours(afterStagingHours) }),
  };
}

/**
 * What the rollout is to honour. The ring is not in it: a host's own ring is a fact of the host, and may be an early one.
 */
export function wishOf({ pin, windows, freezes, notBefore, afterStagingHours }: Schedule, now: EpochMs): OwnWish {
  return {
    ...(pin === undefined ? {} : { pin }),
    ...(windows === undefined ? {} : { window: windows.map((text) => windowOf(text, now)) }),
    ...(freezes === undefined ? {} : { freezes: freezes.map((text) => ({ name: text, ...parseFreeze(text) })) }),
    ...(notBefore === undefined ? {} : { notBefore: parseInstant(notBefore) }),
    ...(afterStagingHours === undefined ? {} : { afterStagingSoakMs: afterStagingHours * hourMs }),
  };
}

function parsePin(value: unknown): string {
  try {
    parseVersion(String(value));
  } catch (error) {
    if (error instanceof ReleaseError) throw new ScheduleError(`pin: ${error.message}`);
    throw error;
  }
  return String(value);
}

function parseRing(value: unknown): string {
  if (typeof value === 'string' && /^[a-z][a-z0-9-]{0,31}$/.test(value)) return value;
  throw new ScheduleError('ring is a name of at most 32 small letters, digits and hyphens, as broad');
}

function parseRole(value: unknown): 'active' | 'staging' {
  if (value === 'active' || value === 'staging') return value;
  throw new ScheduleError('role is active or staging');
}

function parseHours(value: unknown): number {
  if (Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= stagingHoursLimit) return Number(value);
  throw new ScheduleError(`afterStagingHours is a whole number from 0 to ${stagingHoursLimit}`);
}

function parseList(name: string, value: unknown, limit: number, parse: (text: string) => unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > limit) {
    throw new ScheduleError(`${name} is a list of 1 to ${limit}`);
  }
  return value.map((text: unknown) => textOf(text, parse));
}

/** The text itself, when it can be parsed. */
function textOf(value: unknown, parse: (text: string) => unknown): string {
  if (typeof value !== 'string' || value.length > 100)
    throw new ScheduleError('every part of a schedule is a short text');
  parse(value);
  return value;
}

const instantForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)$/;

function parseInstant(text: string): EpochMs {
  const at = instantForm.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) {
    throw new ScheduleError(`${JSON.stringify(text)} is no instant; write one as 2026-12-18T22:00:00Z or with +01:00`);
  }
  return at as EpochMs;
}

function parseFreeze(text: string): { readonly from: EpochMs; readonly until: EpochMs } {
  const [from = '', until = '', ...rest] = text.split('/');
  if (rest.length > 0 || until === '') {
    throw new ScheduleError(
      `${JSON.stringify(text)} is no freeze; write one as 2026-12-18T00:00:00Z/2027-01-04T00:00:00Z`,
    );
  }
  const freeze = { from: parseInstant(from), until: parseInstant(until) };
  if (freeze.until > freeze.from) return freeze;
  throw new ScheduleError(`the freeze ${text} ends before it begins`);
}

interface WindowWords extends Omit<MaintenanceWindow, 'transitions'> {
  readonly zone: string;
}

const windowForm = /^(\S+) ([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00) ([A-Za-z0-9_+/-]{1,64})$/;

function parseWindow(text: string): WindowWords {
  const [, days = '', fromHour, fromMinute, untilHour, untilMinute, zone = ''] = windowForm.exec(text) ?? [];
  if (zone === '') {
    const example = 'Sat,Sun 22:00-04:00 Europe/Amsterdam';
    throw new ScheduleError(
      `${JSON.stringify(text)} is no window; write days, hours and zone as ${JSON.stringify(example)}`,
    );
  }
  requireZone(zone);
  const end = untilHour === undefined ? 1_440 : Number(untilHour) * 60 + Number(untilMinute);
  return {
    days: parseDays(days),
    fromMinute: Number(fromHour) * 60 + Number(fromMinute),
    // Midnight at the end is that of the day.
    untilMinute: end === 0 ? 1_440 : end,
    zone,
  };
}

/** `daily`, or days and ranges of them, as `Mon-Thu,Sun`. */
function parseDays(text: string): readonly number[] {
  if (text === 'daily') return weekdays.map((_, day) => day);
  const days = text.split(',').flatMap((part) => {
    const [from, until = from] = part.split('-', 2).map((name) => weekdays.indexOf(name));
    if (from === undefined || until === undefined || from < 0 || until < 0 || part.split('-').length > 2) {
      throw new ScheduleError(
        `${JSON.stringify(part)} is no day; days are ${weekdays.join(', ')}, ranges of them, or daily`,
      );
    }
    return Array.from({ length: ((until - from + 7) % 7) + 1 }, (_, step) => (from + step) % 7);
  });
  return [...new Set(days)].sort((a, b) => a - b);
}

/** Names that were found before; only existing ones get in. */
const knownZones = new Set<string>();

function requireZone(zone: string): void {
  if (knownZones.has(zone)) return;
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone });
  } catch {
    // A RangeError for any name that is not in the database of this Node.
    throw new ScheduleError(`${zone} is no time zone that this host knows; write one as Europe/Amsterdam`);
  }
  knownZones.add(zone);
}

function windowOf(text: string, now: EpochMs): MaintenanceWindow {
  const { zone, ...window } = parseWindow(text);
  return { ...window, transitions: zoneTransitions(zone, now) };
}
