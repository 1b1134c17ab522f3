import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, SeededRandom, systemRandom } from './random.ts';

/** What every source of random bytes promises. */
function randomContract(name: string, random: Random): void {
  test(`${name}: gives as many bytes as asked for, and others each time`, () => {
    for (const size of [0, 1, 16, 1_000]) assert.equal(random.bytes(size).length, size);
    assert.notDeepEqual(random.bytes(16), random.bytes(16));
  });
  test(`${name}: uses the whole range of a byte`, () => {
    const seen = new Set(random.bytes(100_000));
    assert.equal(seen.size, 256);
  });
}

randomContract('the system', systemRandom);
randomContract('the seeded sequence', new SeededRandom(1));

test('the same seed gives the same bytes, and another seed others', () => {
  assert.deepEqual(new SeededRandom(7).bytes(64), new SeededRandom(7).bytes(64));
  assert.notDeepEqual(new SeededRandom(7).bytes(64), new SeededRandom(8).bytes(64));
});

test('a number below a bound is whole, not negative and below it', () => {
  const random = new SeededRandom(3);
  for (let i = 0; i < 1_000; i++) {
    const number = random.below(10);
    assert.ok(Number.isInteger(number) && number >= 0 && number < 10);
  }
});
