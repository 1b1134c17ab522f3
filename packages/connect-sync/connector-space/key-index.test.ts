import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeyIndex } from './key-index.ts';

test('a key without a row leads nowhere', () => {
  const index = new KeyIndex();
  assert.deepEqual([index.first(7), index.all(7)], [0, []]);
  index.delete(7, 1);
  assert.deepEqual(index.all(7), []);
});

test('a key leads to every row that it was given, and to none that was taken away', () => {
  const index = new KeyIndex();
  for (const id of [3, 1, 2]) index.add(42, id);
  assert.deepEqual(index.all(42).sort(), [1, 2, 3]);
  index.delete(42, index.first(42));
  assert.equal(index.all(42).length, 2);
  index.delete(42, 99);
  index.delete(43, 1);
  assert.equal(index.all(42).length, 2);
});

test('keys of 53 bits that share their lower 32 are told apart', () => {
  const index = new KeyIndex();
  const keys = [5, 5 + 2 ** 32, 5 + 2 ** 52, Number.MAX_SAFE_INTEGER, 0];
  for (const [at, key] of keys.entries()) index.add(key, at + 1);
  assert.deepEqual(
    keys.map((key) => index.all(key)),
    [[1], [2], [3], [4], [5]],
  );
});

test('keys that come and go without end leave those that are there to be found', () => {
  const index = new KeyIndex();
  for (let n = 1; n <= 100_000; n++) {
    index.add(n * 7_919, n);
    if (n > 10) index.delete((n - 10) * 7_919, n - 10);
  }
  for (let n = 99_991; n <= 100_000; n++) assert.equal(index.first(n * 7_919), n);
  assert.equal(index.first(7_919), 0);
});

test('a value that everybody has is added and taken away without a search', () => {
  const index = new KeyIndex();
  const count = 300_000;
  for (let id = 1; id <= count; id++) index.add(42, id);
  for (let id = 1; id <= count; id++) index.add(id + 100, id);
  assert.equal(index.hasSeveral(42), true);
  assert.equal(index.all(42, 5).length, 5);
  for (let id = 1; id < count; id++) index.delete(42, id);
  assert.deepEqual([index.all(42), index.hasSeveral(42), index.first(count + 100)], [[count], false, count]);
});

type Step = { readonly does: 'add' | 'delete'; readonly key: number; readonly from: number; readonly count: number };

const keyCount = 300;
const spread = (n: number): number => (n * 2_654_435_761) % Number.MAX_SAFE_INTEGER;
const steps: fc.Arbitrary<Step> = fc.record({
  does: fc.constantFrom('add', 'add', 'delete'),
  key: fc.nat(keyCount),
  from: fc.integer({ min: 1, max: 200 }),
  count: fc.oneof(fc.nat(3), fc.nat(900)),
});

test('it says what a map of sets would say, whatever was done before', () => {
  fc.assert(
    fc.property(fc.constantFrom(0, 2_000), fc.array(steps, { maxLength: 12 }), (expected, list) => {
      const index = new KeyIndex(expected);
      const model = new Map<number, Set<number>>();
      for (const { does, key, from, count } of list) {
        for (let n = 0; n < count; n++) {
          // Three rows share a key.
          const at = spread((key + Math.floor(n / 3)) % keyCount);
          const rows = model.get(at) ?? new Set();
          model.set(at, rows);
          if (does === 'add' && !rows.has(from + n)) index.add(at, from + n);
          if (does === 'delete') index.delete(at, from + n);
          if (does === 'add') rows.add(from + n);
          else rows.delete(from + n);
        }
      }
      for (let n = 0; n < keyCount; n++) {
        const wanted = model.get(spread(n)) ?? new Set();
        assert.deepEqual(new Set(index.all(spread(n))), wanted);
        assert.equal(index.all(spread(n)).length, wanted.size);
        assert.equal(wanted.has(index.first(spread(n))) || wanted.size === 0, true);
        if (wanted.size === 0) assert.equal(index.first(spread(n)), 0);
      }
    }),
    { numRuns: 40 },
  );
});
