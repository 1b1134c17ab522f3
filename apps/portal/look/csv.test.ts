import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvText } from './csv.ts';

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
  test(`the cell of ${JSON.stringify(text)} is ${JSON.stringify(cell)}`, () => {
    assert.equal(csvText([[text]]), `\ufeff${cell}\r\n`);
  });
}

test('cells of a row are apart by commas', () => {
  assert.equal(csvText([['a b', 'a,b', '1.2'], ['c']]), '\ufeffa b,"a,b",1.2\r\nc\r\n');
});
