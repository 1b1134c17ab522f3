/**
 * What stands in the addresses of the pages of Connect Sync: what is filtered by, searched for and open. An address that
 * somebody typed is cut to what is known; what is too long or of another kind is left out.
 */
import { type MvClause, metaverseClauses } from './mv-clauses.ts';

/** Text of an address. The router reads digits as a number. */
function text(value: unknown, limit: number): string | undefined {
  const read = typeof value === 'number' ? String(value) : value;
  return typeof read === 'string' && read !== '' && read.length <= limit ? read : undefined;
}

const oneOf = <T extends string>(known: readonly T[], value: unknown): T | undefined =>
  known.find((each) => each === value);

/** Without the fields that have no value. */
function given<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

const idLimit = 64;
const nameLimit = 256;
const dnLimit = 2_048;

type Words = Record<string, unknown>;

/** `run`: number of the run whose details are open. */
export interface RunsSearch {
  readonly run?: number;
}

export function runsSearchFrom(words: Words): RunsSearch {
  const run = Number(words['run']);
  return Number.isSafeInteger(run) && run > 0 ? { run } : {};
}

const operations = ['add', 'update', 'delete'] as const;

export interface PendingSearch {
  readonly connector?: string;
  readonly kind?: (typeof operations)[number];
  /** Id of the pending export whose details are open. */
  readonly object?: string;
}

export const pendingSearchFrom = (words: Words): PendingSearch =>
  given({
    connector: text(words['connector'], nameLimit),
    kind: oneOf(operations, words['kind']),
    object: text(words['object'], idLimit),
  });

export interface PreviewSearch {
  /** Of the preview that is shown. */
  readonly plan?: string;
  /** What it was made for; everything without. */
  readonly for?: string;
  readonly object?: string;
}

export const previewSearchFrom = (words: Words): PreviewSearch =>
  given({
    plan: text(words['plan'], idLimit),
    for: text(words['for'], dnLimit),
    object: text(words['object'], idLimit),
  });

/** What is looked for in a connector space: `text`, `dn` and `anchor` by words, the others by state. */
export const csLooks = [
  'text',
  'dn',
  'anchor',
  'subtree',
  'pending-import',
  'pending-export',
  'error',
  'disconnected',
  'transient',
] as const;
export type CsLook = (typeof csLooks)[number];

export interface CsPageSearch {
  readonly connector?: string;
  readonly look?: CsLook;
  readonly words?: string;
  readonly object?: string;
}

export const csSearchFrom = (words: Words): CsPageSearch =>
  given({
    connector: text(words['connector'], nameLimit),
    look: oneOf(csLooks, words['look']),
    words: text(words['words'], dnLimit),
    object: text(words['object'], idLimit),
  });

export interface MvPageSearch {
  readonly words?: string;
  readonly type?: string;
  readonly clauses?: readonly MvClause[];
  readonly object?: string;
  /** The attribute that is explained. */
  readonly attribute?: string;
}

export const mvSearchFrom = (words: Words): MvPageSearch =>
  given({
    words: text(words['words'], nameLimit),
    type: text(words['type'], 100),
    clauses: metaverseClauses(words['clauses']),
    object: text(words['object'], idLimit),
    attribute: text(words['attribute'], nameLimit),
  });

const directions = ['inbound', 'outbound'] as const;
const origins = ['standard', 'custom'] as const;

export interface RulesSearch {
  readonly direction?: (typeof directions)[number];
  readonly type?: string;
  readonly attribute?: string;
  readonly origin?: (typeof origins)[number];
  readonly words?: string;
  /** Id of the rule whose details are open. */
  readonly rule?: string;
}

export const rulesSearchFrom = (words: Words): RulesSearch =>
  given({
    direction: oneOf(directions, words['direction']),
    type: text(words['type'], 100),
    attribute: text(words['attribute'], nameLimit),
    origin: oneOf(origins, words['origin']),
    words: text(words['words'], nameLimit),
    rule: text(words['rule'], nameLimit),
  });
