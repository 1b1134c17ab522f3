/** Scopes in which no object can be, found from the clauses alone. */
import type { Scope, ScopeClause, ScopeOperator } from '../rule.ts';
import { parameterOf } from '../scope.ts';

/** Why no object can be in scope; undefined when one may be. */
export function contradictionIn(scope: Scope): string | undefined {
  if (scope.length === 0) return undefined;
  const reasons = scope.map(contradictionOf);
  return reasons.every((reason) => reason !== undefined) ? reasons[0] : undefined;
}

/** Clauses are compared with each other: of a longer group only these are. */
const mostClauses = 200;

/** Operators that an absent attribute never passes. */
const needsValue: ReadonlySet<ScopeOperator> = new Set<ScopeOperator>([
  'EQUAL',
  'LESSTHAN',
  'LESSTHAN_OR_EQUAL',
  'GREATERTHAN',
  'GREATERTHAN_OR_EQUAL',
  'CONTAINS',
  'STARTSWITH',
  'ENDSWITH',
  'ISNOTNULL',
  'ISIN',
  'ISBITSET',
]);

const opposites: readonly (readonly [ScopeOperator, ScopeOperator])[] = [
  ['EQUAL', 'NOTEQUAL'],
  ['EQUAL', 'ISNOTIN'],
  ['ISIN', 'NOTEQUAL'],
  ['ISIN', 'ISNOTIN'],
  ['CONTAINS', 'NOTCONTAINS'],
  ['STARTSWITH', 'NOTSTARTSWITH'],
  ['ENDSWITH', 'NOTENDSWITH'],
  ['ISBITSET', 'ISBITNOTSET'],
  ['ISMEMBEROF', 'ISNOTMEMBEROF'],
];

function contradictionOf(clauses: readonly ScopeClause[]): string | undefined {
  const group = clauses.slice(0, mostClauses);
  for (const clause of group) {
    const { attribute, operator, value } = clause;
    if (operator === 'ISBITSET' && parameterOf(clause) === undefined && !/^-?\d*[1-9]\d*$/.test(value)) {
      return `${attribute} ISBITSET ${value} holds for no object: the value is a number other than 0`;
    }
    if (operator === 'ISNULL') {
      const other = group.find((it) => it.attribute === attribute && needsValue.has(it.operator));
      if (other !== undefined) return `${attribute} cannot be absent and have a value (${other.operator})`;
    }
    for (const [one, opposite] of opposites) {
      if (operator !== one) continue;
      const isOpposite = (it: ScopeClause): boolean =>
        it.attribute === attribute && it.operator === opposite && it.value.toLowerCase() === value.toLowerCase();
      if (group.some(isOpposite)) return `${attribute} ${one} ${value} and ${opposite} ${value} never hold together`;
    }
  }
  return undefined;
}
