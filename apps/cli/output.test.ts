import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandError, errorJson, relativeTime, table } from './output.ts';
import { runCli } from './testing/running-up.ts';

test('a table has one line per row, its columns as wide as their widest cell, and no spaces at the ends', () => {
  const rows = [
    ['NAME', 'STATE', 'SINCE'],
    ['connect-sync', 'up', 'now'],
    ['a', 'stopped', ''],
  ];
  assert.equal(
    table(rows),
    ['NAME          STATE    SINCE', 'connect-sync  up       now', 'a             stopped  '].join('\n'),
  );
});

test('a table without rows is empty, and one row is its own width', () => {
  assert.equal(table([]), '');
  assert.equal(table([['a', 'b']]), 'a  b');
});

test('a directory’s value cannot move the cursor, change colours or begin a line: control characters become ?', () => {
  const cells = ['a\u001b[31mred', 'b\nc', 'd\te\rf', '\u0000\u007f\u0085\u009b', 'Zoë ✓'];
  assert.equal(table([cells]), 'a?[31mred  b?c  d?e?f  ????  Zoë ✓');
});

const now = Date.UTC(2026, 0, 1);
for (const [seconds, words] of [
  [0, '0 s ago'],
  [-3, '3 s ago'],
  [3, 'in 3 s'],
  [-99, '99 s ago'],
  [-100, '2 min ago'],
  [240, 'in 4 min'],
  [-5_999, '100 min ago'],
  [-6_000, '2 h ago'],
  [-7_200, '2 h ago'],
  [172_799, 'in 48 h'],
  [172_800, 'in 2 d'],
  [-30 * 86_400, '30 d ago'],
] as const) {
  test(`${seconds} s from now reads "${words}"`, () => {
    assert.equal(relativeTime(new Date(now + seconds * 1_000).toISOString(), now), words);
  });
}

test('what never happened is "never"', () => assert.equal(relativeTime(undefined, now), 'never'));

test('a command that fails ends with 1, one that was misused with 2', () => {
  assert.equal(new CommandError('no').exitCode, 1);
  assert.equal(new CommandError('no', 2).exitCode, 2);
});

test('an error is JSON with the code that it has, or that its cause has', () => {
  const cause = Object.assign(new Error('no'), { code: 'ENOENT' });
  for (const [error, expected] of [
    [new CommandError('a "b"', 1, { code: 'not-found' }), { code: 'not-found', message: 'a "b"' }],
    [new CommandError('a', 2, { cause }), { code: 'ENOENT', message: 'a' }],
    [new Error('a\nb'), { message: 'a\nb' }],
  ] as const) {
    assert.deepEqual(JSON.parse(errorJson(error)), { error: expected });
    assert.equal(errorJson(error).includes('\n'), false);
  }
});

test('with --json whatever goes wrong is one line of JSON on standard error, with the exit code of its kind', async () => {
  for (const [words, code, error] of [
    [
      ['upgrade', 'check', '/none.csv', '--json'],
      1,
      { code: 'ENOENT', message: '/none.csv cannot be read: it is not there' },
    ],
    [['upgrade', 'check', '--json'], 2, { code: 'misused', message: "missing required argument 'file'" }],
    [['upgrade', 'check', 'a', '--at', 'now', '--json'], 2, { message: '--at is a day, as 2024-09-02' }],
  ] as const) {
    const finished = await runCli(words);
    assert.deepEqual([finished.code, finished.output, finished.errors.split('\n').length], [code, '', 2]);
    assert.deepEqual(JSON.parse(finished.errors), { error });
  }
  assert.match((await runCli(['upgrade', 'check', '--json', '--help'])).output, /^Usage: springline upgrade check /);
});
