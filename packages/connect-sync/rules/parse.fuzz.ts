/** Fuzzing of rule files: any text becomes an ordered rule set, or is refused with its place. */
import { RuleError } from './error.ts';
import { outOfBoxRuleFiles } from './out-of-box/load.ts';
import { parseRules, RuleSetError } from './parse.ts';
import { RuleSet } from './rule-set.ts';

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

export const fuzz = {
  name: 'rule-file',
  seeds: [
    ...outOfBoxRuleFiles.map(({ text }) => text.slice(0, 2_000)),
    'rules: []',
    `rules:${rule}    scope: [[{ attribute: a, operator: ISBITSET, value: 0x2 }], [{ attribute: b, operator: ISNULL }]]\n`,
    `rules:${rule}    join: [[{ cs: entryUUID, mv: sourceAnchor, caseSensitive: true }, { cs: a, mv: b }]]\n`,
    `rules:${rule}    flows: [{ target: a, constant: -9223372036854775808 }, { target: b, source: dn }]\n`,
    `rules:${rule}    flows:\n      - target: c\n        expression: >-\n          IIF(IsPresent([a]),\n          Trim([a]), NULL)\n`,
    '%YAML 1.1\n---\nrules: &a !!omap [ x: *a, ? y : "\\u00e9" ]\n...\n',
  ],
  /** Reads, orders, and asks the set what it reads. A refusal names a place that is in the text. */
  run(input: Uint8Array): void {
    const text = Buffer.from(input.buffer, input.byteOffset, input.byteLength).toString('utf8');
    try {
      const set = new RuleSet(parseRules(text, file), [text]);
      for (const { connectorKind } of set.rules) set.attributesRead(connectorKind);
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
