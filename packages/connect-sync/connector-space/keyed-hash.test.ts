import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeyedHash } from './keyed-hash.ts';

const zero = new KeyedHash(new Uint8Array(8));
const other = new KeyedHash(new Uint8Array([0, 0, 0, 0, 0, 0, 0, 1]));

test('of an empty text it is the first published vector of HalfSipHash-2-4 with 64 bits, cut to 53', () => {
  const published = Buffer.from('218d1f59b9b83cc8', 'hex');
  const high = published.readUInt32LE(4) >>> 11;
  assert.equal(
    new KeyedHash(new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7])).of(''),
    high * 2 ** 32 + published.readUInt32LE(0),
  );
});

test('texts that are equal have the same number, asked for in whatever order', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 6 }), (texts) => {
      const first = texts.map((text) => zero.of(text));
      const again = new KeyedHash(new Uint8Array(8));
      assert.deepEqual(
        [...texts].reverse().map((text) => again.of(text)),
        [...first].reverse(),
      );
      assert.ok(first.every((number) => Number.isSafeInteger(number) && number >= 0));
    }),
  );
});

test('another key gives other numbers', () => {
  const texts = Array.from({ length: 1_000 }, (_, n) => `cn=user ${n},dc=example`);
  assert.equal(texts.filter((text) => zero.of(text) === other.of(text)).length, 0);
});

test('the key is read from the view, not from the buffer behind it', () => {
  const buffer = new Uint8Array([9, 9, 9, 0, 0, 0, 0, 0, 0, 0, 1]);
  assert.equal(new KeyedHash(buffer.subarray(3)).of('x'), other.of('x'));
});

for (const { name, a, b } of [
  { name: 'one character', a: 'ab', b: 'ac' },
  { name: 'the order of characters', a: 'abcd', b: 'cdab' },
  { name: 'their length only, at the end', a: 'a', b: 'a\0' },
  { name: 'their length only, beyond 255', a: '\0'.repeat(256), b: '' },
  { name: 'the upper byte of a character', a: 'ā', b: '\u0001' },
  { name: 'halves of a surrogate pair', a: '\ud83d\ude00', b: '\ude00\ud83d' },
]) {
  test(`texts that differ in ${name} have different numbers`, () => assert.notEqual(zero.of(a), zero.of(b)));
}

test('100,000 DNs of one container have 100,000 numbers, spread over every bit', () => {
  const numbers = new Set<number>();
  const low = new Uint32Array(256);
  const ones = new Uint32Array(53);
  const count = 100_000;
  for (let n = 0; n < count; n++) {
    const number = zero.of(`1 cn=user ${n},ou=people,dc=example,dc=test`);
    numbers.add(number);
    low[number % 256]! += 1;
    for (let bit = 0; bit < 53; bit++) ones[bit]! += Math.floor(number / 2 ** bit) % 2;
  }
  assert.equal(numbers.size, count);
  // 390 on average with a deviation of 20: six of them are never reached by chance.
  assert.ok(Math.max(...low) < 520 && Math.min(...low) > 270, `${Math.min(...low)} to ${Math.max(...low)}`);
  assert.ok(
    ones.every((one) => Math.abs(one - count / 2) < 1_000),
    `${ones}`,
  );
});
