import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anchorsIn, codeBlocksIn, linksIn, slugOf, tableOf } from './markdown.ts';

test('links are found inline, by definition and in HTML, with their lines', () => {
  const markdown = 'See [a](x.md) and [`b`](<y.md>) "q".\n\n![shot](z.png "title")\n<a href="w.md">w</a>\n[d]: v.md';
  assert.deepEqual(linksIn(markdown), [
    { target: 'x.md', line: 1 },
    { target: 'y.md', line: 1 },
    { target: 'z.png', line: 3 },
    { target: 'w.md', line: 4 },
    { target: 'v.md', line: 5 },
  ]);
});

test('nothing inside code is a link or a heading', () => {
  const markdown = '`[a](x.md)` and ``[`](y.md)``\n```sh\n# not a heading\n[b](z.md)\n```\n~~~\n# nor this\n~~~\n';
  assert.deepEqual(linksIn(markdown), []);
  assert.deepEqual([...anchorsIn(markdown)], []);
});

test('a fence is closed by one at least as long, and its block keeps shorter ones', () => {
  const [block, ...rest] = codeBlocksIn('````yaml\n```\na: 1\n```\n````\ntext');
  assert.deepEqual(block, { language: 'yaml', text: '```\na: 1\n```', line: 2 });
  assert.deepEqual(rest, []);
});

test('a code block in a list loses the indent of its fence', () => {
  assert.equal(codeBlocksIn('1. do\n   ```sh\n   run\n     more\n   ```')[0]?.text, 'run\n  more');
});

for (const [heading, slug] of [
  ['HTTP API', 'http-api'],
  ['Names, entries, LDIF', 'names-entries-ldif'],
  ['`sync deletes approve`', 'sync-deletes-approve'],
  ['What the [guard](x.md) holds', 'what-the-guard-holds'],
  ['Überblick: S1–S30', 'überblick-s1s30'],
  ['snake_case stays', 'snake_case-stays'],
] as const) {
  test(`the heading “${heading}” is linked to as #${slug}`, () => {
    assert.equal(slugOf(heading), slug);
  });
}

test('a heading that comes twice is told apart by a number', () => {
  assert.deepEqual([...anchorsIn('# A\n## B\n## B ##\n<a id="c"></a>')], ['a', 'b', 'b-1', 'c']);
});

test('a table escapes what would end a cell or a row', () => {
  assert.equal(tableOf(['a', 'b'], [['x | y', 'one\ntwo']]), '| a | b |\n| --- | --- |\n| x \\| y | one two |');
});
