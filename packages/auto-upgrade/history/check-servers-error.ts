/** The error of reading a list of servers, and the catalogue of its codes. */

/** Every code with its meaning. */
export const checkServersErrors = {
  'csv-too-large': 'A list of servers has more than 8 MiB or more than 100,000 rows.',
  'malformed-csv': 'A list of servers is not CSV: a quotation mark is wrong, or a cell or row too long.',
  'wrong-columns': 'A list of servers lacks a column that is needed, or has one twice.',
  'malformed-cell': 'A cell of a list of servers cannot be read as what its column holds.',
} as const;

export type CheckServersErrorCode = keyof typeof checkServersErrors;

/** A list of servers was refused. Row and column count from 1; the header is row 1. */
export class CheckServersError extends Error {
  override readonly name = 'CheckServersError';
  readonly code: CheckServersErrorCode;
  readonly row?: number;
  readonly column?: number;

  constructor(code: CheckServersErrorCode, message: string, at?: { readonly row: number; readonly column: number }) {
    super(message);
    this.code = code;
    if (at !== undefined) {
      this.row = at.row;
      this.column = at.column;
    }
  }
}
