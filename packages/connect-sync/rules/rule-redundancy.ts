/**
 * Flows that can never matter: an earlier rule for the same objects and the same target writes the same from the same
 * source. Services that share attributes are rules of their own, so that each can be switched off, and this keeps an
 * attribute that eight of them send from being evaluated eight times.
 */
import type { AttributeFlow, SyncRule } from './rule.ts';
import { isUnsteady } from './rule-reads.ts';
import { sourceText } from './rule-text.ts';

/** The flows of each rule that are worth evaluating. `rules` by precedence, all of one server. */
export function withoutRedundantFlows<R extends SyncRule & { readonly connector: string }>(
  rules: readonly R[],
): readonly R[] {
  /** Small numbers for what rules are for, because scopes may be long and flows are many. */
  const numbers = new Map<string, number>();
  const numberOf = (text: string): number => {
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return number;
  };
  const seen = new Set<string>();
  return rules.map((rule) => {
    const place = placeOf(rule);
    const everywhere = numberOf(JSON.stringify([place, []]));
    const here = numberOf(JSON.stringify([place, rule.scope]));
    const flows = rule.flows.filter((flow) => {
      // Whether it flows depends on which rule made the object.
      if (flow.executeOnce || isUnsteady(flow)) return true;
      const text = flowText(flow);
      if (seen.has(`${here} ${text}`) || seen.has(`${everywhere} ${text}`)) return false;
      seen.add(`${here} ${text}`);
      return true;
    });
    return flows.length === rule.flows.length ? rule : { ...rule, flows };
  });
}

function placeOf(rule: SyncRule & { readonly connector: string }): readonly string[] {
  return [rule.direction, rule.connector, rule.sourceObjectType, rule.targetObjectType];
}

function flowText({ target, source, mergeType }: AttributeFlow): string {
  return JSON.stringify([target, sourceText(source), mergeType]);
}
