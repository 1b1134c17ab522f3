/**
 * The functions that decide themselves what is evaluated: IIF, Switch, With, Select, Where, Error, ImportedValue and
 * ValueCount. Each in two ways, as `generate.ts` says.
 *
 * When a condition is about one value, its branches are whole: `IIF(IsPresent([a]), [a], [b])` gives all values of one
 * attribute or the other. When a condition meets several values, the form as a whole is mapped:
 * `IIF(InStr([a], "x") = 1, NULL, [a])` looks at one value after the other.
 */
import { ExpressionError } from './error.ts';
import { collect, type Frame, isList, type Run } from './frame.ts';
import { errorReached, type SpecialFormName } from './functions/flow.ts';
import { isTrue } from './operators.ts';
import { attributeNameOf } from './resolve.ts';
import type { CallNode, Node } from './syntax-tree.ts';
import { checked, typeMismatch } from './types.ts';
import type { Scalar } from './value.ts';

/** What forms need of the compiler. */
export interface FormCompiler {
  whole(node: Node): Run;
  element(node: Node): Run;
  wholeArgument(node: Node): Run;
  mapped(first: Run, element: Run, call: CallNode): Run;
  oneOf(node: Node, whole: Run): Run;
  isCollection(node: Node): boolean;
  slotOf(node: Node): number;
}

export function isCollectionForm(name: SpecialFormName, call: CallNode, compiler: FormCompiler): boolean {
  switch (name) {
    case 'ImportedValue':
    case 'Select':
    case 'Where':
      return true;
    case 'IIF':
      return compiler.isCollection(call.arguments[1]!) || compiler.isCollection(call.arguments[2]!);
    case 'Switch':
      return call.arguments.some((argument, index) => index % 2 === 1 && compiler.isCollection(argument));
    case 'With':
      return compiler.isCollection(call.arguments[2]!);
    default:
      return false;
  }
}

/** Gives one value, or asks to be run for each of several. */
export function elementForm(name: SpecialFormName, call: CallNode, compiler: FormCompiler): Run {
  switch (name) {
    case 'IIF':
      return choose(call, compiler, (node) => compiler.element(node));
    case 'Switch':
      return select(call, compiler, (node) => compiler.element(node));
    case 'With':
      return bind(call, compiler, compiler.element(call.arguments[2]!));
    case 'Error':
      return fail(call, compiler);
    case 'ValueCount':
      return count(call);
    default:
      return compiler.oneOf(call, compiler.whole(call));
  }
}

/** Gives whatever there is. */
export function wholeForm(name: SpecialFormName, call: CallNode, compiler: FormCompiler): Run {
  switch (name) {
    case 'IIF':
      return branching(
        choose(call, compiler, (node) => compiler.whole(node)),
        call,
        compiler,
      );
    case 'Switch':
      return branching(
        select(call, compiler, (node) => compiler.whole(node)),
        call,
        compiler,
      );
    case 'With':
      return branching(bind(call, compiler, compiler.whole(call.arguments[2]!)), call, compiler);
    case 'Error': {
      const run = fail(call, compiler);
      return compiler.mapped(run, run, call);
    }
    case 'ValueCount':
      return count(call);
    case 'ImportedValue': {
      const attribute = attributeNameOf(call);
      return (frame) => frame.source.imported(attribute);
    }
    case 'Select':
      return forEach(call, compiler, (body) => (results, _, frame) => collect(results, body(frame), call.column));
    case 'Where':
      return forEach(call, compiler, (body) => (results, value, frame) => {
        const holds = body(frame);
        if (isList(holds))
          throw typeMismatch(call.column, 'The condition of Where should give one answer for each value.');
        if (isTrue(holds, call.column)) results.push(value);
      });
  }
}

/** Code that is whole after a decision about one value, and mapped by element when the decision meets several. */
function branching(whole: Run, call: CallNode, compiler: FormCompiler): Run {
  return compiler.mapped(whole, compiler.element(call), call);
}

function choose(call: CallNode, compiler: FormCompiler, branch: (node: Node) => Run): Run {
  const [test, yes, no] = call.arguments as [Node, Node, Node];
  const condition = compiler.element(test);
  const whenTrue = branch(yes);
  const whenFalse = branch(no);
  return (frame) => (isTrue(condition(frame), test.column) ? whenTrue(frame) : whenFalse(frame));
}

/** All conditions are evaluated, one value is. */
function select(call: CallNode, compiler: FormCompiler, branch: (node: Node) => Run): Run {
  const { length } = call.arguments;
  if (length % 2 === 1) {
    const message = `Switch takes pairs of a condition and a value; it has ${length} arguments.`;
    return () => {
      throw new ExpressionError('runtime', 'expression-bad-value', call.column, message);
    };
  }
  const pairs: { condition: Run; value: Run; column: number }[] = [];
  for (let index = 0; index < length; index += 2) {
    const test = call.arguments[index]!;
    pairs.push({ condition: compiler.element(test), value: branch(call.arguments[index + 1]!), column: test.column });
  }
  return (frame) => {
    let chosen: Run | undefined;
    for (const { condition, value, column } of pairs) {
      frame.charge(1, column);
      const holds = isTrue(condition(frame), column);
      if (holds && chosen === undefined) chosen = value;
    }
    return chosen === undefined ? null : chosen(frame);
  };
}

/** A collection is bound as a whole, so that the result may use it both ways. */
function bind(call: CallNode, compiler: FormCompiler, result: Run): Run {
  const bound = call.arguments[1]!;
  const value = compiler.isCollection(bound) ? compiler.wholeArgument(bound) : compiler.element(bound);
  const slot = compiler.slotOf(call);
  return (frame) => {
    frame.variables[slot] = value(frame);
    return result(frame);
  };
}

function forEach(
  call: CallNode,
  compiler: FormCompiler,
  step: (body: Run) => (results: Scalar[], value: Scalar, frame: Frame) => void,
): Run {
  const [, collection, result] = call.arguments as [Node, Node, Node];
  const place = { functionName: call.name, position: 2, column: collection.column };
  const values = checked(compiler.whole(collection), 'mv', place);
  const add = step(compiler.whole(result));
  const slot = compiler.slotOf(call);
  return (frame) => {
    const results: Scalar[] = [];
    const list = values(frame);
    if (isList(list)) {
      for (const value of list) {
        frame.charge(1, call.column);
        frame.variables[slot] = value;
        add(results, value, frame);
      }
    }
    return results.length === 0 ? null : results;
  };
}

function fail(call: CallNode, compiler: FormCompiler): Run {
  const argument = call.arguments[0]!;
  const message = checked(compiler.element(argument), 'str', {
    functionName: call.name,
    position: 1,
    column: argument.column,
  });
  return (frame) => {
    const text = message(frame);
    throw errorReached(typeof text === 'string' ? text : '', call.column);
  };
}

function count(call: CallNode): Run {
  const attribute = attributeNameOf(call);
  return (frame) => BigInt(frame.source.count(attribute));
}
