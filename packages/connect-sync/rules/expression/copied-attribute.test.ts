import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileExpression } from './compile.ts';
import { ExpressionError } from './error.ts';
import { contextOf } from './sample-object.ts';

/** An object of which references may be counted and never read. */
const source = {
  get: (name: string) => {
    if (name === 'member' || name === 'manager') assert.fail(`${name} was read`);
    return name === 'kind' ? 'big' : name === 'mails' ? ['a', 'b'] : null;
  },
  imported: () => null,
  count: (name: string) => (name === 'member' ? 50_001 : 0),
};

const copied = (text: string): string | undefined => compileExpression(text).copiedFrom(source, contextOf());

for (const [text, attribute, because] of [
  ['[member]', 'member', 'the expression is the attribute'],
  ['IIF([kind] = "big", [member], NULL)', 'member', 'the branch that is taken is the attribute'],
  ['IIF([kind] = "small", [member], NULL)', undefined, 'the other branch is not'],
  ['IIF([kind] = "small", [member], [manager])', 'manager', 'both branches may be attributes'],
  ['Switch([kind] = "small", [manager], True, [member])', 'member', 'a value of Switch may be the attribute'],
  ['With($k, [kind], IIF($k = "big", [member], $k))', 'member', 'the result of With may be the attribute'],
  ['IIF(ValueCount("member") > 60000, Error("too many"), [member])', 'member', 'a count needs no values'],
  ['IIF([kind] = "big", "text", [member])', undefined, 'a text is no attribute'],
  ['IIF([kind] = "big", IgnoreThisFlow, [member])', undefined, 'nor is IgnoreThisFlow'],
  ['IIF([mails] = "a", [member], NULL)', undefined, 'a condition about several values looks at each'],
  ['Trim([kind])', undefined, 'what is computed is not copied'],
] as const) {
  test(`${text} hands on ${attribute ?? 'nothing'}: ${because}`, () => assert.equal(copied(text), attribute));
}

test('an expression says which attributes it may hand on', () => {
  const text = 'IIF([a] = "x", [b], Switch(IsPresent([c]), [d], True, With($v, [e], Trim([f]))))';
  assert.deepEqual(compileExpression(text).copyable, ['b', 'd']);
  assert.deepEqual(compileExpression('Trim([a])').copyable, []);
});

test('a condition that fails on the way fails', () => {
  assert.throws(() => copied('IIF(CNum([kind]) = 1, [member], NULL)'), ExpressionError);
});

test('an Error that is reached is the matter of the evaluation itself', () => {
  const text = 'IIF(ValueCount("member") > 50000, Error("too many"), [member])';
  assert.equal(copied(text), undefined);
  assert.throws(() => compileExpression(text).evaluate(source, contextOf()), /too many/);
});
