/**
 * Syntax trees to closures. Every node can be compiled in two ways:
 *
 * - `element`: gives one value; where it meets several it asks to be run once for each (`Frame.oneOf`).
 * - `whole`: gives whatever there is, also several values; it is what answers that request.
 *
 * An argument declared `mv` is compiled whole, any other as element; so single-value functions map and `mv` functions
 * receive collections. Whole code never looks at the value that surrounding code is mapping at the moment.
 */
import { ExpressionError, ValueRefusal } from './error.ts';
import { type Frame, isList, type Run, severalValues, workOf } from './frame.ts';
import type { Parameter } from './functions/definition.ts';
import { functionNamed, specialFormNamed } from './functions/lookup.ts';
import { leadingCollection, leadingWithin } from './leading-collection.ts';
import { isTrue, operate } from './operators.ts';
import { intrinsicParameters, type Resolution } from './resolve.ts';
import { elementForm, isCollectionForm, wholeForm } from './special-forms.ts';
import { type CallNode, type ChainNode, type ConstantName, type Node, print } from './syntax-tree.ts';
import { checked, valueLengthLimit } from './types.ts';
import { authoritativeNull, ignoreThisFlow, Reference, type Result, type Value } from './value.ts';

const constantValues: Readonly<Record<ConstantName, Result>> = {
  NULL: null,
  CRLF: '\r\n',
  IgnoreThisFlow: ignoreThisFlow,
  AuthoritativeNull: authoritativeNull,
};

/** Longest text that is computed once, when the expression is compiled. */
const foldedLengthLimit = 1_024;

export class Generator {
  readonly #resolution: Resolution;
  // Remembered, because code that is compiled in both ways at every level would take exponential time.
  readonly #wholes = new Map<Node, Run>();
  readonly #elements = new Map<Node, Run>();
  readonly #fixed = new Map<Node, boolean>();
  readonly #collectionIds = new Map<string, number>();
  /** One for all folding, so that its work limit bounds compiling as a whole. */
  readonly #foldFrame: Frame;

  /** `foldFrame` is never asked for anything: only what is fixed runs in it. */
  constructor(resolution: Resolution, foldFrame: Frame) {
    this.#resolution = resolution;
    this.#foldFrame = foldFrame;
  }

  whole(node: Node): Run {
    let run = this.#wholes.get(node);
    if (run === undefined) {
      run = this.#whole(node);
      this.#wholes.set(node, run);
    }
    return run;
  }

  #whole(node: Node): Run {
    switch (node.kind) {
      case 'attribute': {
        const { name } = node;
        const { column } = node;
        return (frame) => {
          const value = frame.source.get(name);
          if (isList(value)) frame.charge(value.length, column);
          return value;
        };
      }
      case 'variable': {
        const slot = this.slotOf(node);
        return (frame) => frame.variables[slot]!;
      }
      case 'chain': {
        const run = this.element(node);
        return this.isFixed(node) ? run : this.mapped(run, run, node);
      }
      case 'call': {
        const form = specialFormNamed(node.name);
        if (form !== undefined) return wholeForm(form.name, node, this);
        const run = this.isCollection(node) ? this.#call(node) : this.element(node);
        return this.isFixed(node) ? run : this.mapped(run, run, node);
      }
      default:
        return this.element(node);
    }
  }

  element(node: Node): Run {
    let run = this.#elements.get(node);
    if (run === undefined) {
      run = this.#fold(node, this.#element(node));
      this.#elements.set(node, run);
    }
    return run;
  }

  /** Whole code as part of code that may be mapping. */
  wholeArgument(node: Node): Run {
    const run = this.whole(node);
    return node.kind === 'attribute' || node.kind === 'variable' ? run : (frame) => frame.whole(run);
  }

  /** Answers as `first` does; where that meets several values, with what `element` gives for each. */
  mapped(first: Run, element: Run, node: CallNode | ChainNode): Run {
    const { column } = node;
    const leading = this.#leading(node);
    let metSeveral = false;
    return (frame) => {
      if (metSeveral && leading !== undefined) {
        const values = leading.whole(frame);
        if (isList(values) && values.length > 0) return frame.mapOver(leading.id, values, element, column);
        metSeveral = false;
      }
      try {
        return first(frame);
      } catch (signal) {
        if (signal !== severalValues) throw signal;
        metSeveral = true;
        return frame.map(element, column);
      }
    };
  }

  #leading(node: CallNode | ChainNode): { id: number; whole: Run } | undefined {
    const isCollection = (candidate: Node) => this.isCollection(candidate);
    const leading = node.kind === 'call' ? leadingWithin(node, isCollection) : leadingCollection(node, isCollection);
    return leading === undefined ? undefined : { id: this.#collectionId(leading), whole: this.whole(leading) };
  }

  /** Whether the node stands for a collection when it has several values, rather than for each of them. */
  isCollection(node: Node): boolean {
    if (node.kind === 'attribute' || node.kind === 'variable') return true;
    if (node.kind !== 'call') return false;
    const form = specialFormNamed(node.name);
    if (form !== undefined) return isCollectionForm(form.name, node, this);
    return functionNamed(node.name)!.returns.startsWith('mv');
  }

  slotOf(node: Node): number {
    return this.#resolution.slots.get(node)!;
  }

  /** One value of a collection that `whole` gives. */
  oneOf(node: Node, whole: Run): Run {
    const id = this.#collectionId(node);
    const { column } = node;
    return (frame) => {
      if (frame.isMapping(id)) return frame.currentValue();
      const value = frame.whole(whole);
      return isList(value) ? frame.oneOf(id, value, column) : value;
    };
  }

  /** True when nothing but the expression's own text decides the value. */
  isFixed(node: Node): boolean {
    const known = this.#fixed.get(node);
    if (known !== undefined) return known;
    const fixed = this.#isFixed(node);
    this.#fixed.set(node, fixed);
    return fixed;
  }

  #isFixed(node: Node): boolean {
    if (node.kind === 'chain')
      return this.isFixed(node.first) && node.rest.every(({ operand }) => this.isFixed(operand));
    if (node.kind !== 'call') return node.kind === 'literal' || node.kind === 'constant' || node.kind === 'word';
    const definition = functionNamed(node.name);
    return (
      definition?.isDeterministic === true &&
      !definition.returns.startsWith('mv') &&
      node.arguments.every((argument) => this.isFixed(argument))
    );
  }

  /** Runs what is fixed now instead of each time. What fails or grows is left to fail each time. */
  #fold(node: Node, run: Run): Run {
    if ((node.kind !== 'call' && node.kind !== 'chain') || !this.isFixed(node)) return run;
    try {
      const value = run(this.#foldFrame);
      if (typeof value === 'string' && value.length > foldedLengthLimit) return run;
      return isList(value) || value instanceof Uint8Array ? run : () => value;
    } catch (error) {
      if (error instanceof ExpressionError || error === severalValues) return run;
      throw error;
    }
  }

  #element(node: Node): Run {
    switch (node.kind) {
      case 'literal': {
        const { value } = node;
        return () => value;
      }
      case 'constant': {
        const value = constantValues[node.name];
        return () => value;
      }
      case 'parameter':
        return parameter(node.name, node.column);
      case 'attribute':
        return this.#attribute(node, node.name);
      case 'variable':
        return this.oneOf(node, this.whole(node));
      case 'chain':
        return node.level === 'logical' ? this.#logical(node) : this.#chain(node);
      case 'call': {
        const form = specialFormNamed(node.name);
        if (form !== undefined) return elementForm(form.name, node, this);
        return this.isCollection(node) ? this.oneOf(node, this.whole(node)) : this.#call(node);
      }
      case 'word':
        throw new Error('A word is read by the function that it is given to, and never evaluated.');
    }
  }

  /** As `oneOf`, without a call in between: most of what expressions do is to read attributes. */
  #attribute(node: Node, name: string): Run {
    const id = this.#collectionId(node);
    const { column } = node;
    return (frame) => {
      if (frame.isMapping(id)) return frame.currentValue();
      const value = frame.source.get(name);
      if (!isList(value)) return value;
      frame.charge(value.length, column);
      return frame.oneOf(id, value, column);
    };
  }

  #chain({ first, rest }: ChainNode): Run {
    const left = this.element(first);
    const links = rest.map((link) => {
      if (link.operator === '&&' || link.operator === '||') throw new Error('A chain has operators of one level.');
      return { operator: link.operator, right: this.element(link.operand), column: link.column };
    });
    const [link] = links;
    if (link !== undefined && links.length === 1 && link.operator !== '&') {
      const { operator, right, column } = link;
      return (frame) => {
        const one = left(frame);
        const other = right(frame);
        frame.charge(1 + comparedWork(one) + comparedWork(other), column);
        return operate(operator, one, other, column);
      };
    }
    return (frame) => {
      let value = left(frame);
      for (const { operator, right, column } of links) {
        value = operate(operator, value, right(frame), column);
        frame.charge(1 + workOf(value), column);
      }
      return value;
    };
  }

  /** Left to right; what cannot change the answer is not evaluated. */
  #logical({ first, rest }: ChainNode): Run {
    const left = this.element(first);
    const links = rest.map(({ operator, operand }) => ({
      isAnd: operator === '&&',
      right: this.element(operand),
      column: operand.column,
    }));
    return (frame) => {
      let holds = isTrue(left(frame), first.column);
      for (const { isAnd, right, column } of links) {
        frame.charge(1, column);
        if (holds === isAnd) holds = isTrue(right(frame), column);
      }
      return holds;
    };
  }

  /** A function given its arguments; answers with a collection when that is what the function returns. */
  #call(call: CallNode): Run {
    const definition = functionNamed(call.name)!;
    const values = call.arguments.map((argument, index) =>
      this.#argument(call, argument, definition.parameters[index]!, index),
    );
    const { column } = call;
    const { apply, takesContext, takesNull, work } = definition;
    const [first, second] = values;
    // One and two arguments are most calls, and deserve not to make a list.
    if (first !== undefined && values.length === 1 && !takesContext) {
      return (frame) => {
        const a = first(frame);
        if (a === null && !takesNull) return null;
        frame.charge(callWork + (work?.(a) ?? 0), column);
        try {
          return settled(frame, apply(a), column);
        } catch (error) {
          throw located(error, column);
        }
      };
    }
    if (first !== undefined && second !== undefined && values.length === 2 && !takesContext) {
      return (frame) => {
        const a = first(frame);
        const b = second(frame);
        if ((a === null || b === null) && !takesNull) return null;
        frame.charge(callWork + (work?.(a, b) ?? 0), column);
        try {
          return settled(frame, apply(a, b), column);
        } catch (error) {
          throw located(error, column);
        }
      };
    }
    return (frame) => {
      const given = values.map((value) => value(frame));
      if (!takesNull && given.includes(null)) return null;
      frame.charge(callWork + (work?.(...given) ?? 0), column);
      try {
        return settled(frame, takesContext ? apply(frame.context, ...given) : apply(...given), column);
      } catch (error) {
        throw located(error, column);
      }
    };
  }

  #argument(call: CallNode, argument: Node, parameter: Parameter, index: number): Run {
    if (argument.kind === 'word') {
      const word = argument.name;
      return () => word;
    }
    const { type } = parameter;
    const isWhole = type === 'mv' || type === 'mvstr' || (type === 'any' && this.isCollection(argument));
    const run = isWhole ? this.wholeArgument(argument) : this.element(argument);
    if (type === 'enum') throw new Error('The resolver lets only words be given where words belong.');
    return checked(run, type, { functionName: call.name, position: index + 1, column: argument.column });
  }

  /** The same for all mentions of one collection, so that they share the index. */
  #collectionId(node: Node): number {
    const key = `${print(node)}${this.#slotsWithin(node).join()}`;
    const id = this.#collectionIds.get(key) ?? this.#collectionIds.size;
    this.#collectionIds.set(key, id);
    return id;
  }

  /** Two variables of one name are two variables. */
  #slotsWithin(node: Node): number[] {
    if (node.kind === 'variable') return [this.slotOf(node)];
    if (node.kind === 'chain')
      return [node.first, ...node.rest.map(({ operand }) => operand)].flatMap((n) => this.#slotsWithin(n));
    if (node.kind !== 'call') return [];
    return node.arguments.flatMap((argument) => this.#slotsWithin(argument));
  }
}

/** Says where a function failed. */
function located(error: unknown, column: number): unknown {
  if (!(error instanceof ValueRefusal)) return error;
  return new ExpressionError('runtime', error.code, column, error.message, { cause: error });
}

/** References are compared as names, whose every character is looked at. */
function comparedWork(value: Result): number {
  return value instanceof Reference ? value.dn.length : workOf(value);
}

/** What a call costs by itself, in work, and a value of a collection that it makes. */
const callWork = 4;
const madeValueWork = 3;

/** Bounds what a function made. */
function settled(frame: Frame, value: Value, column: number): Value {
  if (typeof value === 'string' || value instanceof Uint8Array) {
    if (value.length > valueLengthLimit) throw tooLong(column);
  }
  frame.charge(isList(value) ? value.length * madeValueWork : workOf(value), column);
  return value;
}

function tooLong(column: number): ExpressionError {
  const message = `A value has at most ${valueLengthLimit} characters or bytes.`;
  return new ExpressionError('runtime', 'expression-too-much-work', column, message);
}

function parameter(name: string, column: number): Run {
  const intrinsic = intrinsicParameters.get(name);
  if (intrinsic !== undefined) return () => intrinsic;
  return (frame) => {
    const value = frame.context.parameters.get(name);
    if (value !== undefined) return value;
    const message = `%${name}% has no value here; define it on the connector, or correct its name.`;
    throw new ExpressionError('runtime', 'expression-unknown-parameter', column, message);
  };
}
