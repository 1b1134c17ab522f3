/**
 * The lines of one record to a record (RFC 2849 `ldif-attrval-record`, `ldif-change-record`). Pure but for values by URL.
 *
 * Stricter than some readers: every modification ends with `-`, also the last one of a record, because a file that was cut
 * short must not pass for a whole one.
 */
import type { AttributeDescription } from '../attribute-name.ts';
import { parseAttributeDescription } from '../attribute-name.ts';
import { normaliseDn, parseDn } from '../dn.ts';
import type { AttributeValue, DirectoryEntry } from '../entry.ts';
import { attributeValueFromBytes } from '../entry.ts';
import { DirectoryError } from '../error.ts';
import type { LdifErrorCode, LdifPlace } from './ldif-error.ts';
import { LdifError } from './ldif-error.ts';
import type { LogicalLine } from './lines.ts';
import type { LdifControl, LdifModification, LdifRecord, RecordContext } from './record.ts';
import type { NamedLine } from './value.ts';
import { dash, keywordText, namedLine, valueBytes, valueSpecBytes } from './value.ts';

/** @param lines at least one, none blank. @throws {LdifError} */
export function parseRecord(lines: readonly LogicalLine[], context: RecordContext): LdifRecord {
  const reader = new RecordReader(lines, context);
  const dn = readRecordDn(reader);
  const { line } = lines[0]!;
  const controls = readControls(reader);
  if (reader.peekName() === 'changetype') return { ...readChange(reader, dn, controls), line };
  if (controls.length > 0) {
    throw reader.refusal('ldif-bad-change', '`control:` lines must be followed by `changetype:`.');
  }
  return { kind: 'content', entry: readEntry(reader, dn), line };
}

/** Steps through the lines of a record and knows where it stands. */
class RecordReader {
  readonly context: RecordContext;
  readonly #lines: readonly LogicalLine[];
  #at = 0;
  #valuesLeft: number;

  constructor(lines: readonly LogicalLine[], context: RecordContext) {
    this.#lines = lines;
    this.context = context;
    this.#valuesLeft = context.limits.values;
  }

  get atEnd(): boolean {
    return this.#at === this.#lines.length;
  }

  /** The next line's name in lower case; undefined at the end and at a line without a colon. */
  peekName(): string | undefined {
    const bytes = this.#lines[this.#at]?.bytes;
    const colon = bytes?.indexOf(':') ?? -1;
    return colon < 0 ? undefined : bytes?.toString('latin1', 0, colon).toLowerCase();
  }

  next(): NamedLine {
    return namedLine(this.#lines[this.#at++]!, this.context);
  }

  takeDash(): boolean {
    if (this.atEnd || !this.#lines[this.#at]!.bytes.equals(dash)) return false;
    this.#at++;
    return true;
  }

  /** Takes the next line if it is `keyword: …`, and gives its text. */
  takeKeyword(keyword: string, refusal: LdifErrorCode): { text: string; place: LdifPlace } | undefined {
    if (this.peekName() !== keyword) return undefined;
    const line = this.next();
    return { text: keywordText(line, this.context, refusal), place: line.place };
  }

  countValue(place: LdifPlace): void {
    if (--this.#valuesLeft < 0) throw tooMany(place, 'values', this.context.limits.values);
  }

  /** A refusal at the next line, or at the last one when there is no next. */
  refusal(code: LdifErrorCode, sentence: string): LdifError {
    const { line } = (this.#lines[this.#at] ?? this.#lines.at(-1))!;
    return new LdifError(code, { fileName: this.context.fileName, line }, sentence);
  }

  expectEnd(changetype: string): void {
    if (this.atEnd) return;
    throw this.refusal(
      'ldif-bad-change',
      `Nothing more may follow in a \`changetype: ${changetype}\` record. Put an empty line between records.`,
    );
  }
}

function readRecordDn(reader: RecordReader): string {
  const dn = reader.takeKeyword('dn', 'ldif-bad-dn');
  if (dn !== undefined) return checkedDn(dn.text, dn.place);
  const name = reader.peekName();
  if (name === 'version') {
    throw reader.refusal('ldif-bad-version', '`version: 1` may stand once, before the first record. Remove this line.');
  }
  const hint = name === 'search' ? ' This looks like output of ldapsearch; call it with -LLL.' : '';
  throw reader.refusal(
    'ldif-missing-dn',
    `A record must start with \`dn:\`. Check for an empty line inside the record before.${hint}`,
  );
}

function checkedDn(text: string, place: LdifPlace): string {
  return wrapped('ldif-bad-dn', place, () => {
    normaliseDn(text);
    return text;
  });
}

/** Runs a parser of this package and says where in the file its refusal belongs. */
function wrapped<T>(code: LdifErrorCode, place: LdifPlace, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof DirectoryError) throw new LdifError(code, place, error.message, { cause: error });
    throw error;
  }
}

const controlPattern = /^ *([0-9]+(?:\.[0-9]+)*)(?: +(true|false))?(:.*)?$/is;

function readControls(reader: RecordReader): LdifControl[] {
  const controls: LdifControl[] = [];
  while (reader.peekName() === 'control') {
    const { rest, place } = reader.next();
    reader.countValue(place);
    const match = controlPattern.exec(rest.toString('latin1'));
    if (match === null) {
      const form = '`control: 1.2.840.113556.1.4.805 true`, and a value after a further colon';
      throw new LdifError('ldif-bad-control', place, `A control is written ${form}.`);
    }
    const oid = match[1]!;
    const critical = match[2]?.toLowerCase() === 'true';
    const valueLength = match[3]?.length;
    if (valueLength === undefined) controls.push({ oid, critical });
    else {
      const spec = rest.subarray(rest.length - valueLength + 1);
      controls.push({ oid, critical, value: new Uint8Array(valueSpecBytes(spec, place, reader.context)) });
    }
  }
  return controls;
}

function readChange(reader: RecordReader, dn: string, controls: readonly LdifControl[]) {
  const changetype = reader.takeKeyword('changetype', 'ldif-bad-changetype')!;
  const kind = changetype.text.toLowerCase();
  switch (kind) {
    case 'add':
      return { kind, dn, controls, entry: readEntry(reader, dn) } as const;
    case 'delete':
      reader.expectEnd(kind);
      return { kind, dn, controls } as const;
    case 'modify':
      return { kind, dn, controls, modifications: readModifications(reader) } as const;
    case 'modrdn':
    case 'moddn':
      return { kind: 'rename', dn, controls, ...readRename(reader, kind) } as const;
    default:
      throw new LdifError(
        'ldif-bad-changetype',
        changetype.place,
        'A changetype is add, delete, modify, modrdn or moddn.',
      );
  }
}

function readEntry(reader: RecordReader, dn: string): DirectoryEntry {
  if (reader.atEnd) {
    throw reader.refusal('ldif-empty-record', 'The record has a DN and no attribute. Add one, or remove the record.');
  }
  const attributes = new Map<string, AttributeValue[]>();
  while (!reader.atEnd) {
    const line = reader.next();
    const attribute = readDescription(line.name, line.place);
    const values = attributes.get(attribute.key);
    if (values !== undefined) values.push(readValue(reader, line, attribute));
    else {
      if (attributes.size === reader.context.limits.attributes) {
        throw tooMany(line.place, 'attributes', reader.context.limits.attributes);
      }
      attributes.set(attribute.key, [readValue(reader, line, attribute)]);
    }
  }
  return { dn, attributes };
}

function readDescription(name: string, place: LdifPlace): AttributeDescription {
  return wrapped('ldif-bad-attribute', place, () => parseAttributeDescription(name));
}

function readValue(reader: RecordReader, line: NamedLine, attribute: AttributeDescription): AttributeValue {
  reader.countValue(line.place);
  const bytes = valueBytes(line, reader.context);
  return wrapped('ldif-not-utf8', line.place, () => attributeValueFromBytes(attribute, bytes));
}

const operations: ReadonlyMap<string, LdifModification['operation']> = new Map([
  ['add', 'add'],
  ['delete', 'delete'],
  ['replace', 'replace'],
  ['increment', 'increment'],
]);

function readModifications(reader: RecordReader): LdifModification[] {
  const modifications: LdifModification[] = [];
  while (!reader.atEnd) {
    const line = reader.next();
    if (modifications.length === reader.context.limits.attributes) {
      throw tooMany(line.place, 'modifications', reader.context.limits.attributes);
    }
    modifications.push(readModification(reader, line));
  }
  return modifications;
}

function readModification(reader: RecordReader, first: NamedLine): LdifModification {
  const operation = operations.get(first.name.toLowerCase());
  if (operation === undefined) {
    const why =
      'A modification starts with `add:`, `delete:`, `replace:` or `increment:` and the name of an attribute.';
    throw new LdifError('ldif-bad-change', first.place, why);
  }
  const attribute = readDescription(keywordText(first, reader.context, 'ldif-bad-change'), first.place);
  const values: AttributeValue[] = [];
  while (!reader.takeDash()) {
    if (reader.atEnd)
      throw reader.refusal('ldif-bad-change', 'A modification must end with a line that holds only `-`.');
    const line = reader.next();
    if (readDescription(line.name, line.place).key !== attribute.key) {
      const why = `Within \`${operation}: ${attribute.key}\` every line must name ${attribute.key}. End the modification with \`-\` first.`;
      throw new LdifError('ldif-bad-change', line.place, why);
    }
    values.push(readValue(reader, line, attribute));
  }
  if (operation === 'add' && values.length === 0) {
    throw new LdifError('ldif-bad-change', first.place, 'An `add:` needs at least one value.');
  }
  if (operation === 'increment' && (values.length !== 1 || !/^-?[0-9]+$/.test(String(values[0])))) {
    throw new LdifError('ldif-bad-change', first.place, 'An `increment:` needs exactly one value, a whole number.');
  }
  return { operation, attribute: attribute.key, values };
}

function readRename(reader: RecordReader, changetype: string) {
  const newRdn = reader.takeKeyword('newrdn', 'ldif-bad-dn');
  if (newRdn === undefined) throw reader.refusal('ldif-bad-change', `A ${changetype} goes on with \`newrdn:\`.`);
  if (wrapped('ldif-bad-dn', newRdn.place, () => parseDn(newRdn.text)).length !== 1) {
    throw new LdifError(
      'ldif-bad-dn',
      newRdn.place,
      'A new RDN is one RDN. The rest of a DN goes into `newsuperior:`.',
    );
  }
  const flag = reader.takeKeyword('deleteoldrdn', 'ldif-bad-change');
  if (flag === undefined || !/^[01]$/.test(flag.text)) {
    const why =
      'After `newrdn:` comes `deleteoldrdn: 1` (the old name goes) or `deleteoldrdn: 0` (it stays as a value).';
    throw flag === undefined
      ? reader.refusal('ldif-bad-change', why)
      : new LdifError('ldif-bad-change', flag.place, why);
  }
  const newSuperior = reader.takeKeyword('newsuperior', 'ldif-bad-dn');
  reader.expectEnd(changetype);
  return {
    newRdn: newRdn.text,
    deleteOldRdn: flag.text === '1',
    ...(newSuperior === undefined ? {} : { newSuperior: checkedDn(newSuperior.text, newSuperior.place) }),
  };
}

function tooMany(place: LdifPlace, what: string, limit: number): LdifError {
  const sentence = `The record has more than ${limit} ${what}. Raise the limit of the import if that is meant.`;
  return new LdifError('ldif-too-large', place, sentence);
}
