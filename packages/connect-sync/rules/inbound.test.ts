import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CsId } from '../connector-space/store.ts';
import { textOfScalar } from '../metaverse/encoding.ts';
import { compileExpression } from './expression/compile.ts';
import { ExpressionError } from './expression/error.ts';
import { type Attributes, contextOf, objectOf } from './expression/sample-object.ts';
import { Reference, type Scalar } from './expression/value.ts';
import { evaluateInbound, isLinking, type LinkedObject, rulesInScope } from './inbound.ts';
import type { AttributeFlow, SyncRule } from './rule.ts';

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

function rule(precedence: number, flows: readonly AttributeFlow[], more: Partial<SyncRule> = {}): SyncRule {
  return {
    name: `rule ${precedence}`,
    precedence,
    direction: 'inbound',
    connectorKind: 'active-directory',
    sourceObjectType: 'user',
    targetObjectType: 'person',
    linkType: 'Join',
    scope: [],
    join: [],
    flows,
    ...more,
  };
}

function object(row: number, attributes: Attributes, rules: readonly SyncRule[], order = `1/${row}`): LinkedObject {
  const source = objectOf(attributes);
  return {
    row: row as CsId,
    order,
    rules,
    source,
    isReference: (name) => ['manager', 'member'].includes(name),
    texts: (name) => {
      const value = source.get(name);
      return value === null ? [] : (Array.isArray(value) ? value : [value as Scalar]).map(textOfScalar);
    },
    context: contextOf(),
  };
}

/** Attribute -> values and the rule that gave them. */
function outcome(...objects: LinkedObject[]): Record<string, unknown> {
  return Object.fromEntries(
    [...evaluateInbound(objects)].map(([name, found]) => [
      name,
      [found.kind === 'values' ? found.values : `references of ${found.attribute}`, found.row, found.rule],
    ]),
  );
}

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
  const first = object(1, { a: 'first' }, [rule(2, [direct('a')])], '1/a');
  const second = object(2, { a: 'second' }, [rule(1, [direct('a')])], '2/a');
  assert.deepEqual(outcome(first, second), { a: [['second'], 2, 'rule 1'] });
});

test('between objects that one rule reads, connector and anchor decide', () => {
  const rules = [rule(1, [direct('a'), direct('b')])];
  const first = object(8, { a: 'first' }, rules, '1/b');
  const second = object(3, { a: 'second', b: 'only here' }, rules, '2/a');
  assert.deepEqual(outcome(second, first), {
    a: [['first'], 8, 'rule 1'],
    b: [['only here'], 3, 'rule 1'],
  });
});

test('a reference attribute flows as the place of its values', () => {
  const attributes = { manager: new Reference('CN=Boss'), member: [] };
  const rules = [rule(1, [direct('manager'), direct('owner', 'member')])];
  assert.deepEqual(outcome(object(5, attributes, rules)), { manager: ['references of manager', 5, 'rule 1'] });
});

test('a reference attribute without values leaves its target to the next rule', () => {
  const rules = [rule(1, [direct('t', 'manager')]), rule(2, [direct('t', 'member')])];
  const attributes = { member: [new Reference('CN=Ada')] };
  assert.deepEqual(outcome(object(5, attributes, rules)), { t: ['references of member', 5, 'rule 2'] });
});

test('an expression that fails, fails the object', () => {
  const rules = [rule(1, [expression('t', 'Error("no anchor")')])];
  assert.throws(
    () => evaluateInbound([object(1, {}, rules)]),
    (error) => error instanceof ExpressionError && error.kind === 'runtime' && error.message.includes('no anchor'),
  );
});

test('an expression that would fail is not evaluated when an earlier rule decided', () => {
  const rules = [rule(1, [constant('t', 'x')]), rule(2, [expression('t', 'Error("never reached")')])];
  assert.deepEqual(outcome(object(1, {}, rules)), { t: [['x'], 1, 'rule 1'] });
});

test('nothing is made of no objects', () => assert.deepEqual(evaluateInbound([]), new Map()));

test('the rules in scope are those whose filter takes the object in, by precedence', () => {
  const scope = [[{ attribute: 'a', operator: 'EQUAL', value: 'X' }]] as const;
  const rules = [rule(1, []), rule(2, [], { scope }), rule(3, [])];
  const names = (attributes: Attributes): string[] =>
    rulesInScope(object(1, attributes, rules)).map((found) => found.name);
  assert.deepEqual(names({ a: 'x' }), ['rule 1', 'rule 2', 'rule 3']);
  assert.deepEqual(names({ a: 'y' }), ['rule 1', 'rule 3']);
});

for (const { linkType, joins, links } of [
  { linkType: 'Provision', joins: false, links: true },
  { linkType: 'Provision', joins: true, links: true },
  { linkType: 'Join', joins: true, links: true },
  { linkType: 'StickyJoin', joins: true, links: true },
  { linkType: 'Join', joins: false, links: false },
  { linkType: 'StickyJoin', joins: false, links: false },
] as const) {
  test(`a ${linkType} rule ${joins ? 'with' : 'without'} join criteria ${links ? 'can' : 'never'} link`, () => {
    const join = joins ? [[{ csAttribute: 'mail', mvAttribute: 'mail', caseSensitive: false }]] : [];
    assert.equal(isLinking(rule(1, [], { linkType, join })), links);
  });
}

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
        assert.deepEqual(evaluateInbound(objects(shuffled)), evaluateInbound(objects(rows)));
      },
    ),
  );
});

test('a value comes from the lowest precedence number that has one, unless AuthoritativeNull comes first', () => {
  fc.assert(
    fc.property(ruleLists, attributeSets, (rules, attributes) => {
      const found = evaluateInbound([object(1, attributes, rules)]);
      for (const target of ['s', 't', 'u']) {
        const speaks = rules.find((one) => evaluateInbound([object(1, attributes, [one])]).has(target));
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
