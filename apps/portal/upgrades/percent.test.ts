import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { percentText, percentWords, ppmFromPercent } from './percent.ts';

test('every share reads back as what it was', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000 }), (ppm) => {
      assert.equal(ppmFromPercent(percentText(ppm)), ppm);
    }),
  );
});

for (const [text, ppm] of [
  ['100', 1_000_000],
  [' 4.1667 % ', 41_667],
  ['0,5', 5_000],
  ['', undefined],
  ['-1', undefined],
  ['100.1', undefined],
  ['1e2', undefined],
] as const) {
  test(`${JSON.stringify(text)} is ${ppm === undefined ? 'no share' : `${ppm} of a million`}`, () => {
    assert.equal(ppmFromPercent(text), ppm);
  });
}

test('a share is shown to the millionth and no finer', () => {
  assert.equal(percentWords(41_667), '4.1667%');
  assert.equal(percentWords(250_000), '25%');
});
