import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byteRange, ifRangeHolds } from './byte-range.ts';

for (const [header, expected] of [
  ['bytes=0-9', { first: 0, last: 9 }],
  ['bytes=10-', { first: 10, last: 99 }],
  ['bytes=90-500', { first: 90, last: 99 }],
  ['bytes=-10', { first: 90, last: 99 }],
  ['bytes=-500', { first: 0, last: 99 }],
  ['bytes=100-', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  // What is not understood is not there (RFC 9110 14.2).
  ['bytes=9-0', undefined],
  ['bytes=-', undefined],
  ['bytes=0-1,5-6', undefined],
  ['lines=0-9', undefined],
  ['bytes=1e3-', undefined],
  ['', undefined],
  [undefined, undefined],
] as const) {
  test(`of 100 bytes, ${header ?? 'no header'} is ${JSON.stringify(expected) ?? 'the whole'}`, () => {
    assert.deepEqual(byteRange(header, 100), expected);
  });
}

test('nothing of an empty file can be had by range', () => {
  assert.equal(byteRange('bytes=0-', 0), 'unsatisfiable');
});

test('a range is served from the file it was begun with, and from no other', () => {
  assert.equal(ifRangeHolds(undefined, '"a"'), true);
  assert.equal(ifRangeHolds('"a"', '"a"'), true);
  for (const other of ['"b"', 'W/"a"', 'Sun, 22 Nov 2026 14:00:00 GMT'])
    assert.equal(ifRangeHolds(other, '"a"'), false);
});
