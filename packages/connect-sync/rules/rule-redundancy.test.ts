import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadRuleSet } from './out-of-box/load.ts';
import { parseRules } from './parse.ts';
import { withoutRedundantFlows } from './rule-redundancy.ts';

interface Written {
  readonly scope?: string;
  readonly to?: string;
  readonly connector?: string;
  readonly flows: string;
}

/** The targets that are left of each rule. */
function left(...written: Written[]): readonly (readonly string[])[] {
  const rules = written.map(({ scope = '', to = 'user', connector = 'Cloud', flows }, index) => ({
    ...parseRules(
      `rules:
  - name: rule ${index}
    precedence: ${index + 1}
    direction: outbound
    connectorKind: cloud
    sourceObjectType: person
    targetObjectType: ${to}
    linkType: Join
    scope: [${scope}]
    flows: [${flows}]`,
      'a.yaml',
    )[0]!,
    connector,
  }));
  return withoutRedundantFlows(rules).map((rule) => rule.flows.map(({ target }) => target));
}

const flow = '{ target: title, source: title }';
const users = '[{ attribute: sourceObjectType, operator: EQUAL, value: User }]';

for (const [name, written, expected] of [
  ['the same flow of a later rule for the same objects', [{ flows: flow }, { flows: flow }], [['title'], []]],
  ['the same within one rule', [{ flows: `${flow}, ${flow}` }], [['title']]],
  ['what an earlier rule does for every object', [{ flows: flow }, { flows: flow, scope: users }], [['title'], []]],
] satisfies [string, Written[], string[][]][]) {
  test(`left out: ${name}`, () => assert.deepEqual(left(...written), expected));
}

for (const [name, second] of [
  ['for other objects', { flows: flow }],
  ['to another type', { flows: flow, scope: users, to: 'contact' }],
  ['to another connector', { flows: flow, scope: users, connector: 'Other' }],
  ['from another source', { flows: '{ target: title, source: department }', scope: users }],
  ['from an expression', { flows: "{ target: title, expression: '[title]' }", scope: users }],
  ['merged otherwise', { flows: '{ target: title, source: title, mergeType: Merge }', scope: users }],
  ['once', { flows: '{ target: title, source: title, executeOnce: true }', scope: users }],
] satisfies [string, Written][]) {
  test(`kept: what flows ${name}`, () => {
    assert.deepEqual(left({ flows: flow, scope: users }, second), [['title'], ['title']]);
  });
}

test('kept: what may be something else each time', () => {
  const random = "{ target: title, expression: 'CStr(RandomNum(1, 6))' }";
  assert.deepEqual(left({ flows: random }, { flows: random }), [['title'], ['title']]);
});

test('out of the box, no attribute of a user is evaluated twice for the cloud', () => {
  const rules = loadRuleSet().forConnectors([{ name: 'Cloud', kind: 'cloud' }]);
  const targets = rules
    .outbound('Cloud', 'person')
    .filter(({ targetObjectType }) => targetObjectType === 'user')
    .flatMap(({ flows }) => flows.map(({ target }) => target));
  const twice = targets.filter((target, index) => targets.indexOf(target) !== index);
  // The rule that makes the user is for fewer objects than the others.
  assert.deepEqual(twice, ['accountEnabled']);
});
