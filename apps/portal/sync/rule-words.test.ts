import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EvaluationView } from '@springline/api/shapes/sync-rules';
import { rules } from '../testing/sync-fixtures.ts';
import { evaluationWords, filterRules, ruleTypes, ruleWays, scopeWords } from './rule-words.ts';

const names = (search: Parameters<typeof filterRules>[1]) => filterRules(rules(), search).map(({ name }) => name);

test('rules come in the order of their precedence', () => {
  assert.deepEqual(
    filterRules(rules(), {}).map(({ precedence }) => precedence),
    [90, 100, 120, 200],
  );
});

for (const [what, search, found] of [
  ['direction', { direction: 'outbound' }, ['Out to the cloud: User']],
  ['type', { type: 'group' }, ['In from AD: Group']],
  ['origin', { origin: 'custom' }, ['Contoso: job titles']],
  ['a part of the name', { words: 'FROM ad' }, ['In from AD: User', 'In from AD: Group']],
  ['an attribute that a flow writes', { attribute: 'jobTitle' }, ['Contoso: job titles', 'Out to the cloud: User']],
  ['an attribute that an expression reads', { attribute: 'employeeType' }, ['Contoso: job titles']],
  ['an attribute of a scope', { attribute: 'isCriticalSystemObject' }, ['In from AD: User']],
  ['an attribute of a join', { attribute: 'sourceAnchorBinary' }, ['In from AD: User']],
] as const) {
  test(`rules are filtered by ${what}`, () => {
    assert.deepEqual(names(search), found);
  });
}

test('types to filter by are those that rules read or write, each once', () => {
  assert.deepEqual(ruleTypes(rules()), ['group', 'person', 'user']);
});

test('a rule says where it reads and where it writes', () => {
  const [custom, standard, , out] = filterRules(rules(), {});
  assert.equal(ruleWays(custom!), 'user in contoso.example → person');
  assert.equal(ruleWays(standard!), 'user in every Active Directory connector → person');
  assert.equal(ruleWays(out!), 'person → user in the cloud directory');
});

test('a clause of a scope reads as a sentence', () => {
  assert.equal(scopeWords({ attribute: 'a', operator: 'NOTEQUAL', value: 'x' }), 'a is not “x”');
  assert.equal(scopeWords({ attribute: 'a', operator: 'ISNOTNULL', value: '' }), 'a has a value');
});

for (const [result, words] of [
  [{ kind: 'value', type: 'string', values: ['x'] }, undefined],
  [{ kind: 'null' }, /next rule may give one/],
  [{ kind: 'authoritative-null' }, /no other rule may/],
  [{ kind: 'ignore-this-flow' }, /stays/],
  [
    { kind: 'error', phase: 'parse', message: 'a bracket is missing', column: 7 },
    /Does not parse at column 7: a bracket/,
  ],
  [{ kind: 'error', phase: 'runtime', message: 'not a number' }, /^Failed: not a number$/],
] as const satisfies readonly (readonly [EvaluationView, RegExp | undefined])[]) {
  test(`what a flow gives is said: ${result.kind} ${'phase' in result ? result.phase : ''}`, () => {
    const said = evaluationWords(result as EvaluationView);
    if (words === undefined) assert.equal(said, undefined);
    else assert.match(said!, words);
  });
}
