import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CsvError, type CsvErrorCode } from './csv-error.ts';
import { type CsvOptions, readCsv } from './read-csv.ts';

async function* chunks(...parts: (string | Uint8Array)[]): AsyncIterable<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
}

async function table(source: AsyncIterable<Uint8Array>, options: CsvOptions = {}) {
  const { header, rows } = await readCsv(source, options);
  const found: (readonly string[])[] = [];
  const lines: number[] = [];
  for await (const row of rows) {
    found.push(row.fields);
    lines.push(row.line);
  }
  return { header, rows: found, lines };
}

for (const { name, text, options, rows, lines } of [
  { name: 'fields are what stands between commas, spaces included', text: 'a,b\r\n1, 2 \r\n', rows: [['1', ' 2 ']] },
  {
    name: 'a quoted field holds delimiters, line ends and quotes',
    text: 'a,b\n"1,\r\n""x""",2\n',
    rows: [['1,\r\n"x"', '2']],
  },
  { name: 'the last row needs no line end', text: 'a,b\n1,2', rows: [['1', '2']] },
  { name: 'the last field may be empty at the end of the file', text: 'a,b\n1,', rows: [['1', '']] },
  { name: 'a byte-order mark is not part of the first name', text: '\ufeffa,b\n1,2\n', rows: [['1', '2']] },
  {
    name: 'empty lines are passed over and counted',
    text: '\r\na,b\r\n\r\n1,2\n\n3,4\n',
    rows: [
      ['1', '2'],
      ['3', '4'],
    ],
    lines: [4, 6],
  },
  { name: 'an empty field in quotes is a row where a line is not', text: 'a\n""\n\n', rows: [['']] },
  {
    name: 'another delimiter makes the comma a character',
    text: 'a;b\n1,5;2\n',
    options: { delimiter: ';' },
    rows: [['1,5', '2']],
  },
  { name: 'a tab delimits when it is told to', text: 'a\tb\n1\t2\n', options: { delimiter: '\t' }, rows: [['1', '2']] },
  {
    name: 'a row says on which line it begins, whatever line ends were quoted before',
    text: 'a,b\n"1\n1",2\n3,4\n',
    rows: [
      ['1\n1', '2'],
      ['3', '4'],
    ],
    lines: [2, 4],
  },
] as { name: string; text: string; options?: CsvOptions; rows: string[][]; lines?: number[] }[]) {
  test(name, async () => {
    const found = await table(chunks(text), options);
    assert.deepEqual(found.rows, rows);
    if (lines !== undefined) assert.deepEqual(found.lines, lines);
  });
}

for (const { name, bytes, options, code, place } of [
  { name: 'a file without a row has no header', bytes: '\n\n', code: 'csv-header', place: 'staff.csv:3: ' },
  { name: 'a column without a name is refused', bytes: 'a, \n', code: 'csv-header', place: 'staff.csv:1: ' },
  {
    name: 'a name that stands twice is refused, in whatever case',
    bytes: 'a,A\n',
    code: 'csv-header',
    place: 'staff.csv:1: ',
  },
  {
    name: 'a row that is too short may have been cut off',
    bytes: 'a,b\n1,2\n3',
    code: 'csv-fields',
    place: 'staff.csv:3: ',
  },
  {
    name: 'a row that is too long has a delimiter that needs quotes',
    bytes: 'a,b\n1,2,3\n',
    code: 'csv-fields',
    place: 'staff.csv:2: ',
  },
  {
    name: 'a quote inside a plain field is told with its column, in characters',
    bytes: 'a,b\nzö,x"y\n',
    code: 'csv-quote',
    place: 'staff.csv:2:5: ',
  },
  {
    name: 'nothing may follow the quote that ends a field',
    bytes: 'a,b\n"1" ,2\n',
    code: 'csv-quote',
    place: 'staff.csv:2:4: ',
  },
  {
    name: 'a quote that never ends is told where it began',
    bytes: 'a,b\n1,"2\n3,4\n',
    code: 'csv-quote',
    place: 'staff.csv:2:3: ',
  },
  { name: 'a carriage return alone ends no line', bytes: 'a,b\r1,2\r', code: 'csv-quote', place: 'staff.csv:1:5: ' },
  {
    name: 'UTF-16 is refused at once',
    bytes: Buffer.from('\ufeffa,b\n', 'utf16le'),
    code: 'csv-not-utf8',
    place: 'staff.csv:1:1: ',
  },
  {
    name: 'Latin-1 is refused with the field',
    bytes: Buffer.from('a,b\n1,zo\xe9\n', 'latin1'),
    code: 'csv-not-utf8',
    place: 'staff.csv:2:3: ',
  },
  {
    name: 'a row beyond its limit is refused before it is held',
    bytes: `a\n"${'x'.repeat(100)}`,
    options: { limits: { rowBytes: 64 } },
    code: 'csv-too-large',
    place: 'staff.csv:2: ',
  },
  {
    name: 'more columns than the limit are refused',
    bytes: 'a,b,c\n',
    options: { limits: { columns: 2 } },
    code: 'csv-too-large',
    place: 'staff.csv:1:5: ',
  },
  {
    name: 'more rows than the limit are refused',
    bytes: 'a\n1\n2\n3\n',
    options: { limits: { rows: 2 } },
    code: 'csv-too-large',
    place: 'staff.csv:4: ',
  },
] as { name: string; bytes: string | Buffer; options?: CsvOptions; code: CsvErrorCode; place: string }[]) {
  test(name, async () => {
    await assert.rejects(table(chunks(bytes), { fileName: 'staff.csv', ...options }), (error) => {
      assert.ok(error instanceof CsvError, String(error));
      assert.equal(error.code, code);
      assert.ok(error.message.startsWith(place), error.message);
      return true;
    });
  });
}

test('a delimiter that is a quote or more than a character is refused', async () => {
  for (const delimiter of ['"', '\n', ',,', '', 'ä']) {
    await assert.rejects(readCsv(chunks('a\n'), { delimiter }), /The delimiter must be one ASCII character/);
  }
});

test('what is written by the rules of RFC 4180 reads back, however the bytes are cut', async () => {
  const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', 'é', '漢') });
  const row = fc.tuple(field, field, field);
  const written = (fields: readonly string[]): string =>
    fields.map((text) => `"${text.replaceAll('"', '""')}"`).join(',');
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 5 }), fc.integer({ min: 1, max: 7 }), async (rows, size) => {
      const bytes = Buffer.from(['a,b,c', ...rows.map(written)].join('\r\n'));
      const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
        bytes.subarray(n * size, (n + 1) * size),
      );
      assert.deepEqual((await table(chunks(...parts))).rows, rows);
    }),
    { numRuns: 200 },
  );
});
