/**
 * Small sets of rules for tests of the engine: only what a test is about, in the place of the rules that come with the
 * product.
 */
import type { RuleFile } from '@springline/connect-sync/rules/out-of-box/load';
import { parseRuleFile } from '@springline/connect-sync/rules/parse';
import { RuleSet } from '@springline/connect-sync/rules/rule-set';

/** A rule as a file has it. */
export type WrittenRule = Readonly<Record<string, unknown>>;

/** A file of an administrator's own rules. JSON is YAML. */
export function ruleFile(rules: readonly WrittenRule[], disable: readonly string[] = []): RuleFile {
  return { name: 'own.yaml', text: JSON.stringify(disable.length === 0 ? { rules } : { rules, disable }) };
}

/** Nothing but these rules, of any precedence. */
export function ruleSetOf(rules: readonly WrittenRule[]): RuleSet {
  const file = ruleFile(rules);
  const parsed = parseRuleFile(file.text, file.name, { standard: true });
  return new RuleSet(parsed.rules, [file.text], parsed.places);
}

/** An inbound rule for users of Active Directory that joins by no criteria, unless `given` says more. */
export function inbound(name: string, precedence: number, given: WrittenRule = {}): WrittenRule {
  return {
    name,
    precedence,
    direction: 'inbound',
    connectorKind: 'active-directory',
    sourceObjectType: 'user',
    targetObjectType: 'person',
    linkType: 'Join',
    ...given,
  };
}

/** An outbound rule for people that provisions nothing, unless `given` says more. */
export function outbound(name: string, precedence: number, given: WrittenRule = {}): WrittenRule {
  return {
    name,
    precedence,
    direction: 'outbound',
    connectorKind: 'cloud',
    sourceObjectType: 'person',
    targetObjectType: 'user',
    linkType: 'Join',
    ...given,
  };
}

/** Makes people of users, by objectGUID. */
export const projectUsers = inbound('In - User', 100, {
  linkType: 'Provision',
  join: [[{ cs: 'objectGUID', mv: 'sourceAnchorBinary' }]],
  flows: [
    { target: 'sourceAnchorBinary', source: 'objectGUID' },
    { target: 'sourceAnchor', expression: 'ConvertToBase64([objectGUID])' },
  ],
});

/** The name of the object in the cloud, from the source anchor. */
export const cloudName = { target: 'dn', expression: '"CN={" & ConvertToUTF8Hex([sourceAnchor]) & "}"' };

/** Makes users of people in the cloud, with the attributes that are named, under the same names. */
export function provisionUsers(attributes: readonly string[], given: WrittenRule = {}): WrittenRule {
  return outbound('Out - User', 900, {
    linkType: 'Provision',
    flows: [cloudName, ...attributes.map((name) => ({ target: name, source: name }))],
    ...given,
  });
}
