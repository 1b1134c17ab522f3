/** From one type to another. */
import { isUtf8 } from 'node:buffer';
import { DirectoryError } from '@springline/directory/error';
import { bytesFromGuid, guidFromBytes, sidFromBytes } from '@springline/directory/schema';
import { Reference, type Scalar } from '../value.ts';
import { parseDateTime } from './date-time-parse.ts';
import { family, optionalWord, refuse, required } from './definition.ts';
import { parseNumber } from './number.ts';

const { strict, lenient } = family('conversion', () => 25);

export const conversionFunctions = [
  strict({
    name: 'CBin',
    returns: 'bin',
    parameters: [required('value', 'num'), required('length', 'num')],
    summary: 'A number as so many bytes, least significant first; at most 8 of them carry the number.',
    apply: (value, length) => {
      if (length < 1n || length > 4096n)
        throw refuse('expression-out-of-range', 'CBin: the length is 1 to 4096 bytes.');
      const bytes = new Uint8Array(Number(length)).fill(value < 0n ? 0xff : 0);
      let rest = value;
      for (let at = 0; at < bytes.length && at < 8; at++, rest >>= 8n) bytes[at] = Number(rest & 0xffn);
      if (length < 8n && rest !== 0n && rest !== -1n) {
        throw refuse('expression-number-overflow', 'CBin: the number does not fit into so few bytes.');
      }
      return bytes;
    },
  }),
  lenient({
    name: 'CBool',
    returns: 'bool',
    parameters: [required('value', 'var')],
    summary: 'True for a number other than 0 and for the text True; False for NULL, 0 and False.',
    apply: (value) => toBoolean(value),
  }),
  strict({
    name: 'CDate',
    returns: 'dt',
    parameters: [required('text', 'str')],
    summary: 'A date-time from a date, an optional time and an optional zone, such as "2024-03-05 6:30 PM -5".',
    apply: (text) => {
      const instant = parseDateTime(text);
      if (instant !== undefined) return instant;
      throw refuse('expression-bad-value', 'CDate: the text is no date that it can read; test it with IsDate.');
    },
  }),
  strict({
    name: 'CGuid',
    returns: 'bin',
    parameters: [required('text', 'str')],
    summary: 'The 16 bytes of a GUID in the order of Active Directory, from its text with or without braces.',
    apply: (text) => {
      const bytes = parsePlainGuid(text);
      if (bytes !== undefined) return bytes;
      throw refuse('expression-bad-value', 'CGuid: the text is no GUID; test it with IsGuid.');
    },
  }),
  strict({
    name: 'CNum',
    returns: 'num',
    parameters: [required('value', 'var')],
    summary: 'A whole number from its decimal text.',
    apply: (value) => {
      if (typeof value === 'bigint') return value;
      const number = typeof value === 'string' ? parseNumber(value) : undefined;
      if (number !== undefined) return number;
      if (typeof value !== 'string') throw refuse('expression-type-mismatch', 'CNum: argument 1 should be a text.');
      throw refuse('expression-bad-value', 'CNum: the text is no whole number of 64 bits; test it with IsNumeric.');
    },
  }),
  strict({
    name: 'ConvertFromBase64',
    returns: 'str',
    parameters: [required('text', 'str'), optionalWord('encoding', ['Unicode', 'UTF8', 'ASCII'])],
    summary: 'The text behind Base64, which was encoded as UTF-16 (Unicode) unless another encoding is named.',
    apply: (text, encoding = 'Unicode') => textFromBytes(bytesFromBase64(text), encoding),
  }),
  strict({
    name: 'ConvertFromUTF8Hex',
    returns: 'str',
    parameters: [required('text', 'str')],
    summary: 'The text behind hex pairs of UTF-8.',
    apply: (text) => {
      if (text.length % 2 === 1 || !/^[0-9A-Fa-f]*$/.test(text)) {
        throw refuse('expression-bad-value', 'ConvertFromUTF8Hex: the text is not pairs of hex digits.');
      }
      return textFromBytes(Buffer.from(text, 'hex'), 'UTF8');
    },
  }),
  strict({
    name: 'ConvertToBase64',
    returns: 'str',
    parameters: [required('value', 'str or bin')],
    summary: 'Base64 of a binary value, or of a text in UTF-16.',
    apply: (value) => bytesOf(value, 'utf16le').toString('base64'),
  }),
  strict({
    name: 'ConvertToUTF8Hex',
    returns: 'str',
    parameters: [required('text', 'str')],
    summary: 'The UTF-8 bytes of a text in upper-case hex.',
    apply: (text) => bytesOf(text, 'utf8').toString('hex').toUpperCase(),
  }),
  strict({
    name: 'CRef',
    returns: 'ref',
    parameters: [required('dn', 'var')],
    summary: 'A reference from the text of a DN.',
    apply: (dn) => {
      if (dn instanceof Reference) return dn;
      if (typeof dn !== 'string') throw refuse('expression-type-mismatch', 'CRef: argument 1 should be a text.');
      // An empty text is no value, and no reference to the root.
      return dn === '' ? null : new Reference(dn);
    },
  }),
  strict({
    name: 'CStr',
    returns: 'str',
    parameters: [required('value', 'var')],
    summary: 'A number, a reference or a boolean as text; a text stays as it is.',
    apply: (value) => {
      if (typeof value === 'string') return value;
      if (typeof value === 'bigint') return `${value}`;
      if (typeof value === 'boolean') return value ? 'True' : 'False';
      if (value instanceof Reference) return value.dn;
      const advice = 'ConvertToBase64, StringFromGuid and FormatDateTime make texts of binary values and date-times';
      throw refuse(
        'expression-type-mismatch',
        `CStr: argument 1 should be a number, reference, boolean or text; ${advice}.`,
      );
    },
  }),
  strict({
    name: 'StringFromGuid',
    returns: 'str',
    parameters: [required('guid', 'bin')],
    summary: 'The text of a GUID that is held as in Active Directory, such as objectGUID.',
    apply: (guid) => valid(() => guidFromBytes(guid)),
  }),
  strict({
    name: 'StringFromSid',
    returns: 'str',
    parameters: [required('sid', 'bin')],
    summary: 'The text of a SID, such as S-1-5-21-….',
    apply: (sid) => valid(() => sidFromBytes(sid)),
  }),
];

/** The bytes of a GUID; undefined when the text is none. */
export function parsePlainGuid(text: string): Uint8Array | undefined {
  if (text.length > 38 || text.startsWith('{') !== text.endsWith('}')) return undefined;
  try {
    return bytesFromGuid(text);
  } catch (error) {
    if (error instanceof DirectoryError) return undefined;
    throw error;
  }
}

/** Bytes of Base64 with or without its padding. @throws {ValueRefusal} */
export function bytesFromBase64(text: string): Buffer {
  const compact = text.replace(/[ \t\r\n]/g, '').replace(/={1,2}$/, '');
  if (!/^[A-Za-z0-9+/]*$/.test(compact) || compact.length % 4 === 1) {
    throw refuse('expression-bad-value', 'The text is not Base64.');
  }
  return Buffer.from(compact, 'base64');
}

function toBoolean(value: Scalar | null): boolean {
  if (value === null) return false;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return value !== 0n;
  if (typeof value !== 'string') {
    throw refuse('expression-type-mismatch', 'CBool: argument 1 should be a boolean, a number or a text.');
  }
  const word = value.trim().toLowerCase();
  if (word === 'true' || word === 'false') return word === 'true';
  const number = parseNumber(word);
  if (number !== undefined) return number !== 0n;
  throw refuse('expression-bad-value', 'CBool: the text is neither True, False nor a number.');
}

function bytesOf(value: string | Uint8Array, encoding: 'utf16le' | 'utf8'): Buffer {
  if (typeof value !== 'string') return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (!value.isWellFormed()) throw refuse('expression-bad-value', 'The text holds half a surrogate pair.');
  return Buffer.from(value, encoding);
}

function textFromBytes(bytes: Buffer, encoding: string): string {
  if (encoding === 'UTF8') {
    if (isUtf8(bytes)) return bytes.toString('utf8');
  } else if (encoding === 'ASCII') {
    if (bytes.every((byte) => byte < 0x80)) return bytes.toString('latin1');
  } else if (bytes.length % 2 === 0) {
    const text = bytes.toString('utf16le');
    if (text.isWellFormed()) return text;
  }
  throw refuse('expression-bad-value', `The bytes are no text in ${encoding}; name the encoding that they are in.`);
}

/** Passes on what the directory says about a malformed value. */
function valid(convert: () => string): string {
  try {
    return convert();
  } catch (cause) {
    if (!(cause instanceof DirectoryError)) throw cause;
    throw refuse('expression-bad-value', cause.message, { cause });
  }
}
