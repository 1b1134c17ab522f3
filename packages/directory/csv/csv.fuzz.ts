/** Any bytes through the CSV reader: rows as long as the header, the same however the bytes are cut, or a CsvError with its place. */
import { deepStrictEqual, equal } from 'node:assert/strict';
import { entryReader } from './csv-entry.ts';
import { CsvError } from './csv-error.ts';
import { readCsv } from './read-csv.ts';

const limits = { rowBytes: 4_096, columns: 64, rows: 10_000 };

async function readAll(chunks: readonly Uint8Array[]): Promise<readonly (readonly string[])[] | CsvError> {
  async function* source(): AsyncIterable<Uint8Array> {
    yield* chunks;
  }
  try {
    const { header, rows } = await readCsv(source(), { limits });
    const entryOf = entryReader('CSV', header, {
      keyColumn: header[0]!,
      objectType: 'person',
      attributes: new Map([[header[0]!, 'employeeID']]),
    });
    const table: (readonly string[])[] = [header];
    for await (const row of rows) {
      equal(row.fields.length, header.length);
      if (row.fields[0]!.trim() !== '') equal(entryOf(row).anchor.length, 16);
      table.push(row.fields);
    }
    return table;
  } catch (error) {
    if (error instanceof CsvError) return error;
    throw error;
  }
}

export const fuzz = {
  name: 'csv',
  seeds: [
    'id,name\r\n1,Ada\r\n2,"Grace, ""Amazing"" Hopper"\r\n',
    '\ufeffid;mail\n1;"two\r\nlines"\n\n2;zoë@example.test',
    'a\n""\n"x"\n',
  ],
  async run(input: Uint8Array): Promise<void> {
    const whole = await readAll([input]);
    const middle = input.length >> 1;
    const cut = await readAll([input.subarray(0, middle), input.subarray(middle)]);
    if (!(whole instanceof CsvError)) return deepStrictEqual(cut, whole);
    equal(cut instanceof CsvError ? cut.message : cut, whole.message);
  },
  allowed: (error: unknown): boolean => error instanceof CsvError,
};
