/** Clauses of a search in the metaverse, as the form and the address have them. */

/** Operators that compare, with what they read as. The words are those of scoping filters. */
export const clauseOperators = {
  EQUAL: 'is',
  NOTEQUAL: 'is not',
  STARTSWITH: 'starts with',
  ENDSWITH: 'ends with',
  CONTAINS: 'contains',
  NOTCONTAINS: 'does not contain',
  GREATERTHAN: 'is greater than',
  LESSTHAN: 'is less than',
  ISNULL: 'has no value',
  ISNOTNULL: 'has a value',
} as const;

export type ClauseOperator = keyof typeof clauseOperators;

export interface MvClause {
  readonly attribute: string;
  readonly operator: ClauseOperator;
  readonly value: string;
}

/** The host takes no more. */
export const clauseLimit = 20;

export const takesValue = (operator: ClauseOperator): boolean => operator !== 'ISNULL' && operator !== 'ISNOTNULL';

export const isOperator = (text: unknown): text is ClauseOperator =>
  typeof text === 'string' && Object.hasOwn(clauseOperators, text);

/** Of an address; `undefined` when it holds none. */
export function metaverseClauses(value: unknown): readonly MvClause[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const clauses = value.slice(0, clauseLimit).flatMap((each: unknown): MvClause[] => {
    const { attribute, operator, value: wanted } = Object(each) as Record<string, unknown>;
    if (typeof attribute !== 'string' || attribute.trim() === '' || attribute.length > 256) return [];
    if (!isOperator(operator)) return [];
    return [{ attribute, operator, value: typeof wanted === 'string' ? wanted.slice(0, 4_096) : '' }];
  });
  return clauses.length === 0 ? undefined : clauses;
}
