/**
 * Reading CSV (RFC 4180) from bytes, one row at a time. What the columns mean is for `csv-entry.ts`.
 *
 * Read beyond the RFC, because many writers do so: a byte-order mark, line ends of LF alone, another delimiter, and empty
 * lines, which are passed over. Everything else is strict: UTF-8 only, every row as long as the header, quotes where they
 * may stand, so that a file that was cut short or saved wrongly does not pass for a whole one.
 *
 * Holds one row and one chunk.
 */
import { isUtf8 } from 'node:buffer';
import { CsvError, type CsvErrorCode, type CsvPlace } from './csv-error.ts';

export interface CsvLimits {
  /** One row, in bytes. This bounds the memory of a reader. */
  readonly rowBytes: number;
  readonly columns: number;
  /** Rows without the header. */
  readonly rows: number;
}

const defaultCsvLimits: CsvLimits = { rowBytes: 4 * 1024 * 1024, columns: 1_024, rows: 5_000_000 };

export interface CsvOptions {
  /** Stands in error messages. Default `CSV`. */
  readonly fileName?: string;
  /** One ASCII character other than a quote or a line end. Default a comma. */
  readonly delimiter?: string;
  readonly limits?: Partial<CsvLimits>;
}

/** A row as long as the header. */
export interface CsvRow {
  readonly fields: readonly string[];
  /** The line on which the row begins, from 1. */
  readonly line: number;
}

/** The names of the columns, then the rows in the order of the file. */
export interface CsvTable {
  readonly header: readonly string[];
  readonly rows: AsyncGenerator<CsvRow, void, undefined>;
}

const quote = 0x22;
const carriageReturn = 0x0d;
const lineFeed = 0x0a;

/**
 * Reads the header at once and the rows as they are asked for. Chunks may be of any size.
 *
 * @throws {CsvError} at the first fault; earlier rows have been handed on by then.
 */
export async function readCsv(source: AsyncIterable<Uint8Array>, options: CsvOptions = {}): Promise<CsvTable> {
  const scanner = new RowScanner(options);
  const rows = scan(source, scanner);
  const first = await rows.next();
  if (first.done === true) {
    throw scanner.refusal('csv-header', 'The file is empty. Its first row must name the columns.');
  }
  scanner.expectColumns(first.value.fields.length);
  return { header: checkedHeader(first.value, scanner), rows };
}

async function* scan(source: AsyncIterable<Uint8Array>, scanner: RowScanner): AsyncGenerator<CsvRow, void, undefined> {
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; ) {
      at = scanner.take(chunk, at);
      if (scanner.row !== undefined) yield scanner.row;
    }
  }
  scanner.end();
  if (scanner.row !== undefined) yield scanner.row;
}

function checkedHeader({ fields, line }: CsvRow, scanner: RowScanner): readonly string[] {
  const seen = new Set<string>();
  for (const [index, field] of fields.entries()) {
    const name = field.trim();
    if (name === '') throw scanner.refusal('csv-header', `Column ${index + 1} of the header has no name.`, line);
    if (seen.has(name.toLowerCase())) {
      throw scanner.refusal('csv-header', `Column ${index + 1} of the header has the name of another column.`, line);
    }
    seen.add(name.toLowerCase());
  }
  return fields.map((field) => field.trim());
}

/** Where the scanner stands: at the start of a field, in a plain or a quoted one, behind a quote that may have ended it. */
type ScanState = 'field-start' | 'plain' | 'quoted' | 'quote-seen' | 'return-seen';

class RowScanner {
  /** The row that the last `take` or `end` completed. */
  row: CsvRow | undefined;
  readonly #fileName: string;
  readonly #delimiter: number;
  readonly #limits: CsvLimits;
  #state: ScanState = 'field-start';
  /** The unquoted bytes of the row, field after field. */
  #bytes: Buffer = Buffer.allocUnsafeSlow(4_096);
  #length = 0;
  #fields: string[] = [];
  #fieldStart = 0;
  #hasQuotes = false;
  #fieldPlace = { line: 1, column: 1 };
  #rowLine = 1;
  #line = 1;
  #column = 1;
  #columns: number | undefined;
  #rowCount = 0;
  #byteOrderMark = 0;

  constructor({ fileName = 'CSV', delimiter = ',', limits }: CsvOptions) {
    this.#fileName = fileName;
    this.#limits = { ...defaultCsvLimits, ...limits };
    this.#delimiter = delimiter.charCodeAt(0);
    if (delimiter.length !== 1 || this.#delimiter > 0x7e || '"\r\n'.includes(delimiter)) {
      throw this.refusal('csv-header', 'The delimiter must be one ASCII character, and no quote or line end.', 0);
    }
  }

  expectColumns(count: number): void {
    this.#columns = count;
  }

  refusal(code: CsvErrorCode, sentence: string, line = this.#line): CsvError {
    return this.#refusalAt(code, { line, column: 0 }, sentence);
  }

  /** Takes bytes up to the end of the row or of the chunk; gives where it stopped. @throws {CsvError} */
  take(chunk: Uint8Array, from: number): number {
    this.row = undefined;
    for (let at = this.#skipByteOrderMark(chunk, from); at < chunk.length; at++) {
      this.#takeByte(chunk[at]!);
      if (this.row !== undefined) return at + 1;
    }
    return chunk.length;
  }

  /** The last row, where the file does not end it. @throws {CsvError} */
  end(): void {
    this.row = undefined;
    if (this.#state === 'quoted') {
      throw this.#refusalAt(
        'csv-quote',
        this.#fieldPlace,
        'The quoted field that begins here does not end. The file may have been cut short.',
      );
    }
    if (this.#state === 'return-seen') throw this.#strayReturn();
    if (this.#fields.length > 0 || this.#length > 0 || this.#state !== 'field-start') this.#endRow();
  }

  #skipByteOrderMark(chunk: Uint8Array, from: number): number {
    let at = from;
    while (this.#byteOrderMark < 3 && at < chunk.length) {
      const byte = chunk[at]!;
      if (byte === [0xef, 0xbb, 0xbf][this.#byteOrderMark]) {
        this.#byteOrderMark += 1;
        at += 1;
        continue;
      }
      if (this.#byteOrderMark > 0 || byte >= 0xfe) {
        throw this.#refusalAt('csv-not-utf8', { line: 1, column: 1 }, 'The file is not UTF-8. Save it as UTF-8.');
      }
      this.#byteOrderMark = 3;
    }
    return at;
  }

  #takeByte(byte: number): void {
    switch (this.#state) {
      case 'field-start':
        if (byte === quote) {
          this.#state = 'quoted';
          this.#hasQuotes = true;
          break;
        }
        this.#state = 'plain';
        this.#takePlain(byte);
        break;
      case 'plain':
        this.#takePlain(byte);
        break;
      case 'quoted':
        if (byte === quote) this.#state = 'quote-seen';
        else this.#append(byte);
        break;
      case 'quote-seen':
        this.#takeAfterQuote(byte);
        break;
      case 'return-seen':
        if (byte !== lineFeed) throw this.#strayReturn();
        this.#endLine();
        break;
    }
    if (byte === lineFeed) {
      this.#line += 1;
      this.#column = 1;
    } else if ((byte & 0xc0) !== 0x80) this.#column += 1;
  }

  #takePlain(byte: number): void {
    if (byte === this.#delimiter) this.#endField();
    else if (byte === lineFeed) this.#endLine();
    else if (byte === carriageReturn) this.#state = 'return-seen';
    else if (byte === quote) {
      throw this.#refusalHere(
        'csv-quote',
        'A quote inside a field. Put the whole field in quotes, and write a quote in it twice.',
      );
    } else this.#append(byte);
  }

  /** RFC 4180 2.7: two quotes are one; else the field is over. */
  #takeAfterQuote(byte: number): void {
    if (byte === quote) {
      this.#append(byte);
      this.#state = 'quoted';
    } else if (byte === this.#delimiter) this.#endField();
    else if (byte === lineFeed) this.#endLine();
    else if (byte === carriageReturn) this.#state = 'return-seen';
    else {
      throw this.#refusalHere(
        'csv-quote',
        'Something follows the quote that ends a field. Write a quote inside a field twice.',
      );
    }
  }

  #append(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(this.#bytes.length * 2);
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    if (this.#length >= this.#limits.rowBytes) {
      const limit = `The row is larger than ${this.#limits.rowBytes} bytes.`;
      const hint = `${limit} Look for a quote that is not closed in it, or raise the limit.`;
      throw this.#refusalAt('csv-too-large', { line: this.#rowLine, column: 0 }, hint);
    }
    this.#bytes[this.#length++] = byte;
  }

  #endField(): void {
    const bytes = this.#bytes.subarray(this.#fieldStart, this.#length);
    if (!isUtf8(bytes)) {
      throw this.#refusalAt('csv-not-utf8', this.#fieldPlace, 'The field is not UTF-8. Save the file as UTF-8.');
    }
    if (this.#fields.length === this.#limits.columns) {
      const sentence = `The row has more than ${this.#limits.columns} fields.`;
      throw this.#refusalAt('csv-too-large', this.#fieldPlace, sentence);
    }
    this.#fields.push(bytes.toString('utf8'));
    this.#fieldStart = this.#length;
    this.#fieldPlace = { line: this.#line, column: this.#column + 1 };
    this.#state = 'field-start';
  }

  #endLine(): void {
    const isEmpty = this.#fields.length === 0 && this.#length === 0 && !this.#hasQuotes;
    if (!isEmpty) this.#endRow();
    this.#state = 'field-start';
    this.#rowLine = this.#line + 1;
    this.#fieldPlace = { line: this.#line + 1, column: 1 };
  }

  #endRow(): void {
    this.#endField();
    if (this.#columns !== undefined && this.#fields.length !== this.#columns) {
      throw this.#refusalAt(
        'csv-fields',
        { line: this.#rowLine, column: 0 },
        `The row has ${this.#fields.length} fields and the header ${this.#columns}. Check for a delimiter that needs quotes, or for a cut-off file.`,
      );
    }
    if (this.#columns !== undefined && ++this.#rowCount > this.#limits.rows) {
      const sentence = `The file has more than ${this.#limits.rows} rows.`;
      throw this.#refusalAt('csv-too-large', { line: this.#rowLine, column: 0 }, sentence);
    }
    this.row = { fields: this.#fields, line: this.#rowLine };
    this.#fields = [];
    this.#length = 0;
    this.#fieldStart = 0;
    this.#hasQuotes = false;
  }

  #strayReturn(): CsvError {
    return this.#refusalHere('csv-quote', 'A carriage return without a line feed. Save the file with CRLF or LF.');
  }

  #refusalHere(code: CsvErrorCode, sentence: string): CsvError {
    return this.#refusalAt(code, { line: this.#line, column: this.#column }, sentence);
  }

  #refusalAt(code: CsvErrorCode, place: Omit<CsvPlace, 'fileName'>, sentence: string): CsvError {
    return new CsvError(code, { fileName: this.#fileName, ...place }, sentence);
  }
}
