import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hasRoom, installationLimit } from './recorded-room.ts';

/** The most rows that a tenant may have, of 100,000. */
function most(others: readonly number[]): number {
  let [low, high] = [0, 100_000];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (hasRoom(middle, others)) low = middle;
    else high = middle - 1;
  }
  return low;
}

for (const { name, others, rows } of [
  { name: 'alone it has all that one may have', others: [], rows: 100_000 },
  { name: 'so has the first of a thousand that records', others: Array(99).fill(0), rows: 100_000 },
  {
    name: 'three that take what they get leave the fourth its share',
    others: [100_000, 100_000, 18_750],
    rows: 31_250,
  },
  { name: 'nor do three shut out the thirteenth', others: [100_000, 44_227, 9_615, ...Array(9).fill(0)], rows: 9_623 },
  { name: 'a small list is taken however full it is', others: [...Array(500).fill(1_000)], rows: 1_000 },
]) {
  test(`room for recorded servers: ${name}`, () => assert.equal(most(others), rows));
}

test('tenants that take all they get leave each other its share, and keep within the limit together', () => {
  const wishes = fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1, maxLength: 100 });
  fc.assert(
    fc.property(wishes, (wanted) => {
      const taken = wanted.map(() => 0);
      for (const [at, wish] of wanted.entries()) taken[at] = Math.min(wish, most(taken.toSpliced(at, 1)));
      const share = Math.max(1_000, Math.floor(installationLimit / 2 / wanted.length));
      for (const [at, wish] of wanted.entries()) assert.ok(taken[at]! >= Math.min(wish, share));
      assert.ok(taken.reduce((sum, each) => sum + each) <= installationLimit);
    }),
    { numRuns: 50 },
  );
});
