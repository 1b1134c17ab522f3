import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileExpression } from '../compile.ts';
import { failsAll, givesAll } from '../expression-table.ts';
import { contextOf, objectOf } from '../sample-object.ts';

givesAll([
  ['BitAnd(&HF0, &H3C)', 48n, 'common bits'],
  ['BitAnd(-2147483646, -2147483648)', -2147483648n, 'numbers are extended by their sign'],
  ['BitAnd(-2147483646, &H80000000)', 2147483648n, 'a hexadecimal number is not negative'],
  ['BitAnd(34359738368, 34359738369)', 34359738368n, 'there are more than 32 bits'],
  ['BitAnd([absent], 1)', null, 'NULL has no bits'],
  ['BitOr(&HF0, &H0F)', 255n, 'bits of either'],
  ['BitOr(-9223372036854775808, 1)', -9223372036854775807n, 'the sign is a bit'],
  ['BitOr(1, [absent])', null, 'NULL has no bits'],
  ['RandomNum(7, 7)', 7n, 'an interval of one number'],
  ['RandomNum([absent], 7)', null, 'NULL is no end'],
]);

failsAll([
  ['BitAnd("1", 1)', 'expression-type-mismatch', 'a text has no bits'],
  ['BitOr(True, 1)', 'expression-type-mismatch', 'nor has a boolean'],
  ['RandomNum(2, 1)', 'expression-out-of-range', 'the ends are in order'],
]);

test('RandomNum draws every number of the interval and no other', () => {
  const expression = compileExpression('RandomNum(-1, 2)');
  const context = contextOf();
  const drawn = new Set(Array.from({ length: 200 }, () => expression.evaluate(objectOf({}), context)));
  assert.deepEqual([...drawn].sort(), [-1n, 0n, 1n, 2n].sort());
});

test('RandomNum may draw from all numbers', () => {
  const expression = compileExpression('RandomNum(-9223372036854775808, 9223372036854775807)');
  assert.equal(typeof expression.evaluate(objectOf({}), contextOf()), 'bigint');
});
