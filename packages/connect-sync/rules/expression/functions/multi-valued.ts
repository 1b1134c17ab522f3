/** Functions on collections. A single value counts as a collection of one, NULL as an empty one. */
import { sizeOf } from '../frame.ts';
import { referenceKey } from '../reference-key.ts';
import { valueLengthLimit } from '../types.ts';
import { DateTime, Reference, type Scalar } from '../value.ts';
import { family, optional, optionalWord, refuse, required } from './definition.ts';

const { strict, lenient } = family('multi-valued');

export const multiValuedFunctions = [
  lenient({
    name: 'Contains',
    returns: 'num',
    parameters: [
      required('values', 'mv'),
      required('search', 'var'),
      optionalWord('casing', ['CaseSensitive', 'CaseInsensitive']),
    ],
    summary:
      'The position of the first text that contains another, or of the first reference that is the same; 0 if none.',
    work: (values) => values.length * 3 + (sizeOf(values) >> 3),
    apply: (values, search, casing) => positionOf(values, search, casing === 'CaseInsensitive'),
  }),
  lenient({
    name: 'Count',
    returns: 'num',
    parameters: [required('values', 'mv')],
    summary: 'The number of values; 0 for NULL.',
    apply: (values) => BigInt(values.length),
  }),
  strict({
    name: 'Item',
    returns: 'var',
    parameters: [required('values', 'mv'), required('position', 'num')],
    summary: 'The value at a position from 1. Fails when there is none.',
    apply: (values, position) => {
      const value = itemAt(values, position);
      if (value !== undefined) return value;
      const message = `Item: there is no value ${position} among ${values.length}; ItemOrNull gives NULL instead.`;
      throw refuse('expression-out-of-range', message);
    },
  }),
  strict({
    name: 'ItemOrNull',
    returns: 'var',
    parameters: [required('values', 'mv'), required('position', 'num')],
    summary: 'The value at a position from 1, or NULL when there is none.',
    apply: (values, position) => itemAt(values, position) ?? null,
  }),
  strict({
    name: 'Join',
    returns: 'str',
    parameters: [required('values', 'mvstr'), optional('delimiter', 'str')],
    summary: 'All texts as one, with a delimiter between them: a space unless another one is given.',
    work: (values) => values.length,
    apply: (values, delimiter = ' ') => {
      if (values.length === 0) return null;
      let length = delimiter.length * (values.length - 1);
      for (const value of values) length += value.length;
      if (length > valueLengthLimit) {
        throw refuse('expression-too-much-work', `Join: a text has at most ${valueLengthLimit} characters.`);
      }
      return values.join(delimiter);
    },
  }),
  strict({
    name: 'RemoveDuplicates',
    returns: 'mv',
    parameters: [required('values', 'mv')],
    summary: 'The values without repetitions, whatever their case; of proxy addresses the primary one stays.',
    work: (values) => values.length * 5 + (sizeOf(values) >> 3),
    apply: (values) => withoutDuplicates(values),
  }),
  strict({
    name: 'Split',
    returns: 'mvstr',
    parameters: [required('text', 'str'), required('delimiter', 'str'), optional('limit', 'num')],
    summary: 'The parts of a text between delimiters of one character; with a limit, the last part keeps the rest.',
    apply: (text, delimiter, limit) => {
      if ([...delimiter.slice(0, 3)].length !== 1 || delimiter.length > 2) {
        throw refuse('expression-bad-value', 'Split: the delimiter is exactly one character.');
      }
      if (limit !== undefined && limit < 1n) {
        throw refuse('expression-out-of-range', 'Split: the limit is at least 1.');
      }
      return split(text, delimiter, limit === undefined || limit > text.length ? text.length + 1 : Number(limit));
    },
  }),
];

function itemAt(values: readonly Scalar[], position: bigint): Scalar | undefined {
  return position < 1n || position > values.length ? undefined : values[Number(position) - 1];
}

/** Texts by a part of them; references whole, also when they are given as the text of a DN. */
function positionOf(values: readonly Scalar[], search: Scalar | null, ignoresCase: boolean): bigint {
  if (values.length === 0 || search === null) return 0n;
  if (typeof search !== 'string' && !(search instanceof Reference)) {
    throw refuse('expression-type-mismatch', 'Contains: argument 2 should be a text or a reference.');
  }
  const part = search instanceof Reference ? undefined : ignoresCase ? search.toLowerCase() : search;
  let key: string | undefined;
  const position = values.findIndex((value) => {
    if (value instanceof Reference) {
      key ??= referenceKey(search instanceof Reference ? search : new Reference(search));
      return referenceKey(value) === key;
    }
    if (typeof value !== 'string') {
      throw refuse('expression-type-mismatch', 'Contains: the values should be texts or references.');
    }
    return part !== undefined && (ignoresCase ? value.toLowerCase() : value).includes(part);
  });
  return BigInt(position + 1);
}

/** An upper-case type prefix marks the primary address, as in `SMTP:`. */
const primaryPrefix = /^[A-Z][A-Z0-9]*:/;

function withoutDuplicates(values: readonly Scalar[]): readonly Scalar[] | null {
  const positions = new Map<string, number>();
  const kept: Scalar[] = [];
  for (const value of values) {
    const key = identityOf(value);
    const position = positions.get(key);
    if (position === undefined) {
      positions.set(key, kept.push(value) - 1);
    } else if (isPrimary(value) && !isPrimary(kept[position]!)) {
      kept[position] = value;
    }
  }
  return kept.length === 0 ? null : kept;
}

function isPrimary(value: Scalar): boolean {
  return typeof value === 'string' && primaryPrefix.test(value);
}

/** Equal for values that count as one. */
function identityOf(value: Scalar): string {
  if (typeof value === 'string') return `s${value.toLowerCase()}`;
  if (value instanceof Uint8Array) return `b${Buffer.from(value).toString('base64')}`;
  if (value instanceof Reference) return `r${referenceKey(value)}`;
  return value instanceof DateTime ? `d${value.ticks}` : `${typeof value}${value}`;
}

function split(text: string, delimiter: string, limit: number): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  while (parts.length < limit - 1) {
    const end = text.indexOf(delimiter, start);
    if (end < 0) break;
    parts.push(text.slice(start, end));
    start = end + delimiter.length;
  }
  parts.push(text.slice(start));
  return parts;
}
