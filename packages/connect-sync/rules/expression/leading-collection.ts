/**
 * Finds the part of an expression that is evaluated before any other and may have several values. When it had several
 * the last time, it is looked at first, and the mapping starts without a failed attempt: attributes rarely change
 * between one value and several from object to object.
 */
import { functionNamed, specialFormNamed } from './functions/lookup.ts';
import type { CallNode, Node } from './syntax-tree.ts';

type IsCollection = (node: Node) => boolean;

/** What is looked at first when `node` is run as element code; undefined when that has one value, or is not certain. */
export function leadingCollection(node: Node, isCollection: IsCollection): Node | undefined {
  switch (node.kind) {
    case 'attribute':
    case 'variable':
      return node;
    case 'chain': {
      const operands = node.level === 'logical' ? [node.first] : [node.first, ...node.rest.map((link) => link.operand)];
      return leadingOf(operands, isCollection);
    }
    case 'call':
      return isCollection(node) && !isBranching(node) ? node : leadingWithin(node, isCollection);
    default:
      return undefined;
  }
}

/** The same for a call whose own result may be a collection: what its arguments look at first. */
export function leadingWithin(call: CallNode, isCollection: IsCollection): Node | undefined {
  const form = specialFormNamed(call.name);
  if (form !== undefined) {
    if (form.name === 'With') {
      const bound = call.arguments[1]!;
      return isCollection(bound) ? undefined : leadingCollection(bound, isCollection);
    }
    return isBranching(call) || form.name === 'Error' ? leadingOf(call.arguments.slice(0, 1), isCollection) : undefined;
  }
  const parameters = functionNamed(call.name)?.parameters ?? [];
  const elements: Node[] = [];
  for (const [index, argument] of call.arguments.entries()) {
    const type = parameters[index]?.type;
    if (type === 'mv' || type === 'mvstr' || (type === 'any' && isCollection(argument))) break;
    elements.push(argument);
  }
  return leadingOf(elements, isCollection);
}

/** Of the first that is more than a literal. */
function leadingOf(nodes: readonly Node[], isCollection: IsCollection): Node | undefined {
  const first = nodes.find(({ kind }) => kind !== 'literal' && kind !== 'constant' && kind !== 'word');
  return first === undefined ? undefined : leadingCollection(first, isCollection);
}

function isBranching({ name }: CallNode): boolean {
  return name === 'IIF' || name === 'Switch' || name === 'With';
}
