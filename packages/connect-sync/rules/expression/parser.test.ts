import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ExpressionError } from './error.ts';
import { argumentLimit, nestingLimit, parseExpression } from './parser.ts';
import { type Node, type Operator, operatorLevels, print } from './syntax-tree.ts';

for (const [text, printed, name] of [
  ['2+5*3', '2 + 5 * 3', 'arithmetic operators have one priority'],
  ['a(1)=2+3&&True', 'a(1) = 2 + 3 && True', 'arithmetic binds more than comparison, comparison more than logic'],
  ['(1+2)*3', '(1 + 2) * 3', 'brackets group'],
  ['((1))', '1', 'brackets around one value are nothing'],
  ['1 - -5', '1 - -5', 'a minus before a number belongs to the number'],
  ['5-3', '5 - 3', 'a minus between values is an operator'],
  ['&H1F', '31', 'a hexadecimal number starts with &H'],
  ['&hFF', undefined, 'the H of a hexadecimal number is upper case'],
  ['"a"&"b"', '"a" & "b"', '& joins'],
  ['&H80000000', '2147483648', 'a hexadecimal number is no signed 32-bit number'],
  ['&HFFFFFFFFFFFFFFFF', '-1', 'sixteen hexadecimal digits are the bits of the number'],
  ['-9223372036854775808', '-9223372036854775808', 'the smallest number can be written'],
  ['"say ""hi"""', '"say ""hi"""', 'a quote is doubled'],
  ['"a\\\\b"', '"a\\\\b"', 'a backslash may be doubled'],
  ['"\\n"', '"\\\\n"', 'a backslash before another character stands for itself'],
  ['[mS-DS-ConsistencyGuid]', '[mS-DS-ConsistencyGuid]', 'attribute names may have hyphens'],
  ['%Domain.FQDN%', '%Domain.FQDN%', 'parameter names may have dots'],
  ['NULL', 'NULL', 'NULL is a constant'],
  ['\r\n Trim (\t[cn]\n)', 'Trim([cn])', 'white space means nothing between tokens'],
  ['Now()', 'Now()', 'a function may have no argument'],
] as const) {
  test(`${text}: ${name}`, () => {
    if (printed === undefined) assert.throws(() => parseExpression(text), ExpressionError);
    else assert.equal(print(parseExpression(text)), printed);
  });
}

for (const [text, column, message] of [
  ['', 1, /not the end of the expression/],
  ['1 +', 4, /a value should stand here/],
  ['Trim([cn]', 10, /"," or "\)" should stand here, in the arguments of Trim/],
  ['Trim([cn],)', 11, /a value should stand here, not "\)"/],
  ['(1', 3, /the bracket of column 1 is not closed/],
  ['1)', 2, /an operator or the end should stand before "\)"/],
  ['[cn', 1, /\[name\]/],
  ['[my attribute]', 1, /no spaces/],
  ['[]', 1, /\[name\]/],
  ['%x', 1, /%Name%/],
  ['"abc', 1, /no closing quote/],
  ['“abc”', 1, /straight double quotes/],
  ["'abc'", 1, /double quotes/],
  ['$1', 1, /\$name/],
  ['12abc', 3, /followed by no letter/],
  ['1.5', 2, /whole/],
  ['-[a]', 1, /directly before a number/],
  ['6/2', 2, /no division/],
  ['!True', 1, /= False/],
  ['IIF(True;1;2)', 9, /separated by a comma/],
  ['9223372036854775808', 1, /64 bits/],
  ['-9223372036854775809', 1, /64 bits/],
  ['99999999999999999999999999', 1, /64 bits/],
  ['&H1FFFFFFFFFFFFFFFF', 1, /64 bits/],
  ['@', 1, /no token/],
] as const) {
  test(`${text || 'the empty text'} is refused at column ${column}`, () => {
    assert.throws(
      () => parseExpression(text),
      (error) =>
        error instanceof ExpressionError &&
        error.kind === 'parse' &&
        error.code === 'expression-syntax' &&
        error.column === column &&
        message.test(error.message),
    );
  });
}

const refusedAs = (code: string) => (error: unknown) => error instanceof ExpressionError && error.code === code;

test('expressions nest to a limit', () => {
  const nested = (depth: number) => `${'Trim('.repeat(depth - 1)}"x"${')'.repeat(depth - 1)}`;
  parseExpression(nested(nestingLimit));
  assert.throws(() => parseExpression(nested(nestingLimit + 1)), refusedAs('expression-too-deep'));
});

test('a function has a limited number of arguments', () => {
  const call = (count: number) => `Switch(${Array.from({ length: count }, () => '1').join()})`;
  parseExpression(call(argumentLimit));
  assert.throws(() => parseExpression(call(argumentLimit + 1)), refusedAs('expression-syntax'));
});

test('an expression has a limited length', () => {
  parseExpression(`"${'x'.repeat(65_534)}"`);
  assert.throws(() => parseExpression(`"${'x'.repeat(65_535)}"`), refusedAs('expression-too-long'));
});

test('a chain of operators may be as long as the text', () => {
  const tree = parseExpression(`1${'+1'.repeat(32_000)}`);
  assert.equal(tree.kind === 'chain' && tree.rest.length, 32_000);
});

const operators = Object.keys(operatorLevels) as Operator[];
const names = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,5}$/);
const leaves: fc.Arbitrary<Node> = fc.oneof(
  fc
    .oneof(fc.string({ unit: 'binary' }), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.boolean())
    .map((value): Node => ({ kind: 'literal', value, column: 0 })),
  fc.constantFrom<Node>(
    { kind: 'constant', name: 'NULL', column: 0 },
    { kind: 'constant', name: 'IgnoreThisFlow', column: 0 },
  ),
  fc
    .tuple(fc.constantFrom('attribute', 'parameter', 'variable'), names)
    .map(([kind, name]): Node => ({ kind, name, column: 0 })),
);
const { tree: trees } = fc.letrec<{ tree: Node }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    leaves,
    fc
      .tuple(names, fc.array(tie('tree'), { maxLength: 3 }))
      .map(([name, values]): Node => ({ kind: 'call', name, arguments: values, column: 0 })),
    fc.tuple(fc.constantFrom(...operators), tie('tree'), fc.array(tie('tree'), { minLength: 1, maxLength: 3 })).map(
      ([operator, first, operands]): Node => ({
        kind: 'chain',
        level: operatorLevels[operator],
        first,
        rest: operands.map((operand) => ({ operator, operand, column: 0 })),
        column: 0,
      }),
    ),
  ),
}));

test('what is printed is read back as the same tree', () => {
  fc.assert(
    fc.property(trees, (tree) => {
      assert.deepEqual(withoutColumns(parseExpression(print(tree))), withoutColumns(tree));
    }),
    { numRuns: 500, seed: 1 },
  );
});

function withoutColumns(tree: Node): unknown {
  return JSON.parse(
    JSON.stringify(tree, (key, value: unknown) =>
      key === 'column' ? undefined : typeof value === 'bigint' ? `${value}n` : value,
    ),
  );
}
