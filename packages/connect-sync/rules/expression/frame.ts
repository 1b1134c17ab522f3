/**
 * What one evaluation carries: the object, the parameters, the bound variables, which value of a multi-valued attribute
 * is being looked at, and how much work was done.
 *
 * Mapping a single-value function over a multi-valued attribute: code is first run as if everything had
 * one value. The first place that meets several values throws `severalValues`; the nearest code that may answer with
 * several values catches it and runs its part once for each value. While it does, every mention of that collection
 * gives the value of the same index.
 */
import type { Clock } from '@springline/ports/clock';
import type { Random } from '@springline/ports/random';
import { ExpressionError } from './error.ts';
import {
  type AttributeSource,
  authoritativeNull,
  ignoreThisFlow,
  Reference,
  type Result,
  type Scalar,
} from './value.ts';

/** What an evaluation may use besides the object. */
export interface EvaluationContext {
  /** Values of `%Name%`. */
  readonly parameters: ReadonlyMap<string, string | bigint>;
  readonly clock: Clock;
  readonly random: Random;
}

/** A compiled piece of an expression. */
export type Run = (frame: Frame) => Result;

/**
 * Work of one evaluation: values looked at, steps and calls done, and `workOf` what goes into functions and comes out of
 * them. A unit is some 20 ns, so an evaluation ends within a third of a second. Only one pass or two over the members of
 * the very largest groups may take longer, because of the memory that they take.
 */
const workLimit = 2 ** 24;

/** Eight characters, bytes or values of a collection are as much work as one value. */
export function workOf(value: Result): number {
  if (typeof value === 'string') return value.length >> 3;
  if (value instanceof Reference) return value.dn.length >> 3;
  return value instanceof Uint8Array || isList(value) ? value.length >> 3 : 0;
}

/** Characters, bytes and names of all values. */
export function sizeOf(values: readonly Scalar[]): number {
  let size = 0;
  for (const value of values) {
    if (typeof value === 'string' || value instanceof Uint8Array) size += value.length;
    else if (value instanceof Reference) size += value.dn.length;
  }
  return size;
}

/** Thrown where one value is needed and several were found. Caught within this folder, always. */
export const severalValues: unique symbol = Symbol('several values');

const noCollection = -1;
/** What a failed attempt costs, in work. */
const attemptWork = 32;

export class Frame {
  readonly source: AttributeSource;
  readonly context: EvaluationContext;
  /** Values of bound variables, by slot. */
  readonly variables: Result[];
  /** The collection being mapped; `noCollection` when none is. */
  #collection = noCollection;
  #values: readonly Scalar[] = [];
  #index = 0;
  #work = 0;

  constructor(source: AttributeSource, context: EvaluationContext, variables: Result[]) {
    this.source = source;
    this.context = context;
    this.variables = variables;
  }

  isMapping(collection: number): boolean {
    return this.#collection === collection;
  }

  /** The value at the shared index of the collection that is being mapped. */
  currentValue(): Scalar {
    return this.#values[this.#index]!;
  }

  /** Asks to be run once for each of `values`; an empty collection is NULL. */
  oneOf(collection: number, values: readonly Scalar[], column: number): null {
    if (values.length === 0) return null;
    if (this.#collection !== noCollection) {
      throw new ExpressionError(
        'runtime',
        'expression-two-collections',
        column,
        'Two different multi-valued attributes cannot be mapped together; use Select, Join or Item on one of them.',
      );
    }
    this.#collection = collection;
    this.#values = values;
    throw severalValues;
  }

  /** Runs `element` for each value of the collection that `oneOf` met last. NULL results drop that value. */
  map(element: Run, column: number): Result {
    // A failed attempt came before.
    this.charge(attemptWork, column);
    return this.mapOver(this.#collection, this.#values, element, column);
  }

  /** As `map`, for a collection that is already known to have several values. */
  mapOver(collection: number, values: readonly Scalar[], element: Run, column: number): Result {
    this.#collection = collection;
    this.#values = values;
    const results: Scalar[] = [];
    for (let index = 0; index < values.length; index++) {
      this.charge(1, column);
      this.#index = index;
      collect(results, element(this), column);
    }
    this.#collection = noCollection;
    return results.length === 0 ? null : results;
  }

  /** Runs code that sees whole collections, also while one is being mapped. */
  whole(run: Run): Result {
    if (this.#collection === noCollection) return run(this);
    const [collection, values, index] = [this.#collection, this.#values, this.#index];
    this.#collection = noCollection;
    const result = run(this);
    this.#collection = collection;
    this.#values = values;
    this.#index = index;
    return result;
  }

  /** Counts work. @throws {ExpressionError} `expression-too-much-work` */
  charge(work: number, column: number): void {
    this.#work += work;
    if (this.#work > workLimit) {
      throw new ExpressionError(
        'runtime',
        'expression-too-much-work',
        column,
        'The evaluation was stopped: it goes through too many values or makes too much text for one object.',
      );
    }
  }
}

/** Most values of a collection that an expression may make: several times the members of the largest groups. */
const collectionSizeLimit = 2 ** 21;

/** Adds what one value gave to the results of a mapping. */
export function collect(results: Scalar[], result: Result, column: number): void {
  if (result === null) return;
  if (results.length >= collectionSizeLimit) {
    const message = `A collection has at most ${collectionSizeLimit} values.`;
    throw new ExpressionError('runtime', 'expression-too-much-work', column, message);
  }
  if (isList(result)) {
    for (const value of result) results.push(value);
  } else if (result === authoritativeNull || result === ignoreThisFlow) {
    throw new ExpressionError(
      'runtime',
      'expression-type-mismatch',
      column,
      'AuthoritativeNull and IgnoreThisFlow decide for a whole attribute, not for one of its values; use NULL.',
    );
  } else {
    results.push(result);
  }
}

export function isList(result: Result): result is readonly Scalar[] {
  return Array.isArray(result);
}
