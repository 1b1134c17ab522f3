/**
 * Rings as people write them: `early ramp=5%/h soak=24h`, on the command line or, word by word, in a YAML or JSON file.
 * What a plan may hold at all is the product's to say; here are only the words and what they stand for when left out.
 */
import type { CreateRollout } from '@springline/api/shapes/rollout';
import { parseDocument } from 'yaml';
import { instantFrom, minutesFrom, ppmFromPercent } from '../amounts.ts';
import { CommandError } from '../output.ts';
import { readSmallFile } from '../small-file.ts';

export type RingPlan = NonNullable<CreateRollout['rings']>[number];
type HaltRule = NonNullable<CreateRollout['haltAt']>;
/** With nothing left out. */
export interface WholePlan {
  readonly rings: readonly RingPlan[];
  readonly haltAt: HaltRule;
}
/** What a file may say. */
export type PlanWords = Pick<CreateRollout, 'rings' | 'haltAt' | 'notBefore'>;

const ringWords = ['start', 'ramp', 'soak', 'committed', 'share'] as const;
type RingWord = (typeof ringWords)[number];

interface WrittenRing {
  readonly name: string;
  readonly words: ReadonlyMap<RingWord, string>;
}

/** As a plan allows it. */
const longestSoakDays = 90;
const usualSoak = '24h';
const usualShare = '90%';
const fileLimitBytes = 64 * 1024;
const ringsLimit = 16;

/** From the texts of `--ring`, in order. @throws {CommandError} exit code 2. */
export function ringsFromTexts(texts: readonly string[]): RingPlan[] {
  return completed(texts.map((text) => parseText(text)));
}

/** `FAILURES:PERCENT`. @throws {CommandError} exit code 2. */
export function haltRuleFrom(text: string, where: string): HaltRule {
  const [, failures, share] = /^(\d{1,9}):(.+)$/.exec(text) ?? [];
  if (failures === undefined || share === undefined || Number(failures) === 0) {
    throw new CommandError(`${where} is FAILURES:PERCENT, as 2:5%: so many hosts, and so many of those that began`, 2);
  }
  return { minFailures: Number(failures), failurePpm: ppmFromPercent(share, where) };
}

/**
 * From a file: a list of rings, or `rings` beside `haltAt` and `notBefore`. A ring is a text as for `--ring`, or an object
 * with `name` and the same words.
 *
 * @throws {CommandError} exit code 2 naming what is wrong where.
 */
export function planWordsFromFile(path: string): PlanWords {
  const json = parseFile(path, readSmallFile(path, fileLimitBytes));
  const members = Array.isArray(json) ? new Map<string, unknown>([['rings', json]]) : membersOf(json, path);
  requireKnown(members, ['rings', 'haltAt', 'notBefore'], path);
  const rings = members.get('rings');
  if (!Array.isArray(rings) || rings.length === 0 || rings.length > ringsLimit) {
    throw new CommandError(`${path}: rings is a list of 1 to ${ringsLimit}`, 2);
  }
  const [haltAt, notBefore] = ['haltAt', 'notBefore'].map((name) => members.get(name));
  return {
    rings: completed(rings.map((ring: unknown, at) => parseMember(ring, `${path}: rings[${at}]`))),
    ...(haltAt === undefined ? {} : { haltAt: haltRuleFrom(asText(haltAt, `${path}: haltAt`), `${path}: haltAt`) }),
    ...(notBefore === undefined ? {} : { notBefore: instantFrom(asText(notBefore, path), `${path}: notBefore`) }),
  };
}

function parseFile(path: string, text: string): unknown {
  try {
    if (path.endsWith('.json')) return JSON.parse(text);
    const document = parseDocument(text, { schema: 'core', logLevel: 'silent' });
    const [problem] = document.errors;
    if (problem !== undefined) throw problem;
    // No aliases: a few lines could otherwise stand for millions.
    return document.toJS({ maxAliasCount: 0 });
  } catch (cause) {
    const [line = ''] = (cause as Error).message.split('\n', 1);
    const why = path.endsWith('.json') ? 'it is no JSON' : line;
    throw new CommandError(`${path}: ${why}`, 2, { cause });
  }
}

function parseText(text: string): WrittenRing {
  const where = `--ring ${JSON.stringify(text)}`;
  const [name = '', ...rest] = text.trim().split(/\s+/);
  const words = rest.map((word): [string, string] => {
    const at = word.indexOf('=');
    return at === -1 ? [word, ''] : [word.slice(0, at), word.slice(at + 1)];
  });
  if (new Set(words.map(([word]) => word)).size < words.length) throw new CommandError(`${where} says a word twice`, 2);
  return { name, words: wordsOf(new Map(words), where) };
}

function parseMember(value: unknown, where: string): WrittenRing {
  if (typeof value === 'string') return parseText(value);
  const { name, ...rest } = Object.fromEntries(membersOf(value, where));
  const words = new Map(Object.entries(rest).map(([word, each]) => [word, asText(each, `${where}.${word}`)]));
  return { name: asText(name, `${where}.name`), words: wordsOf(words, where) };
}

function wordsOf(words: ReadonlyMap<string, string>, where: string): ReadonlyMap<RingWord, string> {
  requireKnown(words, ringWords, where);
  return words as ReadonlyMap<RingWord, string>;
}

/** With what is usual where a word is left out: the last ring has none after it, so nothing must be proven there. */
function completed(rings: readonly WrittenRing[]): RingPlan[] {
  const names = rings.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new CommandError(`the ring ${JSON.stringify(twice)} is there twice`, 2);
  return rings.map(({ name, words }, at) => {
    const where = `ring ${JSON.stringify(name)}`;
    if (!words.has('start') && !words.has('ramp')) {
      throw new CommandError(`${where} opens to nobody: say start=PERCENT, ramp=PERCENT/h, or both`, 2);
    }
    const isLast = at === rings.length - 1;
    return {
      name,
      startPpm: ppmFromPercent(words.get('start') ?? '0%', `${where}: start`),
      rampPpmPerHour: rampFrom(words.get('ramp') ?? '0%/h', `${where}: ramp`),
      soakMinutes: minutesFrom(words.get('soak') ?? usualSoak, `${where}: soak`, longestSoakDays),
      minCommitted: countFrom(words.get('committed') ?? (isLast ? '0' : '1'), `${where}: committed`),
      minCommittedPpm: ppmFromPercent(words.get('share') ?? usualShare, `${where}: share`),
    };
  });
}

function rampFrom(text: string, where: string): number {
  if (text.endsWith('/h')) return ppmFromPercent(text.slice(0, -2), where);
  throw new CommandError(`${where} is a share an hour, as 5%/h`, 2);
}

function countFrom(text: string, where: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new CommandError(`${where} is a number of hosts`, 2);
}

function membersOf(value: unknown, where: string): ReadonlyMap<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return new Map(Object.entries(value));
  throw new CommandError(`${where} is no object`, 2);
}

function requireKnown(members: ReadonlyMap<string, unknown>, known: readonly string[], where: string): void {
  const unknown = [...members.keys()].find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new CommandError(
    `${where}: there is no word ${JSON.stringify(unknown.slice(0, 40))}; there are ${known.join(', ')}`,
    2,
  );
}

/** A number stands for its digits. */
function asText(value: unknown, where: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw new CommandError(`${where} is a text`, 2);
}
