import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareVersions, parseVersion } from '@springline/auto-upgrade/release/version';
import fc from 'fast-check';
import { versionKey, versionOfKey } from './version-key.ts';

const field = fc.integer({ min: 0, max: 999_999_999 });
const versions = fc.array(field, { minLength: 2, maxLength: 4 }).map((fields) => fields.join('.'));

test('keys sort as versions do, and equal versions share one', () => {
  fc.assert(
    fc.property(versions, versions, (a, b) => {
      const [left, right] = [versionKey(a), versionKey(b)];
      const order = left === right ? 0 : left < right ? -1 : 1;
      assert.equal(order, Math.sign(compareVersions(parseVersion(a), parseVersion(b))));
    }),
  );
});

test('a key is read back with all four fields', () => {
  assert.deepEqual(['2.3.20.0', '2.3', '007.1'].map(versionKey).map(versionOfKey), ['2.3.20.0', '2.3.0.0', '7.1.0.0']);
});
