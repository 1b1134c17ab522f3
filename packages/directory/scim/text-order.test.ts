import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareText } from './text-order.ts';

test('texts sort as their UTF-8 bytes do, which is how a database with binary collation sorts', () => {
  const texts = fc.string({
    unit: fc.oneof(fc.constantFrom('a', 'z', 'é', '\uffee', '\ue000', '\ud7ff', '\u{10000}', '\u{1f600}')),
    maxLength: 4,
  });
  fc.assert(
    fc.property(texts, texts, (left, right) => {
      assert.equal(Math.sign(compareText(left, right)), Buffer.compare(Buffer.from(left), Buffer.from(right)));
    }),
    { numRuns: 2_000 },
  );
});
