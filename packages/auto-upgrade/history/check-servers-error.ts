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

const shownLimit = 20;

/** Several refusals of one list as one, with the code and the place of the first. `isAll`: there are no more of them. */
export function together(refusals: readonly CheckServersError[], isAll: boolean): CheckServersError {
  const [first] = refusals;
  if (first === undefined) throw new TypeError('nothing was refused');
  if (refusals.length === 1 && isAll) return first;
  const { code, row, column } = first;
  const count = isAll ? String(refusals.length) : `at least ${refusals.length}`;
  const more = refusals.length - shownLimit;
  const lines = [
    `${count} rows cannot be read:`,
    ...refusals.slice(0, shownLimit).map(({ message }) => message),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
  const at = row === undefined || column === undefined ? undefined : { row, column };
  return new CheckServersError(code, lines.join('\n  '), at);
}
