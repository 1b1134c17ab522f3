/**
 * Attribute flows: what one rule contributes to one attribute.
 */
import type { ReferenceSource } from '../metaverse/attributes.ts';
import { typedText } from '../metaverse/encoding.ts';
import { FlowError } from './error.ts';
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
 * - a list: the values, at least one; or references of the source object, as they are.
 * - `nothing`: the next rule may contribute.
 * - `empty`: AuthoritativeNull; the attribute has no value and no further rule is asked.
 * - `ignored`: IgnoreThisFlow; as if the flow did not exist, and what is there stays when nobody else contributes.
 */
export type Contribution = readonly Scalar[] | References | 'nothing' | 'empty' | 'ignored';

/** References instead of values: where they are listed. */
export class References {
  readonly sources: readonly ReferenceSource[];

  constructor(sources: readonly ReferenceSource[]) {
    this.sources = sources;
  }
}

export interface FlowInput {
  readonly source: AttributeSource;
  /** Whether the attribute holds references rather than values. */
  isReference(attribute: string): boolean;
  /** Where the references of the attribute are listed; nowhere when there are none. */
  referencesOf(attribute: string): readonly ReferenceSource[];
}

/**
 * What `flow` contributes for one object.
 *
 * @throws {ExpressionError} kind `runtime` when the expression fails: the whole object fails in this direction.
 */
export function contributionOf(flow: AttributeFlow, input: FlowInput, context: EvaluationContext): Contribution {
  const { source } = flow;
  const attribute = referenceAttribute(source, input, context);
  if (attribute !== undefined) {
    const sources = input.referencesOf(attribute);
    return sources.length === 0 ? 'nothing' : new References(sources);
  }
  const result = resultOf(source, input, context);
  // Text functions give "" for no input: it counts as no value.
  if (result === null || result === '') return 'nothing';
  if (result === authoritativeNull) return 'empty';
  if (result === ignoreThisFlow) return 'ignored';
  if (!isList(result)) return [result];
  const values = result.includes('') ? result.filter((value) => value !== '') : result;
  return values.length === 0 ? 'nothing' : values;
}

/** @throws {FlowError} when what a target shall hold is more than it can. */
export function requireFit(contribution: Contribution, target: string, { rule, singleValued }: TargetRule): void {
  if (!Array.isArray(contribution) || contribution.length < 2 || !singleValued.has(target)) return;
  // Twice the same is one value.
  if (new Set((contribution as readonly Scalar[]).map(typedText)).size < 2) return;
  throw new FlowError(
    `${target} has one value, and rule “${rule.name}” gives ${contribution.length}. Choose one: ItemOrNull([attribute], 1)`,
  );
}

interface TargetRule {
  readonly rule: { readonly name: string };
  readonly singleValued: ReadonlySet<string>;
}

/** The reference attribute that a flow hands on as it is: by its name, or chosen by an expression. */
function referenceAttribute(source: FlowSource, input: FlowInput, context: EvaluationContext): string | undefined {
  if (source.kind === 'direct') return input.isReference(source.attribute) ? source.attribute : undefined;
  if (source.kind === 'constant') return undefined;
  const { expression } = source;
  for (const name of expression.copyable) {
    if (!input.isReference(name)) continue;
    const copied = expression.copiedFrom(input.source, context);
    return copied !== undefined && input.isReference(copied) ? copied : undefined;
  }
  return undefined;
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
