import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CsId } from '../connector-space/store.ts';
import type { MvAttribute, MvAttributes } from '../metaverse/attributes.ts';
import { Reference, type Scalar } from './expression/value.ts';
import { hasJoinText, joinKeyText, joinKeyTexts, joinKinds, joinText } from './join.ts';
import type { JoinClause, SyncRule } from './rule.ts';
import { ConnectorRules } from './rule-set-connectors.ts';

const clause = (mvAttribute: string, caseSensitive = false, csAttribute = mvAttribute): JoinClause => ({
  csAttribute,
  mvAttribute,
  caseSensitive,
});

function rulesWith(...joins: readonly (readonly JoinClause[])[]): ConnectorRules {
  const rule = (direction: SyncRule['direction'], at: number, join: readonly JoinClause[]): SyncRule => ({
    id: `${direction} ${at}`,
    name: `${direction} ${at}`,
    standard: false,
    disabled: false,
    precedence: at,
    direction,
    connectorKind: 'openldap',
    sourceObjectType: 'user',
    targetObjectType: 'person',
    linkType: 'Join',
    enablePasswordSync: false,
    scope: [],
    join: [join],
    flows: [],
  });
  const rules = joins.map((join, at) => rule('inbound', at + 1, join));
  return new ConnectorRules([...rules, rule('outbound', 99, [clause('outboundOnly')])], 'digest', [
    { name: 'a', kind: 'openldap' },
    { name: 'b', kind: 'openldap' },
  ]);
}

const row = 1 as CsId;
const values = (...found: Scalar[]): MvAttribute => ({ kind: 'values', values: found, row, rule: 'In' });
const attributesWith = (attributes: Record<string, MvAttribute>): MvAttributes => new Map(Object.entries(attributes));

test('what inbound joins look for is known, each attribute once for each way of comparing', () => {
  const rules = rulesWith(
    [clause('mail', false, 'proxyAddresses'), clause('sn')],
    [clause('mail')],
    [clause('sn', true)],
  );
  assert.deepEqual(joinKinds(rules), [
    { mvAttribute: 'mail', caseSensitive: false },
    { mvAttribute: 'sn', caseSensitive: false },
    { mvAttribute: 'sn', caseSensitive: true },
  ]);
  assert.equal(joinKinds(rules), joinKinds(rules), 'worked out once');
  assert.deepEqual(joinKinds(rulesWith()), []);
});

for (const { name, caseSensitive, value, text } of [
  { name: 'text without regard to case', caseSensitive: false, value: 'ADA@X', text: 'ada@x' },
  { name: 'text as it is where case counts', caseSensitive: true, value: 'ADA@X', text: 'ADA@X' },
  {
    name: 'bytes as they are, whatever is said of case',
    caseSensitive: false,
    value: new Uint8Array([0]),
    text: 'AA==',
  },
  { name: 'a number by its digits', caseSensitive: false, value: 42n, text: '42' },
  { name: 'a truth value by its word', caseSensitive: false, value: true, text: 'true' },
  { name: 'a reference by its DN', caseSensitive: false, value: new Reference('CN=A'), text: 'cn=a' },
] satisfies { name: string; caseSensitive: boolean; value: Scalar; text: string }[]) {
  test(`a join compares ${name}`, () => {
    assert.equal(joinText({ mvAttribute: 'a', caseSensitive }, value), text);
  });
}

test('texts of different attributes, values and ways of comparing are looked up under different keys', () => {
  const part = fc.tuple(fc.constantFrom('a', 'b', 'ab'), fc.boolean(), fc.constantFrom('', 'a', 'b a', 'ab'));
  fc.assert(
    fc.property(part, part, (one, other) => {
      const key = ([mvAttribute, caseSensitive, text]: typeof one): string =>
        joinKeyText({ mvAttribute, caseSensitive }, text);
      assert.equal(
        key(one) === key(other),
        one.every((piece, at) => piece === other[at]),
      );
    }),
  );
});

test('a metaverse object is found by every value of what joins look for, and by nothing else', () => {
  const rules = rulesWith([clause('mail')], [clause('sourceAnchor', true)], [clause('manager')], [clause('absent')]);
  const attributes = attributesWith({
    mail: values('A@X', 'b@x'),
    sourceAnchor: values('AQ=='),
    displayName: values('Ada'),
    manager: { kind: 'references', sources: [{ row, attribute: 'manager' }], row, rule: 'In' },
  });
  const key = (mvAttribute: string, caseSensitive: boolean, text: string): string =>
    joinKeyText({ mvAttribute, caseSensitive }, text);
  assert.deepEqual(joinKeyTexts(rules, attributes).sort(), [
    ...[key('sourceAnchor', true, 'AQ=='), key('mail', false, 'a@x'), key('mail', false, 'b@x')].sort(),
  ]);
  assert.deepEqual(joinKeyTexts(rules, new Map()), []);
});

test('an object has what a clause looks for when any of its values is it', () => {
  const attributes = attributesWith({
    mail: values('A@X', 'b@x'),
    manager: { kind: 'references', sources: [{ row, attribute: 'manager' }], row, rule: 'In' },
  });
  const has = (wanted: JoinClause, ...texts: string[]): boolean => hasJoinText(attributes, wanted, new Set(texts));
  assert.equal(has(clause('mail'), 'a@x'), true);
  assert.equal(has(clause('mail'), 'none', 'b@x'), true);
  assert.equal(has(clause('mail', true), 'a@x'), false);
  assert.equal(has(clause('mail', true), 'A@X'), true);
  assert.equal(has(clause('mail')), false);
  assert.equal(has(clause('absent'), 'a@x'), false);
  assert.equal(has(clause('manager'), ''), false);
});
