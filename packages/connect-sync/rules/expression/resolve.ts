/**
 * Checks every name and argument count of a syntax tree, gives variables their slots, and lists what an expression
 * depends on. After this, compiling cannot fail.
 */
import { ExpressionError } from './error.ts';
import type { FunctionDefinition } from './functions/definition.ts';
import type { SpecialForm } from './functions/flow.ts';
import { functionNamed, functionNames, nearestName, specialFormNamed } from './functions/lookup.ts';
import type { CallNode, Node } from './syntax-tree.ts';

/** What an expression reads, each name once, in the order of the text. */
export interface Dependencies {
  /** Read as they are, exports that wait for confirmation included. */
  readonly attributes: readonly string[];
  /** Read by `ImportedValue`. */
  readonly imported: readonly string[];
  /** Counted by `ValueCount`. */
  readonly counted: readonly string[];
  /** Without those that are part of the language. */
  readonly parameters: readonly string[];
  /** False when the same object may give another result next time: Now, Guid, RandomNum. */
  readonly deterministic: boolean;
}

export interface Resolution {
  readonly dependencies: Dependencies;
  /** Of variables, and of the calls that bind one. */
  readonly slots: ReadonlyMap<Node, number>;
  readonly slotCount: number;
}

/** Flags of Active Directory that need no configuration. */
export const intrinsicParameters: ReadonlyMap<string, bigint> = new Map([
  ['ADS_UF_ACCOUNTDISABLE', 0x2n],
  ['ADS_GROUP_TYPE_GLOBAL_GROUP', 0x2n],
  ['ADS_GROUP_TYPE_DOMAIN_LOCAL_GROUP', 0x4n],
  ['ADS_GROUP_TYPE_LOCAL_GROUP', 0x4n],
  ['ADS_GROUP_TYPE_UNIVERSAL_GROUP', 0x8n],
  ['ADS_GROUP_TYPE_SECURITY_ENABLED', 0x80000000n],
]);

const constantWords = ['True', 'False', 'NULL', 'CRLF', 'IgnoreThisFlow', 'AuthoritativeNull'];

/** @throws {ExpressionError} kind `parse` */
export function resolve(tree: Node): Resolution {
  const resolver = new Resolver();
  resolver.visit(tree, []);
  return resolver.resolution();
}

class Resolver {
  readonly #attributes = new Set<string>();
  readonly #imported = new Set<string>();
  readonly #counted = new Set<string>();
  readonly #parameters = new Set<string>();
  #deterministic = true;
  readonly #slots = new Map<Node, number>();
  #slotCount = 0;

  resolution(): Resolution {
    return {
      dependencies: {
        attributes: [...this.#attributes],
        imported: [...this.#imported],
        counted: [...this.#counted],
        parameters: [...this.#parameters],
        deterministic: this.#deterministic,
      },
      slots: this.#slots,
      slotCount: this.#slotCount,
    };
  }

  /** `scope`: names of the bound variables; the index is the slot. */
  visit(node: Node, scope: readonly string[]): void {
    switch (node.kind) {
      case 'literal':
      case 'constant':
        return;
      case 'attribute':
        this.#attributes.add(node.name);
        return;
      case 'parameter':
        if (!intrinsicParameters.has(node.name)) this.#parameters.add(node.name);
        return;
      case 'variable':
        this.#slots.set(node, slotOf(node.name, node.column, scope));
        return;
      case 'word':
        throw misplacedWord(node.name, node.column);
      case 'chain':
        this.visit(node.first, scope);
        for (const link of node.rest) this.visit(link.operand, scope);
        return;
      case 'call':
        this.#visitCall(node, scope);
    }
  }

  #visitCall(call: CallNode, scope: readonly string[]): void {
    const form = specialFormNamed(call.name);
    if (form === undefined) this.#visitFunction(call, scope);
    else this.#visitForm(call, form, scope);
  }

  #visitFunction(call: CallNode, scope: readonly string[]): void {
    const definition = functionNamed(call.name);
    if (definition === undefined) throw unknownFunction(call);
    requireCount(call, definition.requiredCount, definition.parameters.length, definition.signature);
    if (!definition.isDeterministic) this.#deterministic = false;
    for (const [index, argument] of call.arguments.entries()) {
      if (definition.parameters[index]?.type === 'enum') requireWord(call, definition, index);
      else this.visit(argument, scope);
    }
  }

  #visitForm(call: CallNode, form: SpecialForm, scope: readonly string[]): void {
    requireCount(call, form.minArguments, form.maxArguments, form.signature);
    if (form.firstArgument === 'attribute-name') {
      (form.name === 'ValueCount' ? this.#counted : this.#imported).add(attributeNameOf(call));
    } else if (form.firstArgument === 'variable') {
      const [variable, values, body] = call.arguments as [Node, Node, Node];
      if (variable.kind !== 'variable') {
        throw wrongArguments(variable.column, `${call.name}: argument 1 should be a variable, such as $value.`);
      }
      this.visit(values, scope);
      this.#slots.set(call, scope.length);
      this.#slotCount = Math.max(this.#slotCount, scope.length + 1);
      this.visit(body, [...scope, variable.name]);
    } else {
      for (const argument of call.arguments) this.visit(argument, scope);
    }
  }
}

/** The attribute that `ImportedValue` or `ValueCount` names. @throws {ExpressionError} kind `parse` */
export function attributeNameOf(call: CallNode): string {
  const argument = call.arguments[0]!;
  if (
    argument.kind === 'literal' &&
    typeof argument.value === 'string' &&
    /^[^\x00-\x20"[\]%]{1,256}$/.test(argument.value)
  ) {
    return argument.value;
  }
  const example = argument.kind === 'attribute' ? `"${argument.name}"` : '"proxyAddresses"';
  throw wrongArguments(argument.column, `${call.name} takes the name of an attribute in quotes, such as ${example}.`);
}

/** An inner variable hides an outer one of the same name. */
function slotOf(name: string, column: number, scope: readonly string[]): number {
  const slot = scope.lastIndexOf(name);
  if (slot >= 0) return slot;
  const message = `No Select, Where or With around this binds $${name}${suggest(name, scope, '$')}.`;
  throw new ExpressionError('parse', 'expression-unknown-name', column, message);
}

function requireCount(call: CallNode, min: number, max: number, signature: string): void {
  const count = call.arguments.length;
  if (count >= min && count <= max) return;
  const wanted = min === max ? `${min}` : max === Number.POSITIVE_INFINITY ? `at least ${min}` : `${min} to ${max}`;
  const noun = wanted === '1' || wanted === 'at least 1' ? 'argument' : 'arguments';
  throw wrongArguments(call.column, `${call.name} takes ${wanted} ${noun}, not ${count}: ${signature}`);
}

function requireWord(call: CallNode, definition: FunctionDefinition, index: number): void {
  const argument = call.arguments[index]!;
  const { words } = definition.parameters[index]!;
  if (argument.kind === 'word' && words.includes(argument.name)) return;
  const wanted = words.join(' or ');
  throw wrongArguments(argument.column, `${call.name}: argument ${index + 1} should be ${wanted}, without quotes.`);
}

function wrongArguments(column: number, message: string): ExpressionError {
  return new ExpressionError('parse', 'expression-wrong-arguments', column, message);
}

function unknownFunction({ name, column }: CallNode): ExpressionError {
  const message = `There is no function ${shorten(name)}${suggest(name, functionNames())}.`;
  return new ExpressionError('parse', 'expression-unknown-name', column, message);
}

function misplacedWord(name: string, column: number): ExpressionError {
  const isFunction = functionNames().includes(name);
  const advice = isFunction
    ? `; ${name} is a function and needs brackets`
    : suggest(name, constantWords) || `; an attribute is written [${shorten(name)}], a text "${shorten(name)}"`;
  return new ExpressionError(
    'parse',
    'expression-unknown-name',
    column,
    `${shorten(name)} means nothing here${advice}.`,
  );
}

function suggest(name: string, candidates: Iterable<string>, prefix = ''): string {
  const nearest = name.length > 64 ? undefined : nearestName(name, candidates);
  return nearest === undefined ? '' : `; did you mean ${prefix}${nearest}?`;
}

function shorten(name: string): string {
  return name.length > 64 ? `${name.slice(0, 64)}…` : name;
}
