import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReleaseError } from './error.ts';
import { type TreeFile, treeHash } from './tree-hash.ts';

const program: TreeFile = { path: 'bin/program', executable: true, size: 3, sha256: 'ab'.repeat(32) };
const text: TreeFile = { path: 'text', executable: false, size: 0, sha256: 'cd'.repeat(32) };

test('the hash of a tree does not depend on the order of its files', () => {
  assert.equal(treeHash([program, text]), treeHash([text, program]));
  assert.match(treeHash([]), /^[0-9a-f]{64}$/);
});

test('every part of every file counts', () => {
  const hashes = [
    [program, text],
    [program],
    [{ ...program, executable: false }, text],
    [{ ...program, size: 4 }, text],
    [{ ...program, sha256: text.sha256 }, text],
    [{ ...program, path: 'bin/programs' }, text],
  ].map(treeHash);
  assert.equal(new Set(hashes).size, hashes.length);
});

test('a stray file whose name no release can have makes no hash', () => {
  for (const path of ['bin/PROGRAM', 'bin', 'a\nb', '../x', 'TEXT']) {
    assert.throws(
      () => treeHash([program, text, { ...text, path }]),
      (error) => error instanceof ReleaseError && error.code === 'malformed-archive',
    );
  }
});
