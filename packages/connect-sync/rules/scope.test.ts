import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Scope, type ScopeClause, type ScopeOperator, scopeOperators } from './rule.ts';
import { compileScope, type ScopeContext } from './scope.ts';

/** Membership is asked of the context alone: an object without values is a member of nothing. */
const noContext: ScopeContext = { parameters: new Map(), isMemberOf: () => false };

function holds(values: readonly string[], operator: ScopeOperator, value = '', context = noContext): boolean {
  const test = compileScope([[{ attribute: 'a', operator, value }]]);
  return test((name) => (name === 'a' ? values : []), context);
}

type Row = readonly [values: readonly string[], operator: ScopeOperator, value: string, holds: boolean, why: string];

const securityGroup = '-2147483646';

const rows: readonly Row[] = [
  [['User'], 'EQUAL', 'User', true, 'the texts are the same'],
  [['TRUE'], 'EQUAL', 'True', true, 'case does not matter'],
  [['User'], 'EQUAL', 'Use', false, 'the whole text counts'],
  [['7'], 'EQUAL', '07', false, 'numbers are equal as texts'],
  [['a', 'b'], 'EQUAL', 'B', true, 'one of several values is enough'],
  [['User'], 'NOTEQUAL', 'user', false, 'case does not matter'],
  [['User'], 'NOTEQUAL', 'Contact', true, 'the texts differ'],
  [['a', 'b'], 'NOTEQUAL', 'b', false, 'no value may be the same'],
  [['a', 'b'], 'NOTEQUAL', 'c', true, 'no value is the same'],

  [['9'], 'LESSTHAN', '10', true, 'integers compare as numbers'],
  [['10'], 'LESSTHAN', '9', false, 'integers compare as numbers'],
  [['10'], 'LESSTHAN', '10', false, 'equal is not less'],
  [['-3'], 'LESSTHAN', '-2', true, 'integers have a sign'],
  [['10'], 'LESSTHAN', '9x', true, 'what is no integer compares as text'],
  [['apple'], 'LESSTHAN', 'Banana', true, 'text compares without regard to case'],
  [['9223372036854775806'], 'LESSTHAN', '9223372036854775807', true, '64-bit integers compare exactly'],
  [['12', '3'], 'LESSTHAN', '5', true, 'one of several values is enough'],
  [['10'], 'LESSTHAN_OR_EQUAL', '10', true, 'equal counts'],
  [['07'], 'LESSTHAN_OR_EQUAL', '7', true, 'integers compare as numbers'],
  [['11'], 'LESSTHAN_OR_EQUAL', '10', false, 'greater does not count'],
  [['10'], 'GREATERTHAN', '9', true, 'integers compare as numbers'],
  [['10'], 'GREATERTHAN', '10', false, 'equal is not greater'],
  [['b'], 'GREATERTHAN', 'A', true, 'text compares without regard to case'],
  [['10'], 'GREATERTHAN_OR_EQUAL', '10', true, 'equal counts'],
  [['9'], 'GREATERTHAN_OR_EQUAL', '10', false, 'less does not count'],

  [['svc-Backup-1'], 'CONTAINS', 'backup', true, 'case does not matter'],
  [['svc'], 'CONTAINS', 'backup', false, 'the text does not occur'],
  [['x', 'a backup'], 'CONTAINS', 'backup', true, 'one of several values is enough'],
  [['svc-Backup-1'], 'NOTCONTAINS', 'backup', false, 'the text occurs'],
  [['x', 'a backup'], 'NOTCONTAINS', 'backup', false, 'no value may contain it'],
  [['x', 'y'], 'NOTCONTAINS', 'backup', true, 'no value contains it'],
  [['User_42'], 'STARTSWITH', 'user_', true, 'case does not matter'],
  [['a User_'], 'STARTSWITH', 'User_', false, 'only the start counts'],
  [['User_42'], 'NOTSTARTSWITH', 'user_', false, 'case does not matter'],
  [['a', 'User_'], 'NOTSTARTSWITH', 'User_', false, 'no value may start with it'],
  [['a User_'], 'NOTSTARTSWITH', 'User_', true, 'only the start counts'],
  [['ada@CORP.example'], 'ENDSWITH', '@corp.example', true, 'case does not matter'],
  [['ada@corp.example.net'], 'ENDSWITH', '@corp.example', false, 'only the end counts'],
  [['ada@corp.example'], 'NOTENDSWITH', '@CORP.example', false, 'case does not matter'],
  [['ada@corp.example.net'], 'NOTENDSWITH', '@corp.example', true, 'only the end counts'],

  [['x'], 'ISNULL', '', false, 'the attribute is there'],
  [['x'], 'ISNULL', 'x', false, 'the value of the clause is ignored'],
  [['x'], 'ISNOTNULL', '', true, 'the attribute is there'],
  [['x'], 'ISNOTNULL', 'y', true, 'the value of the clause is ignored'],
  [['top', 'User'], 'ISIN', 'user', true, 'it is among the values, whatever its case'],
  [['top', 'User'], 'ISIN', 'use', false, 'it is not among the values'],
  [['top', 'User'], 'ISNOTIN', 'USER', false, 'it is among the values, whatever its case'],
  [['top', 'User'], 'ISNOTIN', 'contact', true, 'it is not among the values'],

  [['514'], 'ISBITSET', '2', true, 'the bit is set'],
  [['512'], 'ISBITSET', '2', false, 'the bit is not set'],
  [['4'], 'ISBITSET', '6', true, 'one bit of a mask is enough'],
  [[securityGroup], 'ISBITSET', '2147483648', true, 'a negative number has the bits of its two’s complement'],
  [[securityGroup], 'ISBITSET', '-2147483648', true, 'a mask may be negative too'],
  [['8'], 'ISBITSET', '-2147483648', false, 'a distribution group lacks the bit'],
  [['4294967296'], 'ISBITSET', '4294967296', true, 'bits beyond 32 count'],
  [['4294967297'], 'ISBITSET', '4294967296', true, 'bits beyond 32 count'],
  [['1'], 'ISBITSET', '4294967296', false, 'bits are not cut to 32'],
  [['-9223372036854775808'], 'ISBITSET', '-9223372036854775808', true, 'the 64th bit counts'],
  [['many'], 'ISBITSET', '2', false, 'what is no integer has no bits'],
  [['514'], 'ISBITSET', '0', false, 'an empty mask has no bits'],
  [['514'], 'ISBITNOTSET', '2', false, 'the bit is set'],
  [['512'], 'ISBITNOTSET', '2', true, 'the bit is not set'],
  [['512', '514'], 'ISBITNOTSET', '2', false, 'no value may have the bit'],
  [[securityGroup], 'ISBITNOTSET', '2147483648', false, 'a negative number has the bits of its two’s complement'],
];

for (const [values, operator, value, expected, why] of rows) {
  test(`${JSON.stringify(values)} ${operator} ${JSON.stringify(value)} is ${expected}: ${why}`, () => {
    assert.equal(holds(values, operator, value), expected);
  });
}

const holdsForAbsent: Readonly<Record<ScopeOperator, boolean>> = {
  EQUAL: false,
  NOTEQUAL: true,
  LESSTHAN: false,
  LESSTHAN_OR_EQUAL: false,
  GREATERTHAN: false,
  GREATERTHAN_OR_EQUAL: false,
  CONTAINS: false,
  NOTCONTAINS: true,
  STARTSWITH: false,
  NOTSTARTSWITH: true,
  ENDSWITH: false,
  NOTENDSWITH: true,
  ISNULL: true,
  ISNOTNULL: false,
  ISIN: false,
  ISNOTIN: true,
  ISBITSET: false,
  ISBITNOTSET: true,
  ISMEMBEROF: false,
  ISNOTMEMBEROF: true,
};

for (const operator of scopeOperators) {
  test(`${operator} is ${holdsForAbsent[operator]} for an absent attribute, whatever it is compared with`, () => {
    for (const value of ['', '0', 'x']) assert.equal(holds([], operator, value), holdsForAbsent[operator]);
  });
}

test('every operator has a row of the table', () => {
  const withRow = new Set<ScopeOperator>([...rows.map(([, operator]) => operator), 'ISMEMBEROF', 'ISNOTMEMBEROF']);
  assert.deepEqual(withRow, new Set(scopeOperators));
});

const oppositeOf: readonly (readonly [ScopeOperator, ScopeOperator])[] = [
  ['EQUAL', 'NOTEQUAL'],
  ['CONTAINS', 'NOTCONTAINS'],
  ['STARTSWITH', 'NOTSTARTSWITH'],
  ['ENDSWITH', 'NOTENDSWITH'],
  ['ISNULL', 'ISNOTNULL'],
  ['ISIN', 'ISNOTIN'],
  ['ISBITSET', 'ISBITNOTSET'],
];
const texts = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String), fc.string());

for (const [operator, opposite] of oppositeOf) {
  test(`${opposite} is always the opposite of ${operator}`, () => {
    fc.assert(
      fc.property(fc.array(texts, { maxLength: 3 }), texts, (values, value) => {
        assert.notEqual(holds(values, operator, value), holds(values, opposite, value));
      }),
    );
  });
}

test('a value is less than another, equal to it or greater, and never two of them', () => {
  fc.assert(
    fc.property(texts, texts, (value, wanted) => {
      const isLess = holds([value], 'LESSTHAN', wanted);
      const isGreater = holds([value], 'GREATERTHAN', wanted);
      assert.equal(isLess && isGreater, false);
      assert.equal(holds([value], 'LESSTHAN_OR_EQUAL', wanted), !isGreater);
      assert.equal(holds([value], 'GREATERTHAN_OR_EQUAL', wanted), !isLess);
    }),
  );
});

const yes: ScopeClause = { attribute: 'here', operator: 'ISNOTNULL', value: '' };
const no: ScopeClause = { attribute: 'gone', operator: 'ISNOTNULL', value: '' };

for (const { name, scope, expected } of [
  { name: 'a rule without groups takes in every object', scope: [], expected: true },
  { name: 'a group without clauses takes in every object', scope: [[]], expected: true },
  { name: 'every clause of a group must hold', scope: [[yes, no]], expected: false },
  { name: 'one group that holds is enough', scope: [[no], [yes, yes]], expected: true },
  {
    name: 'clauses of different groups do not add up',
    scope: [
      [yes, no],
      [no, yes],
    ],
    expected: false,
  },
] satisfies { name: string; scope: Scope; expected: boolean }[]) {
  test(name, () => {
    assert.equal(
      compileScope(scope)((attribute) => (attribute === 'here' ? ['x'] : []), noContext),
      expected,
    );
  });
}

/** What each operator says of an absent attribute, one value, several, a number and a text. */
const nullSemantics: Readonly<Record<ScopeOperator, readonly [value: string, ...answers: boolean[]]>> = {
  EQUAL: ['2', false, false, true, true, false],
  NOTEQUAL: ['2', true, true, false, false, true],
  LESSTHAN: ['3', false, false, true, true, false],
  LESSTHAN_OR_EQUAL: ['2', false, false, true, true, false],
  GREATERTHAN: ['1', false, true, true, true, true],
  GREATERTHAN_OR_EQUAL: ['2', false, true, true, true, true],
  CONTAINS: ['2', false, true, true, true, false],
  NOTCONTAINS: ['2', true, false, false, false, true],
  STARTSWITH: ['2', false, false, true, true, false],
  NOTSTARTSWITH: ['2', true, true, false, false, true],
  ENDSWITH: ['2', false, true, true, true, false],
  NOTENDSWITH: ['2', true, false, false, false, true],
  ISNULL: ['', true, false, false, false, false],
  ISNOTNULL: ['', false, true, true, true, true],
  ISIN: ['2', false, false, true, true, false],
  ISNOTIN: ['2', true, true, false, false, true],
  ISBITSET: ['2', false, false, true, true, false],
  ISBITNOTSET: ['2', true, true, false, false, true],
  ISMEMBEROF: ['CN=G', false, false, false, false, false],
  ISNOTMEMBEROF: ['CN=G', true, true, true, true, true],
};

for (const operator of scopeOperators) {
  const [value, ...answers] = nullSemantics[operator];
  test(`${operator} ${value} of nothing, 512, (512, 2), 2 and text is ${answers.join(', ')}`, () => {
    const samples = [[], ['512'], ['512', '2'], ['2'], ['text']];
    assert.deepEqual(
      samples.map((values) => holds(values, operator, value)),
      answers,
    );
  });
}

for (const [values, operator, value, expected, why] of [
  [['GRÖSSE'], 'EQUAL', 'größe', false, 'letters are compared in lower case, not in upper case'],
  [['GRÖẞE'], 'EQUAL', 'größe', true, 'letters beyond ASCII have no case either'],
  [['\u212Aelvin'], 'STARTSWITH', 'kelvin', true, 'a sign that is a letter in lower case is that letter'],
  [['x\u212A'], 'ENDSWITH', 'XK', true, 'also at the end'],
  [['İ'], 'EQUAL', 'i̇', true, 'a letter may grow in lower case'],
  [['a😀B'], 'CONTAINS', '😀b', true, 'characters beyond the BMP are compared as well'],
  [['abc'], 'CONTAINS', '', true, 'an empty text is part of every text'],
  [['abc'], 'ENDSWITH', 'zabc', false, 'a longer text is no end'],
  [['-0'], 'LESSTHAN_OR_EQUAL', '0', true, 'zero has no sign'],
  [['999999999999999'], 'ISBITSET', '-9223372036854775808', false, 'large and small numbers meet exactly'],
  [['-1'], 'ISBITSET', '4294967296', true, 'every bit of -1 is set'],
  [['-4294967296'], 'ISBITSET', '4294967295', false, 'the lower half of a negative number may be empty'],
] satisfies Row[]) {
  test(`${JSON.stringify(values)} ${operator} ${JSON.stringify(value)} is ${expected}: ${why}`, () => {
    assert.equal(holds(values, operator, value), expected);
  });
}

test('bits agree with arithmetic on 64 bits', () => {
  const numbers = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  const small = fc.oneof(numbers, fc.bigInt({ min: -(2n ** 34n), max: 2n ** 34n }), fc.constantFrom(1n, 2n, 2n ** 31n));
  fc.assert(
    fc.property(small, small, (value, mask) => {
      assert.equal(holds([String(value)], 'ISBITSET', String(mask)), (value & mask) !== 0n);
    }),
  );
});

test('texts agree with texts in lower case', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'A', 'b', 'B', 'ß', 'İ', 'ı', '\u212A', 'k', '_', 'Ö', 'ö') });
  fc.assert(
    fc.property(letters, letters, (value, wanted) => {
      const [low, needle] = [value.toLowerCase(), wanted.toLowerCase()];
      assert.equal(holds([value], 'EQUAL', wanted), low === needle);
      assert.equal(holds([value], 'CONTAINS', wanted), low.includes(needle));
      assert.equal(holds([value], 'STARTSWITH', wanted), low.startsWith(needle));
      assert.equal(holds([value], 'ENDSWITH', wanted), low.endsWith(needle));
    }),
    { numRuns: 2_000 },
  );
});

const pilots = 'CN=Pilots,DC=example';
const member: ScopeContext = {
  parameters: new Map<string, string | bigint>([
    ['Pilot.Dn', pilots],
    ['Nobody.Dn', ''],
    ['Limit', 50n],
  ]),
  isMemberOf: (groupDn) => groupDn === pilots,
};

test('membership is that of the object, whatever attribute the clause names', () => {
  assert.equal(holds([], 'ISMEMBEROF', pilots, member), true);
  assert.equal(holds([], 'ISNOTMEMBEROF', pilots, member), false);
  assert.equal(holds([pilots], 'ISMEMBEROF', 'CN=Others', member), false);
  assert.equal(holds([], 'ISNOTMEMBEROF', 'CN=Others', member), true);
});

test('a clause may be compared with a parameter', () => {
  assert.equal(holds([], 'ISMEMBEROF', '%Pilot.Dn%', member), true);
  assert.equal(holds(['49'], 'LESSTHAN', '%Limit%', member), true);
  assert.equal(holds(['50'], 'LESSTHAN', '%Limit%', member), false);
  assert.equal(holds([pilots.toLowerCase()], 'EQUAL', '%Pilot.Dn%', member), true);
});

test('a parameter without value, or an empty one where a group is asked for, matches nothing', () => {
  for (const value of ['%Unknown%', '%__proto__%', '%Nobody.Dn%']) {
    assert.equal(holds([''], 'ISMEMBEROF', value, member), false);
    assert.equal(holds([''], 'ISNOTMEMBEROF', value, member), true);
  }
  assert.equal(holds(['x'], 'EQUAL', '%Unknown%', member), false);
  assert.equal(holds(['x'], 'NOTEQUAL', '%Unknown%', member), true);
});

test('one compiled scope follows the parameters of each object', () => {
  const test = compileScope([[{ attribute: 'a', operator: 'EQUAL', value: '%Connector.ID%' }]]);
  const answers = ['one', 'two', 'one', undefined].map((id) =>
    test(() => ['one'], {
      parameters: new Map(id === undefined ? [] : [['Connector.ID', id]]),
      isMemberOf: () => false,
    }),
  );
  assert.deepEqual(answers, [true, false, true, false]);
});

test('what only looks like a parameter is a text', () => {
  assert.equal(holds(['100%'], 'EQUAL', '100%', member), true);
  assert.equal(holds(['%%'], 'EQUAL', '%%', member), true);
  assert.equal(holds(['%a b%'], 'EQUAL', '%a b%', member), true);
});
