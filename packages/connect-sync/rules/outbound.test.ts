import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CsValue, decodeHologram, encodeHologram, type Hologram } from '../connector-space/hologram.ts';
import type { CsId } from '../connector-space/store.ts';
import type { MvAttribute, ReferenceSource } from '../metaverse/attributes.ts';
import { compileExpression } from './expression/compile.ts';
import { ExpressionError } from './expression/error.ts';
import { contextOf } from './expression/sample-object.ts';
import type { Scalar } from './expression/value.ts';
import { References } from './flow.ts';
import { loadRuleSet } from './out-of-box/load.ts';
import { type Decisions, type DesiredObject, evaluateOutbound, type KnownTarget } from './outbound.ts';
import { outboundRules, type ReadyRule } from './program.ts';
import type { AttributeFlow, MergeType, Scope, SyncRule } from './rule.ts';
import { ConnectorRules } from './rule-set-connectors.ts';

const row = 7 as CsId;
const values = (...found: Scalar[]): MvAttribute => ({ kind: 'values', values: found, row, rule: 'In' });
const references = (...attributes: string[]): MvAttribute => ({
  kind: 'references',
  sources: attributes.map((attribute) => ({ row, attribute })),
  row,
  rule: 'In',
});

const how = { mergeType: 'Update', executeOnce: false } as const;
const direct = (target: string, attribute = target): AttributeFlow => ({
  target,
  source: { kind: 'direct', attribute },
  ...how,
});
const constant = (target: string, value: string | boolean | bigint): AttributeFlow => ({
  target,
  source: { kind: 'constant', value },
  ...how,
});
const expression = (target: string, text: string): AttributeFlow => ({
  target,
  source: { kind: 'expression', expression: compileExpression(text) },
  ...how,
});
const merged = (flow: AttributeFlow, mergeType: MergeType = 'Merge'): AttributeFlow => ({ ...flow, mergeType });
const once = (flow: AttributeFlow): AttributeFlow => ({ ...flow, executeOnce: true });
const dn = constant('dn', 'CN={1}');

function rule(precedence: number, flows: readonly AttributeFlow[], more: Partial<SyncRule> = {}): SyncRule {
  return {
    id: `rule ${precedence}`,
    name: `rule ${precedence}`,
    standard: false,
    disabled: false,
    precedence,
    direction: 'outbound',
    connectorKind: 'cloud',
    sourceObjectType: 'person',
    targetObjectType: 'user',
    linkType: 'Provision',
    enablePasswordSync: false,
    scope: [],
    join: [],
    flows,
    ...more,
  };
}

function ready(rules: readonly SyncRule[], mvType = 'person'): readonly ReadyRule[] {
  return outboundRules(new ConnectorRules(rules, 'digest', [{ name: 'cloud', kind: 'cloud' }]), 'cloud', mvType);
}

interface Around {
  readonly known?: KnownTarget;
  readonly decisions?: Decisions;
  readonly mvType?: string;
  readonly memberCount?: number;
  readonly left?: readonly string[];
}

function desired(
  rules: readonly SyncRule[],
  attributes: Record<string, MvAttribute> = {},
  { known, decisions, mvType, memberCount = 0, left = [] }: Around = {},
): DesiredObject | undefined {
  return evaluateOutbound(
    ready(rules, mvType),
    {
      attributes: new Map(Object.entries(attributes)),
      context: contextOf(),
      scope: { parameters: new Map(), isMemberOf: () => false },
      referenceTexts: (sources) => sources.map((source) => `DN of ${source.attribute}`),
      countReferences: (sources) => (sources.length === 0 ? 0 : memberCount),
      left: () => left,
      known: () => known,
    },
    decisions,
  );
}

const hologramOf = (found: DesiredObject | undefined): Record<string, readonly CsValue[]> =>
  Object.fromEntries(decodeHologram(found!.encoded));
const hologram = (attributes: Record<string, readonly CsValue[]>): Hologram => new Map(Object.entries(attributes));

const attributesOf = (
  flows: readonly AttributeFlow[],
  attributes: Record<string, MvAttribute> = {},
  around: Around = {},
): unknown =>
  hologramOf(desired([rule(1, [dn]), ...flows.map((flow, at) => rule(at + 2, [flow]))], attributes, around));

test('an object has the type of the rule that provisions it, its DN, and what flows', () => {
  assert.deepEqual(desired([rule(1, [dn, direct('surname', 'sn')])], { sn: values('Lovelace') }), {
    objectType: 'user',
    dn: 'CN={1}',
    encoded: '{"surname":["Lovelace"]}',
    references: new Map(),
  });
});

test('what an object should hold is written as a hologram is, whatever the order of rules and values', () => {
  const flows = ['b', 'a', '10', '9', '__proto__'].map((name) => direct(name, 'v'));
  const found = desired([rule(1, [dn, ...flows])], { v: values('z', 'y', 'z', 1n) });
  const wanted = hologram(Object.fromEntries([['b'], ['a'], ['10'], ['9']].map(([name]) => [name, ['y', 'z', 1]])));
  assert.equal(found!.encoded, encodeHologram(new Map([...wanted, ['__proto__', ['y', 'z', 1]]])));
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
    gives: { n: [-9_007_199_254_740_991, 9_007_199_254_740_991] },
  },
  {
    name: 'numbers beyond 2^53 - 1 are text on the wire',
    flows: [direct('n')],
    attributes: { n: values(9_007_199_254_740_992n, -9_223_372_036_854_775_808n) },
    gives: { n: ['-9223372036854775808', '9007199254740992'] },
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
  assert.deepEqual(hologramOf(found), { surname: ['Lovelace'] });
});

test('rules for another type of object add nothing', () => {
  const contact = { targetObjectType: 'contact' };
  const rules = [
    rule(1, [constant('t', 'early')], { ...contact, linkType: 'Join' }),
    rule(2, [dn]),
    rule(3, [constant('t', 'late')], contact),
  ];
  assert.deepEqual(hologramOf(desired(rules)), {});
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
  assert.deepEqual(found?.references, new Map([['member', [{ row, attribute: 'uniqueMember' }]]]));
  assert.deepEqual(hologramOf(found), {});
});

test('an expression that hands references on as they are hands on where they are listed', () => {
  const rules = [rule(1, [dn, expression('member', 'IIF(ValueCount("member") > 50000, NULL, [member])')])];
  const member = references('uniqueMember');
  assert.deepEqual(
    desired(rules, { member }, { memberCount: 50_000 })?.references,
    new Map([['member', [{ row, attribute: 'uniqueMember' }]]]),
  );
  assert.deepEqual(desired(rules, { member }, { memberCount: 50_001 })?.references, new Map());
});

test('references of an earlier rule win over values of a later one', () => {
  const rules = [rule(1, [dn, direct('t', 'manager')]), rule(2, [constant('t', 'nobody')])];
  const found = desired(rules, { manager: references('manager') });
  assert.deepEqual([...found!.references.keys()], ['t']);
  assert.deepEqual(hologramOf(found), {});
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

test('a rule is in scope of references by the DNs that they lead to', () => {
  const ofManager: Scope = [[{ attribute: 'manager', operator: 'CONTAINS', value: 'DN of boss' }]];
  const rules = [rule(1, [dn], { scope: ofManager })];
  assert.ok(desired(rules, { manager: references('boss') }) !== undefined);
  assert.equal(desired(rules, { manager: references('other') }), undefined);
});

test('an expression may ask how many references there are', () => {
  const flows = [expression('n', 'ValueCount("member")'), expression('none', 'ValueCount("owner")')];
  const around = { memberCount: 249_999 };
  assert.deepEqual(attributesOf(flows, { member: references('member') }, around), { n: [249_999], none: [0] });
});

const mergeRows: readonly {
  name: string;
  flows: readonly AttributeFlow[];
  attributes: Record<string, MvAttribute>;
  gives: object;
}[] = [
  {
    name: 'merged values are those of all rules',
    flows: [merged(direct('t', 'a')), merged(direct('t', 'b'))],
    attributes: { a: values('x', 'y'), b: values('y', 'z') },
    gives: { t: ['x', 'y', 'z'] },
  },
  {
    name: 'merged values that differ in case are one where case does not count',
    flows: [merged(direct('t', 'a'), 'MergeCaseInsensitive'), merged(direct('t', 'b'), 'MergeCaseInsensitive')],
    attributes: { a: values('Ada@X'), b: values('ada@x') },
    gives: { t: ['Ada@X'] },
  },
  {
    name: 'Replace means what Update means: one wins',
    flows: [merged(direct('t', 'a'), 'Replace'), merged(direct('t', 'b'), 'Replace')],
    attributes: { a: values('x'), b: values('y') },
    gives: { t: ['x'] },
  },
  {
    name: 'AuthoritativeNull before every merged value leaves the attribute empty',
    flows: [merged(expression('t', 'AuthoritativeNull')), merged(direct('t', 'b'))],
    attributes: { b: values('y') },
    gives: {},
  },
  {
    name: 'AuthoritativeNull and IgnoreThisFlow after a merged value take nothing from it',
    flows: [
      merged(direct('t', 'a')),
      merged(expression('t', 'AuthoritativeNull')),
      merged(expression('t', 'IgnoreThisFlow')),
      merged(direct('t', 'b')),
    ],
    attributes: { a: values('x'), b: values('y') },
    gives: { t: ['x', 'y'] },
  },
];

for (const { name, flows, attributes, gives } of mergeRows) {
  test(name, () => assert.deepEqual(attributesOf(flows, attributes), gives));
}

test('merged references are listed together', () => {
  const rules = [rule(1, [dn, merged(direct('member', 'a'))]), rule(2, [merged(direct('member', 'b'))])];
  const found = desired(rules, { a: references('member'), b: references('uniqueMember') });
  const sources = ['member', 'uniqueMember'].map((attribute): ReferenceSource => ({ row, attribute }));
  assert.deepEqual(found?.references, new Map([['member', sources]]));
});

test('references that are to be ignored stay where they come from, unless another rule gives some', () => {
  const references = new Map([['manager', [{ row, attribute: 'manager' }]]]);
  const known = there({ references });
  const flows = [rule(1, [dn]), rule(2, [expression('manager', 'IgnoreThisFlow')])];
  assert.deepEqual(desired(flows, {}, { known })?.references, references);
  assert.deepEqual(desired(flows, {}, {})?.references, new Map());
  assert.deepEqual(desired([rule(1, [dn])], {}, { known, left: ['manager'] })?.references, new Map());
});

/** What is known of an object that is there. */
function there(given: Partial<KnownTarget>): KnownTarget {
  const nothing = { desired: undefined, imported: undefined, current: undefined };
  return { dn: 'CN=x', ...nothing, references: new Map(), ...given };
}

for (const { name, known, gives } of [
  { name: 'of an object that is made now: none', known: undefined, gives: {} },
  {
    name: 'of what is wanted already, which counts before what was imported',
    known: there({ desired: hologram({ t: ['wanted'] }), imported: hologram({ t: ['imported'] }) }),
    gives: { t: ['wanted'] },
  },
  {
    name: 'of what was imported',
    known: there({ desired: hologram({}), imported: hologram({ t: [7, true] }) }),
    gives: { t: [7, true] },
  },
  {
    name: 'of an object that has none: none',
    known: there({}),
    gives: {},
  },
] satisfies { name: string; known: KnownTarget | undefined; gives: object }[]) {
  test(`IgnoreThisFlow leaves the values there are: ${name}`, () => {
    const around: Around = known === undefined ? {} : { known };
    assert.deepEqual(attributesOf([expression('t', 'IgnoreThisFlow')], {}, around), gives);
    const low = [expression('t', 'IgnoreThisFlow'), constant('t', 'low')];
    assert.deepEqual(attributesOf(low, {}, around), { t: ['low'] }, 'somebody else contributes');
    const none = [expression('t', 'IgnoreThisFlow'), expression('t', 'AuthoritativeNull')];
    assert.deepEqual(attributesOf(none, {}, around), {}, 'somebody else empties it');
  });
}

test('a flow that is to happen once happens when the object is made, and leaves it as it is afterwards', () => {
  const flows = [once(direct('t', 'a'))];
  assert.deepEqual(attributesOf(flows, { a: values('first') }), { t: ['first'] });
  const known = there({ desired: hologram({ t: ['first'] }), imported: hologram({ t: ['changed in the cloud'] }) });
  assert.deepEqual(attributesOf(flows, { a: values('second') }, { known }), { t: ['first'] });
});

test('a name that is given once, or not given any more, stays the name that the object has', () => {
  const known = there({ dn: 'CN=kept', desired: hologram({}) });
  for (const named of [once(constant('dn', 'CN=other')), expression('dn', 'IgnoreThisFlow')]) {
    assert.equal(desired([rule(1, [named])], {}, { known })?.dn, 'CN=kept');
  }
});

test('who decided an attribute is told where anybody wants to know', () => {
  const decisions: Decisions = new Map();
  const rules = [
    rule(1, [dn, expression('t', 'NULL'), expression('u', 'AuthoritativeNull')]),
    rule(2, [constant('t', 'low')]),
  ];
  desired(rules, {}, { decisions });
  assert.deepEqual([...decisions].sort(), [
    ['dn', { rule: 'rule 1', contribution: ['CN={1}'] }],
    ['t', { rule: 'rule 2', contribution: ['low'] }],
    ['u', { rule: 'rule 1', contribution: 'empty' }],
  ]);
});

test('a decision about references names where they are listed', () => {
  const decisions: Decisions = new Map();
  desired([rule(1, [dn, direct('member')])], { member: references('member') }, { decisions });
  assert.deepEqual(decisions.get('member')?.contribution, new References([{ row, attribute: 'member' }]));
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
  desired(outOfBox.rules, attributes, { mvType: type });
const without = (attributes: object, name: string): Record<string, MvAttribute> =>
  Object.fromEntries(Object.entries(attributes).filter(([key]) => key !== name));

test('the out-of-box rules name an object by the hex form of its source anchor', () => {
  const found = shipped('person', user);
  assert.deepEqual([found?.objectType, found?.dn], ['user', 'CN={41513D3D}']);
  assert.deepEqual(hologramOf(found)['surname'], ['Lovelace']);
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

test('attributes that rules flow to no more stay as the cloud has them, and a new object has none', () => {
  const current = hologram({ title: ['Boss'], a: [1] });
  const known = there({ desired: hologram({ title: ['as sync had it'], a: [1] }), current });
  const flows = [direct('surname', 'sn')];
  const attributes = { sn: values('Lovelace') };
  const kept = attributesOf(flows, attributes, { known, left: ['title', 'zone'] });
  assert.deepEqual(kept, { surname: ['Lovelace'], title: ['Boss'] });
  assert.deepEqual(attributesOf(flows, attributes, { left: ['title'] }), { surname: ['Lovelace'] });
});
