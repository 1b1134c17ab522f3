import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadRuleSet } from './out-of-box/load.ts';
import { parseRules } from './parse.ts';
import { RuleSet } from './rule-set.ts';
import type { ConnectorRule, RuleConnector } from './rule-set-connectors.ts';

const ad = (name: string): RuleConnector => ({ name, kind: 'active-directory' });
const cloud: RuleConnector = { name: 'Cloud', kind: 'cloud' };

const rule = (name: string, precedence: number, more = ''): string => `
  - name: ${name}
    precedence: ${precedence}
    direction: inbound
    connectorKind: active-directory
    sourceObjectType: user
    targetObjectType: person
    linkType: Join
    flows: [{ target: title, expression: '[title] & "${name}"' }]
    ${more}`;

function setOf(...rules: string[]): RuleSet {
  const text = `rules:${rules.join('')}`;
  return new RuleSet(parseRules(text, 'own.yaml'), [text]);
}

const numbers = (rules: readonly ConnectorRule[]): string[] =>
  rules.map(({ precedence, name, connector }) => `${precedence} ${name} ${connector}`);

test('with one connector of each kind every rule keeps its number', () => {
  const set = loadRuleSet();
  const { rules } = set.forConnectors([ad('corp'), cloud]);
  assert.deepEqual(
    rules.map(({ precedence }) => precedence),
    rules.map(({ written }) => written.precedence),
  );
  assert.equal(new Set(rules.map(({ precedence }) => precedence)).size, rules.length);
  assert.ok(rules.every(({ connectorKind }) => connectorKind === 'active-directory' || connectorKind === 'cloud'));
});

test('a rule stands once for each connector of its kind, in the order in which they were added', () => {
  const set = setOf(rule('A', 100), rule('B', 101), rule('Own', 50));
  assert.deepEqual(numbers(set.forConnectors([ad('one'), ad('two')]).rules), [
    '50 Own one',
    '51 Own two',
    '100 A one',
    '101 A two',
    '102 B one',
    '103 B two',
  ]);
});

test('a connector that is added later comes last in each group, and the numbers behind it shift', () => {
  const set = setOf(rule('A', 100), rule('B', 101));
  const before = set.forConnectors([ad('one'), ad('two')]);
  const after = set.forConnectors([ad('one'), ad('two'), ad('three')]);
  const order = (rules: readonly ConnectorRule[]): string[] =>
    numbers(rules.filter(({ connector }) => connector !== 'three')).map((text) => text.replace(/^\d+ /, ''));
  assert.deepEqual(order(after.rules), order(before.rules));
  assert.deepEqual(numbers(after.rules).slice(2, 4), ['102 A three', '103 B one']);
});

test('a rule for one connector stands for that one alone', () => {
  const set = setOf(rule('Only', 10, 'connector: two'), rule('A', 100));
  assert.deepEqual(numbers(set.forConnectors([ad('one'), ad('two')]).rules), ['10 Only two', '100 A one', '101 A two']);
  assert.deepEqual(numbers(set.forConnectors([ad('one')]).rules), ['100 A one']);
});

test('rules of two connectors may have one precedence: the order of the connectors decides', () => {
  const set = setOf(rule('Of two', 10, 'connector: two'), rule('Of one', 10, 'connector: one'));
  assert.deepEqual(numbers(set.forConnectors([ad('one'), ad('two')]).rules), ['10 Of one one', '11 Of two two']);
  assert.deepEqual(numbers(set.forConnectors([ad('two'), ad('one')]).rules), ['10 Of two two', '11 Of one one']);
});

test('rules that need an extension of the schema are left out for a forest without it', () => {
  const set = setOf(rule('A', 100), rule('Mail', 101, 'requires: exchange'), rule('Talk', 102, 'requires: lync'));
  const names = (features?: readonly ('exchange' | 'lync')[]): string[] =>
    set
      .forConnectors([{ ...ad('one'), ...(features === undefined ? {} : { features: new Set(features) }) }])
      .rules.map(({ name }) => name);
  assert.deepEqual(names([]), ['A']);
  assert.deepEqual(names(['exchange']), ['A', 'Mail']);
  assert.deepEqual(names(['exchange', 'lync']), ['A', 'Mail', 'Talk']);
  assert.deepEqual(names(), ['A', 'Mail', 'Talk']);
});

test('rules are found by connector and type of object', () => {
  const rules = loadRuleSet().forConnectors([ad('one'), ad('two'), cloud]);
  const joins = rules.inbound('two', 'user').filter(({ linkType }) => linkType === 'Provision');
  assert.deepEqual(numbers(joins), ['101 In from AD - User Join two']);
  assert.deepEqual(rules.inbound('three', 'user'), []);
  assert.deepEqual(rules.inbound('one', '__proto__'), []);
  assert.equal(rules.outbound('Cloud', 'person')[0]?.name, 'Out to cloud - User Join');
  assert.deepEqual(rules.outbound('one', 'person'), []);
});

test('each connector is asked for what its own rules read', () => {
  const own = 'connector: two\n    scope: [[{ attribute: employeeType, operator: ISNULL }]]';
  const rules = setOf(rule('A', 100), rule('Only', 10, own)).forConnectors([ad('one'), ad('two')]);
  assert.deepEqual(rules.attributesRead('one'), new Set(['title']));
  assert.deepEqual(rules.attributesRead('two'), new Set(['employeeType', 'title']));
  assert.deepEqual(rules.objectTypes('one'), new Set(['user']));
  assert.deepEqual(rules.objectTypes('Cloud'), new Set());
});

test('join attributes are those of inbound rules; outbound ones look elsewhere', () => {
  const rules = loadRuleSet().forConnectors([cloud]);
  assert.deepEqual(rules.joinAttributes(), new Set(['sourceAnchor']));
  const out = rules.rules.filter(({ direction }) => direction === 'outbound');
  assert.ok(out.some(({ join }) => join.length > 0));
});

test('the digest changes with the rules, the connectors, their order and what their schema has', () => {
  const set = setOf(rule('A', 100));
  const other = setOf(rule('A', 101));
  const digests = [
    set.forConnectors([ad('one'), ad('two')]),
    set.forConnectors([ad('two'), ad('one')]),
    set.forConnectors([ad('one')]),
    set.forConnectors([{ ...ad('one'), features: new Set<never>() }]),
    other.forConnectors([ad('one')]),
  ].map(({ digest }) => digest);
  assert.equal(new Set(digests).size, digests.length);
  assert.equal(set.forConnectors([ad('one')]).digest, digests[2]);
});

test('a disabled rule stands for no connector', () => {
  const set = setOf(rule('A', 100, 'disabled: true'), rule('B', 101));
  assert.deepEqual(numbers(set.forConnectors([ad('one')]).rules), ['101 B one']);
  assert.deepEqual(
    set.disabled.map(({ name }) => name),
    ['A'],
  );
});

test('what rules say can be kept as text, and says after a restart what changed', () => {
  const [before, after] = [setOf(rule('A', 100), rule('B', 101)), setOf(rule('A', 100), rule('C', 102))];
  const kept = before.forConnectors([ad('one')]).contents();
  assert.deepEqual(before.forConnectors([ad('one')]).changedSince(kept), []);
  const changes = after.forConnectors([ad('one')]).changedSince(kept);
  assert.deepEqual(
    changes?.map(({ kind, name, connector, affectsLinks, targets }) => [
      kind,
      name,
      connector,
      affectsLinks,
      ...targets,
    ]),
    [
      ['added', 'C', 'one', true, 'title'],
      ['removed', 'B', 'one', true, 'title'],
    ],
  );
});

test('a changed flow is known by its target alone', () => {
  const text = (source: string): string => rule('A', 100).replace('[title] & "A"', source);
  const kept = setOf(text('[title]'))
    .forConnectors([ad('one')])
    .contents();
  const [change] =
    setOf(text('[info]'))
      .forConnectors([ad('one')])
      .changedSince(kept) ?? [];
  assert.deepEqual([change?.kind, change?.affectsLinks, [...(change?.targets ?? [])]], ['changed', false, ['title']]);
});

test('a connector that is added at the end adds its rules and changes no others', () => {
  const set = setOf(rule('A', 100), rule('B', 101));
  const kept = set.forConnectors([ad('one')]).contents();
  const changes = set.forConnectors([ad('one'), ad('two')]).changedSince(kept);
  assert.deepEqual(
    changes?.map(({ kind, name, connector }) => `${kind} ${name} ${connector}`),
    ['added A two', 'added B two'],
  );
});

test('when connectors change places, everything may be another', () => {
  const set = setOf(rule('A', 100));
  const kept = set.forConnectors([ad('one'), ad('two')]).contents();
  assert.equal(set.forConnectors([ad('two'), ad('one')]).changedSince(kept), undefined);
});

for (const text of ['', 'null', '[]x', '[1]', '[["A","one","d",[["t"]]]]', '[["A","one",5,[]]]', '{"A":1}']) {
  test(`everything may be another when what was kept is ${JSON.stringify(text)}`, () => {
    assert.equal(
      setOf(rule('A', 100))
        .forConnectors([ad('one')])
        .changedSince(text),
      undefined,
    );
  });
}
