/** Table tests of expressions: one row, one clause of the language. Evaluated on an object in memory. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileExpression } from './compile.ts';
import { ExpressionError, type ExpressionErrorCode } from './error.ts';
import { type Attributes, contextOf, objectOf } from './sample-object.ts';
import type { Result } from './value.ts';

/** Expression, what it gives, and why. */
export type Row = readonly [expression: string, gives: Result, because: string];
/** Expression, how it fails, and why. */
export type FailingRow = readonly [expression: string, code: ExpressionErrorCode, because: string];

export function evaluate(expression: string, attributes: Attributes = {}): Result {
  return compileExpression(expression).evaluate(objectOf(attributes), contextOf({ 'Domain.FQDN': 'corp.example' }));
}

/** One test for each row. */
export function givesAll(rows: readonly Row[], attributes: Attributes = {}): void {
  for (const [expression, gives, because] of rows) {
    test(`${expression}: ${because}`, () => assert.deepEqual(evaluate(expression, attributes), gives));
  }
}

/** One test for each row. Errors that can be seen in the text alone are of kind `parse`. */
export function failsAll(rows: readonly FailingRow[], attributes: Attributes = {}): void {
  for (const [expression, code, because] of rows) {
    test(`${expression} fails: ${because}`, () => {
      assert.throws(
        () => evaluate(expression, attributes),
        (error) => error instanceof ExpressionError && error.code === code && error.column >= 1,
      );
    });
  }
}
