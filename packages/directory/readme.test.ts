import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('the example of the README runs from the root of the repository', () => {
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');
  const example = /```ts\n(.*?)```/s.exec(readme)?.[1];
  assert.ok(example !== undefined);
  const run = spawnSync(process.execPath, ['--input-type=module-typescript', '--eval', example], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    encoding: 'utf8',
  });
  assert.equal(run.stderr, '');
  const lines = run.stdout.trim().split('\n');
  assert.match(lines[0]!, /^\d+ [0-9a-f-]{36} OU=Head Office,DC=contoso,DC=example$/);
  assert.match(lines[1]!, /^\d+ [0-9a-f-]{36} Amara Lindholm$/);
  assert.equal(lines.length, 2);
});
