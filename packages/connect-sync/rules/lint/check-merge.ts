/** One merge type for each target attribute, and merging only where several values fit. */
import { type AttributeFlow, anyObjectType, type SyncRule } from '../rule.ts';
import { isMultiValued, writtenByStandard } from '../several-values.ts';
import type { RuleFinding } from './finding.ts';
import { metaverseTypes } from './known-names.ts';
import type { RulesUnderCheck } from './rules-under-check.ts';

export function* mergeFindings(check: RulesUnderCheck): Iterable<RuleFinding> {
  const written = writtenByStandard(check.rules);
  /** By target object and attribute: the flow that was met first. */
  const first = new Map<string, { readonly rule: SyncRule; readonly flow: AttributeFlow }>();
  for (const rule of check.rules) {
    for (const flow of rule.flows) {
      if (isMerging(flow) && isMultiValued(flow.target, written) === false) {
        const message = `${flow.target} has one value at most; ${flow.mergeType} is for attributes with several`;
        yield check.finding('error', 'merge-single-valued', rule, message, flow);
      }
      const key = targetSpacesOf(rule).map((space) => `${space}/${flow.target}`);
      const other = key
        .map((it) => first.get(it))
        .find((it) => it !== undefined && strategy(it.flow) !== strategy(flow));
      if (other !== undefined) {
        const [mine, theirs] = [flow.mergeType, other.flow.mergeType];
        const message = `${flow.target} has the merge type ${mine} here and ${theirs} in “${other.rule.name}”; give both the same`;
        yield check.finding('error', 'merge-type-differs', rule, message, flow);
      }
      for (const it of key) if (!first.has(it)) first.set(it, { rule, flow });
    }
  }
}

function isMerging({ mergeType }: AttributeFlow): boolean {
  return mergeType === 'Merge' || mergeType === 'MergeCaseInsensitive';
}

/** Update and Replace are two words for one thing. */
function strategy({ mergeType }: AttributeFlow): string {
  return mergeType === 'Replace' ? 'Update' : mergeType;
}

/** The kinds of target object that a rule may write to: what two rules share is where they can meet. */
function targetSpacesOf(rule: SyncRule): readonly string[] {
  if (rule.direction === 'outbound') return [`${rule.connectorKind}/${rule.targetObjectType}`];
  const types = rule.targetObjectType === anyObjectType ? metaverseTypes : [rule.targetObjectType];
  return types.map((type) => `mv/${type}`);
}
