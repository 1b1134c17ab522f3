/**
 * Functions on texts. Positions are in UTF-16 units from 1, as in the original; a cut never leaves half of a surrogate
 * pair behind, because no directory could store it.
 */
import { createHash } from 'node:crypto';
import { valueLengthLimit } from '../types.ts';
import { family, optional, optionalWord, refuse, required } from './definition.ts';

const { strict, lenient, unsteady } = family('text');

const text = required('text', 'str');
const count = required('count', 'num');
const comparison = optionalWord('comparison', ['vbTextCompare', 'vbBinaryCompare']);
const inText = [required('text', 'str'), required('search', 'str'), optional('start', 'num'), comparison] as const;
const padding = [required('text', 'str'), required('length', 'num'), required('character', 'str')] as const;

export const textFunctions = [
  unsteady({
    name: 'Guid',
    returns: 'str',
    parameters: [],
    summary: 'A new random GUID. Changes with each evaluation.',
    apply: ({ random }) => randomGuid(random.bytes(16)),
  }),
  lenient({
    name: 'InStr',
    returns: 'num',
    parameters: inText,
    summary:
      'The position of the first hit of one text in another, 0 if there is none; case counts unless vbTextCompare.',
    work: searchWork,
    apply: (whole, search, start, mode) => {
      if (whole === null || search === null || start === null) return 0n;
      const from = startOf('InStr', start ?? 1n);
      if (from > whole.length) return 0n;
      const [haystack, needle] = mode === 'vbTextCompare' ? [fold(whole), fold(search)] : [whole, search];
      return BigInt(haystack.indexOf(needle, from - 1) + 1);
    },
  }),
  lenient({
    name: 'InStrRev',
    returns: 'num',
    parameters: inText,
    summary: 'The position of the last hit of one text in another, that ends at or before start; 0 if there is none.',
    work: searchWork,
    apply: (whole, search, start, mode) => {
      if (whole === null || search === null || start === null) return 0n;
      const end = start === undefined || start === -1n ? whole.length : startOf('InStrRev', start);
      if (whole === '' || search.length > Math.min(end, whole.length)) return 0n;
      const [haystack, needle] = mode === 'vbTextCompare' ? [fold(whole), fold(search)] : [whole, search];
      if (needle === '') return BigInt(Math.min(end, whole.length));
      return BigInt(haystack.lastIndexOf(needle, Math.min(end, whole.length) - needle.length) + 1);
    },
  }),
  strict({
    name: 'LCase',
    returns: 'str',
    parameters: [text],
    summary: 'A text in lower case.',
    apply: (whole) => whole.toLowerCase(),
  }),
  lenient({
    name: 'Left',
    returns: 'str',
    parameters: [text, count],
    summary: 'So many characters from the start; all of them for a negative count.',
    apply: (whole, length) => {
      if (whole === null || length === null) return '';
      return length < 0n || length >= whole.length ? whole : cut(whole, 0, Number(length));
    },
  }),
  lenient({
    name: 'Len',
    returns: 'num',
    parameters: [required('value', 'str or bin')],
    summary: 'The number of characters of a text, or of bytes of a binary value; 0 for NULL.',
    apply: (value) => BigInt(value?.length ?? 0),
  }),
  strict({
    name: 'LTrim',
    returns: 'str',
    parameters: [text],
    summary: 'A text without white space at its start.',
    apply: (whole) => whole.trimStart(),
  }),
  lenient({
    name: 'Mid',
    returns: 'str',
    parameters: [required('value', 'str or bin'), required('start', 'num'), count],
    summary: 'So many characters from a position; everything for a position outside the text or a negative count.',
    apply: (value, start, length) => {
      if (value === null || start === null || length === null) return '';
      return middle(value, start, length);
    },
  }),
  lenient({
    name: 'PadLeft',
    returns: 'str',
    parameters: padding,
    summary: 'A text filled up to a length with a character on its left.',
    apply: (whole, length, character) => {
      if (whole === null || length === null) return '';
      return whole.padStart(padLength('PadLeft', length), padCharacter('PadLeft', character));
    },
  }),
  lenient({
    name: 'PadRight',
    returns: 'str',
    parameters: padding,
    summary: 'A text filled up to a length with a character on its right.',
    apply: (whole, length, character) => {
      if (whole === null || length === null) return '';
      return whole.padEnd(padLength('PadRight', length), padCharacter('PadRight', character));
    },
  }),
  strict({
    name: 'PCase',
    returns: 'str',
    parameters: [text],
    summary: 'A text with each word capitalised; words in capitals stay as they are.',
    work: (whole) => whole.length * 3,
    apply: (whole) => whole.split(' ').map(capitalise).join(' '),
  }),
  strict({
    name: 'Replace',
    returns: 'str',
    parameters: [text, required('old', 'str'), required('new', 'str')],
    summary: 'A text with every hit of one text replaced by another; \\n, \\r and \\t mean the control characters.',
    work: (whole, old) => whole.length * 2 + searchWork(whole, old),
    apply: (whole, old, fresh) => replaceAll(whole, unescaped(old), unescaped(fresh)),
  }),
  strict({
    name: 'ReplaceChars',
    returns: 'str',
    parameters: [text, required('pattern', 'str')],
    summary: 'A text with characters replaced by texts, as a pattern such as "ö:oe,ß:ss" says.',
    work: (whole, pattern) => 50 + whole.length * 3 + pattern.length * 8,
    apply: (whole, pattern) => replaceCharacters(whole, parsePattern(pattern)),
  }),
  lenient({
    name: 'Right',
    returns: 'str',
    parameters: [text, count],
    summary: 'So many characters from the end; all of them for a negative count.',
    apply: (whole, length) => {
      if (whole === null || length === null) return '';
      return length < 0n || length >= whole.length ? whole : cut(whole, whole.length - Number(length), whole.length);
    },
  }),
  strict({
    name: 'RTrim',
    returns: 'str',
    parameters: [text],
    summary: 'A text without white space at its end.',
    apply: (whole) => whole.trimEnd(),
  }),
  strict({
    name: 'Thumbprint',
    returns: 'bin',
    parameters: [required('value', 'bin')],
    summary: 'The SHA-256 hash of a binary value.',
    apply: (value) => new Uint8Array(createHash('sha256').update(value).digest()),
  }),
  strict({
    name: 'Trim',
    returns: 'str',
    parameters: [text],
    summary: 'A text without white space at its ends.',
    apply: (whole) => whole.trim(),
  }),
  strict({
    name: 'UCase',
    returns: 'str',
    parameters: [text],
    summary: 'A text in upper case.',
    apply: (whole) => whole.toUpperCase(),
  }),
  lenient({
    name: 'Word',
    returns: 'str',
    parameters: [text, required('position', 'num'), required('delimiters', 'str')],
    summary: 'A word of a text, counted from 1, where any of the delimiters ends one; an empty text if there is none.',
    work: (whole, _, delimiters) => ((whole?.length ?? 0) >> 1) + (delimiters?.length ?? 0) * 3,
    apply: (whole, position, delimiters) => {
      if (whole === null || position === null || delimiters === null) return '';
      return wordAt(whole, position, delimiters);
    },
  }),
];

/** The longest text that is looked for as if it were one character. */
const shortSearch = 32;

/** At each place of a text, a long text may have to be compared to its end before it differs. */
function searchWork(whole: string | null, search: string | null): number {
  if (whole === null || search === null) return 0;
  const places = Math.max(0, whole.length - search.length + 1);
  return search.length <= shortSearch ? places >> 2 : Math.floor((places * search.length) / 16);
}

/** Without regard to case, with every unit at its place. */
function fold(whole: string): string {
  const lower = whole.toLowerCase();
  // A few letters become longer in lower case (İ): then case folding by unit keeps positions right.
  return lower.length === whole.length ? lower : Array.from(whole, foldCharacter).join('');
}

function foldCharacter(character: string): string {
  const lower = character.toLowerCase();
  return lower.length === character.length ? lower : character;
}

function startOf(functionName: string, start: bigint): number {
  if (start < 1n) throw refuse('expression-out-of-range', `${functionName}: the start is at least 1.`);
  return start > valueLengthLimit * 2 ? valueLengthLimit * 2 : Number(start);
}

/** The units from `start` to `end`, without half of a pair at either end. */
function cut(whole: string, start: number, end: number): string {
  const from = isInsidePair(whole, start) ? start + 1 : start;
  const to = isInsidePair(whole, end) ? end - 1 : end;
  return whole.slice(from, Math.max(from, to));
}

function isInsidePair(whole: string, at: number): boolean {
  const before = whole.charCodeAt(at - 1);
  const after = whole.charCodeAt(at);
  return before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff;
}

function middle(value: string | Uint8Array, start: bigint, length: bigint): string | Uint8Array {
  if (length === 0n) return typeof value === 'string' ? '' : new Uint8Array();
  if (length < 0n || start <= 0n || start > value.length) return value;
  const from = Number(start) - 1;
  const to = length > value.length ? value.length : Math.min(from + Number(length), value.length);
  return typeof value === 'string' ? cut(value, from, to) : value.slice(from, to);
}

function padLength(functionName: string, length: bigint): number {
  if (length <= valueLengthLimit) return Math.max(0, Number(length));
  throw refuse('expression-too-much-work', `${functionName}: a text has at most ${valueLengthLimit} characters.`);
}

function padCharacter(functionName: string, character: string | null): string {
  if (character?.length === 1 && character.isWellFormed()) return character;
  throw refuse('expression-bad-value', `${functionName}: the padding is exactly one character.`);
}

/** A word in capitals may be an abbreviation, and is left alone. */
function capitalise(word: string): string {
  if (word === word.toUpperCase()) return word;
  const first = String.fromCodePoint(word.codePointAt(0) ?? 0x20);
  return first.toUpperCase() + word.slice(first.length).toLowerCase();
}

function unescaped(written: string): string {
  return written.replaceAll('\\n', '\n').replaceAll('\\r', '\r').replaceAll('\\t', '\t');
}

function replaceAll(whole: string, old: string, fresh: string): string {
  if (old === '') throw refuse('expression-bad-value', 'Replace: the text to look for is empty.');
  const parts = whole.split(old);
  if (whole.length + (parts.length - 1) * (fresh.length - old.length) > valueLengthLimit) {
    throw refuse('expression-too-much-work', `Replace: a text has at most ${valueLengthLimit} characters.`);
  }
  return parts.join(fresh);
}

/** `source:target,…`, white space ignored; a source is one character. */
function parsePattern(pattern: string): ReadonlyMap<string, string> {
  const targets = new Map<string, string>();
  const compact = pattern.replace(/\s+/gu, '');
  if (compact === '') return targets;
  for (const pair of compact.split(',')) {
    const [source, target, ...more] = pair.split(':');
    if (source === undefined || target === undefined || more.length > 0 || Array.from(source).length !== 1) {
      const message =
        'ReplaceChars: the pattern is source:target pairs with commas between; a source is one character.';
      throw refuse('expression-bad-value', message);
    }
    targets.set(source, target);
  }
  return targets;
}

function replaceCharacters(whole: string, targets: ReadonlyMap<string, string>): string {
  let replaced = '';
  for (const character of whole) {
    replaced += targets.get(character) ?? character;
    if (replaced.length > valueLengthLimit) {
      throw refuse('expression-too-much-work', `ReplaceChars: a text has at most ${valueLengthLimit} characters.`);
    }
  }
  return replaced;
}

function wordAt(whole: string, position: bigint, delimiters: string): string {
  if (position < 1n || position > whole.length) return '';
  const ends = new Set(Array.from(delimiters, (character) => character.codePointAt(0)));
  let before = Number(position);
  let start = 0;
  for (let at = 0; at < whole.length; ) {
    const character = whole.codePointAt(at) ?? 0;
    const next = at + (character > 0xffff ? 2 : 1);
    if (ends.has(character)) {
      if (at > start && --before === 0) return whole.slice(start, at);
      start = next;
    }
    at = next;
  }
  return before === 1 ? whole.slice(start) : '';
}

/** RFC 9562 5.4. */
function randomGuid(bytes: Uint8Array): string {
  const fields = Buffer.from(bytes);
  fields[6] = 0x40 | (fields[6]! & 0x0f);
  fields[8] = 0x80 | (fields[8]! & 0x3f);
  const hex = fields.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
