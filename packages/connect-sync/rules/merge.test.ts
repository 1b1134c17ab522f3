import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CsId } from '../connector-space/store.ts';
import { typedText } from '../metaverse/encoding.ts';
import { Reference, type Scalar } from './expression/value.ts';
import { type Contribution, References } from './flow.ts';
import { isMerged, mergeContributions, withoutDoubles } from './merge.ts';
import { mergeTypes } from './rule.ts';

const references = (...rows: number[]): References =>
  new References(rows.map((row) => ({ row: row as CsId, attribute: 'member' })));

test('of the merge types, those named Merge join values and the others let one win', () => {
  assert.deepEqual(mergeTypes.filter(isMerged), ['Merge', 'MergeCaseInsensitive']);
});

for (const { name, first, second, type = 'Merge', gives } of [
  { name: 'values of both are there, those of the first in front', first: ['b'], second: ['a'], gives: ['b', 'a'] },
  { name: 'a value that both have is there once', first: ['a', 'b'], second: ['b', 'c'], gives: ['a', 'b', 'c'] },
  { name: 'texts that differ in case are two', first: ['a'], second: ['A'], gives: ['a', 'A'] },
  {
    name: 'texts that differ in case are one where case does not count, as the first has it',
    first: ['Ada@x'],
    second: ['ada@x', 'B'],
    type: 'MergeCaseInsensitive',
    gives: ['Ada@x', 'B'],
  },
  {
    name: 'case counts in bytes even where it does not count in texts',
    first: [new Uint8Array([97])],
    second: [new Uint8Array([65])],
    type: 'MergeCaseInsensitive',
    gives: [new Uint8Array([97]), new Uint8Array([65])],
  },
  { name: 'a number and its text are two values', first: [1n], second: ['1'], gives: [1n, '1'] },
  { name: 'a truth value and its text are two values', first: [true], second: ['True'], gives: [true, 'True'] },
  {
    name: 'a reference and its text are two values',
    first: [new Reference('CN=a')],
    second: ['CN=a', new Reference('CN=a')],
    gives: [new Reference('CN=a'), 'CN=a'],
  },
  {
    name: 'equal bytes are one value',
    first: [new Uint8Array([1])],
    second: [new Uint8Array([1])],
    gives: [new Uint8Array([1])],
  },
  { name: 'what contributes nothing changes nothing', first: ['a'], second: 'nothing', gives: ['a'] },
  { name: 'IgnoreThisFlow changes nothing', first: ['a'], second: 'ignored', gives: ['a'] },
  { name: 'AuthoritativeNull of a later rule takes nothing away', first: ['a'], second: 'empty', gives: ['a'] },
  {
    name: 'after nothing the second stands alone, each value once',
    first: 'nothing',
    second: ['a', 'a'],
    gives: ['a'],
  },
  { name: 'after IgnoreThisFlow the second stands alone', first: 'ignored', second: ['a'], gives: ['a'] },
  { name: 'references of both are there', first: references(1), second: references(2, 3), gives: references(1, 2, 3) },
  { name: 'values do not go among references', first: references(1), second: ['a'], gives: references(1) },
  { name: 'references do not go among values', first: ['a'], second: references(1), gives: ['a'] },
] satisfies {
  name: string;
  first: Contribution;
  second: Contribution;
  type?: 'Merge' | 'MergeCaseInsensitive';
  gives: Contribution;
}[]) {
  test(`merged, ${name}`, () => assert.deepEqual(mergeContributions(first, second, type), gives));
}

const values: fc.Arbitrary<readonly Scalar[]> = fc.array(
  fc.oneof(fc.constantFrom('a', 'A', '1', 'true', 'ß', 'SS'), fc.bigInt({ min: 0n, max: 2n }), fc.boolean()),
  { minLength: 1, maxLength: 5 },
);

test('merged values are those of all, each once, in whatever order they are merged', () => {
  fc.assert(
    fc.property(values, values, values, (a, b, c) => {
      const left = mergeContributions(mergeContributions(a, b, 'Merge'), c, 'Merge') as readonly Scalar[];
      const right = mergeContributions(a, mergeContributions(b, c, 'Merge'), 'Merge');
      assert.deepEqual(left, right);
      const all = new Set([...a, ...b, ...c].map(typedText));
      assert.deepEqual(left.map(typedText), [...all]);
    }),
  );
});

test('merging a contribution with itself leaves it as it is, without doubles', () => {
  fc.assert(
    fc.property(values, fc.constantFrom('Merge' as const, 'MergeCaseInsensitive' as const), (found, type) => {
      assert.deepEqual(mergeContributions(found, found, type), withoutDoubles(found, type));
    }),
  );
});
