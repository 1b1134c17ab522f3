/**
 * Writing LDIF (RFC 2849): ASCII, lines of at most 76 characters, base64 wherever a plain value would not survive.
 *
 * What is written reads back as the same record, when its text is Unicode and its binary attributes hold bytes. Names
 * are checked and values encoded, so that no value can start a line of its own.
 */
import { parseAttributeDescription } from '../attribute-name.ts';
import { parseDn } from '../dn.ts';
import type { AttributeValue, DirectoryEntry } from '../entry.ts';
import { DirectoryError } from '../error.ts';
import type { LdifControl, LdifModification, LdifRecordBody } from './record.ts';

const lineLength = 76;

/** RFC 2849 SAFE-STRING without a space at the end, which note 8 asks to encode. */
const safeText = /^(?![ :<])[\x01-\x09\x0b\x0c\x0e-\x7f]*(?<! )$/;

/** The start of a file: comment lines, then the version. Texts must be ASCII; longer ones are folded. */
export function formatLdifHeader(comments: readonly string[] = []): string {
  const lines = comments.map((comment) => folded(`# ${comment.replace(/[^\x20-\x7e]/g, '?')}`));
  return `${[...lines, 'version: 1'].join('\n')}\n\n`;
}

/**
 * One record with the empty line that ends it. Attributes and values keep their order.
 *
 * @throws {DirectoryError} for a bad DN or attribute name, half a surrogate pair, and an entry without values.
 */
export function formatLdifRecord(record: LdifRecordBody): string {
  return `${recordLines(record).join('\n')}\n\n`;
}

function recordLines(record: LdifRecordBody): string[] {
  if (record.kind === 'content') return [dnLine('dn', record.entry.dn), ...entryLines(record.entry)];
  const head = [dnLine('dn', record.dn), ...record.controls.map(controlLine)];
  switch (record.kind) {
    case 'add':
      return [...head, 'changetype: add', ...entryLines(record.entry)];
    case 'delete':
      return [...head, 'changetype: delete'];
    case 'modify':
      return [...head, 'changetype: modify', ...record.modifications.flatMap(modificationLines)];
    case 'rename':
      return [
        ...head,
        `changetype: ${record.newSuperior === undefined ? 'modrdn' : 'moddn'}`,
        dnLine('newrdn', record.newRdn),
        `deleteoldrdn: ${record.deleteOldRdn ? 1 : 0}`,
        ...(record.newSuperior === undefined ? [] : [dnLine('newsuperior', record.newSuperior)]),
      ];
  }
}

function dnLine(keyword: string, dn: string): string {
  parseDn(dn);
  return valueLine(keyword, dn);
}

function entryLines(entry: DirectoryEntry): string[] {
  const lines: string[] = [];
  for (const [name, values] of entry.attributes) {
    const { key } = parseAttributeDescription(name);
    for (const value of values) lines.push(valueLine(key, value));
  }
  if (lines.length === 0) throw new DirectoryError('ldif-empty-record', 'An entry without values cannot be written.');
  return lines;
}

function modificationLines({ operation, attribute, values }: LdifModification): string[] {
  const { key } = parseAttributeDescription(attribute);
  return [folded(`${operation}: ${key}`), ...values.map((value) => valueLine(key, value)), '-'];
}

function controlLine({ oid, critical, value }: LdifControl): string {
  if (!/^[0-9]+(?:\.[0-9]+)*$/.test(oid)) throw new DirectoryError('ldif-bad-control', 'A control is named by an OID.');
  const encoded = value === undefined ? '' : `:: ${Buffer.from(value).toString('base64')}`.trimEnd();
  return folded(`control: ${oid} ${critical}${encoded}`);
}

function valueLine(name: string, value: AttributeValue): string {
  if (typeof value === 'string') {
    if (value === '') return folded(`${name}:`);
    if (safeText.test(value)) return folded(`${name}: ${value}`);
    if (!value.isWellFormed()) {
      throw new DirectoryError('value-not-unicode', `A value of ${name} holds half a surrogate pair.`);
    }
  }
  const bytes =
    typeof value === 'string' ? Buffer.from(value) : Buffer.from(value.buffer, value.byteOffset, value.length);
  return folded(bytes.length === 0 ? `${name}::` : `${name}:: ${bytes.toString('base64')}`);
}

/** RFC 2849 note 10: at most 76 characters a line; a space in front of every further one. */
function folded(line: string): string {
  if (line.length <= lineLength) return line;
  const lines = [line.slice(0, lineLength)];
  for (let at = lineLength; at < line.length; at += lineLength - 1)
    lines.push(` ${line.slice(at, at + lineLength - 1)}`);
  return lines.join('\n');
}
