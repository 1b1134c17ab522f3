/** What people type about a release, and how it is shown to them before it is signed. */
import type { ComponentFacts } from '@springline/auto-upgrade/release/release-facts';
import { instantFrom, minuteText, percentText, ppmFromPercent } from '../amounts.ts';
import { CommandError } from '../output.ts';
import type { ReleaseStatement, StatedFacts } from './statement.ts';

/** As the command line gives them. */
export interface StatementWords {
  readonly version?: string;
  readonly allowLowerVersion?: boolean;
  readonly releaseNumber?: string;
  readonly channel: keyof typeof channels;
  readonly maxRamp?: string;
  readonly floorBelow?: string;
  readonly floorFrom?: string;
  readonly carriedBy?: string;
  readonly need?: readonly string[];
  readonly publishedAt?: string;
}

export const channels = {
  both: { download: true, autoUpgrade: true },
  download: { download: true, autoUpgrade: false },
  'auto-upgrade': { download: false, autoUpgrade: true },
} as const satisfies Record<string, ComponentFacts['channel']>;

const million = 1_000_000;

/** @throws {CommandError} exit code 2 for what has not the form; what it says is judged later. */
export function statementFrom(words: StatementWords): ReleaseStatement {
  const { version, allowLowerVersion, releaseNumber, channel, maxRamp, carriedBy, need, publishedAt } = words;
  const floor = floorFrom(words);
  return {
    ...{ channel: channels[channel] },
    ...(version === undefined ? {} : { version }),
    ...(allowLowerVersion === undefined ? {} : { isLowerMeant: allowLowerVersion }),
    ...(releaseNumber === undefined ? {} : { releaseNumber: wholeNumber(releaseNumber) }),
    ...(maxRamp === undefined ? {} : { maxRampPpmPerHour: rampFrom(maxRamp) }),
    ...(floor === undefined ? {} : { floor }),
    ...(carriedBy === undefined ? {} : { carriedBy: carrierFrom(carriedBy) }),
    ...(need === undefined ? {} : { needs: needsFrom(need) }),
    ...(publishedAt === undefined ? {} : { publishedAt: instantFrom(publishedAt, '--published-at') }),
  };
}

/** Lines for a plan. */
export function describeFacts(facts: StatedFacts): readonly string[] {
  const { channel, maxRampPpmPerHour, floor, carriedBy, needs, publishedAt } = facts;
  const [named] = Object.entries(channels).find(([, one]) => isSameChannel(one, channel)) ?? ['nobody'];
  const ramp =
    maxRampPpmPerHour === million ? 'as fast as a rollout says' : `${percentText(maxRampPpmPerHour)} an hour`;
  const minute = (instant: string): string => minuteText(Date.parse(instant));
  return [
    `  channel  ${named === 'both' ? 'download and auto-upgrade' : `${named} only`}`,
    `  ramp     ${ramp} at most`,
    ...(floor === undefined
      ? []
      : [`  floor    hosts below ${floor.below} must leave it from ${minute(floor.from)} on`]),
    ...(carriedBy === undefined ? [] : [`  carried  by ${carriedBy.component} ${carriedBy.version}`]),
    ...Object.entries(needs ?? {}).map(([name, text]) => `  needs    ${name}: ${text}`),
    `  dated    ${publishedAt === undefined ? 'when it is published' : minute(publishedAt)}`,
  ];
}

function isSameChannel(a: ComponentFacts['channel'], b: ComponentFacts['channel']): boolean {
  return a.download === b.download && a.autoUpgrade === b.autoUpgrade;
}

function floorFrom({ floorBelow, floorFrom: from }: StatementWords): ReleaseStatement['floor'] {
  if (floorBelow === undefined && from === undefined) return undefined;
  if (floorBelow === undefined || from === undefined) {
    throw new CommandError('--floor-below and --floor-from go together: which hosts must leave, and from when on', 2);
  }
  // A day begins at midnight, UTC.
  const instant = /^\d{4}-\d\d-\d\d$/.test(from) ? `${from}T00:00:00Z` : from;
  return { below: floorBelow, from: instantFrom(instant, '--floor-from') };
}

function carrierFrom(text: string): { readonly component: string; readonly version: string } {
  const [, component, version] = /^([a-z-]{1,64})@([0-9.]{1,64})$/.exec(text) ?? [];
  if (component !== undefined && version !== undefined) return { component, version };
  throw new CommandError('--carried-by is a component with its version, as connect-sync@2.5.0', 2);
}

function needsFrom(texts: readonly string[]): Readonly<Record<string, string>> {
  const needs = texts.map((text): [string, string] => {
    const at = text.indexOf('=');
    if (at < 1) throw new CommandError('--need is a name with a text, as os="Linux 5.10 or later"', 2);
    return [text.slice(0, at), text.slice(at + 1)];
  });
  if (new Set(needs.map(([name]) => name)).size < needs.length)
    throw new CommandError('--need names one thing twice', 2);
  return Object.fromEntries(needs);
}

function rampFrom(text: string): number {
  return ppmFromPercent(text, '--max-ramp');
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new CommandError('--release-number is a whole number from 1 on', 2);
}
