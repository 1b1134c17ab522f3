/**
 * Checks rules that are sound one by one against each other: what can never work is an error, what looks like a mistake
 * a warning. Which of two join criteria an object meets depends on the object and is not judged here.
 */
import type { RulePlaces } from '../parse.ts';
import type { SyncRule } from '../rule.ts';
import type { RuleConnector } from '../rule-set-connectors.ts';
import { attributeFindings } from './check-attributes.ts';
import { linkFindings } from './check-links.ts';
import { mergeFindings } from './check-merge.ts';
import { typeFindings } from './check-types.ts';
import { valueFindings } from './check-values.ts';
import type { RuleFinding } from './finding.ts';
import type { RulesUnderCheck } from './rules-under-check.ts';

/** Nobody reads more; a file that is wrong throughout is wrong in one way. */
const mostFindings = 1_000;

/** The findings (1,000 at most) in the order of the rules, errors of one rule before its warnings. */
export function checkRules(
  rules: readonly SyncRule[],
  places: RulePlaces = new Map(),
  connectors?: readonly RuleConnector[],
): readonly RuleFinding[] {
  const order = new Map(rules.map((rule, index) => [rule.name, index]));
  const check: RulesUnderCheck = {
    rules,
    ...(connectors === undefined ? {} : { connectors }),
    finding: (severity, code, rule, message, part = rule) => {
      const place = places.get(part) ?? places.get(rule);
      return { code, severity, rule: rule.name, message, ...(place === undefined ? {} : { place }) };
    },
  };
  const all: RuleFinding[] = [];
  for (const kind of [typeFindings, mergeFindings, linkFindings, attributeFindings, valueFindings]) {
    for (const found of kind(check)) {
      if (all.length >= mostFindings) break;
      all.push(found);
    }
  }
  const rank = ({ rule, severity }: RuleFinding): number => order.get(rule)! * 2 + (severity === 'error' ? 0 : 1);
  return all.sort((a, b) => rank(a) - rank(b));
}
