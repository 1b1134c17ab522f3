import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvText } from './csv.ts';

for (const start of ['=', '+', '-', '@', '\t', '\r']) {
  test(`a cell that begins with ${JSON.stringify(start)} is text to a spreadsheet`, () => {
    assert.equal(csvText([[`${start}1`]]), `\ufeff"'${start}1"\r\n`);
  });
}

test('cells are quoted where they need it and nowhere else', () => {
  assert.equal(csvText([['a b', 'a,b', 'say "x"', 'a\nb', '1.2']]), '\ufeffa b,"a,b","say ""x""","a\nb",1.2\r\n');
});
