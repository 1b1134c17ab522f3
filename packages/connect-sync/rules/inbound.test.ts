import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import fc from 'fast-check';
import type { CsId } from '../connector-space/store.ts';
import type { MvAttributes, StoredMvAttributes } from '../metaverse/attributes.ts';
import { textOfScalar } from '../metaverse/encoding.ts';
import { compileExpression } from './expression/compile.ts';
import { ExpressionError } from './expression/error.ts';
import { type Attributes, contextOf, objectOf } from './expression/sample-object.ts';
import { Reference, type Scalar } from './expression/value.ts';
import { evaluateInbound, type LinkedObject } from './inbound.ts';
import { inboundRules, type ReadyRule, rulesInScope } from './program.ts';
import type { AttributeFlow, MergeType, SyncRule } from './rule.ts';
import { ConnectorRules } from './rule-set-connectors.ts';
import type { ScopeContext } from './scope.ts';

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

function rule(precedence: number, flows: readonly AttributeFlow[], more: Partial<SyncRule> = {}): SyncRule {
  return {
    id: `rule ${precedence}`,
    name: `rule ${precedence}`,
    standard: false,
    disabled: false,
    precedence,
    direction: 'inbound',
    connectorKind: 'active-directory',
    sourceObjectType: 'user',
    targetObjectType: 'person',
    linkType: 'Join',
    enablePasswordSync: false,
    scope: [],
    join: [],
    flows,
    ...more,
  };
}

const nobody: ScopeContext = { parameters: new Map(), isMemberOf: () => false };

/** The rules as they stand for two forests, of which `a` was added first. */
function ready(rules: readonly SyncRule[], connector = 'a'): readonly ReadyRule[] {
  const kind = 'active-directory';
  const standing = new ConnectorRules(rules, 'digest', [
    { name: 'a', kind },
    { name: 'b', kind },
  ]);
  return inboundRules(standing, connector, 'user');
}

interface Place {
  readonly connector?: 'a' | 'b';
  readonly anchor?: string;
}

function object(
  row: number,
  attributes: Attributes,
  rules: readonly SyncRule[],
  { connector = 'a', anchor = String(row) }: Place = {},
): LinkedObject {
  const source = objectOf(attributes);
  const texts = (name: string): readonly string[] => {
    const value = source.get(name);
    return value === null ? [] : (Array.isArray(value) ? value : [value as Scalar]).map(textOfScalar);
  };
  return {
    row: row as CsId,
    order: `${connector}/${anchor}`,
    inScope: rulesInScope(ready(rules, connector), texts, nobody),
    source,
    isReference: (name) => ['manager', 'member'].includes(name),
    referencesOf: (name) => (texts(name).length === 0 ? [] : [{ row: row as CsId, attribute: name }]),
    context: contextOf(),
  };
}

/** Attribute -> values (or where references are listed), the row and the rule that gave them. */
function shown(attributes: MvAttributes): Record<string, unknown> {
  return Object.fromEntries(
    [...attributes].map(([name, found]) => [
      name,
      [
        found.kind === 'values' ? found.values : found.sources.map((from) => `${from.attribute} of ${from.row}`),
        found.row,
        found.rule,
      ],
    ]),
  );
}

const outcome = (...objects: LinkedObject[]): Record<string, unknown> =>
  shown(evaluateInbound(objects, undefined, true));

for (const { name, attributes = { a: 'of a' }, flows, gives } of [
  {
    name: 'the lower precedence number wins',
    flows: [constant('t', 'high'), constant('t', 'low')],
    gives: { t: [['high'], 1, 'rule 1'] },
  },
  {
    name: 'each attribute has its own winner',
    flows: [direct('a'), constant('b', 'x')],
    gives: { a: [['of a'], 1, 'rule 1'], b: [['x'], 1, 'rule 2'] },
  },
  {
    name: 'NULL leaves the attribute to the next rule',
    flows: [expression('t', 'NULL'), constant('t', 'low')],
    gives: { t: [['low'], 1, 'rule 2'] },
  },
  {
    name: 'an absent attribute leaves its target to the next rule',
    flows: [direct('t', 'absent'), constant('t', 'low')],
    gives: { t: [['low'], 1, 'rule 2'] },
  },
  {
    name: 'an attribute that no rule has a value for is absent',
    flows: [direct('t', 'absent'), expression('t', 'NULL')],
    gives: {},
  },
  {
    name: 'AuthoritativeNull leaves the attribute empty, whatever a later rule has',
    flows: [expression('t', 'AuthoritativeNull'), constant('t', 'low')],
    gives: {},
  },
  {
    name: 'AuthoritativeNull takes nothing from an earlier rule',
    flows: [constant('t', 'high'), expression('t', 'AuthoritativeNull')],
    gives: { t: [['high'], 1, 'rule 1'] },
  },
  {
    name: 'IgnoreThisFlow contributes nothing, as if the flow did not exist',
    flows: [expression('t', 'IgnoreThisFlow'), constant('t', 'low')],
    gives: { t: [['low'], 1, 'rule 2'] },
  },
  {
    name: 'empty text from an expression is no value',
    flows: [expression('t', 'Trim("  ")'), constant('t', 'low')],
    gives: { t: [['low'], 1, 'rule 2'] },
  },
  {
    name: 'empty text in the directory is no value',
    attributes: { a: '' },
    flows: [direct('t', 'a'), constant('t', 'low')],
    gives: { t: [['low'], 1, 'rule 2'] },
  },
  {
    name: 'an empty constant is no value',
    flows: [constant('t', ''), constant('t', 'low')],
    gives: { t: [['low'], 1, 'rule 2'] },
  },
  {
    name: 'empty text among several values is left out',
    attributes: { a: ['x', '', 'y'] },
    flows: [direct('t', 'a')],
    gives: { t: [['x', 'y'], 1, 'rule 1'] },
  },
  {
    name: 'False and 0 are values',
    flows: [constant('t', false), constant('t', true), constant('n', 0n), constant('n', 1n)],
    gives: { t: [[false], 1, 'rule 1'], n: [[0n], 1, 'rule 3'] },
  },
  {
    name: 'a winner takes the attribute whole: values of several rules are not mixed',
    attributes: { a: ['x', 'y'], b: ['z'] },
    flows: [direct('t', 'a'), direct('t', 'b')],
    gives: { t: [['x', 'y'], 1, 'rule 1'] },
  },
] satisfies { name: string; attributes?: Attributes; flows: AttributeFlow[]; gives: object }[]) {
  test(name, () => {
    const rules = flows.map((flow, at) => rule(at + 1, [flow]));
    assert.deepEqual(outcome(object(1, attributes, rules)), gives);
  });
}

test('of two flows of one rule to one attribute, the first with a value wins', () => {
  const flows = [direct('t', 'absent'), constant('t', 'second'), constant('t', 'third')];
  assert.deepEqual(outcome(object(1, {}, [rule(1, flows)])), { t: [['second'], 1, 'rule 1'] });
});

test('a rule that is out of scope contributes nothing', () => {
  const scope = [[{ attribute: 'a', operator: 'ISNULL', value: '' }]] as const;
  const rules = [rule(1, [constant('t', 'high')], { scope }), rule(2, [constant('t', 'low')])];
  assert.deepEqual(outcome(object(1, { a: 'x' }, rules)), { t: [['low'], 1, 'rule 2'] });
  assert.deepEqual(outcome(object(1, {}, rules)), { t: [['high'], 1, 'rule 1'] });
});

test('the precedence of rules counts before the order of objects', () => {
  const rules = [rule(1, [direct('a')], { connector: 'b' }), rule(2, [direct('a')], { connector: 'a' })];
  const first = object(1, { a: 'first' }, rules, { connector: 'a' });
  const second = object(2, { a: 'second' }, rules, { connector: 'b' });
  const gives = { a: [['second'], 2, 'rule 1'] };
  assert.deepEqual(outcome(first, second), gives);
  assert.deepEqual(outcome(second, first), gives);
});

test('between objects that one rule reads, the connector that was added first decides, then the anchor', () => {
  const rules = [rule(1, [direct('a'), direct('b')])];
  const early = object(8, { a: 'early' }, rules, { connector: 'a', anchor: 'z' });
  const late = object(3, { a: 'late', b: 'only here' }, rules, { connector: 'b', anchor: 'a' });
  const gives = { a: [['early'], 8, 'rule 1'], b: [['only here'], 3, 'rule 1'] };
  assert.deepEqual(outcome(late, early), gives);
  assert.deepEqual(outcome(early, late), gives);
  const twin = object(1, { a: 'twin' }, rules, { connector: 'a', anchor: 'y' });
  assert.deepEqual(outcome(late, early, twin), { ...gives, a: [['twin'], 1, 'rule 1'] });
});

test('a rule that stands before another in its file stands before it in every connector', () => {
  const rules = [rule(1, [direct('a', 'x')]), rule(2, [direct('a', 'y')])];
  const early = object(1, { y: 'of the second rule' }, rules, { connector: 'a' });
  const late = object(2, { x: 'of the first rule' }, rules, { connector: 'b' });
  assert.deepEqual(outcome(early, late), { a: [['of the first rule'], 2, 'rule 1'] });
});

test('AuthoritativeNull of one object leaves the attribute empty, whatever a later object has', () => {
  const rules = [
    rule(1, [expression('t', 'IIF(IsPresent([a]), AuthoritativeNull, NULL)')]),
    rule(2, [direct('t', 'b')]),
  ];
  const silencing = object(1, { a: 'x' }, rules, { connector: 'b' });
  const speaking = object(2, { b: 'value' }, rules, { connector: 'a' });
  assert.deepEqual(outcome(speaking), { t: [['value'], 2, 'rule 2'] });
  assert.deepEqual(outcome(speaking, silencing), {});
});

test('a reference attribute flows as the place of its values', () => {
  const attributes = { manager: new Reference('CN=Boss'), member: [] };
  const rules = [rule(1, [direct('manager'), direct('owner', 'member')])];
  assert.deepEqual(outcome(object(5, attributes, rules)), { manager: [['manager of 5'], 5, 'rule 1'] });
});

test('a reference attribute without values leaves its target to the next rule', () => {
  const rules = [rule(1, [direct('t', 'manager')]), rule(2, [direct('t', 'member')])];
  const attributes = { member: [new Reference('CN=Ada')] };
  assert.deepEqual(outcome(object(5, attributes, rules)), { t: [['member of 5'], 5, 'rule 2'] });
});

test('an expression that hands references on as they are hands on where they are listed', () => {
  const text = 'IIF(ValueCount("member") > 1, Error("too many"), IIF([cn] = "boss", [manager], [member]))';
  const member = [new Reference('CN=Ada')];
  const manager = new Reference('CN=Boss');
  const rules = [rule(1, [expression('t', text)])];
  assert.deepEqual(outcome(object(5, { member, manager, cn: 'x' }, rules)), { t: [['member of 5'], 5, 'rule 1'] });
  assert.deepEqual(outcome(object(5, { member, manager, cn: 'boss' }, rules)), { t: [['manager of 5'], 5, 'rule 1'] });
  assert.deepEqual(outcome(object(5, { member, cn: 'boss' }, rules)), {}, 'there is no manager');
  const many = object(5, { member: [...member, new Reference('CN=Grace')] }, rules);
  assert.throws(() => outcome(many), /too many/);
});

test('an expression that chooses between references and a value gives what it chose', () => {
  const rules = [rule(1, [expression('t', 'IIF(IsPresent([cn]), [cn], [manager])')])];
  const manager = new Reference('CN=Boss');
  assert.deepEqual(outcome(object(5, { manager, cn: 'x' }, rules)), { t: [['x'], 5, 'rule 1'] });
  assert.deepEqual(outcome(object(5, { manager }, rules)), { t: [['manager of 5'], 5, 'rule 1'] });
});

test('an expression that fails, fails the object', () => {
  const rules = [rule(1, [expression('t', 'Error("no anchor")')])];
  assert.throws(
    () => evaluateInbound([object(1, {}, rules)], undefined, true),
    (error) => error instanceof ExpressionError && error.kind === 'runtime' && error.message.includes('no anchor'),
  );
});

test('an expression that would fail is not evaluated when an earlier rule decided', () => {
  const rules = [rule(1, [constant('t', 'x')]), rule(2, [expression('t', 'Error("never reached")')])];
  assert.deepEqual(outcome(object(1, {}, rules)), { t: [['x'], 1, 'rule 1'] });
});

test('nothing is made of no objects', () => assert.deepEqual(evaluateInbound([], undefined, true), new Map()));

test('the rules in scope are those whose filter takes the object in, by precedence', () => {
  const scope = [[{ attribute: 'a', operator: 'EQUAL', value: 'X' }]] as const;
  const rules = [rule(1, []), rule(2, [], { scope }), rule(3, [])];
  const names = (attributes: Attributes): string[] =>
    object(1, attributes, rules).inScope.map((found) => found.rule.name);
  assert.deepEqual(names({ a: 'x' }), ['rule 1', 'rule 2', 'rule 3']);
  assert.deepEqual(names({ a: 'y' }), ['rule 1', 'rule 3']);
});

test('of many rules those in scope are told apart, wherever they stand', () => {
  const scope = (at: number) => [[{ attribute: `a${at}`, operator: 'ISNOTNULL' as const, value: '' }]];
  const all = ready(Array.from({ length: 70 }, (_, at) => rule(at + 1, [], { scope: scope(at + 1) })));
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 70 }), { maxLength: 8 }), (numbers) => {
      const texts = (name: string): string[] => (numbers.includes(Number(name.slice(1))) ? ['x'] : []);
      const found = rulesInScope(all, texts, nobody);
      assert.deepEqual(
        found.map(({ rule: { name } }) => name),
        [...numbers].sort((a, b) => a - b).map((number) => `rule ${number}`),
      );
      assert.equal(rulesInScope(all, texts, nobody), found, 'the same rules are the same list');
    }),
  );
});

for (const { linkType, joins, links, keeps } of [
  { linkType: 'Provision', joins: false, links: true, keeps: true },
  { linkType: 'Provision', joins: true, links: true, keeps: true },
  { linkType: 'Join', joins: true, links: true, keeps: false },
  { linkType: 'StickyJoin', joins: true, links: true, keeps: true },
  { linkType: 'Join', joins: false, links: false, keeps: false },
  { linkType: 'StickyJoin', joins: false, links: false, keeps: false },
] as const) {
  test(`a ${linkType} rule ${joins ? 'with' : 'without'} join criteria ${links ? 'can' : 'never'} link, and ${keeps ? 'keeps' : 'does not keep'} the object alive`, () => {
    const join = joins ? [[{ csAttribute: 'mail', mvAttribute: 'mail', caseSensitive: false }]] : [];
    const [found] = ready([rule(1, [], { linkType, join })]);
    assert.deepEqual([found!.isLinking, found!.keepsAlive], [links, keeps]);
  });
}

const mergeRows: readonly { name: string; attributes: Attributes; flows: readonly AttributeFlow[]; gives: object }[] = [
  {
    name: 'merged values are those of all rules, and the first of them stands for the attribute',
    attributes: { a: ['x', 'y'], b: ['y', 'z'] },
    flows: [merged(direct('t', 'a')), merged(direct('t', 'b'))],
    gives: { t: [['x', 'y', 'z'], 1, 'rule 1'] },
  },
  {
    name: 'merged values that differ in case are one where case does not count',
    attributes: { a: ['Ada@X'], b: ['ada@x', 'B'] },
    flows: [merged(direct('t', 'a'), 'MergeCaseInsensitive'), merged(direct('t', 'b'), 'MergeCaseInsensitive')],
    gives: { t: [['Ada@X', 'B'], 1, 'rule 1'] },
  },
  {
    name: 'Replace means what Update means: one wins',
    attributes: { a: ['x'], b: ['y'] },
    flows: [merged(direct('t', 'a'), 'Replace'), merged(direct('t', 'b'), 'Replace')],
    gives: { t: [['x'], 1, 'rule 1'] },
  },
  {
    name: 'a rule that merges nothing of its own leaves the others their values',
    attributes: { b: ['y'] },
    flows: [merged(direct('t', 'a')), merged(direct('t', 'b'))],
    gives: { t: [['y'], 1, 'rule 2'] },
  },
  {
    name: 'AuthoritativeNull before every merged value leaves the attribute empty',
    attributes: { b: ['y'] },
    flows: [merged(expression('t', 'AuthoritativeNull')), merged(direct('t', 'b'))],
    gives: {},
  },
  {
    name: 'AuthoritativeNull after a merged value takes nothing from it, and later values still join it',
    attributes: { a: ['x'], b: ['y'] },
    flows: [merged(direct('t', 'a')), merged(expression('t', 'AuthoritativeNull')), merged(direct('t', 'b'))],
    gives: { t: [['x', 'y'], 1, 'rule 1'] },
  },
  {
    name: 'a merged value given twice by one rule is one value',
    attributes: { a: ['x', 'x'] },
    flows: [merged(direct('t', 'a'))],
    gives: { t: [['x'], 1, 'rule 1'] },
  },
];

for (const { name, attributes, flows, gives } of mergeRows) {
  test(name, () => {
    const rules = flows.map((flow, at) => rule(at + 1, [flow]));
    assert.deepEqual(outcome(object(1, attributes, rules)), gives);
  });
}

test('values of several objects are merged, and references of several objects are listed together', () => {
  const rules = [rule(1, [merged(direct('a')), merged(direct('member'))])];
  const member = [new Reference('CN=x')];
  const first = object(7, { a: ['x', 'y'], member }, rules, { connector: 'a' });
  const second = object(3, { a: ['y', 'z'], member }, rules, { connector: 'b' });
  assert.deepEqual(outcome(second, first), {
    a: [['x', 'y', 'z'], 7, 'rule 1'],
    member: [['member of 7', 'member of 3'], 7, 'rule 1'],
  });
});

const stored = (values: Record<string, { value: string; rule: string; row?: number }>): StoredMvAttributes =>
  new Map(
    Object.entries(values).map(([name, { value, rule: from, row = 9 }]) => [
      name,
      { kind: 'values', values: [value], row: row as CsId, rule: from, since: 5 as EpochMs },
    ]),
  );
const afterwards = (before: StoredMvAttributes | undefined, isNew: boolean, ...objects: LinkedObject[]): object =>
  shown(evaluateInbound(objects, before, isNew));

test('IgnoreThisFlow leaves what was there, when nobody else contributes', () => {
  const before = stored({ t: { value: 'old', rule: 'whoever' } });
  const alone = [rule(1, [expression('t', 'IgnoreThisFlow')])];
  assert.deepEqual(afterwards(before, false, object(1, {}, alone)), { t: [['old'], 9, 'whoever'] });
  assert.deepEqual(afterwards(undefined, true, object(1, {}, alone)), {});
  const other = [...alone, rule(2, [constant('t', 'low')])];
  assert.deepEqual(afterwards(before, false, object(1, {}, other)), { t: [['low'], 1, 'rule 2'] });
  const empty = [...alone, rule(2, [expression('t', 'AuthoritativeNull')])];
  assert.deepEqual(afterwards(before, false, object(1, {}, empty)), {});
});

test('NULL does not leave what was there', () => {
  const before = stored({ t: { value: 'old', rule: 'rule 1' } });
  assert.deepEqual(afterwards(before, false, object(1, {}, [rule(1, [expression('t', 'NULL')])])), {});
});

test('a flow that is to happen once happens when the object is made, and its value stays', () => {
  const rules = [rule(1, [once(direct('t', 'a'))])];
  assert.deepEqual(afterwards(undefined, true, object(1, { a: 'first' }, rules)), { t: [['first'], 1, 'rule 1'] });
  const before = stored({ t: { value: 'first', rule: 'rule 1' } });
  assert.deepEqual(afterwards(before, false, object(1, { a: 'second' }, rules)), { t: [['first'], 9, 'rule 1'] });
  assert.deepEqual(
    afterwards(stored({}), false, object(1, { a: 'second' }, rules)),
    {},
    'an object that is there already',
  );
});

test('a flow that is to happen once does not bring back what another rule gave', () => {
  const before = stored({ t: { value: 'of another', rule: 'rule 2' } });
  const rules = [rule(1, [once(direct('t', 'a'))]), rule(2, [direct('t', 'b')])];
  assert.deepEqual(afterwards(before, false, object(1, { a: 'x' }, rules)), {});
  assert.deepEqual(afterwards(before, false, object(1, { a: 'x', b: 'now' }, rules)), { t: [['now'], 1, 'rule 2'] });
});

test('what happened once goes on to win by its precedence', () => {
  const before = stored({ t: { value: 'first', rule: 'rule 1' } });
  const rules = [rule(1, [once(direct('t', 'a'))]), rule(2, [constant('t', 'low')])];
  assert.deepEqual(afterwards(before, false, object(1, {}, rules)), { t: [['first'], 9, 'rule 1'] });
  const later = [rule(1, [direct('t', 'b')]), rule(2, [once(direct('t', 'a'))])];
  const seeded = stored({ t: { value: 'first', rule: 'rule 2' } });
  assert.deepEqual(afterwards(seeded, false, object(1, { b: 'high' }, later)), { t: [['high'], 1, 'rule 1'] });
});

test('an expression that makes nothing of nothing is asked as soon as one of its attributes is there', () => {
  const rules = [
    rule(1, [expression('t', 'Trim([a]) & Trim([b])'), expression('u', 'IIF(IsPresent([a]), NULL, "no a")')]),
  ];
  assert.deepEqual(outcome(object(1, {}, rules)), { u: [['no a'], 1, 'rule 1'] });
  assert.deepEqual(outcome(object(1, { b: 'x' }, rules)), { t: [['x'], 1, 'rule 1'], u: [['no a'], 1, 'rule 1'] });
  assert.deepEqual(outcome(object(1, { a: 'y' }, rules)), { t: [['y'], 1, 'rule 1'] });
});

const results = fc.constantFrom('NULL', 'AuthoritativeNull', 'IgnoreThisFlow', '""', '"x"', '[a]', '[b]');
const ruleLists = fc
  .array(fc.array(fc.tuple(fc.constantFrom('s', 't', 'u'), results), { maxLength: 4 }), { maxLength: 5 })
  .map((lists) =>
    lists.map((flows, at) =>
      rule(
        at + 1,
        flows.map(([target, text]) => expression(target, text)),
      ),
    ),
  );
const attributeSets = fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('p', 'q', ''), {
  noNullPrototype: true,
});

test('what objects make up does not depend on the order in which they are given', () => {
  fc.assert(
    fc.property(
      ruleLists,
      fc.array(attributeSets, { maxLength: 4 }).chain((sets) => {
        const rows = sets.map((attributes, at) => ({ attributes, row: at + 1 }));
        return fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length }));
      }),
      (rules, [rows, shuffled]) => {
        const objects = (list: typeof rows) => list.map(({ attributes, row }) => object(row, attributes, rules));
        assert.deepEqual(outcome(...objects(shuffled)), outcome(...objects(rows)));
      },
    ),
  );
});

test('an object that no rule takes in changes nothing', () => {
  const before = stored({ s: { value: 'old', rule: 'rule 2' }, t: { value: 'old', rule: 'rule 9' } });
  fc.assert(
    fc.property(ruleLists, attributeSets, fc.boolean(), (rules, attributes, isNew) => {
      const alone = object(1, attributes, rules);
      const bystander = object(2, attributes, [], { connector: 'b' });
      const wanted = afterwards(before, isNew, alone);
      assert.deepEqual(afterwards(before, isNew, bystander, alone), wanted);
    }),
  );
});

test('a value comes from the lowest precedence number that has one, unless AuthoritativeNull comes first', () => {
  fc.assert(
    fc.property(ruleLists, attributeSets, (rules, attributes) => {
      const found = evaluateInbound([object(1, attributes, rules)], undefined, true);
      for (const target of ['s', 't', 'u']) {
        const speaks = rules.find((one) =>
          evaluateInbound([object(1, attributes, [one])], undefined, true).has(target),
        );
        const silences = rules.find((one) =>
          one.flows.some(({ target: to, source }) => to === target && isAuthoritativeNull(source)),
        );
        const isHeard = speaks !== undefined && (silences === undefined || speaks.precedence <= silences.precedence);
        assert.equal(found.get(target)?.rule, isHeard ? speaks.name : undefined);
      }
    }),
  );
});

function isAuthoritativeNull(source: AttributeFlow['source']): boolean {
  return source.kind === 'expression' && source.expression.text === 'AuthoritativeNull';
}
