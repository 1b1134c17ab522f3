import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ReleaseError } from './error.ts';
import { compareVersions, formatVersion, parseVersion } from './version.ts';

const fields = fc.array(fc.nat({ max: 2 ** 31 - 1 }), { minLength: 2, maxLength: 4 });

test('versions are compared as numbers, field by field, and missing fields are 0', () => {
  const ordered = ['0.0', '1.9', '1.10', '2.0.0.1', '2.0.1', '2.5', '2.5.0.1', '10.0', '2147483647.0'];
  const parsed = ordered.map(parseVersion);
  assert.deepEqual([...parsed].reverse().sort(compareVersions).map(formatVersion), parsed.map(formatVersion));
  assert.equal(compareVersions(parseVersion('2.5'), parseVersion('2.5.0.0')), 0);
});

test('a version that was written with all its fields is read as the same', () => {
  fc.assert(
    fc.property(fields, (numbers) => {
      const version = parseVersion(numbers.join('.'));
      assert.deepEqual(parseVersion(formatVersion(version)), version);
      assert.equal(compareVersions(version, version), 0);
    }),
  );
});

for (const text of [
  '',
  '1',
  '1.',
  '.1',
  '1.2.3.4.5',
  '01.2',
  '1.02',
  '1.-2',
  '1.2-beta',
  'v1.2',
  ' 1.2',
  '1.2\n',
  '1.2147483648',
  '1e3.0',
  '1..2',
]) {
  test(`${JSON.stringify(text)} is no version`, () => {
    assert.throws(
      () => parseVersion(text),
      (error) => error instanceof ReleaseError && error.code === 'malformed-version',
    );
  });
}
