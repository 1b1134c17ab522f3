import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { sha256, sha256First32Bits, sha256Hex } from './sha256.ts';

const byNode = (message: Uint8Array): string => createHash('sha256').update(message).digest('hex');

test('the digest of "abc" is that of the standard', () => {
  const expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  assert.equal(sha256Hex(new TextEncoder().encode('abc')), expected);
});

test('every length up to three blocks has the digest that Node computes', () => {
  for (let length = 0; length <= 200; length++) {
    const message = Uint8Array.from({ length }, (_, at) => (at * 167 + length) & 0xff);
    assert.equal(sha256Hex(message), byNode(message), `${length} bytes`);
  }
});

test('any message has the digest that Node computes, and its first 32 bits are read big-endian', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1_000 }), (message) => {
      assert.equal(Buffer.from(sha256(message)).toString('hex'), byNode(message));
      assert.equal(sha256First32Bits(message), Buffer.from(byNode(message), 'hex').readUInt32BE());
    }),
  );
});
