/** A rule as plain JSON, for programs. */
import type { AttributeFlow, SyncRule } from '../rule.ts';

export interface PlainFlow {
  readonly target: string;
  readonly flowType: AttributeFlow['source']['kind'];
  /** Name of the attribute, text of the expression, or the constant as text. */
  readonly source: string;
  readonly mergeType: string;
  readonly executeOnce: boolean;
}

export interface PlainRule extends Omit<SyncRule, 'flows'> {
  readonly flows: readonly PlainFlow[];
}

export function plainRule({ flows, ...fields }: SyncRule): PlainRule {
  return {
    ...fields,
    flows: flows.map(({ target, source, mergeType, executeOnce }) => ({
      ...{ target, flowType: source.kind, source: sourceOf(source), mergeType, executeOnce },
    })),
  };
}

function sourceOf(source: AttributeFlow['source']): string {
  if (source.kind === 'direct') return source.attribute;
  if (source.kind === 'expression') return source.expression.text;
  return typeof source.value === 'boolean' ? (source.value ? 'True' : 'False') : `${source.value}`;
}
