/**
 * The front of the expression language: text in, something that can be evaluated millions of times out.
 *
 * Text → tokens (`lexer`) → tree (`parser`) → checked names and dependencies (`resolve`) → closures (`generate`).
 */
import { systemClock } from '@springline/ports/clock';
import { systemRandom } from '@springline/ports/random';
import { type EvaluationContext, Frame, type Run } from './frame.ts';
import { Generator } from './generate.ts';
import { parseExpression } from './parser.ts';
import { type Dependencies, resolve } from './resolve.ts';
import type { Node } from './syntax-tree.ts';
import type { AttributeSource, Result } from './value.ts';

export type { EvaluationContext } from './frame.ts';

/** An expression that was read and checked. */
export interface CompiledExpression {
  readonly text: string;
  readonly dependencies: Dependencies;
  /** @throws {ExpressionError} kind `runtime`: the whole object fails in this direction. */
  evaluate(source: AttributeSource, context: EvaluationContext): Result;
}

/** @throws {ExpressionError} kind `parse`, with the column and what would be right. */
export function compileExpression(text: string): CompiledExpression {
  const tree = parseExpression(text);
  const resolution = resolve(tree);
  const run = new Generator(resolution, new Frame(nothing, noContext, [])).whole(tree);
  return { text, dependencies: resolution.dependencies, evaluate: evaluator(tree, run, resolution.slotCount) };
}

function evaluator(tree: Node, run: Run, slotCount: number): CompiledExpression['evaluate'] {
  // Many flows only copy: they need no frame.
  if (tree.kind === 'attribute') return (source) => source.get(tree.name);
  return (source, context) =>
    run(new Frame(source, context, slotCount === 0 ? noVariables : new Array<Result>(slotCount)));
}

const noVariables: Result[] = [];
const nothing: AttributeSource = { get: () => null, imported: () => null, count: () => 0 };
const noContext: EvaluationContext = { parameters: new Map(), clock: systemClock, random: systemRandom };
