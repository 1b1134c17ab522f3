/** What the operators do with two values that are already there. A comparison with NULL is False, but for `<>`; a sum with NULL is NULL. */
import { ExpressionError } from './error.ts';
import { maxNumber, minNumber } from './functions/number.ts';
import { referenceKey } from './reference-key.ts';
import type { Operator } from './syntax-tree.ts';
import { typeMismatch, typeName, valueLengthLimit } from './types.ts';
import { DateTime, Reference, type Result } from './value.ts';

export type BinaryOperator = Exclude<Operator, '&&' | '||'>;

/** `column` is where the operator stands. @throws {ExpressionError} kind `runtime` */
export function operate(operator: BinaryOperator, left: Result, right: Result, column: number): Result {
  switch (operator) {
    case '&':
      return joinTexts(left, right, column);
    case '+':
    case '-':
    case '*':
      return calculate(operator, left, right, column);
    default:
      return compare(operator, left, right, column);
  }
}

/** A condition: NULL counts as False. @throws {ExpressionError} `expression-type-mismatch` */
export function isTrue(value: Result, column: number): boolean {
  if (typeof value === 'boolean') return value;
  if (value === null) return false;
  throw typeMismatch(column, `A condition should be True or False, and is ${typeName(value)}.`);
}

function joinTexts(left: Result, right: Result, column: number): string {
  const text = asText(left, column) + asText(right, column);
  if (text.length > valueLengthLimit) {
    throw new ExpressionError(
      'runtime',
      'expression-too-much-work',
      column,
      `A text has at most ${valueLengthLimit} characters.`,
    );
  }
  return text;
}

/** NULL joins as nothing, as in VBA. References are refused, as by every function for texts. */
function asText(value: Result, column: number): string {
  if (typeof value === 'string') return value;
  if (value === null) return '';
  if (typeof value === 'bigint') return `${value}`;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  throw typeMismatch(column, `& joins texts, numbers and booleans, not ${typeName(value)}${hintFor(value)}.`);
}

function hintFor(value: Result): string {
  return value instanceof Reference ? '; CStr makes a text of it' : '';
}

function calculate(operator: '+' | '-' | '*', left: Result, right: Result, column: number): bigint | null {
  if (left === null || right === null) return null;
  if (typeof left !== 'bigint' || typeof right !== 'bigint') {
    const wrong = typeof left === 'bigint' ? right : left;
    const hint =
      typeof wrong === 'string' ? (operator === '+' ? '; & joins texts' : '; CNum makes a number of it') : '';
    throw typeMismatch(column, `${operator} takes numbers, not ${typeName(wrong)}${hint}.`);
  }
  const result = operator === '+' ? left + right : operator === '-' ? left - right : left * right;
  if (result > maxNumber || result < minNumber) {
    throw new ExpressionError(
      'runtime',
      'expression-number-overflow',
      column,
      `The result of ${operator} does not fit 64 bits.`,
    );
  }
  return result;
}

function compare(operator: '<' | '<=' | '=' | '<>' | '>=' | '>', left: Result, right: Result, column: number): boolean {
  if (left === null || right === null) return operator === '<>';
  if (operator === '=') return areEqual(left, right, column);
  if (operator === '<>') return !areEqual(left, right, column);
  const order = orderOf(left, right, column);
  if (operator === '<') return order < 0;
  if (operator === '<=') return order <= 0;
  return operator === '>' ? order > 0 : order >= 0;
}

/** Texts by case; references as the names of entries, so without regard to case. */
function areEqual(left: Result, right: Result, column: number): boolean {
  if (typeof left === typeof right && typeof left !== 'object') return left === right;
  if (left instanceof DateTime && right instanceof DateTime) return left.ticks === right.ticks;
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right) === 0;
  if (left instanceof Reference && right instanceof Reference) return referenceKey(left) === referenceKey(right);
  throw cannotCompare(left, right, column);
}

/** Negative, zero or positive. Texts are ordered by their UTF-16 units. */
function orderOf(left: Result, right: Result, column: number): number {
  if (typeof left === 'bigint' && typeof right === 'bigint') return left < right ? -1 : left > right ? 1 : 0;
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
  if (left instanceof DateTime && right instanceof DateTime) return Number(left.ticks - right.ticks);
  throw cannotCompare(left, right, column);
}

function cannotCompare(left: Result, right: Result, column: number): ExpressionError {
  const hint = left instanceof Reference || right instanceof Reference ? '; CRef or CStr makes them alike' : '';
  return typeMismatch(column, `${typeName(left)} cannot be compared with ${typeName(right)}${hint}.`);
}
