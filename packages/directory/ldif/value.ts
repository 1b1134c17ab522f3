/**
 * One LDIF line (RFC 2849 `attrval-spec`): a name, then `: text`, `:: base64` or `:< url`.
 *
 * Read beyond the grammar, because many writers do so: plain values may hold UTF-8. Everything else is strict.
 */
import { isUtf8 } from 'node:buffer';
import { readUrlValue } from './file-url.ts';
import type { LdifErrorCode, LdifPlace } from './ldif-error.ts';
import { LdifError } from './ldif-error.ts';
import type { LogicalLine } from './lines.ts';
import type { RecordContext } from './record.ts';

const colon = 0x3a;
const lessThan = 0x3c;
const space = 0x20;

/** A line cut at its first colon. */
export interface NamedLine {
  /** As spelled; keywords compare in lower case, attribute names by their key. */
  readonly name: string;
  /** Everything after the first colon. */
  readonly rest: Buffer;
  readonly place: LdifPlace;
}

/** @throws {LdifError} `ldif-bad-line` */
export function namedLine(line: LogicalLine, context: RecordContext): NamedLine {
  const place = { fileName: context.fileName, line: line.line };
  const at = line.bytes.indexOf(colon);
  if (at < 0) {
    const hint = line.bytes.equals(dash) ? 'A line of `-` ends a modification and is out of place here.' : foldingHint;
    throw new LdifError('ldif-bad-line', place, hint);
  }
  return { name: line.bytes.toString('latin1', 0, at), rest: line.bytes.subarray(at + 1), place };
}

export const dash = Buffer.from('-');
const foldingHint =
  'The line is no `name: value`. If it continues the line before it, put one space in front; if it is a comment, a `#`.';

/** The bytes of a line's value. They may be a part of the line: copy what is kept. @throws {LdifError} */
export function valueBytes(line: NamedLine, context: RecordContext): Uint8Array {
  return valueSpecBytes(line.rest, line.place, context);
}

/** The bytes that a `value-spec` stands for, given what follows its first colon. @throws {LdifError} */
export function valueSpecBytes(spec: Buffer, place: LdifPlace, context: RecordContext): Uint8Array {
  if (spec[0] === colon) return base64Bytes(withoutFill(spec.subarray(1)), place);
  if (spec[0] === lessThan) {
    return readUrlValue(utf8Text(withoutFill(spec.subarray(1)), 'URL', place), place, context);
  }
  const bytes = withoutFill(spec);
  if (bytes[0] === colon || bytes[0] === lessThan) {
    throw unsafe(place, `A plain value must not start with \`${String.fromCharCode(bytes[0])}\``);
  }
  if (bytes.includes(0)) throw unsafe(place, 'A plain value must not hold a null character');
  if (bytes.includes(0x0d)) throw unsafe(place, 'A plain value must not hold a carriage return');
  return bytes;
}

/** The value of a keyword line (`dn`, `newrdn`, `changetype`, …): text, by base64 or plain, never by URL. */
export function keywordText(line: NamedLine, context: RecordContext, refusal: LdifErrorCode): string {
  if (line.rest[0] === lessThan) {
    throw new LdifError(refusal, line.place, `The value of \`${line.name}\` cannot come from a URL. Write it out.`);
  }
  return utf8Text(valueBytes(line, context), line.name, line.place);
}

function utf8Text(bytes: Uint8Array, name: string, place: LdifPlace): string {
  if (!isUtf8(bytes)) {
    throw new LdifError('ldif-not-utf8', place, `The value of \`${name}\` is not UTF-8. Save the file as UTF-8.`);
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

function base64Bytes(text: Buffer, place: LdifPlace): Uint8Array {
  const padding = text.at(-1) !== 0x3d ? 0 : text.at(-2) !== 0x3d ? 1 : 2;
  const digits = text.length - padding;
  let sound = text.length % 4 === 0;
  for (let at = 0; sound && at < digits; at++) sound = base64Digits[text[at]!] === 1;
  if (!sound) {
    throw new LdifError(
      'ldif-bad-base64',
      place,
      'The value after `::` is not base64 (letters, digits, + and /, padded with = to a multiple of four). Encode it again, or use one colon for plain text.',
    );
  }
  return Buffer.from(text.toString('latin1'), 'base64');
}

const base64Digits = Uint8Array.from({ length: 256 }, (_, code) =>
  /[A-Za-z0-9+/]/.test(String.fromCharCode(code)) ? 1 : 0,
);

/** RFC 2849 FILL: spaces between the colon and the value mean nothing. */
function withoutFill(bytes: Buffer): Buffer {
  let start = 0;
  while (bytes[start] === space) start++;
  return start === 0 ? bytes : bytes.subarray(start);
}

function unsafe(place: LdifPlace, complaint: string): LdifError {
  return new LdifError('ldif-unsafe-character', place, `${complaint}. Write the value in base64 after \`::\`.`);
}
