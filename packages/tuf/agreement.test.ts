import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agreedTarget } from './agreement.ts';
import { TrustError, type TrustErrorCode } from './error.ts';
import type { TargetFile } from './metadata/targets.ts';

const sha256 = 'a'.repeat(64);
const sha512 = 'b'.repeat(128);
const path = 'app/1.0/app.tar';
const file = (hashes: Record<string, string>, length = 1, custom?: { fact: string }): TargetFile => ({
  ...{ path, length, hashes: new Map(Object.entries(hashes)) },
  ...(custom && { custom }),
});

const rows: readonly { name: string; image?: TargetFile; director?: TargetFile; code: TrustErrorCode }[] = [
  { name: 'a file that only the Director lists', director: file({ sha256 }), code: 'not-in-image' },
  { name: 'a file that only the Image repository lists', image: file({ sha256 }), code: 'not-in-director' },
  { name: 'another length', image: file({ sha256 }), director: file({ sha256 }, 2), code: 'targets-disagree' },
  {
    name: 'another hash',
    image: file({ sha256 }),
    director: file({ sha256: 'c'.repeat(64) }),
    code: 'targets-disagree',
  },
  {
    name: 'a hash that one side adds',
    image: file({ sha256 }),
    director: file({ sha256, sha512 }),
    code: 'targets-disagree',
  },
  {
    name: 'a hash that one side leaves out',
    image: file({ sha256, sha512 }),
    director: file({ sha256 }),
    code: 'targets-disagree',
  },
  { name: 'different algorithms', image: file({ sha256 }), director: file({ sha512 }), code: 'targets-disagree' },
  {
    name: 'an unknown hash that differs',
    image: file({ sha256, x: '1' }),
    director: file({ sha256, x: '2' }),
    code: 'targets-disagree',
  },
  { name: 'two equal sets without a hash', image: file({}), director: file({}), code: 'missing-hash' },
];
for (const { name, image, director, code } of rows) {
  test(`two repositories do not agree on ${name}: ${code}`, () => {
    assert.throws(
      () => agreedTarget(image, director, path),
      (error) => error instanceof TrustError && error.code === code,
    );
  });
}

test('an agreed target carries the facts of the Image repository only', () => {
  const image = file({ sha256, sha512 }, 1, { fact: 'image' });
  const director = file({ sha512, sha256 }, 1, { fact: 'director' });
  assert.equal(agreedTarget(image, director, path), image);
});
