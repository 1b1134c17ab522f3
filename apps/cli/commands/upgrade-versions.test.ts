import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCli } from '../testing/running-up.ts';

const versions = (...words: readonly string[]) => runCli(['upgrade', 'versions', ...words]);

test('as of a day, what came later is left out and said to be', async () => {
  const { output } = await versions('--at', '2024-09-02');
  assert.match(
    output,
    /^Microsoft Entra Connect Sync: version history {2}as of 2024-09-02\n\nVERSION .*\n2\.3\.20\.0 /,
  );
  assert.match(output, /\n\d+ that came out later are left out\. Dates of support are those known today\.\n/);
  assert.match(output, /\nForced minimums: 2\.3\.2\.0 by 2024-09-23\.\n$/);
  assert.match((await versions('--at', '1999-01-01')).output, /\n\nNo version had come out by then\.\n$/);
  const ahead = await versions('--of', '2.6.92.0', '--at', '2024-09-02');
  const sentence = 'springline: connect-sync 2.6.92.0 was not out on 2024-09-02: it came on 2026-09-23\n';
  assert.deepEqual([ahead.code, ahead.errors], [1, sentence]);
});

test('one version is no feed', async () => {
  const { code, errors } = await versions('--of', '2.3.2.0', '--atom', 'https://updates.example.com/a.atom');
  assert.deepEqual([code, /choose one\n$/.test(errors)], [2, true]);
});
