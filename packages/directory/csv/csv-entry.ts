/**
 * Rows of a CSV file as directory entries: columns are attributes, one column is the key, and every row is of one object
 * type. An empty field is no value.
 *
 * A row has no place in a tree, so its DN is flat: the key attribute and the key. Its anchor is made of the object type
 * and the key, so that it stays the same whatever else of the row changes.
 */
import { createHash } from 'node:crypto';
import { parseAttributeDescription } from '../attribute-name.ts';
import { formatDn } from '../dn.ts';
import type { DirectoryEntry } from '../entry.ts';
import { DirectoryError } from '../error.ts';
import { CsvError } from './csv-error.ts';
import type { CsvRow } from './read-csv.ts';

/** How rows become entries. Names of columns compare without regard to case. */
export interface CsvMapping {
  /** The column whose value names the object for good, as a personnel number does. */
  readonly keyColumn: string;
  /** Value of `objectClass` of every entry, such as `person`. */
  readonly objectType: string;
  /** Attribute by column. With it, columns that it does not name are passed over; without, every column is an attribute. */
  readonly attributes?: ReadonlyMap<string, string>;
  /** Columns that hold several values in one field. */
  readonly multiValued?: readonly string[];
  /** Stands between the values of such a field. Default `|`. */
  readonly valueSeparator?: string;
}

export interface CsvObject {
  readonly entry: DirectoryEntry;
  /** 16 bytes. */
  readonly anchor: Uint8Array;
}

interface Column {
  readonly index: number;
  readonly attribute: string;
  readonly separator: string | undefined;
}

/**
 * Settles what each column is, and gives the function that turns rows into entries.
 *
 * @throws {CsvError} `csv-column-unknown`, `csv-header`
 */
export function entryReader(
  fileName: string,
  header: readonly string[],
  mapping: CsvMapping,
): (row: CsvRow) => CsvObject {
  const columns = mappedColumns(fileName, header, mapping);
  const keyIndex = indexOfColumn(fileName, header, mapping.keyColumn);
  const keyAttribute = columns.find(({ index }) => index === keyIndex)?.attribute;
  if (keyAttribute === undefined) {
    throw atHeader(
      fileName,
      'csv-column-unknown',
      `The key column ${mapping.keyColumn} has no attribute. Give it one.`,
    );
  }
  return (row) => {
    const key = row.fields[keyIndex]!.trim();
    if (key === '') {
      const sentence = `The key column ${mapping.keyColumn} is empty. Every row needs a key.`;
      throw new CsvError('csv-anchor-missing', { fileName, line: row.line, column: 0 }, sentence);
    }
    const attributes = new Map<string, string[]>([['objectClass', [mapping.objectType]]]);
    for (const { index, attribute, separator } of columns) {
      const field = index === keyIndex ? key : row.fields[index]!;
      const values =
        separator === undefined ? [field] : [...new Set(field.split(separator).map((text) => text.trim()))];
      const given = values.filter((value) => value !== '');
      if (given.length > 0) attributes.set(attribute, given);
    }
    return {
      entry: { dn: formatDn([[{ type: keyAttribute, value: key }]]), attributes },
      anchor: anchorOfKey(mapping.objectType, key),
    };
  };
}

/** 128 bits of SHA-256: two keys of one file never share them, and the same key has them for ever. */
function anchorOfKey(objectType: string, key: string): Uint8Array {
  const digest = createHash('sha256').update(`${objectType.toLowerCase()}\0${key}`).digest();
  return new Uint8Array(digest.subarray(0, 16));
}

function mappedColumns(fileName: string, header: readonly string[], mapping: CsvMapping): Column[] {
  const multiValued = new Set((mapping.multiValued ?? []).map((column) => indexOfColumn(fileName, header, column)));
  const separatorOf = (index: number): string | undefined =>
    multiValued.has(index) ? (mapping.valueSeparator ?? '|') : undefined;
  const named: (readonly [number, string])[] =
    mapping.attributes === undefined
      ? header.map((name, index) => [index, name] as const)
      : [...mapping.attributes].map(([column, name]) => [indexOfColumn(fileName, header, column), name] as const);
  const columns: Column[] = [];
  for (const [index, name] of named) {
    const attribute = attributeOf(fileName, header[index]!, name);
    if (columns.some((column) => column.attribute === attribute)) {
      throw atHeader(fileName, 'csv-header', `Two columns are the attribute ${attribute}. Keep one of them.`);
    }
    columns.push({ index, attribute, separator: separatorOf(index) });
  }
  return columns;
}

function attributeOf(fileName: string, column: string, name: string): string {
  const refusal = (why: string, cause?: unknown): CsvError =>
    new CsvError('csv-header', { fileName, line: 1, column: 0 }, `The column ${column} ${why}`, { cause });
  let description: ReturnType<typeof parseAttributeDescription>;
  try {
    description = parseAttributeDescription(name);
  } catch (cause) {
    if (!(cause instanceof DirectoryError)) throw cause;
    throw refusal('has a name that no attribute can have. Say in the configuration which attribute it is.', cause);
  }
  if (description.syntax === 'binary') throw refusal('is an attribute that holds bytes, which CSV cannot carry.');
  if (description.key === 'objectClass') throw refusal('is objectClass, which the configuration gives to every row.');
  return description.key;
}

function indexOfColumn(fileName: string, header: readonly string[], column: string): number {
  const index = header.findIndex((name) => name.toLowerCase() === column.trim().toLowerCase());
  if (index >= 0) return index;
  throw atHeader(fileName, 'csv-column-unknown', `There is no column ${column}. Check the header and the delimiter.`);
}

function atHeader(fileName: string, code: 'csv-column-unknown' | 'csv-header', sentence: string): CsvError {
  return new CsvError(code, { fileName, line: 1, column: 0 }, sentence);
}
