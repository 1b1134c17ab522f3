import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CsId } from '../connector-space/store.ts';
import type { MvAttribute, MvAttributes } from '../metaverse/attributes.ts';
import { compileExpression } from './expression/compile.ts';
import { ExpressionError } from './expression/error.ts';
import { contextOf } from './expression/sample-object.ts';
import type { Scalar } from './expression/value.ts';
import { loadRuleSet } from './out-of-box/load.ts';
import { type DesiredObject, evaluateOutbound } from './outbound.ts';
import type { AttributeFlow, Scope, SyncRule } from './rule.ts';

const row = 7 as CsId;
const values = (...found: Scalar[]): MvAttribute => ({ kind: 'values', values: found, row, rule: 'In' });
const references = (attribute: string): MvAttribute => ({ kind: 'references', attribute, row, rule: 'In' });

const direct = (target: string, attribute = target): AttributeFlow => ({
  target,
  source: { kind: 'direct', attribute },
});
const constant = (target: string, value: string | boolean | bigint): AttributeFlow => ({
  target,
  source: { kind: 'constant', value },
});
const expression = (target: string, text: string): AttributeFlow => ({
  target,
  source: { kind: 'expression', expression: compileExpression(text) },
});
const dn = constant('dn', 'CN={1}');

function rule(precedence: number, flows: readonly AttributeFlow[], more: Partial<SyncRule> = {}): SyncRule {
  return {
    name: `rule ${precedence}`,
    precedence,
    direction: 'outbound',
    connectorKind: 'cloud',
    sourceObjectType: 'person',
    targetObjectType: 'user',
    linkType: 'Provision',
    scope: [],
    join: [],
    flows,
    ...more,
  };
}

function desired(rules: readonly SyncRule[], attributes: Record<string, MvAttribute> = {}): DesiredObject | undefined {
  return evaluateOutbound(rules, new Map(Object.entries(attributes)), contextOf());
}

const attributesOf = (flows: readonly AttributeFlow[], attributes: Record<string, MvAttribute> = {}): unknown =>
  Object.fromEntries(
    desired([rule(1, [dn]), ...flows.map((flow, at) => rule(at + 2, [flow]))], attributes)!.attributes,
  );

test('an object has the type of the rule that provisions it, its DN, and what flows', () => {
  assert.deepEqual(desired([rule(1, [dn, direct('surname', 'sn')])], { sn: values('Lovelace') }), {
    objectType: 'user',
    dn: 'CN={1}',
    attributes: new Map([['surname', ['Lovelace']]]),
    references: new Map(),
  });
});

for (const { name, flows, attributes = {}, gives } of [
  {
    name: 'the lower precedence number wins',
    flows: [constant('t', 'high'), constant('t', 'low')],
    gives: { t: ['high'] },
  },
  {
    name: 'NULL leaves the attribute to the next rule',
    flows: [expression('t', 'NULL'), constant('t', 'low')],
    gives: { t: ['low'] },
  },
  {
    name: 'an absent attribute leaves its target to the next rule',
    flows: [direct('t', 'absent'), constant('t', 'low')],
    gives: { t: ['low'] },
  },
  {
    name: 'AuthoritativeNull leaves the attribute empty, whatever a later rule has',
    flows: [expression('t', 'AuthoritativeNull'), constant('t', 'low')],
    gives: {},
  },
  {
    name: 'IgnoreThisFlow contributes nothing',
    flows: [expression('t', 'IgnoreThisFlow'), constant('t', 'low')],
    gives: { t: ['low'] },
  },
  {
    name: 'empty text is no value',
    flows: [expression('t', 'Trim(" ")'), constant('t', ''), constant('t', 'low')],
    gives: { t: ['low'] },
  },
  {
    name: 'all values of an attribute flow',
    flows: [direct('proxyAddresses')],
    attributes: { proxyAddresses: values('SMTP:a@x.example', 'smtp:b@x.example') },
    gives: { proxyAddresses: ['SMTP:a@x.example', 'smtp:b@x.example'] },
  },
  {
    name: 'truth values stay truth values',
    flows: [direct('accountEnabled')],
    attributes: { accountEnabled: values(false) },
    gives: { accountEnabled: [false] },
  },
  {
    name: 'numbers up to 2^53 - 1 are numbers on the wire',
    flows: [direct('n')],
    attributes: { n: values(9_007_199_254_740_991n, -9_007_199_254_740_991n) },
    gives: { n: [9_007_199_254_740_991, -9_007_199_254_740_991] },
  },
  {
    name: 'numbers beyond 2^53 - 1 are text on the wire',
    flows: [direct('n')],
    attributes: { n: values(9_007_199_254_740_992n, -9_223_372_036_854_775_808n) },
    gives: { n: ['9007199254740992', '-9223372036854775808'] },
  },
  {
    name: 'bytes are Base64 on the wire',
    flows: [direct('b')],
    attributes: { b: values(new Uint8Array([1, 2, 3])) },
    gives: { b: ['AQID'] },
  },
] satisfies { name: string; flows: AttributeFlow[]; attributes?: Record<string, MvAttribute>; gives: object }[]) {
  test(name, () => assert.deepEqual(attributesOf(flows, attributes), gives));
}

const whenUser: Scope = [[{ attribute: 'sourceObjectType', operator: 'EQUAL', value: 'User' }]];

for (const { name, rules } of [
  { name: 'without a rule nothing is wanted', rules: [] },
  { name: 'a Join rule makes no object', rules: [rule(1, [dn], { linkType: 'Join' })] },
  { name: 'a StickyJoin rule makes no object', rules: [rule(1, [dn], { linkType: 'StickyJoin' })] },
  { name: 'a rule that is out of scope makes no object', rules: [rule(1, [dn], { scope: whenUser })] },
  {
    name: 'a rule in scope that only joins does not help a provisioning one that is out of scope',
    rules: [rule(1, [dn], { scope: whenUser }), rule(2, [dn], { linkType: 'Join' })],
  },
  { name: 'an object without DN is not made', rules: [rule(1, [constant('displayName', 'Ada')])] },
  { name: 'an object whose DN is taken away is not made', rules: [rule(1, [expression('dn', 'AuthoritativeNull')])] },
]) {
  test(name, () => assert.equal(desired(rules), undefined));
}

test('rules that only join add to the object of the rule that provisions', () => {
  const rules = [rule(1, [dn], { scope: whenUser }), rule(2, [direct('surname', 'sn')], { linkType: 'Join' })];
  const found = desired(rules, { sourceObjectType: values('user'), sn: values('Lovelace') });
  assert.deepEqual(found?.attributes, new Map([['surname', ['Lovelace']]]));
});

test('rules for another type of object add nothing', () => {
  const contact = { targetObjectType: 'contact' };
  const rules = [
    rule(1, [constant('t', 'early')], { ...contact, linkType: 'Join' }),
    rule(2, [dn]),
    rule(3, [constant('t', 'late')], contact),
  ];
  assert.deepEqual(desired(rules)?.attributes, new Map());
  assert.equal(desired(rules)?.objectType, 'user');
});

test('scope sees the text forms of metaverse values', () => {
  const isFiltered: Scope = [[{ attribute: 'cloudFiltered', operator: 'NOTEQUAL', value: 'TRUE' }]];
  const rules = [rule(1, [dn], { scope: isFiltered })];
  assert.equal(desired(rules, { cloudFiltered: values(true) }), undefined);
  assert.ok(desired(rules, { cloudFiltered: values(false) }) !== undefined);
  assert.ok(desired(rules) !== undefined);
});

test('references flow as the row and attribute that they come from', () => {
  const found = desired([rule(1, [dn, direct('member', 'members')])], { members: references('uniqueMember') });
  assert.deepEqual(found?.references, new Map([['member', { row, attribute: 'uniqueMember' }]]));
  assert.deepEqual(found?.attributes, new Map());
});

test('references of an earlier rule win over values of a later one', () => {
  const rules = [rule(1, [dn, direct('t', 'manager')]), rule(2, [constant('t', 'nobody')])];
  const found = desired(rules, { manager: references('manager') });
  assert.deepEqual([...found!.references.keys()], ['t']);
  assert.deepEqual(found!.attributes, new Map());
});

test('AuthoritativeNull takes references away as well', () => {
  const rules = [rule(1, [dn, expression('member', 'AuthoritativeNull')]), rule(2, [direct('member')])];
  assert.deepEqual(desired(rules, { member: references('member') })?.references, new Map());
});

test('an expression that fails, fails the object', () => {
  assert.throws(
    () => desired([rule(1, [dn, expression('t', 'Error("no")')])]),
    (error) => error instanceof ExpressionError && error.kind === 'runtime',
  );
});

const outOfBox = loadRuleSet();
const user = {
  sourceObjectType: values('User'),
  sourceAnchor: values('AQ=='),
  accountEnabled: values(true),
  sn: values('Lovelace'),
  manager: references('manager'),
};
const shipped = (type: string, attributes: Record<string, MvAttribute>): DesiredObject | undefined =>
  desired(outOfBox.outbound(type), attributes);
const without = (attributes: MvAttributes | object, name: string): Record<string, MvAttribute> =>
  Object.fromEntries(Object.entries(attributes).filter(([key]) => key !== name));

test('the out-of-box rules name an object by the hex form of its source anchor', () => {
  const found = shipped('person', user);
  assert.deepEqual([found?.objectType, found?.dn], ['user', 'CN={41513D3D}']);
  assert.deepEqual(found?.attributes.get('surname'), ['Lovelace']);
  assert.deepEqual([...found!.references.keys()], ['manager']);
});

for (const missing of ['sourceObjectType', 'sourceAnchor', 'accountEnabled']) {
  test(`the out-of-box rules make no user without ${missing}`, () => {
    assert.equal(shipped('person', without(user, missing)), undefined);
  });
}

test('the out-of-box rules keep a filtered object from the cloud', () => {
  assert.equal(shipped('person', { ...user, cloudFiltered: values(true) }), undefined);
});

const group = { sourceAnchor: values('AQ=='), securityEnabled: values(true), memberCount: values(249_999n) };

for (const { name, attributes, isMade } of [
  { name: 'a security group is made', attributes: group, isMade: true },
  {
    name: 'a group with 250000 members is not made',
    attributes: { ...group, memberCount: values(250_000n) },
    isMade: false,
  },
  {
    name: 'a group that is neither for security nor for mail is not made',
    attributes: { ...group, securityEnabled: values(false) },
    isMade: false,
  },
  {
    name: 'a group for mail is made',
    attributes: { ...group, securityEnabled: values(false), mailEnabled: values(true) },
    isMade: true,
  },
]) {
  test(`out of the box, ${name}`, () => assert.equal(shipped('group', attributes) !== undefined, isMade));
}
