/**
 * Scoping filters. Every comparison is made on the text form of the values. For an absent attribute the negative
 * operators are true and the positive ones false: otherwise `isCriticalSystemObject NOTEQUAL TRUE` would leave out
 * every ordinary user.
 */
import type { Scope, ScopeClause, ScopeOperator } from './rule.ts';

/** Text values of an attribute; empty when it is absent. */
export type TextValues = (attribute: string) => readonly string[];

/** Whether an object is in scope: any group of which every clause holds. */
export function isInScope(scope: Scope, values: TextValues): boolean {
  return scope.length === 0 || scope.some((group) => group.every((clause) => holds(clause, values(clause.attribute))));
}

type Test = (value: string, wanted: string) => boolean;

const equal: Test = (value, wanted) => value.toLowerCase() === wanted.toLowerCase();
const contains: Test = (value, wanted) => value.toLowerCase().includes(wanted.toLowerCase());
const startsWith: Test = (value, wanted) => value.toLowerCase().startsWith(wanted.toLowerCase());
const endsWith: Test = (value, wanted) => value.toLowerCase().endsWith(wanted.toLowerCase());
const ordered =
  (test: (order: number) => boolean): Test =>
  (value, wanted) =>
    test(compare(value, wanted));

/** Tests that hold when any value passes; the negative operators are their opposites. */
const positive: Partial<Record<ScopeOperator, Test>> = {
  EQUAL: equal,
  ISIN: equal,
  CONTAINS: contains,
  STARTSWITH: startsWith,
  ENDSWITH: endsWith,
  ISBITSET: isBitSet,
  LESSTHAN: ordered((order) => order < 0),
  LESSTHAN_OR_EQUAL: ordered((order) => order <= 0),
  GREATERTHAN: ordered((order) => order > 0),
  GREATERTHAN_OR_EQUAL: ordered((order) => order >= 0),
};
const negative: Partial<Record<ScopeOperator, Test>> = {
  NOTEQUAL: equal,
  ISNOTIN: equal,
  NOTCONTAINS: contains,
  NOTSTARTSWITH: startsWith,
  NOTENDSWITH: endsWith,
  ISBITNOTSET: isBitSet,
};

function holds(clause: ScopeClause, values: readonly string[]): boolean {
  const { operator, value: wanted } = clause;
  if (operator === 'ISNULL') return values.length === 0;
  if (operator === 'ISNOTNULL') return values.length > 0;
  const test = positive[operator];
  if (test !== undefined) return values.some((value) => test(value, wanted));
  return !values.some((value) => negative[operator]!(value, wanted));
}

/** Numerically when both are integers, otherwise as text without regard to case. */
function compare(value: string, wanted: string): number {
  if (isInteger(value) && isInteger(wanted)) {
    const [a, b] = [BigInt(value), BigInt(wanted)];
    return a < b ? -1 : a > b ? 1 : 0;
  }
  const [a, b] = [value.toLowerCase(), wanted.toLowerCase()];
  return a < b ? -1 : a > b ? 1 : 0;
}

function isBitSet(value: string, mask: string): boolean {
  // 64-bit and signed: groupType is negative for security groups, so no 32-bit operators.
  return isInteger(value) && isInteger(mask) && (BigInt(value) & BigInt(mask)) !== 0n;
}

const isInteger = (text: string): boolean => /^-?\d{1,19}$/.test(text);
