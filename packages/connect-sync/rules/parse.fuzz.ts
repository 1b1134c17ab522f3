/** Fuzzing of rule files: any text becomes an ordered rule set, or is refused with its place. */
import { RuleError, RuleSetError } from './error.ts';
import { checkRules } from './lint/check-rules.ts';
import { outOfBoxRuleFiles } from './out-of-box/load.ts';
import { parseRuleFile } from './parse.ts';
import { connectorKinds } from './rule.ts';
import { RuleSet } from './rule-set.ts';
import type { RuleConnector } from './rule-set-connectors.ts';
import { compileScope, type ScopeContext } from './scope.ts';

const file = 'own.yaml';
const rule = `
  - name: Mine
    precedence: 50
    direction: inbound
    connectorKind: openldap
    sourceObjectType: inetOrgPerson
    targetObjectType: person
    linkType: Join
`;

const connectors: readonly RuleConnector[] = [
  ...connectorKinds.map((kind) => ({ name: kind, kind })),
  { name: 'corp', kind: 'openldap', features: new Set() },
];
const values = (attribute: string): readonly string[] => (attribute === 'a' ? ['2', 'Ünser'] : []);
const context: ScopeContext = { parameters: new Map([['Connector.ID', 'corp']]), isMemberOf: (dn) => dn.length > 8 };
const none = new RuleSet([], []);

export const fuzz = {
  name: 'rule-file',
  seeds: [
    ...outOfBoxRuleFiles.map(({ text }) => text.slice(0, 2_000)),
    'rules: []',
    `rules:${rule}    scope: [[{ attribute: a, operator: ISBITSET, value: 0x2 }], [{ attribute: b, operator: ISNULL }]]\n`,
    `rules:${rule}    join: [[{ cs: entryUUID, mv: sourceAnchor, caseSensitive: true }, { cs: a, mv: b }]]\n`,
    `rules:${rule}    flows: [{ target: a, constant: -9223372036854775808 }, { target: b, source: dn }]\n`,
    `rules:${rule}    flows:\n      - target: c\n        expression: >-\n          IIF(IsPresent([a]),\n          Trim([a]), NULL)\n`,
    `rules:${rule}    id: i\n    description: d\n    immutableTag: t\n    disabled: false\n    connector: corp\n    requires: lync\n    enablePasswordSync: true\n`,
    `rules:${rule}    scope: [[{ operator: ISMEMBEROF, value: '%Connector.GroupFilteringGroupDn%' }, { attribute: a, operator: ISIN, value: x }]]\n`,
    `rules:${rule}    flows: [{ target: proxyAddresses, source: m, mergeType: MergeCaseInsensitive }, { target: c, constant: x, executeOnce: true }]\n`,
    `disable: [In from AD - User Lync]\nrules:${rule.replace('inetOrgPerson', '"*"')}`,
    '%YAML 1.1\n---\nrules: &a !!omap [ x: *a, ? y : "\\u00e9" ]\n...\n',
  ],
  /**
   * Reads, orders, checks, numbers for connectors, compares with no rules, and tests every scope on an object. A refusal
   * names a place that is in the text.
   */
  run(input: Uint8Array): void {
    const text = Buffer.from(input.buffer, input.byteOffset, input.byteLength).toString('utf8');
    try {
      const { rules, places } = parseRuleFile(text, file);
      const set = new RuleSet(rules, [text], places);
      for (const { connectorKind } of set.rules) set.attributesRead(connectorKind);
      for (const { rule: named } of checkRules(set.rules, places))
        if (named === '') throw new Error('A rule without name.');
      for (const { scope } of set.forConnectors(connectors).rules) compileScope(scope)(values, context);
      none.changedFlows(set);
    } catch (error) {
      if (error instanceof RuleError && (error.line < 1 || error.line > text.split('\n').length || error.column < 1)) {
        throw new Error(`No place in the file: ${error.line}:${error.column}`, { cause: error });
      }
      throw error;
    }
  },
  allowed(error: unknown): boolean {
    return error instanceof RuleError || error instanceof RuleSetError;
  },
};
