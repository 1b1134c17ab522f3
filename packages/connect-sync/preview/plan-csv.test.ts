import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PendingChange } from './pending-change.ts';
import { csvCell, planCsvHeading, planCsvLines } from './plan-csv.ts';

const change: PendingChange = {
  id: '1',
  connector: 'Cloud directory',
  objectType: 'user',
  name: 'Ada, the first',
  sourceAnchor: 'AQ==',
  operation: 'update',
  attributes: [{ name: 'title', type: 'string', old: ['a', 'b'], new: [] }],
  references: [{ attribute: 'member', added: ['CN=x'], removed: [], addedCount: 3, removedCount: 0 }],
  why: ['Out - User', 'Out - Group'],
  held: true,
};

for (const [text, cell] of [
  ['plain', 'plain'],
  ['', ''],
  ['=1+1', `"'=1+1"`],
  ['+49 30', `"'+49 30"`],
  ['-1', `"'-1"`],
  ['@x', `"'@x"`],
  ['\t1', `"'\t1"`],
  ['\r1', `"'\r1"`],
  [' =1', `" '=1"`],
  ['\t=1', `"'\t'=1"`],
  ['\u0000=1', `"\u0000'=1"`],
  ['"=1"', `"""'=1"""`],
  ['a;=1', `"a;'=1"`],
  ['a; \t+1;;@x', `"a; \t'+1;;'@x"`],
  ['a,-1', `"a,'-1"`],
  ['a\t=1', `"a\t'=1"`],
  ['a\r\n =1', `"a\r\n '=1"`],
  ['a;"=1;"', `"a;""'=1;"""`],
  ['a=1;b-c@d', 'a=1;b-c@d'],
  ['1.2', '1.2'],
  [' a', '" a"'],
  ['a b', 'a b'],
  ['a,b', '"a,b"'],
  ['say "x"', '"say ""x"""'],
  ['two\nlines', '"two\nlines"'],
] as const) {
  test(`the cell of ${JSON.stringify(text)} is ${JSON.stringify(cell)}`, () => assert.equal(csvCell(text), cell));
}

test('no cell begins in a way that a spreadsheet evaluates, whatever its text and wherever it is split', () => {
  const unit = fc.oneof(fc.string({ unit: 'binary', maxLength: 1 }), fc.constantFrom(...';,\t\r\n "=+-@a'));
  fc.assert(
    fc.property(fc.string({ unit }), (text) => {
      for (const field of csvCell(text).split(/[;,\t\r\n]/)) assert.doesNotMatch(field, /^[\s"]*[=+\-@]/);
    }),
    { seed: 1, numRuns: 2_000 },
  );
});

test('a change is one line for each attribute and each list of references', () => {
  const columns = planCsvHeading().trimEnd().split(',').length;
  assert.equal(columns, 11);
  assert.equal(
    planCsvLines(change),
    'update,user,"Ada, the first",AQ==,yes,title,a | b,,,,Out - User; Out - Group\r\n' +
      'update,user,"Ada, the first",AQ==,yes,member,,,CN=x | … 2 more,,Out - User; Out - Group\r\n',
  );
});

test('an object without attributes to tell is one line', () => {
  const { length } = planCsvLines({ ...change, operation: 'delete', attributes: [], references: [] })
    .trim()
    .split('\r\n');
  assert.equal(length, 1);
});
