import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRepositoryPath } from './repository-path.ts';

for (const path of [
  'image/metadata/timestamp.json',
  'director/metadata/timestamp.json',
  'image/metadata/1.root.json',
  'director/metadata/4294967295.targets.json',
  'image/targets/connect-sync/1.2.3.0/connect-sync-1.2.3.0-linux-x64.tar.zst',
  'image/targets/runtime/node-24.16.0/node-24.16.0-linux-x64.tar.from-0123456789abcdef.patch',
]) {
  test(`${path} can be published`, () => {
    assert.deepEqual(parseRepositoryPath(`/repository/${path}`)?.segments, path.split('/'));
  });
}

test('every metadata file but the timestamp never changes, and no target does', () => {
  const isImmutable = (path: string) => parseRepositoryPath(`/repository/${path}`)?.immutable;
  assert.equal(isImmutable('image/metadata/timestamp.json'), false);
  assert.equal(isImmutable('image/metadata/3.snapshot.json'), true);
  assert.equal(isImmutable('image/targets/a/b.tar.zst'), true);
});

for (const [reason, path] of [
  ['no other repository', 'vendor/metadata/1.root.json'],
  ['nothing beside metadata and targets', 'image/journal/commit.json'],
  ['no folder', 'image/targets/'],
  ['no folder', 'image/metadata'],
  ['no metadata without its version', 'image/metadata/root.json'],
  ['no leading zero', 'image/metadata/01.root.json'],
  ['no version 0', 'image/metadata/0.root.json'],
  ['no temporary file', 'image/metadata/timestamp.json.123.tmp'],
  ['no folder of metadata', 'image/metadata/a/1.root.json'],
  ['no way up', 'image/targets/../metadata/1.root.json'],
  ['no way up by coding', 'image/targets/%2e%2e/metadata/1.root.json'],
  ['no way up by half coding', 'image/targets/.%2e/keys'],
  ['no backslash', 'image/targets/..\\keys'],
  ['no dot file', 'image/targets/.hidden'],
  ['no empty name', 'image/targets//a'],
  ['no absolute path', 'image/targets//etc/passwd'],
  ['no NUL', 'image/targets/a\0b'],
  ['no coded NUL', 'image/targets/a%00.tar'],
  ['no query', 'image/metadata/timestamp.json?agent=1'],
  ['no fragment', 'image/metadata/timestamp.json#x'],
  ['nothing endless', `image/targets/${'a/'.repeat(500)}b`],
  ['nothing long', `image/targets/${'a'.repeat(201)}`],
] as const) {
  test(`there is ${reason}: ${JSON.stringify(path.slice(0, 60))}`, () => {
    assert.equal(parseRepositoryPath(`/repository/${path}`), undefined);
  });
}

test('whatever is asked for, what is parsed stays below the folder', () => {
  const pieces = fc.constantFrom('image', 'targets', 'metadata', '..', '.', '', '%2e', 'a', '/', '\\', '\0', 'b.tar');
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 12 }), (names) => {
      const path = parseRepositoryPath(`/repository/${names.join('/')}`);
      for (const segment of path?.segments ?? []) assert.match(segment, /^[A-Za-z0-9][A-Za-z0-9._+-]*$/);
    }),
  );
});
