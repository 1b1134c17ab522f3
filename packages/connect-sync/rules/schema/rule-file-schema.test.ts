import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { RuleError } from '../error.ts';
import { outOfBoxRuleFiles } from '../out-of-box/load.ts';
import { clauseKeys, fileKeys, flowKeys, joinKeys, parseRules, ruleKeys } from '../parse.ts';
import { connectorKinds, directions, linkTypes, mergeTypes, schemaFeatures, scopeOperators } from '../rule.ts';
import { type Schema, schemaFaults } from './check-schema.ts';

const schema = JSON.parse(readFileSync(`${import.meta.dirname}/rule-file.schema.json`, 'utf8')) as Schema;
const definitions = schema['$defs'] as Record<'rule' | 'clause' | 'join' | 'flow', Schema>;

const propertiesOf = (part: Schema): Record<string, Schema> => part['properties'] as Record<string, Schema>;
const wordsOf = (part: Schema, key: string): unknown => propertiesOf(part)[key]?.['enum'];

test('the schema has the keys that the parser knows', () => {
  for (const [part, keys] of [
    [schema, fileKeys],
    [definitions.rule, ruleKeys],
    [definitions.clause, clauseKeys],
    [definitions.join, joinKeys],
    [definitions.flow, flowKeys],
  ] as const) {
    assert.deepEqual(Object.keys(propertiesOf(part)).sort(), [...keys].sort());
  }
});

test('the schema has the words that the parser knows', () => {
  const { rule, clause, flow } = definitions;
  assert.deepEqual(wordsOf(rule, 'direction'), directions);
  assert.deepEqual(wordsOf(rule, 'connectorKind'), connectorKinds);
  assert.deepEqual(wordsOf(rule, 'requires'), schemaFeatures);
  assert.deepEqual(wordsOf(rule, 'linkType'), linkTypes);
  assert.deepEqual(wordsOf(flow, 'mergeType'), mergeTypes);
  assert.deepEqual(wordsOf(clause, 'operator'), [...scopeOperators, 'ISNOTBITSET']);
});

const templates = `${import.meta.dirname}/../templates`;
for (const { name, text } of [
  ...outOfBoxRuleFiles,
  ...readdirSync(templates)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => ({ name: file, text: readFileSync(`${templates}/${file}`, 'utf8') })),
]) {
  test(`${name} fits the schema`, () => assert.deepEqual(schemaFaults(schema, parse(text)), []));
}

/** JSON is YAML: one text for both. */
function isParsed(file: unknown): boolean {
  try {
    parseRules(JSON.stringify(file), 'a.yaml');
    return true;
  } catch (error) {
    assert.ok(error instanceof RuleError, String(error));
    return false;
  }
}

function assertAgreement(file: unknown, expected?: boolean): void {
  const faults = schemaFaults(schema, file);
  assert.equal(isParsed(file), faults.length === 0, `${JSON.stringify(file)} ${faults.join('; ')}`);
  if (expected !== undefined) assert.equal(faults.length === 0, expected, faults.join('; '));
}

const rule = {
  name: 'Mine',
  precedence: 50,
  direction: 'inbound',
  connectorKind: 'openldap',
  sourceObjectType: 'inetOrgPerson',
  targetObjectType: 'person',
  linkType: 'Join',
};
const withRule = (more: object): unknown => ({ rules: [{ ...rule, ...more }] });
const withClause = (clause: unknown): unknown => withRule({ scope: [[clause]] });
const withFlow = (flow: unknown): unknown => withRule({ flows: [flow] });

for (const [what, file] of Object.entries({
  'a plain rule': withRule({}),
  'every key of a rule': withRule({
    ...{ id: 'i', description: 'd', immutableTag: 't', disabled: true, connector: 'c', requires: 'lync' },
    ...{ enablePasswordSync: false, scope: [], join: [[{ cs: 'a', mv: 'b', caseSensitive: true }]], flows: [] },
  }),
  'a file without rules': { rules: [] },
  'a file that only switches off': { disable: ['In from AD - User Lync'] },
  'a clause about absence': withClause({ attribute: 'a', operator: 'ISNULL' }),
  'a clause with a number': withClause({ attribute: 'a', operator: 'EQUAL', value: 2 }),
  'a clause about membership': withClause({ operator: 'ISMEMBEROF', value: 'CN=G' }),
  'any type by a join': withRule({ targetObjectType: '*', join: [[{ cs: 'a', mv: 'b' }]] }),
  'a constant flow': withFlow({ target: 'a', constant: false }),
  'an empty constant': withFlow({ target: 'a', constant: '' }),
  'a merging flow': withFlow({ target: 'a', source: 'b', mergeType: 'Merge', executeOnce: true }),
})) {
  test(`schema and parser take ${what}`, () => assertAgreement(file, true));
}

for (const [what, file] of Object.entries({
  'a list': [],
  nothing: null,
  'an empty mapping': {},
  'a file that switches nothing off': { disable: [] },
  'an unknown key': { rules: [], rule: [] },
  'rules that are no list': { rules: {} },
  'a rule without name': { rules: [{ ...rule, name: undefined }] },
  'an empty name': withRule({ name: '' }),
  'a name that is a number': withRule({ name: 5 }),
  'a precedence with a fraction': withRule({ precedence: 1.5 }),
  'a precedence in words': withRule({ precedence: 'first' }),
  'an unknown direction': withRule({ direction: 'sideways' }),
  'an unknown kind': withRule({ connectorKind: 'novell' }),
  'an unknown feature': withRule({ requires: 'sap' }),
  'any type outbound': withRule({ targetObjectType: '*', direction: 'outbound' }),
  'any type that is made': withRule({ targetObjectType: '*', linkType: 'Provision' }),
  'a scope without groups': withRule({ scope: [{ attribute: 'a', operator: 'ISNULL' }] }),
  'a clause without value': withClause({ attribute: 'a', operator: 'EQUAL' }),
  'a clause without attribute': withClause({ operator: 'ISNULL' }),
  'a clause without operator': withClause({ attribute: 'a', value: 'b' }),
  'a membership of nothing': withClause({ operator: 'ISMEMBEROF' }),
  'a clause whose value is a list': withClause({ attribute: 'a', operator: 'EQUAL', value: ['b'] }),
  'an unknown operator': withClause({ attribute: 'a', operator: 'LIKE', value: 'b' }),
  'half a join': withRule({ join: [[{ cs: 'a' }]] }),
  'a flow without source': withFlow({ target: 'a' }),
  'a flow with two sources': withFlow({ target: 'a', source: 'b', constant: 'c' }),
  'a flow without target': withFlow({ source: 'b' }),
  'a constant that is a list': withFlow({ target: 'a', constant: ['b'] }),
  'a constant with a fraction': withFlow({ target: 'a', constant: 0.5 }),
  'a constant that is null': withFlow({ target: 'a', constant: null }),
  'an empty expression': withFlow({ target: 'a', expression: '' }),
  'an unknown merge type': withFlow({ target: 'a', source: 'b', mergeType: 'merge' }),
  'a flag in words': withFlow({ target: 'a', source: 'b', executeOnce: 'yes' }),
})) {
  test(`schema and parser refuse ${what}`, () => assertAgreement(file, false));
}

test('schema and parser agree on any file that is nearly a rule file', () => {
  const odd = fc.constantFrom<unknown>('', 'a', 'Join', '*', 0, 1.5, true, null, [], {}, [['a']], [[{}]], ['a']);
  const key = fc.constantFrom<string>(...ruleKeys, 'extra');
  const part = fc.oneof(
    fc.dictionary(fc.constantFrom<string>(...clauseKeys), fc.oneof(odd, fc.constantFrom(...scopeOperators))),
    fc.dictionary(fc.constantFrom<string>(...joinKeys), odd),
    fc.dictionary(
      fc.constantFrom<string>(...flowKeys),
      // The text of an expression is not the schema's matter.
      odd.filter((value) => value !== 'a' && value !== 'Join' && value !== '*'),
    ),
  );
  const file = fc
    .tuple(key, odd, part)
    .map(([name, value, piece]) =>
      withRule({ scope: [[piece]], [name]: value, ...('target' in piece ? { scope: [], flows: [piece] } : {}) }),
    );
  fc.assert(
    fc.property(file, (written) => assertAgreement(written)),
    { numRuns: 2_000 },
  );
});

test('operators in small letters are for the parser alone', () => {
  const file = withClause({ attribute: 'a', operator: 'isnull' });
  assert.equal(isParsed(file), true);
  assert.notDeepEqual(schemaFaults(schema, file), []);
});
