import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileExpression } from '../expression/compile.ts';
import { outOfBoxRuleFiles } from '../out-of-box/load.ts';
import { parseRules } from '../parse.ts';
import {
  type AttributeFlow,
  connectorKinds,
  directions,
  linkTypes,
  mergeTypes,
  type SyncRule,
  schemaFeatures,
  scopeOperators,
} from '../rule.ts';
import { plainRule } from './plain-rule.ts';
import { yamlFromRules } from './rule-yaml.ts';

test('the rules that come with the product are written and read again as they are', () => {
  for (const { name, text } of outOfBoxRuleFiles) {
    const rules = parseRules(text, name);
    assert.deepEqual(parseRules(yamlFromRules(rules), name).map(plainRule), rules.map(plainRule));
  }
});

const word = fc.oneof(
  fc.string({ minLength: 1, unit: 'binary' }).filter((text) => text.isWellFormed()),
  fc.constantFrom(
    'true',
    'No',
    'null',
    '~',
    '0x1F',
    '1_000',
    '- a',
    'a: b',
    ' a ',
    '#',
    "it's",
    '"',
    '%p%',
    '1e3',
    '\n',
    'a\n\n  b\n',
    '2026-01-01',
    '*',
    '&a',
    '<<',
  ),
);
const expression = fc
  .array(fc.constantFrom('[a]', '"x  y"', '" "', '%Domain.FQDN%', 'Trim([b])', '"it\'s"', 'CRLF'), {
    minLength: 1,
    maxLength: 30,
  })
  .chain((parts) => fc.constantFrom(' & ', '&', '\n& ', ' &  ').map((by) => compileExpression(parts.join(by))));
const plainly = { noNullPrototype: true } as const;
const clause = fc
  .record({ attribute: word, operator: fc.constantFrom(...scopeOperators), value: word }, plainly)
  .map((each) => (each.operator === 'ISNULL' || each.operator === 'ISNOTNULL' ? { ...each, value: '' } : each));
const join = fc.record({ csAttribute: word, mvAttribute: word, caseSensitive: fc.boolean() }, plainly);
const constant = fc.oneof(word, fc.boolean(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
const source: fc.Arbitrary<AttributeFlow['source']> = fc.oneof(
  word.map((attribute) => ({ kind: 'direct' as const, attribute })),
  constant.map((value) => ({ kind: 'constant' as const, value })),
  expression.map((compiled) => ({ kind: 'expression' as const, expression: compiled })),
);
const flow = fc.record(
  { target: word, source, mergeType: fc.constantFrom(...mergeTypes), executeOnce: fc.boolean() },
  plainly,
);
const needed = fc.record(
  {
    ...{ id: word, name: word, standard: fc.constant(false), disabled: fc.boolean() },
    ...{ precedence: fc.integer({ min: 1, max: 99 }), direction: fc.constantFrom(...directions) },
    ...{ connectorKind: fc.constantFrom(...connectorKinds), sourceObjectType: word },
    ...{ targetObjectType: word.filter((text) => text !== '*'), linkType: fc.constantFrom(...linkTypes) },
    enablePasswordSync: fc.boolean(),
    scope: fc.array(fc.array(clause, { maxLength: 3 }), { maxLength: 2 }),
    join: fc.array(fc.array(join, { maxLength: 2 }), { maxLength: 2 }),
    flows: fc.array(flow, { maxLength: 3 }),
  },
  plainly,
);
const optional = fc.record(
  { description: word, immutableTag: word, connector: word, requires: fc.constantFrom(...schemaFeatures) },
  { ...plainly, requiredKeys: [] },
);
const rules: fc.Arbitrary<SyncRule> = fc.tuple(needed, optional).map(([fields, more]) => ({ ...fields, ...more }));

test('any rule is written and read again as it is', () => {
  fc.assert(
    fc.property(rules, (rule) => {
      assert.deepEqual(parseRules(yamlFromRules([rule]), 'a.yaml').map(plainRule), [plainRule(rule)]);
    }),
    { numRuns: 300 },
  );
});

test('a rule is written as people write one', () => {
  const text = `rules:
  - name: In from AD - User Contoso
    precedence: 50
    direction: inbound
    connectorKind: active-directory
    sourceObjectType: user
    targetObjectType: person
    linkType: Join
    scope:
      - - { attribute: l, operator: EQUAL, value: Berlin }
        - { attribute: userAccountControl, operator: ISBITNOTSET, value: '2' }
    flows:
      - { target: department, expression: 'UCase(Trim([department]))' }
      - { target: extensionAttribute1, constant: head-office }
`;
  assert.equal(yamlFromRules(parseRules(text, 'a.yaml')), text);
});
