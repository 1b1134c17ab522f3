/**
 * Distinguished names (RFC 4514): text to RDNs and back, and the one key by which DNs are compared.
 *
 * Read as RFC 2253 readers do: spaces around `,` `+` `=` mean nothing. Refused, with the position: the quoted values and
 * `;` separators of LDAPv2, characters that must be escaped, and escapes that are not UTF-8.
 *
 * Two DNs name the same entry when their keys are equal. A key has attribute types in lower case, without aliases, and
 * values folded as caseIgnoreMatch does (RFC 4518): NFKC, case folding, one space for several, none at the ends. Characters
 * that cannot be seen are kept apart, which RFC 4518 would drop: resolving a reference to the wrong entry is the worse
 * mistake. A key is itself a valid DN.
 */
import { canonicalAttributeName, isAttributeType } from './attribute-name.ts';
import { DirectoryError } from './error.ts';

/** Longest DN text read, written or returned, in UTF-16 units. */
export const dnLengthLimit = 65_536;
/** Most RDNs in a DN, and most attribute values in one RDN. */
export const rdnLimit = 256;

/** A string after unescaping, or the BER bytes of a `#` value. */
export type RdnValue = string | Uint8Array;
export interface AttributeTypeAndValue {
  readonly type: string;
  readonly value: RdnValue;
}
/** One or more values, in the order of the text: `cn=a+uid=b`. */
export type Rdn = readonly AttributeTypeAndValue[];
/** RDNs from the entry up to the root; none for the root itself. */
export type Dn = readonly Rdn[];

/** Parses a DN. The empty text is the DN of the root. @throws {DirectoryError} `dn-*` */
export function parseDn(text: string): Dn {
  refuseUnreadable(text);
  const cursor: Cursor = { text, at: 0 };
  if (isRoot(text)) return [];
  const rdns: Rdn[] = [];
  do {
    if (rdns.length === rdnLimit) throw tooManyRdns();
    rdns.push(readRdn(cursor));
  } while (take(cursor, ','));
  return rdns;
}

/** Writes a DN with as few escapes as RFC 4514 2.4 allows, and control characters as hex. @throws {DirectoryError} `dn-*` */
export function formatDn(dn: Dn): string {
  if (dn.length > rdnLimit) throw tooManyRdns();
  const text = dn.map(formatRdn).join(',');
  refuseUnreadable(text);
  return text;
}

/**
 * The comparison key of a DN. Normalising a key again changes nothing.
 *
 * Plain DNs (ASCII, no escapes, no space out of place, types of at most 3 characters) cost one pass and a toLowerCase.
 *
 * @throws {DirectoryError} `dn-*`
 */
export function normaliseDn(text: string): string {
  if (isRoot(text)) return '';
  if (text.length > dnLengthLimit) throw tooLong();
  const cursor: Cursor = { text, at: 0 };
  let key = '';
  // Everything before `keyed` is in `key`; from there to the cursor lower case is enough.
  let keyed = 0;
  let rdns = 0;
  do {
    if (++rdns > rdnLimit) throw tooManyRdns();
    const plainEnd = endOfPlainRdn(text, cursor.at);
    if (plainEnd > 0) {
      cursor.at = plainEnd;
    } else {
      refuseUnreadable(text);
      key += text.slice(keyed, cursor.at).toLowerCase();
      key += normaliseRdn(readRdn(cursor));
      keyed = cursor.at;
    }
  } while (take(cursor, ','));
  key = keyed === 0 ? text.toLowerCase() : key + text.slice(keyed).toLowerCase();
  if (key.length > dnLengthLimit) throw tooLong();
  return key;
}

/**
 * The DN one level up, as the text spells it; the empty DN for a DN of one RDN, undefined for the empty DN.
 * Give it a DN that parses: it looks for the first separator only. The parent of a key is a key.
 */
export function parentDn(text: string): string | undefined {
  if (isRoot(text)) return undefined;
  const comma = firstSeparator(text, 0);
  return comma < 0 ? '' : text.slice(comma + 1).replace(/^ +/, '');
}

/** The first RDN of a DN that parses, as the text spells it. */
export function rdnOf(text: string): string {
  const comma = firstSeparator(text, 0);
  return (comma < 0 ? text : text.slice(0, comma)).replace(/^ +/, '');
}

/** True for `base` itself and everything below it. Everything is under the empty DN. @throws {DirectoryError} `dn-*` */
export function isUnder(dn: string, base: string): boolean {
  return isKeyUnder(normaliseDn(dn), normaliseDn(base));
}

/** `isUnder` for keys. In a key a comma that is no separator has a backslash before it, so this compares whole RDNs. */
export function isKeyUnder(key: string, baseKey: string): boolean {
  if (key === baseKey || baseKey === '') return true;
  const comma = key.length - baseKey.length - 1;
  return comma > 0 && key.endsWith(baseKey) && isSeparator(key, comma);
}

/**
 * The DN of an entry after a rename (RFC 4511 4.9): `newRdn` below `newSuperior`, or below the old parent.
 * @throws {DirectoryError} `dn-*`, when one of the texts is no DN, when `newRdn` is not exactly one RDN, or for the root.
 */
export function renameDn(dn: string, newRdn: string, newSuperior?: string): string {
  const parent = newSuperior ?? parentDn(dn);
  if (parseDn(newRdn).length !== 1 || parent === undefined) {
    throw new DirectoryError('dn-bad-rdn', 'A rename needs exactly one new RDN, and an entry other than the root.');
  }
  const renamed = isRoot(parent) ? newRdn : `${newRdn},${parent}`;
  parseDn(dn);
  parseDn(renamed);
  return renamed;
}

/**
 * The DN of `dn` after `oldBase`, itself or an ancestor, became `newBase`. RDNs below the base keep their spelling.
 * @throws {DirectoryError} `dn-not-below` when `dn` is not under `oldBase`.
 */
export function rebaseDn(dn: string, oldBase: string, newBase: string): string {
  if (!isUnder(dn, oldBase)) throw new DirectoryError('dn-not-below', 'The DN is not below the base that moved.');
  const levels = parseDn(dn).length - parseDn(oldBase).length;
  const rdns: string[] = [];
  let rest: string | undefined = dn;
  while (rdns.length < levels && rest !== undefined) {
    rdns.push(rdnOf(rest));
    rest = parentDn(rest);
  }
  const rebased = [...rdns, ...(isRoot(newBase) ? [] : [newBase])].join(',');
  parseDn(rebased);
  return rebased;
}

// Reading. A cursor moves over the text; every function starts where the one before it stopped.

interface Cursor {
  readonly text: string;
  at: number;
}

const mustBeEscaped = '";<>\u0000';
const specials = ' "#+,;<=>\\';

function readRdn(cursor: Cursor): Rdn {
  const pairs: AttributeTypeAndValue[] = [];
  do {
    if (pairs.length === rdnLimit) {
      throw new DirectoryError('dn-too-many-rdns', `An RDN of the DN has more than ${rdnLimit} values.`);
    }
    pairs.push(readPair(cursor));
  } while (take(cursor, '+'));
  return pairs;
}

function readPair(cursor: Cursor): AttributeTypeAndValue {
  skipSpaces(cursor);
  const start = cursor.at;
  const equals = cursor.text.indexOf('=', start);
  const type = equals < 0 ? '' : trimSpacesAtEnd(cursor.text.slice(start, equals));
  if (!isAttributeType(type)) {
    throw refusal(
      'dn-bad-rdn',
      start,
      'an RDN must start with an attribute type and `=`; a comma in a value is written `\\,`',
    );
  }
  cursor.at = equals + 1;
  skipSpaces(cursor);
  const first = cursor.text[cursor.at];
  if (first === '"') {
    throw refusal('dn-quoted', cursor.at, 'quoted values are LDAPv2; leave the quotes out and escape with backslashes');
  }
  return { type, value: first === '#' ? readHex(cursor) : readString(cursor) };
}

function readHex(cursor: Cursor): Uint8Array {
  const start = cursor.at + 1;
  cursor.at = start;
  while (isHexDigit(cursor.text.charCodeAt(cursor.at))) cursor.at++;
  const digits = cursor.text.slice(start, cursor.at);
  skipSpaces(cursor);
  if (digits === '' || digits.length % 2 === 1 || !atEndOfValue(cursor)) {
    throw refusal(
      'dn-bad-hex',
      start,
      'a value after `#` is pairs of hex digits; a text that starts with # is written `\\#`',
    );
  }
  return new Uint8Array(Buffer.from(digits, 'hex'));
}

function readString(cursor: Cursor): string {
  const { text } = cursor;
  let value = '';
  let runStart = cursor.at;
  // Spaces are kept when something other than an unescaped space follows.
  let keep = 0;
  while (!atEndOfValue(cursor)) {
    const char = text[cursor.at]!;
    if (char === '\\') {
      value += text.slice(runStart, cursor.at);
      value += readEscape(cursor);
      keep = value.length;
      runStart = cursor.at;
    } else {
      if (mustBeEscaped.includes(char)) {
        throw refusal('dn-unescaped', cursor.at, 'this character must be escaped with a backslash');
      }
      cursor.at++;
      if (char !== ' ') keep = value.length + cursor.at - runStart;
    }
  }
  return (value + text.slice(runStart, cursor.at)).slice(0, keep);
}

/** A backslash and a special character, or a run of backslashes with hex pairs that are UTF-8 together. */
function readEscape(cursor: Cursor): string {
  const start = cursor.at;
  const next = cursor.text[start + 1] ?? '';
  if (next !== '' && specials.includes(next)) {
    cursor.at += 2;
    return next;
  }
  let hex = '';
  while (cursor.text[cursor.at] === '\\' && isHexPair(cursor.text, cursor.at + 1)) {
    hex += cursor.text.slice(cursor.at + 1, cursor.at + 3);
    cursor.at += 3;
  }
  try {
    if (hex !== '') return strictUtf8.decode(Buffer.from(hex, 'hex'));
  } catch {
    // The decoder's complaint has no position: ours, below, says the same with one.
  }
  throw refusal(
    'dn-bad-escape',
    start,
    'a backslash is followed by one of `,+"\\<>;#= ` or by hex pairs that are UTF-8',
  );
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function isHexDigit(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102);
}

function isHexPair(text: string, at: number): boolean {
  return isHexDigit(text.charCodeAt(at)) && isHexDigit(text.charCodeAt(at + 1));
}

function atEndOfValue(cursor: Cursor): boolean {
  const char = cursor.text[cursor.at];
  return char === undefined || char === ',' || char === '+';
}

function skipSpaces(cursor: Cursor): void {
  while (cursor.text[cursor.at] === ' ') cursor.at++;
}

/** A loop, because / +$/ takes quadratic time on a long run of spaces. */
function trimSpacesAtEnd(text: string): string {
  let end = text.length;
  while (text[end - 1] === ' ') end--;
  return text.slice(0, end);
}

function take(cursor: Cursor, separator: string): boolean {
  if (cursor.text[cursor.at] !== separator) return false;
  cursor.at++;
  return true;
}

function refuseUnreadable(text: string): void {
  if (text.length > dnLengthLimit) throw tooLong();
  if (!text.isWellFormed()) throw new DirectoryError('dn-not-unicode', 'The DN holds half a surrogate pair.');
}

function tooLong(): DirectoryError {
  return new DirectoryError('dn-too-long', `The DN is longer than ${dnLengthLimit} characters.`);
}

function tooManyRdns(): DirectoryError {
  return new DirectoryError('dn-too-many-rdns', `The DN has more than ${rdnLimit} RDNs.`);
}

function isRoot(text: string): boolean {
  return /^ *$/.test(text);
}

function refusal(
  code: 'dn-bad-rdn' | 'dn-quoted' | 'dn-bad-hex' | 'dn-unescaped' | 'dn-bad-escape',
  at: number,
  why: string,
) {
  return new DirectoryError(code, `The DN is not valid at character ${at + 1}: ${why}.`);
}

// Writing and comparing.

function formatRdn(rdn: Rdn): string {
  if (rdn.length === 0 || rdn.length > rdnLimit) {
    throw new DirectoryError('dn-bad-rdn', `An RDN has 1 to ${rdnLimit} values; this has ${rdn.length}.`);
  }
  return rdn.map(formatPair).join('+');
}

function formatPair({ type, value }: AttributeTypeAndValue): string {
  if (!isAttributeType(type))
    throw new DirectoryError('dn-bad-rdn', 'The attribute type of an RDN is not a name or an OID.');
  if (typeof value === 'string') return `${type}=${escapeDnValue(value)}`;
  if (value.length === 0) throw new DirectoryError('dn-bad-hex', 'A `#` value of an RDN has at least one byte.');
  return `${type}=#${Buffer.from(value).toString('hex')}`;
}

/** An attribute value as it stands in a DN: `Hale\\, Robert`. */
export function escapeDnValue(value: string): string {
  let escaped = '';
  let runStart = 0;
  for (let at = 0; at < value.length; at++) {
    const replacement = escapeOf(value, at);
    if (replacement === undefined) continue;
    escaped += value.slice(runStart, at) + replacement;
    runStart = at + 1;
  }
  return runStart === 0 ? value : escaped + value.slice(runStart);
}

/** What stands for the character at `at`, if not itself. */
function escapeOf(value: string, at: number): string | undefined {
  const code = value.charCodeAt(at);
  if (code > 0x5c && code !== 0x7f) return undefined;
  const char = value[at]!;
  if (code < 0x20 || code === 0x7f) return `\\${code.toString(16).toUpperCase().padStart(2, '0')}`;
  if (code === 0x20) return at === 0 || at === value.length - 1 ? '\\ ' : undefined;
  if (code === 0x23) return at === 0 ? '\\#' : undefined;
  return '",+;<>\\'.includes(char) ? `\\${char}` : undefined;
}

function normaliseRdn(rdn: Rdn): string {
  const pairs = rdn.map(({ type, value }) =>
    formatPair({
      type: canonicalAttributeName(type).toLowerCase(),
      value: typeof value === 'string' ? foldValue(value) : value,
    }),
  );
  return pairs.length === 1 ? pairs[0]! : pairs.sort().join('+');
}

/** ASCII and the letters of Latin-1 but ß: most names of Western Europe, spared two passes of NFKC. */
const stableInNfkc = /^[\x00-\x7fÀ-ÖØ-Þà-öø-ÿ]*$/;

/** RFC 4518 as far as the head of this file says. Idempotent. */
function foldValue(value: string): string {
  const folded = stableInNfkc.test(value)
    ? value.toLowerCase()
    : // toLowerCase is not case folding for two letters (RFC 3454 B.2). NFKC again, because folding may decompose.
      value.normalize('NFKC').toLowerCase().replaceAll('ß', 'ss').replaceAll('ς', 'σ').normalize('NFKC');
  return /^ | $| {2}/.test(folded) ? folded.replace(/ {2,}/g, ' ').replace(/^ | $/g, '') : folded;
}

/**
 * The end of the RDN at `start` if lower case is all that it needs, otherwise -1: one value, ASCII, nothing escaped, single
 * spaces inside the value only, a type of 1 to 3 letters (no alias is that short).
 */
function endOfPlainRdn(text: string, start: number): number {
  let at = start;
  while (isLetter(text.charCodeAt(at))) at++;
  if (at === start || at - start > 3 || text.charCodeAt(at) !== 0x3d) return -1;
  let before = 0x20;
  for (at++; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x2c) break;
    if (plainChars[code] !== 1 && !(code === 0x20 && before !== 0x20)) return -1;
    before = code;
  }
  return before === 0x20 ? -1 : at;
}

/** 1 for printable ASCII that stands for itself anywhere in a value. */
const plainChars = Uint8Array.from({ length: 128 }, (_, code) => {
  return code > 0x20 && code < 0x7f && !'",+;<>\\#'.includes(String.fromCharCode(code)) ? 1 : 0;
});

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

function firstSeparator(text: string, from: number): number {
  let comma = text.indexOf(',', from);
  while (comma >= 0 && !isSeparator(text, comma)) comma = text.indexOf(',', comma + 1);
  return comma;
}

/** True for an unescaped comma: an even number of backslashes before it. */
function isSeparator(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === '\\') backslashes++;
  return text[at] === ',' && backslashes % 2 === 0;
}
