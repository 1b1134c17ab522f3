import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

const testOf = (body: string) => `import { test } from 'node:test';\nimport { createServer } from 'node:net';\n${body}`;

/** What `node --test` with our reporter prints for planted files, and its exit code. */
function runPlanted(t: TestContext, files: Record<string, string>, options: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'springline-run-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, body] of Object.entries(files)) writeFileSync(join(folder, name), testOf(body));
  const { NODE_TEST_CONTEXT: _ours, ...env } = process.env;
  const reporter = `--test-reporter=${join(import.meta.dirname, 'reporter.ts')}`;
  const args = ['--test', '--test-concurrency=2', reporter, ...options, ...Object.keys(files)];
  const { stdout, status } = spawnSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' });
  return { lines: stdout.split('\n'), text: stdout, status };
}

test('a failure is told in full, with what its file printed, and a passed test is not', (t) => {
  const { text, lines, status } = runPlanted(t, {
    'bad.test.mjs': `console.log('printed before');
      test('outer', (t) => t.test('inner', () => { throw new Error('planted', { cause: new Error('deeper') }); }));`,
    'good.test.mjs': `console.log('chatter'); test('all is well', () => {});`,
  });
  assert.equal(status, 1);
  assert.match(text, /^✖ inner \(bad\.test\.mjs:\d+\)\n {2}Error: planted\n[\s\S]*\[cause\]: Error: deeper/m);
  assert.match(text, /^printed by bad\.test\.mjs:\n {2}printed before$/m);
  assert.doesNotMatch(text, /all is well|chatter|outer/);
  assert.deepEqual(
    lines.filter((line) => /^ℹ (tests|pass|fail|skipped) /.test(line)),
    ['ℹ tests 3', 'ℹ pass 1', 'ℹ fail 2', 'ℹ skipped 0'],
  );
});

test('the end says why tests were skipped, which files were slow, and Node’s counts', (t) => {
  const skipped = `test('a', (t) => t.skip('no server')); test('b', (t) => t.skip('no server'));`;
  const { text, status } = runPlanted(t, { 'a.test.mjs': skipped });
  assert.equal(status, 0);
  assert.match(
    text,
    /^skipped 2: no server\nslowest files\n +\d+\.\d s {2}a\.test\.mjs\nℹ tests 2\n[\s\S]*ℹ duration_ms [\d.]+\n$/,
  );
});

test('a file that ends without a word, or cannot be loaded, is told with its exit code', (t) => {
  const { text } = runPlanted(t, {
    'exit.test.mjs': 'process.exit(3);',
    'load.test.mjs': 'throw new Error("unloadable");',
  });
  assert.match(text, /^✖ exit\.test\.mjs .*\n {2}test failed\n {2}exitCode 3$/m);
  assert.match(text, /^printed by load\.test\.mjs:\n[\s\S]*Error: unloadable/m);
});

test('a file that spins or leaves a server open is ended at its deadline', (t) => {
  const deadline = `--import=file://${join(import.meta.dirname, 'deadline.ts')}?timeoutMs=1500`;
  const files = {
    'open.test.mjs': `test('a', () => void createServer().listen(0, '127.0.0.1'));`,
    'spin.test.mjs': `test('a', () => { for (;;); });`,
  };
  const { text, status } = runPlanted(t, files, [deadline]);
  assert.equal(status, 1);
  for (const name of Object.keys(files))
    assert.match(text, new RegExp(`${name} was ended: it took longer than 1500 ms`));
});
