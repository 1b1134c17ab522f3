import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadRuleSet } from './out-of-box/load.ts';
import { parseRules } from './parse.ts';
import { RuleSet } from './rule-set.ts';

const base = `
  - name: Mine
    precedence: 50
    direction: inbound
    connectorKind: active-directory
    sourceObjectType: user
    targetObjectType: person
    linkType: Join
    scope: [[{ attribute: l, operator: EQUAL, value: Berlin }]]
    join: [[{ cs: mail, mv: mail }]]
    flows:
      - { target: title, source: title }
      - { target: department, expression: 'Trim([department])' }
      - { target: info, constant: 1 }
`;

const setOf = (text: string): RuleSet => new RuleSet(parseRules(`rules:${text}`, 'a.yaml'), [text]);

function changes(from: string, to: string): readonly [name: string, affectsLinks: boolean, targets: string[]][] {
  return setOf(from)
    .changedFlows(setOf(to))
    .map(({ name, affectsLinks, targets }) => [name, affectsLinks, [...targets].sort()]);
}

const edited = (from: string, to: string): string => {
  assert.ok(base.includes(from));
  return base.replace(from, to);
};

for (const [name, after] of [
  ['nothing at all', base],
  [
    'the order of flows',
    edited(`      - { target: title, source: title }\n`, '').replace(
      '    flows:\n',
      '    flows:\n      - { target: title, source: title }\n',
    ),
  ],
  ['a description', edited('    precedence', '    description: Says more.\n    precedence')],
  ['the way that a text is written', edited(`'Trim([department])'`, '"Trim([department])"')],
  ['an id', edited('    precedence', '    id: a-1\n    precedence')],
] as const) {
  test(`no rule is another one for a change of ${name}`, () => assert.deepEqual(changes(base, after), []));
}

for (const [name, after, targets] of [
  ['another source', edited('source: title', 'source: personalTitle'), ['title']],
  ['another expression', edited('Trim([department])', 'UCase([department])'), ['department']],
  ['another constant', edited('constant: 1', 'constant: 2'), ['info']],
  ['a constant of another type', edited('constant: 1', "constant: '1'"), ['info']],
  ['another merge type', edited('source: title }', 'source: title, mergeType: Replace }'), ['title']],
  ['a flow that happens once', edited('source: title }', 'source: title, executeOnce: true }'), ['title']],
  ['another target', edited('target: info', 'target: c'), ['c', 'info']],
  ['a second flow to a target', `${base}      - { target: title, constant: none }\n`, ['title']],
  ['a flow less', edited('      - { target: info, constant: 1 }\n', ''), ['info']],
] as const) {
  test(`only its targets are touched by ${name}`, () =>
    assert.deepEqual(changes(base, after), [['Mine', false, targets]]));
}

for (const [name, after] of [
  ['scope', edited('Berlin', 'Paris')],
  ['join criteria', edited('cs: mail', 'cs: employeeID')],
  ['precedence', edited('precedence: 50', 'precedence: 51')],
  ['link type', edited('linkType: Join', 'linkType: StickyJoin')],
  ['type of object', edited('sourceObjectType: user', 'sourceObjectType: contact')],
  ['password flag', edited('    precedence', '    enablePasswordSync: true\n    precedence')],
] as const) {
  test(`every object of the rule is looked at anew after a change of its ${name}`, () => {
    assert.deepEqual(changes(base, after), [['Mine', true, ['department', 'info', 'title']]]);
  });
}

test('a rule that is given to one connector is a new rule there and gone elsewhere', () => {
  const found = setOf(base).changedFlows(setOf(edited('    precedence', '    connector: corp\n    precedence')));
  assert.deepEqual(
    found.map(({ kind, connector }) => [kind, connector]),
    [
      ['added', 'corp'],
      ['removed', ''],
    ],
  );
});

test('a rule that is new, gone or switched off touches all that it writes', () => {
  const all = ['department', 'info', 'title'];
  assert.deepEqual(changes('\n  []', base), [['Mine', true, all]]);
  assert.deepEqual(changes(base, '\n  []'), [['Mine', true, all]]);
  assert.deepEqual(changes(base, edited('    precedence', '    disabled: true\n    precedence')), [
    ['Mine', true, all],
  ]);
});

test('a change says what the rule was and what it is', () => {
  const [change] = setOf(base).changedFlows(setOf(edited('Berlin', 'Paris')));
  assert.equal(change?.before?.scope[0]?.[0]?.value, 'Berlin');
  assert.equal(change?.after?.scope[0]?.[0]?.value, 'Paris');
  assert.equal(setOf(base).changedFlows(setOf('\n  []'))[0]?.after, undefined);
});

test('a file of one’s own that switches a standard rule off changes that rule alone', () => {
  const text = 'disable: [In from AD - User Lync]';
  const found = loadRuleSet().changedFlows(loadRuleSet([{ name: 'own.yaml', text }]));
  assert.deepEqual(
    found.map(({ name, after }) => [name, after]),
    [['In from AD - User Lync', undefined]],
  );
});
