/**
 * The front of the expression language: text in, something that can be evaluated millions of times out.
 *
 * Text → tokens (`lexer`) → tree (`parser`) → checked names and dependencies (`resolve`) → closures (`generate`).
 */
import { systemClock } from '@springline/ports/clock';
import { systemRandom } from '@springline/ports/random';
import { copyableAttributes, nameIn, namingTree } from './copied-attribute.ts';
import { type EvaluationContext, Frame } from './frame.ts';
import { Generator } from './generate.ts';
import { parseExpression } from './parser.ts';
import { type Dependencies, type Resolution, resolve } from './resolve.ts';
import type { Node } from './syntax-tree.ts';
import type { AttributeSource, Result } from './value.ts';

export type { EvaluationContext } from './frame.ts';

/** An expression that was read and checked. */
export interface CompiledExpression {
  readonly text: string;
  readonly dependencies: Dependencies;
  /** Attributes that it may give unchanged, as `IIF(…, [member], NULL)` does. */
  readonly copyable: readonly string[];
  /** @throws {ExpressionError} kind `runtime`: the whole object fails in this direction. */
  evaluate(source: AttributeSource, context: EvaluationContext): Result;
  /**
   * The attribute that it gives unchanged for this object, which is not read for that; undefined when the result is
   * anything else. @throws {ExpressionError} kind `runtime`, when a condition on the way fails.
   */
  copiedFrom(source: AttributeSource, context: EvaluationContext): string | undefined;
}

/** @throws {ExpressionError} kind `parse`, with the column and what would be right. */
export function compileExpression(text: string): CompiledExpression {
  const tree = parseExpression(text);
  const resolution = resolve(tree);
  const copyable = copyableAttributes(tree);
  return {
    text,
    dependencies: resolution.dependencies,
    copyable,
    evaluate: evaluator(tree, resolution),
    copiedFrom: copyable.length === 0 ? () => undefined : namer(tree),
  };
}

/** Compiled when it is first asked for: few flows are about references. */
function namer(tree: Node): CompiledExpression['copiedFrom'] {
  if (tree.kind === 'attribute') return () => tree.name;
  let evaluate: CompiledExpression['evaluate'] | undefined;
  return (source, context) => {
    if (evaluate === undefined) {
      const names = namingTree(tree);
      evaluate = evaluator(names, resolve(names));
    }
    return nameIn(evaluate(source, context));
  };
}

function evaluator(tree: Node, resolution: Resolution): CompiledExpression['evaluate'] {
  // Many flows only copy: they need no frame.
  if (tree.kind === 'attribute') return (source) => source.get(tree.name);
  const { slotCount } = resolution;
  const run = new Generator(resolution, new Frame(nothing, noContext, [])).whole(tree);
  return (source, context) =>
    run(new Frame(source, context, slotCount === 0 ? noVariables : new Array<Result>(slotCount)));
}

const noVariables: Result[] = [];
const nothing: AttributeSource = { get: () => null, imported: () => null, count: () => 0 };
const noContext: EvaluationContext = { parameters: new Map(), clock: systemClock, random: systemRandom };
