/**
 * What a person fills in to plan a rollout: defaults, what is wrong with it and where, the dates it leads to, and the body
 * that is sent. Pure; `new-rollout-page.tsx` shows it.
 */
import type { CreateRollout } from '@springline/api/shapes/rollout';
import { percentText, ppmFromPercent } from './percent.ts';

/** Texts as typed. */
export interface RingForm {
  /** Stays while the name changes. */
  readonly key: number;
  readonly name: string;
  readonly startPercent: string;
  readonly rampPercent: string;
  readonly soakHours: string;
  readonly minCommitted: string;
  readonly minCommittedPercent: string;
}

export interface PlanForm {
  readonly component: string;
  readonly version: string;
  readonly rings: readonly RingForm[];
  readonly minFailures: string;
  readonly failurePercent: string;
  /** `datetime-local` text in the browser's zone; empty: as soon as it is approved. */
  readonly notBefore: string;
}

export type RingField = Exclude<keyof RingForm, 'key'>;

const hourMs = 3_600_000;
const minutesOfHour = 60;
const million = 1_000_000;
const soakHoursLimit = 90 * 24;
const ringLimit = 16;
const ringForm = /^[a-z][a-z0-9-]{0,31}$/;

/**
 * Canaries at once, early ones within a day, everybody else by 1% an hour; each ring a day after the one before is open and
 * when nine of ten of its hosts have kept the release.
 */
export const usualPlan: Omit<PlanForm, 'component' | 'version'> = {
  rings: [
    ring(1, 'canary', { startPercent: '100', rampPercent: '0', minCommitted: '1' }),
    ring(2, 'early', { startPercent: '0', rampPercent: percentText(41_667), minCommitted: '1' }),
    ring(3, 'broad', { startPercent: '0', rampPercent: '1', minCommitted: '0' }),
  ],
  minFailures: '2',
  failurePercent: '5',
  notBefore: '',
};

function ring(
  key: number,
  name: string,
  own: Pick<RingForm, 'startPercent' | 'rampPercent' | 'minCommitted'>,
): RingForm {
  return { key, name, ...own, soakHours: '24', minCommittedPercent: '90' };
}

/** One more ring at the end, like the last one. */
export function withRing(form: PlanForm): PlanForm {
  if (form.rings.length >= ringLimit) return form;
  const key = Math.max(0, ...form.rings.map((each) => each.key)) + 1;
  const like = form.rings.at(-1) ?? usualPlan.rings[2]!;
  return { ...form, rings: [...form.rings, { ...like, key, name: `ring-${key}` }] };
}

/** What is wrong with a ring, by field, in sentences. */
export function ringProblems(form: PlanForm, key: number): Partial<Record<RingField, string>> {
  const own = form.rings.find((each) => each.key === key);
  if (own === undefined) return {};
  const isTaken = form.rings.some((each) => each.key !== key && each.name === own.name);
  const opensAtAll = ppmFromPercent(own.startPercent) !== 0 || ppmFromPercent(own.rampPercent) !== 0;
  return {
    ...problem('name', ringForm.test(own.name), 'Lower-case letters, digits and hyphens, beginning with a letter.'),
    ...(isTaken ? { name: 'Another ring has this name.' } : {}),
    ...problem('startPercent', ppmFromPercent(own.startPercent) !== undefined, 'A share from 0 to 100.'),
    ...problem('rampPercent', ppmFromPercent(own.rampPercent) !== undefined, 'A share from 0 to 100.'),
    ...(opensAtAll ? {} : { rampPercent: 'It would stay shut: give it a start or a ramp.' }),
    ...problem('soakHours', hoursFrom(own.soakHours) !== undefined, 'Hours from 0 to 2,160 (90 days).'),
    ...problem('minCommitted', countFrom(own.minCommitted) !== undefined, 'A whole number.'),
    ...problem('minCommittedPercent', ppmFromPercent(own.minCommittedPercent) !== undefined, 'A share from 0 to 100.'),
  };
}

/** What is wrong with the rest, by field. */
export function safetyProblems(
  form: PlanForm,
  nowMs: number,
): Partial<Record<'minFailures' | 'failurePercent' | 'notBefore', string>> {
  const failures = countFrom(form.minFailures);
  const start = startOf(form);
  return {
    ...problem('minFailures', failures !== undefined && failures > 0, 'A whole number from 1.'),
    ...problem('failurePercent', ppmFromPercent(form.failurePercent) !== undefined, 'A share from 0 to 100.'),
    ...problem('notBefore', start === undefined || Number.isFinite(start), 'A date and a time.'),
    ...(start !== undefined && start < nowMs
      ? { notBefore: 'This is in the past; leave it empty to begin at once.' }
      : {}),
  };
}

function problem<Name extends string>(name: Name, isRight: boolean, words: string): Partial<Record<Name, string>> {
  return isRight ? {} : ({ [name]: words } as Partial<Record<Name, string>>);
}

/** One ring as it would go if every host took the release at once: no ring opens sooner than this. */
export interface RingDates {
  readonly name: string;
  readonly opensMs: number;
  /** As open as it will be. */
  readonly fullMs: number;
  readonly finalPpm: number;
}

/** `undefined` while something in the rings is wrong. */
export function previewDates(form: PlanForm, nowMs: number): readonly RingDates[] | undefined {
  const body = bodyOf(form);
  if (body?.rings === undefined) return undefined;
  let opensMs = Math.max(nowMs, body.notBefore === undefined ? nowMs : Date.parse(body.notBefore));
  return body.rings.map(({ name, startPpm, rampPpmPerHour, soakMinutes }) => {
    const grows = rampPpmPerHour > 0 && startPpm < million;
    const fullMs = opensMs + (grows ? wholeMinutes(((million - startPpm) * hourMs) / rampPpmPerHour) : 0);
    const dates = { name, opensMs, fullMs, finalPpm: rampPpmPerHour > 0 ? million : startPpm };
    opensMs = fullMs + soakMinutes * 60_000;
    return dates;
  });
}

/** Nobody plans by the second, and a share is not finer. */
const wholeMinutes = (ms: number): number => Math.round(ms / 60_000) * 60_000;

/** What is sent; `undefined` while something is wrong. */
export function bodyOf(form: PlanForm): CreateRollout | undefined {
  const isWrong = form.rings.some(({ key }) => Object.keys(ringProblems(form, key)).length > 0);
  const [minFailures, failurePpm] = [countFrom(form.minFailures), ppmFromPercent(form.failurePercent)];
  if (isWrong || form.rings.length === 0 || minFailures === undefined || minFailures < 1) return undefined;
  const start = startOf(form);
  if (failurePpm === undefined || (start !== undefined && !Number.isFinite(start))) return undefined;
  return {
    component: form.component as CreateRollout['component'],
    version: form.version,
    rings: form.rings.map((each) => ({
      name: each.name,
      startPpm: ppmFromPercent(each.startPercent) ?? 0,
      rampPpmPerHour: ppmFromPercent(each.rampPercent) ?? 0,
      soakMinutes: Math.round((hoursFrom(each.soakHours) ?? 0) * minutesOfHour),
      minCommitted: countFrom(each.minCommitted) ?? 0,
      minCommittedPpm: ppmFromPercent(each.minCommittedPercent) ?? 0,
    })),
    haltAt: { minFailures, failurePpm },
    ...(start === undefined ? {} : { notBefore: new Date(start).toISOString() }),
  };
}

/** Absent: as soon as it is approved. NaN: no date. */
function startOf({ notBefore }: PlanForm): number | undefined {
  return notBefore === '' ? undefined : new Date(notBefore).getTime();
}

function countFrom(text: string): number | undefined {
  return /^\d{1,9}$/.test(text.trim()) ? Number(text) : undefined;
}

function hoursFrom(text: string): number | undefined {
  const trimmed = text.trim().replace(',', '.');
  if (!/^\d{1,4}(?:\.\d{1,4})?$/.test(trimmed)) return undefined;
  return Number(trimmed) <= soakHoursLimit ? Number(trimmed) : undefined;
}
