/** Values that an attribute cannot hold, as far as rules alone show it. */
import { attributeDefinition } from '@springline/directory/schema';
import type { AttributeFlow, SyncRule } from '../rule.ts';
import { isMultiValued, writtenByStandard } from '../several-values.ts';
import type { RuleFinding } from './finding.ts';
import { meant } from './meant.ts';
import type { RulesUnderCheck } from './rules-under-check.ts';

/** Attributes of the metaverse that have only these values. */
const wordsOf: ReadonlyMap<string, readonly string[]> = new Map([
  ['userType', ['Member', 'Guest']],
  ['sourceObjectType', ['User', 'Contact', 'Computer']],
]);

export function* valueFindings(check: RulesUnderCheck): Iterable<RuleFinding> {
  const written = writtenByStandard(check.rules);
  for (const rule of check.rules) {
    for (const flow of rule.flows) {
      const odd = oddConstant(flow);
      if (odd !== undefined) yield check.finding('warning', 'odd-value', rule, odd, flow);
      const several = severalForOne(rule, flow, written);
      if (several !== undefined) yield check.finding('warning', 'several-values', rule, several, flow);
    }
  }
}

function oddConstant({ target, source }: AttributeFlow): string | undefined {
  const words = wordsOf.get(target);
  if (words === undefined || source.kind !== 'constant' || words.includes(String(source.value))) return undefined;
  return `${target} cannot be ${String(source.value).slice(0, 64)}; ${meant(String(source.value), words, 'list')}`;
}

function severalForOne(rule: SyncRule, flow: AttributeFlow, written: ReadonlySet<string>): string | undefined {
  const { target, source } = flow;
  if (rule.direction !== 'inbound' || rule.connectorKind === 'csv' || source.kind !== 'direct') return undefined;
  const definition = attributeDefinition(source.attribute);
  if (definition?.singleValued !== false || isMultiValued(target, written) !== false) return undefined;
  const fault = `${source.attribute} may have several values and ${target} has one`;
  return definition.syntax === 'reference' ? fault : `${fault}; ItemOrNull([${source.attribute}], 1) takes the first`;
}
