import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { appendDurably, syncFolder, writeFileAtomic } from './files.ts';

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'springline-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('a file is written whole, for its owner only, in folders made on the way', (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'a', 'b', 'file');
  writeFileAtomic(path, 'content');
  assert.equal(readFileSync(path, 'utf8'), 'content');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(join(folder, 'a', 'b')), ['file']);
});

test('bytes are written as they are, and a wider mode when it is asked for', (t) => {
  const path = join(temporaryFolder(t), 'file');
  const bytes = Uint8Array.from([0, 255, 10, 13]);
  writeFileAtomic(path, bytes, 0o644);
  assert.deepEqual(new Uint8Array(readFileSync(path)), bytes);
  assert.equal(statSync(path).mode & 0o777 & ~process.umask(), 0o644 & ~process.umask());
});

test('an existing file is replaced, and keeps its old content when that fails', (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'file');
  writeFileAtomic(path, 'old');
  writeFileAtomic(path, 'new');
  assert.equal(readFileSync(path, 'utf8'), 'new');
  mkdirSync(join(folder, 'taken', 'by', 'a', 'folder'), { recursive: true });
  assert.throws(() => writeFileAtomic(join(folder, 'taken'), 'x'));
  assert.deepEqual(readdirSync(folder).sort(), ['file', 'taken']);
});

test('a reader never sees a part: it sees the old content or the new', (t) => {
  const path = join(temporaryFolder(t), 'file');
  const [old, next] = ['a'.repeat(100_000), 'b'.repeat(100_000)];
  writeFileAtomic(path, old);
  const before = statSync(path).ino;
  writeFileAtomic(path, next);
  // Another file under the same name: who had the old one open still reads all of it.
  assert.notEqual(statSync(path).ino, before);
  assert.equal(readFileSync(path, 'utf8'), next);
});

test('a folder that is not there cannot be made durable', (t) => {
  assert.throws(() => syncFolder(join(temporaryFolder(t), 'missing')), { code: 'ENOENT' });
});

test('what is appended follows what is there, in a file of its owner alone', (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'lines');
  appendDurably(file, 'one\n');
  appendDurably(file, 'two\n');
  assert.equal(readFileSync(file, 'utf8'), 'one\ntwo\n');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.throws(() => appendDurably(join(folder, 'absent', 'lines'), 'x\n'), { code: 'ENOENT' });
});
