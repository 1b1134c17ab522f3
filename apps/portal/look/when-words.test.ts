import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { durationWords, relativeWords, utcWords } from './when-words.ts';

const now = Date.parse('2026-11-22T14:00:00.000Z');
const seconds = (count: number): number => now + count * 1_000;

for (const [at, words] of [
  [seconds(0), 'just now'],
  [seconds(-9), 'just now'],
  [seconds(4), 'now'],
  [seconds(-14), '10 seconds ago'],
  [seconds(-59), '55 seconds ago'],
  [seconds(-60), '1 minute ago'],
  [seconds(-119), '1 minute ago'],
  [seconds(28 * 60), 'in 28 minutes'],
  [seconds(-3_600), '1 hour ago'],
  [seconds(-47 * 3_600), '1 day ago'],
  [seconds(-40 * 86_400), '40 days ago'],
] as const) {
  test(`${(at - now) / 1_000} seconds from now reads “${words}”`, () => {
    assert.equal(relativeWords(at, now), words);
  });
}

test('the past never reads as the future', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 * 365 * 86_400_000 }), (ageMs) => {
      assert.match(relativeWords(now - ageMs, now), /^just now$|ago$/);
    }),
  );
});

for (const [ms, words] of [
  [0, '0 ms'],
  [-5, '0 ms'],
  [420, '420 ms'],
  [3_290, '3.2 s'],
  [250_000, '4 min 10 s'],
  [7_500_000, '2 h 5 min'],
] as const) {
  test(`a step of ${ms} ms took “${words}”`, () => {
    assert.equal(durationWords(ms), words);
  });
}

test('UTC stands on hover with its date and zone', () => {
  assert.equal(utcWords('2026-11-22T14:00:05.123Z'), '2026-11-22 14:00:05 UTC');
});
