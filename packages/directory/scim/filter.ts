/**
 * A SCIM filter as a tree, and its printing (RFC 7644 3.4.2.2). Names and literals are kept as written; what they mean
 * for a resource type is decided by `filter-binding.ts`.
 */
import { type AttributePath, printAttributePath } from './attribute-path.ts';

export const compareOperators = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const;
export type CompareOperator = (typeof compareOperators)[number];

/** `co`, `sw` and `ew` look for a part of a text. */
export const isPartial = (op: CompareOperator): op is 'co' | 'sw' | 'ew' => op === 'co' || op === 'sw' || op === 'ew';
/** `eq` and `ne` take any literal; every other operator needs an order or a text. */
export const isEquality = (op: CompareOperator): op is 'eq' | 'ne' => op === 'eq' || op === 'ne';
/** `gt`, `ge`, `lt` and `le`. */
export const isOrder = (op: CompareOperator): op is 'gt' | 'ge' | 'lt' | 'le' => !isPartial(op) && !isEquality(op);

export type FilterLiteral = string | number | boolean | null;

export type Filter =
  /** Two parts or more. A group in parentheses stays a node of its own. */
  | { readonly op: 'and' | 'or'; readonly filters: readonly Filter[] }
  | { readonly op: 'not'; readonly filter: Filter }
  | { readonly op: 'pr'; readonly path: AttributePath }
  | { readonly op: CompareOperator; readonly path: AttributePath; readonly value: FilterLiteral }
  /**
   * One and the same value of `path` meets `filter`. `emails[type eq "work"].value eq "x"` is read as
   * `emails[type eq "work" and value eq "x"]`.
   */
  | { readonly op: 'element'; readonly path: AttributePath; readonly filter: Filter };

/** The filter as text; parsing the text gives the same tree. */
export function printFilter(filter: Filter): string {
  switch (filter.op) {
    case 'and':
    case 'or':
      return filter.filters.map((part) => printOperand(part, filter.op)).join(` ${filter.op} `);
    case 'not':
      return `not (${printFilter(filter.filter)})`;
    case 'pr':
      return `${printAttributePath(filter.path)} pr`;
    case 'element':
      return `${printAttributePath(filter.path)}[${printFilter(filter.filter)}]`;
    default:
      return `${printAttributePath(filter.path)} ${filter.op} ${JSON.stringify(filter.value)}`;
  }
}

/** `and` binds tighter than `or`, so only an `and` inside an `or` stands without parentheses. */
function printOperand(part: Filter, parent: 'and' | 'or'): string {
  const bare = (part.op !== 'and' && part.op !== 'or') || (part.op === 'and' && parent === 'or');
  return bare ? printFilter(part) : `(${printFilter(part)})`;
}
