import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { version } from '@springline/agent/version';
import { runCli, temporaryHome } from '../testing/running-up.ts';

test('--version is the program’s own where it stands alone, and says which release to fetch after the command', async (t) => {
  const home = temporaryHome(t);
  assert.deepEqual(
    [await runCli(['--version']), await runCli(['-V'])].map(({ output }) => output),
    [`${version}\n`, `${version}\n`],
  );
  for (const words of [
    ['connect-sync', '--version', 'newest'],
    ['--version', 'newest', 'connect-sync'],
    ['connect-sync', '--version=newest'],
  ]) {
    const { code, output, errors } = await runCli(['download', ...words, '--home', home]);
    assert.deepEqual([code, output, errors], [2, '', 'springline: newest is no version\n']);
  }
});

test('nothing is written over a file that is there, and no folder is made on the way', async (t) => {
  const home = temporaryHome(t);
  const folder = join(home, '..');
  const file = join(folder, 'servers.csv');
  writeFileSync(file, 'server,version\nsync-1,2.5.190.0\n');
  for (const words of [
    ['download', 'connect-sync', '--to', file, '--home', home],
    ['upgrade', 'check', file, '--csv', file],
  ]) {
    const { code, errors } = await runCli(words);
    assert.deepEqual([code, /^springline: .*servers\.csv is there already; choose another --/.test(errors)], [1, true]);
  }
  assert.equal(readFileSync(file, 'utf8'), 'server,version\nsync-1,2.5.190.0\n');
  const missing = join(folder, 'nope');
  for (const words of [
    ['download', 'connect-sync', '--to', join(missing, 'x.tar'), '--home', home],
    ['upgrade', 'check', file, '--csv', join(missing, 'x.csv')],
  ]) {
    const { code, errors } = await runCli(words);
    assert.deepEqual([code, /there is no folder .*nope; make it/.test(errors)], [1, true], errors);
  }
  assert.equal(existsSync(missing), false);
  const written = await runCli(['upgrade', 'check', file, '--csv', join(folder, 'verdicts.csv')]);
  assert.equal(written.code, 0, written.errors);
});
