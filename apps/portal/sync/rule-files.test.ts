import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRuleFiles } from './rule-files.ts';

const file = (name: string, size = 10) => ({ name, size, text: async () => `rules of ${name}` });

test('chosen rule files are read with their names', async () => {
  assert.deepEqual(await readRuleFiles([file('a.yaml')]), [{ name: 'a.yaml', text: 'rules of a.yaml' }]);
});

for (const row of [
  { name: 'too many rule files', files: Array.from({ length: 51 }, () => file('a.yaml')), says: /51 files/ },
  {
    name: 'a rule file that is too large',
    files: [file('big.yaml', 300_000)],
    says: /big\.yaml is larger than 256 KiB/,
  },
  {
    name: 'rule files that are too large together',
    files: Array.from({ length: 5 }, () => file('a.yaml', 250_000)),
    says: /larger than 900 KiB/,
  },
]) {
  test(`${row.name} are refused in a sentence before they travel`, async () => {
    await assert.rejects(readRuleFiles(row.files), row.says);
  });
}
