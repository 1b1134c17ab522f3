/**
 * Expressions that may hand an attribute on as it is: `IIF(ValueCount("member") > 50000, Error("too many"), [member])`.
 * For references this matters: they are handed on as links and never read one by one, however many there are.
 */
import type { CallNode, Node } from './syntax-tree.ts';

/** Stands before the name of an attribute in the place of its values; no attribute value starts with it. */
const mark = '\u0000';

/** The attributes that an expression may give unchanged, each name once. */
export function copyableAttributes(tree: Node): readonly string[] {
  const names = new Set<string>();
  collect(tree, names);
  return [...names];
}

function collect(node: Node, names: Set<string>): void {
  if (node.kind === 'attribute') names.add(node.name);
  if (node.kind !== 'call') return;
  for (const [index, argument] of node.arguments.entries()) if (isResult(node, index)) collect(argument, names);
}

/** The expression with names in the place of attributes that it would give unchanged, and NULL for all other results. */
export function namingTree(node: Node): Node {
  const { column } = node;
  if (node.kind === 'attribute') return { kind: 'literal', value: mark + node.name, column };
  if (node.kind !== 'call' || !node.arguments.some((_, index) => isResult(node, index))) {
    return { kind: 'constant', name: 'NULL', column };
  }
  const values = node.arguments.map((argument, index) => (isResult(node, index) ? namingTree(argument) : argument));
  return { ...node, arguments: values };
}

/** The name behind what a naming tree gave. */
export function nameIn(result: unknown): string | undefined {
  return typeof result === 'string' && result.startsWith(mark) ? result.slice(mark.length) : undefined;
}

/** Whether an argument may be the result of the call. */
function isResult({ name, arguments: { length } }: CallNode, index: number): boolean {
  if (name === 'IIF') return length === 3 && index > 0;
  if (name === 'Switch') return length % 2 === 0 && index % 2 === 1;
  return name === 'With' && index === 2;
}
