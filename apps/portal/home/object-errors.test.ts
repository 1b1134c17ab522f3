import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { threeErrors } from '../testing/home-fixtures.ts';
import { errorKey, errorsCsv, filterErrors, type HomeError, sortErrors } from './object-errors.ts';

const errors = threeErrors();
const names = (some: readonly HomeError[]): string[] => some.map((error) => error.displayName);
const named = (displayName: string): HomeError => ({ ...errors[0]!, displayName });

for (const [text, found] of [
  ['', 3],
  ['  ', 3],
  ['grace', 1],
  ['INVALIDSOFT', 1],
  ['5d4c3b2a', 1],
  ['sync-01', 3],
  ['nobody', 0],
] as const) {
  test(`the filter “${text}” finds ${found}`, () => {
    assert.equal(filterErrors(errors, text).length, found);
  });
}

test('errors sort by time and by number, both ways', () => {
  assert.deepEqual(
    sortErrors(errors, 'retries', false).map((error) => error.retryCount),
    [1, 6, 52],
  );
  assert.deepEqual(
    sortErrors(errors, 'since', true).map((error) => error.retryCount),
    [1, 6, 52],
  );
  assert.deepEqual(names(sortErrors([named('b'), named('A'), named('a10'), named('a9')], 'object', false)), [
    'A',
    'a9',
    'a10',
    'b',
  ]);
});

test('the same object with two codes is two rows', () => {
  assert.notEqual(errorKey(errors[0]!), errorKey({ ...errors[0]!, code: 'InvalidSoftMatch' }));
});

test('the file has a byte order mark, headings, and a line with CRLF for each error', () => {
  const lines = errorsCsv(errors).split('\r\n');
  assert.equal(lines[0], '\ufeffObject,Source anchor,Code,Message,Host,First seen,Last seen,Retries');
  assert.equal(lines.length, 5);
  assert.match(lines[3]!, /^"Sales, ""EMEA""",5d4c3b2a-/);
});

for (const start of ['=', '+', '-', '@', '\t', '\r']) {
  test(`a name that begins with ${JSON.stringify(start)} is text to a spreadsheet`, () => {
    assert.ok(errorsCsv([named(`${start}1+1`)]).includes(`\r\n"'${start}1+1",`));
  });
}

test('whatever a directory calls its objects, the file reads back as it was meant', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (displayNames) => {
      const rows = readCsv(errorsCsv(displayNames.map(named)).slice(1)).slice(1);
      assert.deepEqual(
        rows.map((row) => row[0]),
        displayNames.map((name) => (/^[=+\-@\t\r]/.test(name) ? `'${name}` : name)),
      );
    }),
  );
});

/** RFC 4180, for well-formed text. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    row.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}
