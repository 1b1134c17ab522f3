import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { outOfBoxRuleFiles } from '../out-of-box/load.ts';
import { parseRules } from '../parse.ts';
import type { SyncRule } from '../rule.ts';
import { diffRules, isSame } from './diff.ts';
import { yamlFromRules } from './rule-yaml.ts';

const standard = outOfBoxRuleFiles.flatMap(({ name, text }) => parseRules(text, name, { standard: true }));
const [head, body] = [
  'name: A, precedence: 50, direction: inbound, connectorKind: openldap, sourceObjectType: inetOrgPerson',
  'targetObjectType: person, linkType: Join',
];

/** One rule with these fields beside those that it must have. */
function rule(fields: string, base = head): SyncRule {
  return parseRules(`rules: [{ ${base}, ${body}, ${fields} }]`, 'a.yaml')[0]!;
}

test('rules are the same whatever their order in files and whoever they belong to', () => {
  const own = parseRules(yamlFromRules([...standard].reverse()), 'own.yaml');
  const diff = diffRules(standard, own);
  assert.ok(isSame(diff));
  assert.equal(diff.unchangedCount, standard.length);
});

test('a rule that is there on one side only was added or removed', () => {
  const [first, ...others] = standard;
  assert.deepEqual(diffRules(others, standard).added, [first]);
  assert.deepEqual(diffRules(standard, others).removed, [first]);
});

for (const { name, before, after, fields, flows } of [
  {
    name: 'a scope that is new is a changed field',
    before: 'flows: []',
    after: 'scope: [[{ attribute: l, operator: EQUAL, value: Berlin }, { attribute: c, operator: ISNULL }]]',
    fields: [{ field: 'scope', before: 'all objects', after: 'l EQUAL Berlin AND c ISNULL' }],
    flows: [],
  },
  {
    name: 'a value that looks like a clause is another scope',
    before: 'scope: [[{ attribute: l, operator: EQUAL, value: a AND c ISNULL }]]',
    after: 'scope: [[{ attribute: l, operator: EQUAL, value: a }, { attribute: c, operator: ISNULL }]]',
    fields: [{ field: 'scope', before: 'l EQUAL a AND c ISNULL', after: 'l EQUAL a AND c ISNULL' }],
    flows: [],
  },
  {
    name: 'a join that minds case from now on is a changed field',
    before: 'join: [[{ cs: a, mv: b }], [{ cs: c, mv: d }]]',
    after: 'join: [[{ cs: a, mv: b, caseSensitive: true }], [{ cs: c, mv: d }]]',
    fields: [{ field: 'join', before: 'a = b, else c = d', after: 'a == b, else c = d' }],
    flows: [],
  },
  {
    name: 'flows are compared by target',
    before: 'flows: [{ target: a, source: x }, { target: b, constant: 1 }, { target: c, source: c }]',
    after: 'flows: [{ target: c, source: c }, { target: a, expression: "[x] & 1" }, { target: d, constant: true }]',
    fields: [],
    flows: [
      { target: 'a', kind: 'changed', before: '[x]', after: '[x] & 1' },
      { target: 'd', kind: 'added', after: 'True' },
      { target: 'b', kind: 'removed', before: '1' },
    ],
  },
  {
    name: 'a number is not the text of its digits, and True not the text True',
    before: 'flows: [{ target: a, constant: 1 }, { target: b, constant: true }]',
    after: 'flows: [{ target: a, constant: "1" }, { target: b, constant: "True" }]',
    fields: [],
    flows: [
      { target: 'a', kind: 'changed', before: '1', after: '"1"' },
      { target: 'b', kind: 'changed', before: 'True', after: '"True"' },
    ],
  },
  {
    name: 'how values are merged and how often they flow counts',
    before: 'flows: [{ target: a, source: x }, { target: b, source: x }]',
    after: 'flows: [{ target: a, source: x, mergeType: Merge }, { target: b, source: x, executeOnce: true }]',
    fields: [],
    flows: [
      { target: 'a', kind: 'changed', before: '[x]', after: '[x], Merge' },
      { target: 'b', kind: 'changed', before: '[x]', after: '[x], once' },
    ],
  },
  {
    name: 'several flows to one target are compared one by one',
    before: 'flows: [{ target: a, source: x }, { target: a, source: y }]',
    after: 'flows: [{ target: a, source: x }, { target: a, source: z }]',
    fields: [],
    flows: [{ target: 'a', kind: 'changed', before: '[y]', after: '[z]' }],
  },
]) {
  test(name, () => {
    const diff = diffRules([rule(before)], [rule(after)]);
    assert.deepEqual(diff.changed, [{ name: 'A', fields, flows }]);
  });
}

test('a rule with an id may be renamed; without one it is another rule', () => {
  const renamed = head.replace('name: A', 'name: B');
  const [before, after] = [rule('id: r1'), rule('id: r1', renamed)];
  assert.deepEqual(diffRules([before], [after]).changed, [
    { name: 'B', fields: [{ field: 'name', before: 'A', after: 'B' }], flows: [] },
  ]);
  assert.equal(diffRules([rule('flows: []')], [rule('flows: []', renamed)]).added.length, 1);
});

test('a rule that got an id is still the rule of its name', () => {
  assert.deepEqual(diffRules([rule('flows: []')], [rule('id: r1')]).changed, [
    { name: 'A', fields: [{ field: 'id', before: 'A', after: 'r1' }], flows: [] },
  ]);
});

test('a difference the other way round has additions for removals, and nothing differs from itself', () => {
  const some = fc.subarray([...standard], { minLength: 0 });
  fc.assert(
    fc.property(some, some, (a, b) => {
      const [there, back] = [diffRules(a, b), diffRules(b, a)];
      assert.deepEqual(new Set(there.added), new Set(back.removed));
      assert.deepEqual(new Set(there.removed), new Set(back.added));
      assert.equal(there.unchangedCount, back.unchangedCount);
      assert.ok(isSame(diffRules(a, a)));
    }),
  );
});
