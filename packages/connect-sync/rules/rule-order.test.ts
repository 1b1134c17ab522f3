import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RuleSetError } from './error.ts';
import { parseRules } from './parse.ts';
import type { SyncRule } from './rule.ts';
import { orderRules } from './rule-order.ts';

const [sample] = parseRules(
  `rules:
  - name: Mine
    precedence: 50
    direction: inbound
    connectorKind: openldap
    sourceObjectType: inetOrgPerson
    targetObjectType: person
    linkType: Join`,
  'own.yaml',
) as [SyncRule];
const named = (name: string): Pick<SyncRule, 'id' | 'name'> => ({ id: name, name });

test('rules are evaluated by precedence, whatever order they are written in', () => {
  const rules = [30, 10, 20].map((precedence) => ({ ...sample, ...named(`rule ${precedence}`), precedence }));
  assert.deepEqual(
    orderRules(rules).map(({ precedence }) => precedence),
    [10, 20, 30],
  );
});

test('two rules of one name are refused', () => {
  assert.throws(
    () => orderRules([sample, { ...sample, precedence: 51 }]),
    new RuleSetError('two rules are named “Mine”'),
  );
});

test('two rules of one precedence for one kind of system are refused', () => {
  assert.throws(
    () => orderRules([sample, { ...sample, ...named('Yours') }]),
    new RuleSetError('“Mine” and “Yours” have the same precedence 50'),
  );
});

test('a rule for another kind of system between two of one precedence does not hide them', () => {
  const others: SyncRule = { ...sample, ...named('Of others'), connectorKind: 'active-directory' };
  assert.throws(
    () => orderRules([sample, others, { ...sample, ...named('Yours') }]),
    new RuleSetError('“Mine” and “Yours” have the same precedence 50'),
  );
});

test('two rules of one id are refused', () => {
  assert.throws(
    () => orderRules([sample, { ...sample, name: 'Yours', precedence: 51 }]),
    new RuleSetError('two rules have the id “Mine”'),
  );
});

test('rules for two connectors may share a precedence, but not with one for both', () => {
  const one = { ...sample, ...named('One'), connector: 'one' };
  const two = { ...sample, ...named('Two'), connector: 'two' };
  assert.equal(orderRules([one, two]).length, 2);
  const message = '“One” and “Two” have the same precedence 50';
  assert.throws(() => orderRules([one, { ...two, connector: 'one' }]), new RuleSetError(message));
  assert.throws(() => orderRules([one, { ...sample, ...named('Two') }]), new RuleSetError(message));
  assert.throws(() => orderRules([{ ...sample, ...named('One') }, two]), new RuleSetError(message));
});

test('rules for different kinds of systems may share a precedence', () => {
  assert.equal(orderRules([sample, { ...sample, ...named('Yours'), connectorKind: 'active-directory' }]).length, 2);
});
