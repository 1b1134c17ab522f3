import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readPlainFile } from './plain-file.ts';
import { makePipe } from './testing/make-pipe.ts';

function place(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'springline-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'one.json');
}

test('a plain file is read whole up to the limit, and not beyond it', (t) => {
  const path = place(t);
  assert.deepEqual(readPlainFile(path, 4), { kind: 'absent' });
  writeFileSync(path, 'four');
  assert.deepEqual(readPlainFile(path, 4), { kind: 'read', bytes: Buffer.from('four') });
  assert.deepEqual(readPlainFile(path, 3), { kind: 'unusable', why: 'is longer than 3 bytes' });
});

test('a folder in the place of a file is said to be none', (t) => {
  const path = place(t);
  mkdirSync(path);
  assert.equal(readPlainFile(path, 100).kind, 'unusable');
});

test('nobody waits for a pipe in the place of a file', { skip: process.platform === 'win32' }, (t) => {
  const path = place(t);
  makePipe(path);
  assert.equal(readPlainFile(path, 100).kind, 'unusable');
});
