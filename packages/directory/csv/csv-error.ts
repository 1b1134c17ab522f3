/**
 * Where and why a CSV file was refused. The first fault ends the reading: a file that is wrong in one row may be wrong in
 * any, and half an import is worse than none. Messages never quote a value.
 */

/** Every code with its meaning. */
export const csvErrors = {
  'csv-anchor-duplicate': 'Two rows have the same key, so neither can be told to be the object.',
  'csv-anchor-missing': 'A row has no value in the key column.',
  'csv-changing': 'The file changed while it was read. It is read again.',
  'csv-column-unknown': 'A column that the configuration names is not in the header.',
  'csv-fields': 'A row has more or fewer fields than the header.',
  'csv-header': 'The header is missing, has an empty or repeated name, or a name that is no attribute.',
  'csv-not-utf8': 'The file is not UTF-8.',
  'csv-quote': 'A quote stands where RFC 4180 allows none, or a quoted field does not end.',
  'csv-too-large': 'A row, a field or the file is beyond its limit.',
  'csv-unreadable': 'The CSV file cannot be read.',
} as const;

export type CsvErrorCode = keyof typeof csvErrors;

/** A place in a file, both from 1; 0 where the complaint is about the file or the row. Columns count characters. */
export interface CsvPlace {
  readonly fileName: string;
  readonly line: number;
  readonly column: number;
}

/** The message is `file:line:column: what is wrong and how to mend it.` */
export class CsvError extends Error {
  override readonly name = 'CsvError';
  readonly code: CsvErrorCode;
  readonly fileName: string;
  readonly line: number;
  readonly column: number;

  constructor(code: CsvErrorCode, place: CsvPlace, sentence: string, options?: ErrorOptions) {
    const position = [place.line, place.column].filter((number) => number > 0);
    super(`${[place.fileName, ...position].join(':')}: ${sentence}`, options);
    this.code = code;
    this.fileName = place.fileName;
    this.line = place.line;
    this.column = place.column;
  }
}
