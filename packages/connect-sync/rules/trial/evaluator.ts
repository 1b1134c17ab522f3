/**
 * Evaluates expressions on attributes that somebody wrote down. Compiled expressions are kept, because a batch asks
 * the same ones again and again; how many are kept is bounded, and so is the text that is.
 */
import { systemClock } from '@springline/ports/clock';
import { systemRandom } from '@springline/ports/random';
import { type CompiledExpression, compileExpression, type EvaluationContext } from '../expression/compile.ts';
import { ExpressionError } from '../expression/error.ts';
import { nearestName } from '../expression/functions/lookup.ts';
import type { Value } from '../expression/value.ts';
import { type Answer, failureFrom } from './answer.ts';
import { TrialError } from './error.ts';
import { objectOf } from './object.ts';
import { attributesFrom, type Parameters, parametersFrom } from './values.ts';

export interface TrialCase {
  readonly expression: string;
  readonly attributes: ReadonlyMap<string, Value>;
  readonly parameters: Parameters;
}

const keptExpressions = 1_000;
/** Of longer ones a thousand would be too much to keep. */
const keptLength = 4_096;

const caseKeys = ['expression', 'attributes', 'parameters'] as const;

/**
 * Keys of somebody's own, as a name or what is expected, are left alone; one that is nearly ours is a slip of the pen.
 *
 * @throws {TrialError} when it is no mapping of `expression`, `attributes` and `parameters`.
 */
export function trialCaseFrom(plain: unknown): TrialCase {
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) {
    throw new TrialError('expected a mapping of expression, attributes and parameters');
  }
  const { expression, attributes, parameters, ...others } = plain as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(others)) {
    const meant = key.length > 32 ? undefined : nearestName(key, caseKeys);
    if (meant !== undefined) throw new TrialError(`unknown key; did you mean ${meant}?`);
  }
  if (typeof expression !== 'string') throw new TrialError('expression: expected a text');
  return { expression, attributes: attributesFrom(attributes), parameters: parametersFrom(parameters) };
}

export class Evaluator {
  readonly #compiled = new Map<string, CompiledExpression | Answer>();
  readonly #context: Omit<EvaluationContext, 'parameters'>;

  constructor(context: Omit<EvaluationContext, 'parameters'> = { clock: systemClock, random: systemRandom }) {
    this.#context = context;
  }

  evaluate({ expression, attributes, parameters }: TrialCase): Answer {
    const compiled = this.#compile(expression);
    if ('kind' in compiled) return compiled;
    try {
      return { kind: 'result', result: compiled.evaluate(objectOf(attributes), { ...this.#context, parameters }) };
    } catch (error) {
      if (error instanceof ExpressionError) return failureFrom(error);
      throw error;
    }
  }

  /** What does not compile is kept as well: it would fail the same way again. */
  #compile(expression: string): CompiledExpression | Answer {
    const kept = this.#compiled.get(expression);
    if (kept !== undefined) return kept;
    const compiled = compile(expression);
    if (expression.length > keptLength) return compiled;
    // The oldest goes: a batch that comes back to it compiles it again.
    if (this.#compiled.size >= keptExpressions) this.#compiled.delete(this.#compiled.keys().next().value!);
    this.#compiled.set(expression, compiled);
    return compiled;
  }
}

function compile(expression: string): CompiledExpression | Answer {
  try {
    return compileExpression(expression);
  } catch (error) {
    if (error instanceof ExpressionError) return failureFrom(error);
    throw error;
  }
}
