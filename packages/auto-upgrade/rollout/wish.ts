/**
 * What an agent's own administrator or its tenant wishes of upgrades. A wish can only narrow what the policy allows: there
 * is no word in it that makes an agent install earlier (rule S22). Wishes come from the host's settings and from the API;
 * `narrower` joins them.
 */
import type { EpochMs } from '@springline/ports/clock';
import { compareVersions } from '../release/version.ts';
import { instantText, type Json, JsonFields, orderedJson, parseBounded } from './json-fields.ts';
import { knownVersion } from './known-version.ts';
import { type Freeze, freezeJson, freezeMembers, parseFreezes } from './policy.ts';
import type { MaintenanceWindow, ZoneTransition } from './window.ts';

/** 64 KiB. */
const wishLimitBytes = 64 * 1024;
const windowLimit = 16;
const transitionLimit = 64;
const minutesOfDay = 1_440;
const soakLimitMs = 90 * 86_400_000;
const codes = { malformed: 'malformed-wish', unknown: 'malformed-wish' } as const;

/** What one side asks for. */
export interface OwnWish {
  /** Never above this version. */
  readonly pin?: string;
  /** To wait for this ring too, besides the agent's own: one that opens later. */
  readonly ring?: string;
  /** Install only while one of them is open; none in the list: never. */
  readonly window?: readonly MaintenanceWindow[];
  readonly freezes?: readonly Freeze[];
  readonly notBefore?: EpochMs;
  /** An active server waits until its staging partner has run the same build for this long, in ms. */
  readonly afterStagingSoakMs?: number;
  /** Only `true` says something. */
  readonly disabled?: boolean;
}

/** What is to be honoured: all of it, and all that else is listed in `also`. */
export interface Wish extends OwnWish {
  /** What could not be folded into one: other rings and other windows. */
  readonly also?: readonly OwnWish[];
}

/**
 * @param json Parsed JSON, or the bytes of a JSON text of at most 64 KiB.
 * @throws {PolicyError} `malformed-wish`, also for an unknown member. The old wish then stays in force.
 */
export function parseWish(json: unknown): OwnWish {
  const value = json instanceof Uint8Array ? parseBounded(json, wishLimitBytes, codes, 'wish') : json;
  const members = ['pin', 'ring', 'window', 'freezes', 'notBefore', 'afterStagingSoakMs', 'disabled'];
  const fields = new JsonFields(value, members, codes, 'wish');
  const pin = fields.optional('pin', (name) => fields.version(name));
  const ring = fields.optional('ring', (name) => fields.ring(name));
  const window = fields.optional('window', (name) => fields.list(name, { least: 0, most: windowLimit }, parseWindow));
  const openFreeze = (freeze: unknown, at: string) => new JsonFields(freeze, freezeMembers, codes, at);
  const freezes = fields.optional('freezes', (name) => parseFreezes(fields, name, openFreeze));
  const notBefore = fields.optional('notBefore', (name) => fields.instant(name));
  const afterStagingSoakMs = fields.optional('afterStagingSoakMs', (name) => fields.integer(name, 0, soakLimitMs));
  const disabled = fields.optional('disabled', (name) => fields.flag(name));
  return {
    ...(pin === undefined ? {} : { pin }),
    ...(ring === undefined ? {} : { ring }),
    ...(window === undefined ? {} : { window }),
    ...(freezes === undefined ? {} : { freezes }),
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(afterStagingSoakMs === undefined ? {} : { afterStagingSoakMs }),
    ...(disabled === undefined ? {} : { disabled }),
  };
}

/** JSON text with sorted names, from which `parseWish` reads the same wish. */
export function formatWish({ window, freezes, notBefore, ...rest }: OwnWish): string {
  return orderedJson({
    ...(rest as { readonly [name: string]: Json }),
    ...(window === undefined ? {} : { window: window.map(windowJson) }),
    ...(freezes === undefined ? {} : { freezes: freezes.map(freezeJson) }),
    ...(notBefore === undefined ? {} : { notBefore: instantText(notBefore) }),
  });
}

/** A wish under which nothing acts that either of the two would hold. The order of the two makes no difference to that. */
export function narrower(a: Wish, b: Wish): Wish {
  const parts = [a, b].flatMap(({ also = [], ...own }): OwnWish[] => [own, ...also]);
  const pins = valuesOf(parts, 'pin').sort((x, y) => compareVersions(knownVersion(x), knownVersion(y)));
  const [ring, ...otherRings] = different(valuesOf(parts, 'ring'));
  const [window, ...otherWindows] = different(valuesOf(parts, 'window'));
  const freezes = different(valuesOf(parts, 'freezes').flat());
  const latest = valuesOf(parts, 'notBefore').sort((x, y) => y - x)[0];
  const soaks = valuesOf(parts, 'afterStagingSoakMs');
  const also = [...otherRings.map((each) => ({ ring: each })), ...otherWindows.map((each) => ({ window: each }))];
  return {
    ...(pins[0] === undefined ? {} : { pin: pins[0] }),
    ...(ring === undefined ? {} : { ring }),
    ...(window === undefined ? {} : { window }),
    ...(freezes.length === 0 ? {} : { freezes }),
    ...(latest === undefined ? {} : { notBefore: latest }),
    ...(soaks.length === 0 ? {} : { afterStagingSoakMs: Math.max(...soaks) }),
    ...(valuesOf(parts, 'disabled').includes(true) ? { disabled: true } : {}),
    ...(also.length === 0 ? {} : { also }),
  };
}

function valuesOf<Name extends keyof OwnWish>(parts: readonly OwnWish[], name: Name): NonNullable<OwnWish[Name]>[] {
  return parts.map((part) => part[name]).filter((value) => value !== undefined);
}

/** Without repetitions. */
function different<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

function parseWindow(value: unknown, at: string): MaintenanceWindow {
  const fields = new JsonFields(value, ['days', 'fromMinute', 'untilMinute', 'transitions'], codes, at);
  const days = fields.list('days', { least: 1, most: 7 }, (day) => day);
  if (!days.every((day): day is number => Number.isInteger(day) && Number(day) >= 0 && Number(day) <= 6)) {
    throw fields.refusal('days', 'a list of days from 0 (Sunday) to 6');
  }
  const transitions = fields.list('transitions', { least: 1, most: transitionLimit }, parseTransition);
  for (const [index, { from }] of transitions.entries()) {
    if (index > 0 && from <= transitions[index - 1]!.from) throw fields.refusal('transitions', 'in the order of time');
  }
  return {
    days,
    fromMinute: fields.integer('fromMinute', 0, minutesOfDay - 1),
    untilMinute: fields.integer('untilMinute', 1, minutesOfDay),
    transitions,
  };
}

function parseTransition(value: unknown, at: string): ZoneTransition {
  const fields = new JsonFields(value, ['from', 'offsetMinutes'], codes, at);
  return {
    from: fields.instant('from'),
    offsetMinutes: fields.integer('offsetMinutes', -minutesOfDay, minutesOfDay),
  };
}

function windowJson({ transitions, ...window }: MaintenanceWindow): Json {
  const dated = transitions.map(({ from, offsetMinutes }) => ({ from: instantText(from), offsetMinutes }));
  return { ...window, transitions: dated };
}
