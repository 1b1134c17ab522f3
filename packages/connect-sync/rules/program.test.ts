import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileExpression } from './expression/compile.ts';
import { inboundRules, outboundRules, planOf, type ReadyRule } from './program.ts';
import type { AttributeFlow, FlowSource, SyncRule } from './rule.ts';
import { ConnectorRules } from './rule-set-connectors.ts';

const flow = (target: string, source: FlowSource, more: Partial<AttributeFlow> = {}): AttributeFlow => ({
  target,
  source,
  mergeType: 'Update',
  executeOnce: false,
  ...more,
});
const direct = (attribute: string): FlowSource => ({ kind: 'direct', attribute });
const constant = (value: string): FlowSource => ({ kind: 'constant', value });
const expression = (text: string): FlowSource => ({ kind: 'expression', expression: compileExpression(text) });

function rule(precedence: number, flows: readonly AttributeFlow[], more: Partial<SyncRule> = {}): SyncRule {
  return {
    id: `rule ${precedence}`,
    name: `rule ${precedence}`,
    standard: false,
    disabled: false,
    precedence,
    direction: 'inbound',
    connectorKind: 'openldap',
    sourceObjectType: 'user',
    targetObjectType: 'person',
    linkType: 'Join',
    enablePasswordSync: false,
    // Each its own, so that no rule makes a flow of another superfluous from the start.
    scope: [[{ attribute: `a${precedence}`, operator: 'ISNULL', value: '' }]],
    join: [],
    flows,
    ...more,
  };
}

const connectors = [
  { name: 'a', kind: 'openldap' },
  { name: 'cloud', kind: 'cloud' },
] as const;
const standing = (rules: readonly SyncRule[]): ConnectorRules => new ConnectorRules(rules, 'digest', connectors);
const ready = (rules: readonly SyncRule[]): readonly ReadyRule[] => inboundRules(standing(rules), 'a', 'user');

/** Target -> what is asked, in its order. */
function asked(rules: readonly ReadyRule[], objectType?: string): Record<string, string[]> {
  const sources = (source: FlowSource): string =>
    source.kind === 'direct'
      ? source.attribute
      : source.kind === 'constant'
        ? `=${source.value}`
        : source.expression.text;
  return Object.fromEntries(
    planOf(rules, objectType).map(({ target, flows }) => [
      target,
      flows.map((planned) => `${planned.ready.rule.name}: ${sources(planned.flow.source)}`),
    ]),
  );
}

test('rules are made ready once, for each connector, type and direction', () => {
  const rules = standing([
    rule(1, []),
    rule(2, [], { direction: 'outbound', connectorKind: 'cloud', sourceObjectType: 'person' }),
  ]);
  const found = inboundRules(rules, 'a', 'user');
  assert.equal(inboundRules(rules, 'a', 'user'), found);
  assert.deepEqual(
    found.map(({ rule: { name } }) => name),
    ['rule 1'],
  );
  assert.deepEqual(
    outboundRules(rules, 'cloud', 'person').map(({ rule: { name } }) => name),
    ['rule 2'],
  );
  assert.deepEqual([inboundRules(rules, 'b', 'user'), inboundRules(rules, 'a', 'group')], [[], []]);
  assert.deepEqual(outboundRules(rules, 'a', 'person'), []);
});

test('rules that look for the same have the same criteria', () => {
  const join = (csAttribute: string, caseSensitive = false): Partial<SyncRule> => ({
    join: [[{ csAttribute, mvAttribute: 'mail', caseSensitive }]],
  });
  const [one, same, cased, other, none] = ready([
    rule(1, [], join('mail')),
    rule(2, [], join('mail')),
    rule(3, [], join('mail', true)),
    rule(4, [], join('other')),
    rule(5, []),
  ]).map(({ criteria }) => criteria);
  assert.equal(same, one);
  assert.equal(new Set([one, cased, other, none]).size, 4);
});

test('targets are planned in the order of a hologram, each with its flows by precedence', () => {
  const rules = ready([
    rule(1, [flow('b', direct('x')), flow('a', direct('y'))]),
    rule(2, [flow('a', direct('z')), flow('B', constant('1')), flow('__proto__', constant('2'))]),
  ]);
  assert.deepEqual(
    planOf(rules).map(({ target, key }) => [target, key]),
    [
      ['B', '"B"'],
      ['__proto__', '"__proto__"'],
      ['a', '"a"'],
      ['b', '"b"'],
    ],
  );
  assert.deepEqual(asked(rules)['a'], ['rule 1: y', 'rule 2: z']);
  assert.equal(planOf(rules), planOf(rules), 'planned once');
});

test('of outbound rules only those for the type that is provisioned are planned', () => {
  const rules = ready([
    rule(1, [flow('t', direct('x'))], { targetObjectType: 'contact' }),
    rule(2, [flow('t', direct('y'))]),
  ]);
  assert.deepEqual(asked(rules, 'person'), { t: ['rule 2: y'] });
  assert.deepEqual(asked(rules, 'contact'), { t: ['rule 1: x'] });
});

test('a flow that repeats one before it is asked once', () => {
  const repeated = [flow('t', direct('x')), flow('t', expression('Trim([y])')), flow('u', direct('x'))];
  assert.deepEqual(asked(ready([rule(1, repeated), rule(2, repeated)])), {
    t: ['rule 1: x', 'rule 1: Trim([y])'],
    u: ['rule 1: x'],
  });
});

for (const { name, repeated } of [
  { name: 'merges', repeated: flow('t', direct('x'), { mergeType: 'Merge' }) },
  { name: 'happens only once', repeated: flow('t', direct('x'), { executeOnce: true }) },
  { name: 'gives another value each time', repeated: flow('t', expression('RandomNum(1, 9)')) },
]) {
  test(`a flow that ${name} is asked as often as it stands`, () => {
    assert.equal(asked(ready([rule(1, [repeated]), rule(2, [repeated])]))['t']!.length, 2);
  });
}

for (const { source, needs } of [
  { source: expression('Trim([x])'), needs: ['x'] },
  { source: expression('Left([x], 3) & Trim([y])'), needs: ['x', 'y'] },
  { source: expression('IIF(IsPresent([x]), NULL, "none")'), needs: undefined },
  { source: expression('"prefix" & [x]'), needs: undefined },
  { source: expression('IIF(IsPresent([x]), [x], Error("no x"))'), needs: undefined },
  { source: expression('IIF(IsPresent([x]), [x], IgnoreThisFlow)'), needs: undefined },
  { source: expression('IIF(IsPresent([x]), [x], AuthoritativeNull)'), needs: undefined },
  { source: expression('IIF(ValueCount("x") > 0, "some", NULL)'), needs: undefined },
  { source: expression('Trim([x]) & %Domain.FQDN%'), needs: undefined },
  { source: expression('Left([dn], 3)'), needs: undefined },
  { source: direct('x'), needs: undefined },
  { source: constant('x'), needs: undefined },
]) {
  const text = source.kind === 'expression' ? source.expression.text : `a ${source.kind} flow`;
  test(`${text} ${needs === undefined ? 'is always asked' : `is asked when ${needs.join(' or ')} has a value`}`, () => {
    const [plan] = planOf(ready([rule(1, [flow('t', source)])]));
    assert.deepEqual(plan!.flows[0]!.needs, needs);
  });
}

test('a flow that happens only once is always asked, for it may have happened', () => {
  const [plan] = planOf(ready([rule(1, [flow('t', expression('Trim([x])'), { executeOnce: true })])]));
  assert.equal(plan!.flows[0]!.needs, undefined);
});
