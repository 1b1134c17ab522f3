/**
 * What a parsed expression is, and how it is written out again. `parse(print(tree))` is `tree`, but for the columns.
 */

export type ConstantName = 'NULL' | 'CRLF' | 'IgnoreThisFlow' | 'AuthoritativeNull';
export type Operator = '+' | '-' | '*' | '&' | '<' | '<=' | '=' | '<>' | '>=' | '>' | '&&' | '||';

/** From what binds most to what binds least; operators of one level are read from left to right. */
export type OperatorLevel = 'arithmetic' | 'comparison' | 'logical';

export const operatorLevels: Readonly<Record<Operator, OperatorLevel>> = {
  '+': 'arithmetic',
  '-': 'arithmetic',
  '*': 'arithmetic',
  '&': 'arithmetic',
  '<': 'comparison',
  '<=': 'comparison',
  '=': 'comparison',
  '<>': 'comparison',
  '>=': 'comparison',
  '>': 'comparison',
  '&&': 'logical',
  '||': 'logical',
};

/** `column` of every node: UTF-16 units from 1. */
export type Node =
  | { readonly kind: 'literal'; readonly value: string | bigint | boolean; readonly column: number }
  | { readonly kind: 'constant'; readonly name: ConstantName; readonly column: number }
  | { readonly kind: 'attribute' | 'parameter' | 'variable' | 'word'; readonly name: string; readonly column: number }
  | CallNode
  | ChainNode;

export interface CallNode {
  readonly kind: 'call';
  readonly name: string;
  readonly arguments: readonly Node[];
  readonly column: number;
}

/** Operands joined by operators of one level. Flat, so that a long chain is no deep tree. */
export interface ChainNode {
  readonly kind: 'chain';
  readonly level: OperatorLevel;
  readonly first: Node;
  readonly rest: readonly ChainLink[];
  readonly column: number;
}

export interface ChainLink {
  readonly operator: Operator;
  readonly operand: Node;
  /** Of the operator. */
  readonly column: number;
}

const looseness: Readonly<Record<OperatorLevel, number>> = { arithmetic: 0, comparison: 1, logical: 2 };

/** The expression as text. */
export function print(node: Node): string {
  switch (node.kind) {
    case 'literal':
      return printLiteral(node.value);
    case 'attribute':
      return `[${node.name}]`;
    case 'parameter':
      return `%${node.name}%`;
    case 'variable':
      return `$${node.name}`;
    case 'constant':
    case 'word':
      return node.name;
    case 'call':
      return `${node.name}(${node.arguments.map(print).join(', ')})`;
    case 'chain': {
      const links = node.rest.map(({ operator, operand }) => ` ${operator} ${printOperand(operand, node.level)}`);
      return printOperand(node.first, node.level) + links.join('');
    }
  }
}

function printLiteral(value: string | bigint | boolean): string {
  if (typeof value === 'string') return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '""')}"`;
  if (typeof value === 'bigint') return `${value}`;
  return value ? 'True' : 'False';
}

function printOperand(operand: Node, level: OperatorLevel): string {
  const needsBrackets = operand.kind === 'chain' && looseness[operand.level] >= looseness[level];
  return needsBrackets ? `(${print(operand)})` : print(operand);
}
