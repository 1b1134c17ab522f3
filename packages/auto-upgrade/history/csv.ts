/**
 * CSV as spreadsheets write it: RFC 4180 quoting, a comma, semicolon or tab between cells, CRLF or LF, a byte order mark.
 * Cells are text and nothing else: a formula is read as its letters, and written so that no spreadsheet runs it (rule S30).
 */
import { CheckServersError } from './check-servers-error.ts';

export interface CsvLimits {
  readonly sizeBytes: number;
  /** Without the header. */
  readonly rows: number;
  readonly columns: number;
  /** Characters (UTF-16). */
  readonly cell: number;
}

/** A row that is not empty, with its number in the file: the header is 1, and line breaks in cells do not count. */
export interface CsvRow {
  readonly row: number;
  readonly cells: readonly string[];
}

/** @throws {CheckServersError} `csv-too-large`, `malformed-csv` with row and column. */
export function parseCsv(text: string, limits: CsvLimits): readonly CsvRow[] {
  if (isLonger(text, limits.sizeBytes)) {
    throw new CheckServersError('csv-too-large', `the file has more than ${limits.sizeBytes} bytes: split it`);
  }
  const marked = text.startsWith('\uFEFF') ? text.slice(1) : text;
  // Spreadsheets announce their separator so.
  const announced = /^sep=([,;\t])\r?\n/.exec(marked);
  const body = announced === null ? marked : marked.slice(announced[0].length);
  return new CsvReader(body, announced?.[1] ?? separatorOf(body), limits).rows();
}

/** Reads once from left to right; the next cell begins at `#at`. */
class CsvReader {
  readonly #text: string;
  readonly #separator: string;
  readonly #limits: CsvLimits;
  #at = 0;
  #row = 1;
  #column = 1;

  constructor(text: string, separator: string, limits: CsvLimits) {
    this.#text = text;
    this.#separator = separator;
    this.#limits = limits;
  }

  rows(): readonly CsvRow[] {
    const rows: CsvRow[] = [];
    while (this.#at < this.#text.length) {
      const cells = this.#cells();
      if (cells.some((cell) => cell.trim() !== '')) rows.push({ row: this.#row, cells });
      if (rows.length > this.#limits.rows + 1) {
        throw new CheckServersError('csv-too-large', `the file has more than ${this.#limits.rows} rows: split it`);
      }
      this.#row += 1;
    }
    return rows;
  }

  #cells(): readonly string[] {
    const cells: string[] = [];
    for (;;) {
      this.#column = cells.length + 1;
      if (this.#column > this.#limits.columns) throw this.#refusal(`has more than ${this.#limits.columns} cells`);
      const cell = this.#text[this.#at] === '"' ? this.#quoted() : this.#plain();
      if (cell.length > this.#limits.cell) throw this.#refusal(`is longer than ${this.#limits.cell} characters`);
      cells.push(cell);
      const end = this.#text[this.#at];
      if (end === this.#separator) {
        this.#at += 1;
        continue;
      }
      if (end === '\r' && this.#text[this.#at + 1] === '\n') this.#at += 1;
      this.#at += 1;
      return cells;
    }
  }

  #plain(): string {
    const start = this.#at;
    for (; this.#at < this.#text.length; this.#at += 1) {
      const each = this.#text[this.#at];
      if (each === this.#separator || each === '\n' || each === '\r') break;
    }
    return this.#text.slice(start, this.#at);
  }

  #quoted(): string {
    const parts: string[] = [];
    for (let from = this.#at + 1; ; ) {
      const close = this.#text.indexOf('"', from);
      if (close < 0) throw this.#refusal('opens a quotation mark that is never closed');
      parts.push(this.#text.slice(from, close));
      if (this.#text[close + 1] !== '"') {
        this.#at = close + 1;
        break;
      }
      parts.push('"');
      from = close + 2;
    }
    const after = this.#text[this.#at];
    if (after === undefined || after === this.#separator || after === '\n' || after === '\r') return parts.join('');
    throw this.#refusal('goes on after its closing quotation mark');
  }

  #refusal(what: string): CheckServersError {
    const at = { row: this.#row, column: this.#column };
    return new CheckServersError('malformed-csv', `row ${at.row}, column ${at.column} ${what}`, at);
  }
}

/** Whichever stands most often in the first line, outside quotation marks. */
function separatorOf(text: string): string {
  const end = text.search(/[\r\n]/);
  const line = text.slice(0, end < 0 ? 10_000 : Math.min(end, 10_000)).replace(/"[^"]*"/g, '');
  const count = (separator: string): number => line.split(separator).length;
  return [',', ';', '\t'].reduce((best, each) => (count(each) > count(best) ? each : best));
}

/** Whether the text has more bytes of UTF-8, without writing them. */
function isLonger(text: string, sizeBytes: number): boolean {
  if (text.length > sizeBytes) return true;
  if (text.length * 3 <= sizeBytes) return false;
  let bytes = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    // Each half of a surrogate pair stands for two of the pair's four bytes.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3;
  }
  return bytes > sizeBytes;
}

/** One line with its CRLF. What a spreadsheet would take for a formula gets an apostrophe in front. */
export function formatCsvRow(cells: readonly string[]): string {
  const written = cells.map((cell) => {
    const tame = /^\s*[=+\-@]|^[\t\r]/.test(cell) ? `'${cell}` : cell;
    return /[",;\t\r\n]/.test(tame) ? `"${tame.replaceAll('"', '""')}"` : tame;
  });
  return `${written.join(',')}\r\n`;
}
