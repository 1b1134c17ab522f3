/**
 * Attribute flows: what one rule contributes to one attribute, and which contribution wins (lower precedence first).
 */
import type { EvaluationContext } from './expression/compile.ts';
import {
  type AttributeSource,
  authoritativeNull,
  ignoreThisFlow,
  type Result,
  type Scalar,
} from './expression/value.ts';
import type { AttributeFlow, FlowSource } from './rule.ts';

/**
 * - `values`: at least one.
 * - `references`: the reference values of an attribute of the source object, as they are.
 * - `nothing`: the next rule may contribute.
 * - `empty`: AuthoritativeNull; the attribute has no value and no further rule is asked.
 */
export type Contribution =
  | { readonly kind: 'values'; readonly values: readonly Scalar[] }
  | { readonly kind: 'references'; readonly attribute: string }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'empty' };

export interface FlowInput {
  readonly source: AttributeSource;
  /** Whether the attribute holds references rather than values. */
  isReference(attribute: string): boolean;
}

const nothing: Contribution = { kind: 'nothing' };

/**
 * What `flow` contributes for one object.
 *
 * @throws {ExpressionError} kind `runtime` when the expression fails: the whole object fails in this direction.
 */
export function contributionOf(flow: AttributeFlow, input: FlowInput, context: EvaluationContext): Contribution {
  const { source } = flow;
  if (source.kind === 'direct' && input.isReference(source.attribute)) {
    return input.source.count(source.attribute) === 0 ? nothing : { kind: 'references', attribute: source.attribute };
  }
  const result = resultOf(source, input, context);
  if (result === authoritativeNull) return { kind: 'empty' };
  // An object is evaluated from nothing each time, so a flow that is to be ignored contributes nothing.
  if (result === ignoreThisFlow || result === null) return nothing;
  // Text functions give "" for no input: it counts as no value.
  const values = (isList(result) ? result : [result]).filter((value) => value !== '');
  return values.length === 0 ? nothing : { kind: 'values', values };
}

function resultOf(source: FlowSource, input: FlowInput, context: EvaluationContext): Result {
  if (source.kind === 'constant') return source.value;
  return source.kind === 'direct'
    ? input.source.get(source.attribute)
    : source.expression.evaluate(input.source, context);
}

function isList(result: Scalar | readonly Scalar[]): result is readonly Scalar[] {
  return Array.isArray(result);
}
