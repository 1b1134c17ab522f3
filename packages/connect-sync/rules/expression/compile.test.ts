import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileExpression } from './compile.ts';
import { ExpressionError } from './error.ts';
import { fuzz } from './expression.fuzz.ts';
import { evaluate, failsAll, givesAll } from './expression-table.ts';
import { contextOf, objectOf } from './sample-object.ts';
import { authoritativeNull, ignoreThisFlow, Reference } from './value.ts';

const user = {
  title: 'Engineer',
  empty: '',
  number: 514n,
  enabled: true,
  mails: ['SIP:a', 'smtp:b', 'SMTP:C'],
  phones: ['1', '2'],
  none: [],
  manager: new Reference('CN=Ada,DC=example'),
  guid: new Uint8Array([1, 2]),
};

// Constants, literals, parameters.
givesAll(
  [
    ['[title]', 'Engineer', 'an attribute is its value'],
    ['[mails]', ['SIP:a', 'smtp:b', 'SMTP:C'], 'an attribute is all its values'],
    ['[absent]', null, 'an absent attribute is NULL'],
    ['[__proto__]', null, 'no attribute name is special'],
    ['NULL', null, 'NULL is no value'],
    ['CRLF', '\r\n', 'CRLF ends a line'],
    ['IgnoreThisFlow', ignoreThisFlow, 'a flow may be ignored'],
    ['AuthoritativeNull', authoritativeNull, 'a flow may empty an attribute for good'],
    ['IIF(True, IgnoreThisFlow, 1)', ignoreThisFlow, 'a branch may ignore the flow'],
    ['Switch(True, AuthoritativeNull)', authoritativeNull, 'a value of Switch may be AuthoritativeNull'],
    ['"a ""b"" \\\\ \\n"', 'a "b" \\ \\n', 'texts have doubled quotes and backslashes'],
    ['&HF0', 240n, 'numbers may be hexadecimal'],
    ['-5', -5n, 'numbers may be negative'],
    ['%Domain.FQDN%', 'corp.example', 'a parameter is its value'],
    ['%ADS_UF_ACCOUNTDISABLE%', 2n, 'flags of Active Directory need no configuration'],
    ['%ADS_GROUP_TYPE_SECURITY_ENABLED%', 0x80000000n, 'the sign bit is bit 31'],
  ],
  user,
);
failsAll([
  ['%Domain.FQND%', 'expression-unknown-parameter', 'a parameter must have a value'],
  ['%__proto__%', 'expression-unknown-parameter', 'no parameter name is special'],
]);

// Operators.
givesAll(
  [
    ['2*5+3', 13n, 'operators are read from left to right'],
    ['2+5*3', 21n, 'also where school would say 17'],
    ['2+(5*3)', 17n, 'brackets come first'],
    ['"a" & 1 & True', 'a1True', '& makes texts of numbers and booleans'],
    ['[absent] & "x"', 'x', 'NULL joins as nothing'],
    ['[absent] & [absent]', '', 'two NULLs join to an empty text'],
    ['1 + [absent]', null, 'NULL makes a sum NULL'],
    ['"a" = "A"', false, 'texts are compared by case'],
    ['"a" <> "A"', true, '<> is the opposite of ='],
    ['"a" < "b"', true, 'texts are ordered'],
    ['2 < 10', true, 'numbers are ordered as numbers'],
    ['3 >= 3', true, '>= includes equality'],
    ['3 <= 2', false, '<= is no <>'],
    ['4 > 3', true, '> compares'],
    ['[absent] = "x"', false, 'NULL equals nothing'],
    ['[absent] = [absent]', false, 'NULL does not equal NULL'],
    ['[absent] <> "x"', true, 'NULL differs from everything'],
    ['[absent] < 1', false, 'NULL is not below'],
    ['[absent] >= 1', false, 'NULL is not above'],
    ['[enabled] = False', false, 'booleans are compared'],
    ['[guid] = [guid]', true, 'binary values are compared by their bytes'],
    ['[manager] = CRef("cn=ada, dc=example")', true, 'references are equal when they name one entry'],
    ['CRef("no dn") = CRef("not one")', false, 'a reference that is no DN equals only itself'],
    ['CDate("2024-01-02") > CDate("2024-01-01")', true, 'date-times are ordered'],
    ['CDate("2024-01-01 02:00 +2") = CDate("2024-01-01")', true, 'date-times are instants'],
    ['1 = 1 && 2 = 2', true, 'comparison binds more than &&'],
    ['True || False && False', false, '&& and || have one priority, from left to right'],
    ['False && Error("x")', false, '&& stops at False'],
    ['True || Error("x")', true, '|| stops at True'],
    ['[absent] || True', true, 'NULL is no condition that holds'],
    ['[absent] && True', false, 'the answer of && is True or False'],
    ['NULL || NULL', false, 'also when both are NULL'],
    ['9223372036854775807 + -9223372036854775808', -1n, 'numbers have 64 bits'],
  ],
  user,
);
failsAll(
  [
    ['9223372036854775807 + 1', 'expression-number-overflow', 'a sum must fit 64 bits'],
    ['-9223372036854775808 - 1', 'expression-number-overflow', 'a difference must fit 64 bits'],
    ['[number] * 9223372036854775807', 'expression-number-overflow', 'a product must fit 64 bits'],
    ['[title] + "x"', 'expression-type-mismatch', '+ joins no texts'],
    ['[title] = 1', 'expression-type-mismatch', 'different types are not compared'],
    ['[manager] = "CN=Ada,DC=example"', 'expression-type-mismatch', 'a reference is no text'],
    ['[enabled] < True', 'expression-type-mismatch', 'booleans have no order'],
    ['[guid] < [guid]', 'expression-type-mismatch', 'binary values have no order'],
    ['[manager] & "x"', 'expression-type-mismatch', 'references are not joined'],
    ['[guid] & "x"', 'expression-type-mismatch', 'binary values are not joined'],
    ['[title] && True', 'expression-type-mismatch', 'a text is no condition'],
    ['IgnoreThisFlow = 1', 'expression-type-mismatch', 'IgnoreThisFlow is no value'],
  ],
  user,
);

// Mapping over multi-valued attributes.
givesAll(
  [
    ['LCase([mails])', ['sip:a', 'smtp:b', 'smtp:c'], 'a function of one value is mapped'],
    ['[mails] & "@x"', ['SIP:a@x', 'smtp:b@x', 'SMTP:C@x'], 'an operator is mapped'],
    ['Word([mails], 2, ":") & "@x"', ['a@x', 'b@x', 'C@x'], 'nested functions are mapped together'],
    ['IIF(InStr([mails], "SIP:") = 1, NULL, [mails])', ['smtp:b', 'SMTP:C'], 'NULL drops a value'],
    ['IIF(True, NULL, [mails])', null, 'a condition without the attribute decides for all'],
    ['IIF(InStr([mails], ":") > 0, NULL, [mails])', null, 'nothing left is NULL'],
    ['[mails] & "/" & LCase([mails])', ['SIP:a/sip:a', 'smtp:b/smtp:b', 'SMTP:C/smtp:c'], 'mentions share the index'],
    ['IIF(IsPresent([mails]), [mails], [phones])', ['SIP:a', 'smtp:b', 'SMTP:C'], 'IsPresent looks at the whole'],
    ['IIF(IsPresent([absent]), [mails], [phones])', ['1', '2'], 'either attribute may be chosen as a whole'],
    ['Trim([none])', null, 'no values are NULL'],
    ['Join(LCase([mails]), ",")', 'sip:a,smtp:b,smtp:c', 'a collection is mapped within an mv argument'],
    ['Count([mails]) & Join([phones], "")', '312', 'functions of collections do not map'],
    ['Trim(Split("a , b", ","))', ['a', 'b'], 'the result of a function may be mapped'],
    ['Split([mails], ":")', ['SIP', 'a', 'smtp', 'b', 'SMTP', 'C'], 'mapped collections are joined to one'],
    ['IIF([mails] = "smtp:b", Count([mails]), NULL)', [3n], 'an mv argument is whole also while mapping'],
    ['[mails] & Count(LCase([mails]))', ['SIP:a3', 'smtp:b3', 'SMTP:C3'], 'also when it is mapped itself'],
    ['[mails] = "smtp:b"', [false, true, false], 'a comparison is mapped'],
    ['Switch(Left([mails], 1) = "s", [mails], True, "-")', ['-', 'smtp:b', '-'], 'Switch is mapped'],
    ['IsPresent(Word([mails], 2, "i"))', [false, false, false], 'a computed value is tested one by one'],
    [
      'With($m, [mails], Trim($m) & Count($m))',
      ['SIP:a3', 'smtp:b3', 'SMTP:C3'],
      'a variable is mapped like an attribute',
    ],
    ['With($m, Word([mails], 2, ":"), IIF($m = "a", NULL, [mails]))', ['smtp:b', 'SMTP:C'], 'With is mapped as one'],
  ],
  user,
);
failsAll(
  [
    ['[mails] & [phones]', 'expression-two-collections', 'two attributes have no shared index'],
    ['IIF(Left([mails], 1) = "s", [phones], NULL)', 'expression-two-collections', 'nor within IIF'],
    [
      'IIF(Left([mails], 1) = "s", IgnoreThisFlow, [mails])',
      'expression-type-mismatch',
      'one value cannot decide for the flow',
    ],
    ['Select($m, [mails], AuthoritativeNull)', 'expression-type-mismatch', 'nor can one item'],
    ['Left(AuthoritativeNull, 1)', 'expression-type-mismatch', 'AuthoritativeNull is no value'],
    ['Count(IgnoreThisFlow)', 'expression-type-mismatch', 'nor is IgnoreThisFlow'],
  ],
  user,
);

// What is refused before anything is evaluated.
for (const [text, code, column, message] of [
  ['Isnull([a])', 'expression-unknown-name', 1, /did you mean IsNull\?/],
  ['1 + IsPresnt([a])', 'expression-unknown-name', 5, /did you mean IsPresent\?/],
  ['Frobnicate(1)', 'expression-unknown-name', 1, /There is no function Frobnicate\.$/],
  ['constructor(1)', 'expression-unknown-name', 1, /no function constructor/],
  ['null', 'expression-unknown-name', 1, /did you mean NULL\?/],
  ['true', 'expression-unknown-name', 1, /did you mean True\?/],
  ['cn', 'expression-unknown-name', 1, /\[cn\]/],
  ['Trim', 'expression-unknown-name', 1, /needs brackets/],
  ['UTF8', 'expression-unknown-name', 1, /means nothing here/],
  ['$x', 'expression-unknown-name', 1, /binds \$x/],
  ['With($value, 1, $valeu)', 'expression-unknown-name', 17, /did you mean \$value\?/],
  ['Select($x, $x, 1)', 'expression-unknown-name', 12, /binds \$x/],
  ['Select([x], [x], 1)', 'expression-wrong-arguments', 8, /variable/],
  ['Mid("abc", 1)', 'expression-wrong-arguments', 1, /Mid takes 3 arguments, not 2/],
  ['Now(1)', 'expression-wrong-arguments', 1, /Now takes 0 arguments, not 1/],
  ['Split("a")', 'expression-wrong-arguments', 1, /2 to 3 arguments/],
  ['IIF(True, 1)', 'expression-wrong-arguments', 1, /IIF takes 3 arguments/],
  ['Switch()', 'expression-wrong-arguments', 1, /at least 1 argument, not 0/],
  ['Contains([a], "x", UTF8)', 'expression-wrong-arguments', 20, /CaseSensitive or CaseInsensitive/],
  ['Contains([a], "x", "CaseSensitive")', 'expression-wrong-arguments', 20, /without quotes/],
  ['ImportedValue([mail])', 'expression-wrong-arguments', 15, /in quotes, such as "mail"/],
  ['ValueCount("a" & "b")', 'expression-wrong-arguments', 12, /name of an attribute/],
  ['ValueCount("")', 'expression-wrong-arguments', 12, /name of an attribute/],
] as const) {
  test(`${text} is refused at column ${column}`, () => {
    assert.throws(
      () => compileExpression(text),
      (error) =>
        error instanceof ExpressionError &&
        error.kind === 'parse' &&
        error.code === code &&
        error.column === column &&
        message.test(error.message),
    );
  });
}

test('an expression says what it depends on', () => {
  const text =
    'IIF([a] = %p%, ImportedValue("b"), [c] & ValueCount("d") & [a] & %ADS_UF_ACCOUNTDISABLE% & Select($x, [e], $x))';
  assert.deepEqual(compileExpression(text).dependencies, {
    attributes: ['a', 'c', 'e'],
    imported: ['b'],
    counted: ['d'],
    parameters: ['p'],
    deterministic: true,
  });
});

for (const text of ['Now()', 'Guid()', 'RandomNum(1, 2)', 'IIF([a] = 1, CStr(RandomNum(1, 6)), "x")']) {
  test(`${text} may give something else next time`, () => {
    assert.equal(compileExpression(text).dependencies.deterministic, false);
  });
}

test('a failure names the place of the function that failed', () => {
  assert.throws(
    () => evaluate('"x" & Item([mails], 9)', user),
    (error) => error instanceof ExpressionError && error.kind === 'runtime' && error.column === 7,
  );
});

test('a failure in a constant part fails when it is reached and not before', () => {
  assert.equal(evaluate('IIF(False, Item(Split("a", ","), 2), "fine")'), 'fine');
  assert.equal(evaluate('IIF(False, CNum("x"), "fine")'), 'fine');
});

test('ImportedValue reads only what an import has confirmed', () => {
  const source = objectOf({ mail: 'new' }, { mail: 'old' });
  assert.equal(compileExpression('ImportedValue("mail") & [mail]').evaluate(source, contextOf()), 'oldnew');
});

test('ValueCount does not read the values', () => {
  const source = {
    get: () => assert.fail('the values were read'),
    imported: () => assert.fail('the values were read'),
    count: () => 500_000,
  };
  assert.equal(compileExpression('ValueCount("member")').evaluate(source, contextOf()), 500_000n);
});

test('one compiled expression serves many objects', () => {
  const expression = compileExpression('With($v, [a], $v & $v)');
  const results = ['x', null, ['y', 'z']].map((a) => expression.evaluate(objectOf({ a }), contextOf()));
  assert.deepEqual(results, ['xx', '', ['yy', 'zz']]);
});

test('an attribute is read once for each value, not once for each mention', () => {
  let reads = 0;
  const source = {
    ...objectOf({}),
    get: () => {
      reads++;
      return ['a', 'b', 'c'];
    },
  };
  compileExpression('IIF(InStr([m], "a") = 1, NULL, [m] & [m])').evaluate(source, contextOf());
  assert.equal(reads, 1);
});

test('an evaluation that grows is stopped', () => {
  const refused = (error: unknown) => error instanceof ExpressionError && error.code === 'expression-too-much-work';
  const many = { many: Array.from({ length: 20_000 }, (_, index) => `${index}`) };
  for (const text of [
    'Select($a, [many], Select($b, [many], $a))',
    'PadLeft("", 1048577, "x")',
    'Replace(PadLeft("", 1000000, "a"), "a", "aa")',
    'ReplaceChars(PadLeft("", 1000000, "a"), "a:aa")',
    'Join(Select($a, [many], PadLeft("", 1000, "x")), "")',
    'With($t, PadLeft("", 1000000, "x"), $t & $t)',
    'With($t, PadLeft("", 1000000, "x"), ConvertToUTF8Hex($t))',
    'Select($a, [many], PadLeft("", 10000, "x"))',
    'Count(Select($a, [many], Count(Where($b, [many], $a = $b))))',
  ]) {
    assert.throws(() => evaluate(text, many), refused, text);
  }
});

test('what a function costs counts, not only what comes out of it: no evaluation holds everybody up', () => {
  const refused = (error: unknown) => error instanceof ExpressionError && error.code === 'expression-too-much-work';
  const reference = new Reference(`CN=${'x'.repeat(60_000)}`);
  const object = {
    k: Array.from({ length: 2_000 }, (_, index) => `${index}`),
    t: 'x'.repeat(60_000),
    r: reference,
    n: 1n,
  };
  const long = (size: number, end: string): string => `PadLeft("", ${size}, "a") & ${end}`;
  for (const text of [
    'Select($a, [k], Word([t], 2, " "))',
    'Select($a, [k], InStr([t], "zq", 1, vbTextCompare))',
    'Select($a, [k], IsCert([t]))',
    'Select($a, [k], Contains([k], "zz", CaseInsensitive))',
    'Select($a, [k], Count(RemoveDuplicates([k])))',
    'Select($a, [k], DNComponent([r], 1))',
    'Count(Where($a, [k], [r] = CRef("CN=y")))',
    'Count(Where($a, [k], Count(Where($b, [k], [t] = "x")) > 0))',
    `InStrRev(${long(900_000, '""')}, ${long(400_000, '"b"')})`,
    `InStr(${long(900_000, '""')}, ${long(20_000, '"b"')} & ${long(20_000, '""')})`,
    `Replace(${long(900_000, '""')}, ${long(400_000, '"b"')}, "")`,
    `Count(Where($a, [k], Count(Where($b, [k], ${'[n] + '.repeat(50)}1 = 0)) > 0))`,
  ]) {
    assert.throws(() => evaluate(text, object), refused, text);
  }
});

test('the members of the largest groups go through what collections are for', () => {
  const m = Array.from(
    { length: 500_000 },
    (_, n) => `CN=User Number ${n},OU=Staff Members,DC=corp,DC=contoso,DC=example`,
  );
  for (const text of [
    'Count([m])',
    'Count(RemoveDuplicates([m]))',
    'Contains([m], "nobody", CaseInsensitive)',
    'Count(Where($v, [m], InStr($v, "User") > 0))',
    'Count(Select($v, [m], Left($v, 10)))',
  ]) {
    assert.equal(evaluate(text, { m }), text.startsWith('Contains') ? 0n : 500_000n, text);
  }
});

test('what fuzzing starts from can be evaluated', () => {
  for (const seed of fuzz.seeds.filter((text) => !text.includes('Cert'))) fuzz.run(Buffer.from(seed));
});

test('whatever text is given, only an ExpressionError comes out', () => {
  const words = fc.constantFrom(...fuzz.seeds.flatMap((seed) => seed.split(/\b/)), '(', ')', ',', '"', '&', '||', ' ');
  const texts = fc.oneof(
    fc.string(),
    fc.array(words, { maxLength: 30 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        fuzz.run(Buffer.from(text));
      } catch (error) {
        if (!fuzz.allowed(error)) throw error;
      }
    }),
    { numRuns: 10_000, seed: 1 },
  );
});

test('BitAnd and BitOr agree with arithmetic on 64 bits', () => {
  const numbers = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);
  const and = compileExpression('BitAnd([a], [b])');
  const or = compileExpression('BitOr([a], [b])');
  fc.assert(
    fc.property(numbers, numbers, (a, b) => {
      const source = objectOf({ a, b });
      assert.equal(and.evaluate(source, contextOf()), BigInt.asIntN(64, a & b));
      assert.equal(or.evaluate(source, contextOf()), BigInt.asIntN(64, a | b));
    }),
    { seed: 1 },
  );
});

test('folding changes no result: a literal gives what an attribute of the same value gives', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii' }), fc.integer({ min: -3, max: 12 }), (text, count) => {
      const literal = `"${text.replaceAll('\\', '\\\\').replaceAll('"', '""')}"`;
      for (const name of ['Left', 'Right', 'Word']) {
        const rest = name === 'Word' ? ', " ,"' : '';
        const folded = evaluate(`${name}(${literal}, ${count}${rest})`);
        assert.equal(folded, evaluate(`${name}([t], [n]${rest})`, { t: text, n: BigInt(count) }));
      }
    }),
    { seed: 1 },
  );
});

test('an expression that is nested in the worst way compiles and ends', () => {
  const nest = (wrap: (inner: string) => string, depth: number) =>
    Array.from({ length: depth }).reduce<string>((inner) => wrap(inner), '[m]');
  const texts = [
    nest((inner) => `With($v, ${inner}, $v)`, 190),
    nest((inner) => `IIF([t] = "x", RemoveDuplicates(${inner}), NULL)`, 95),
    nest((inner) => `Join(${inner} & [m], "")`, 95),
    nest((inner) => `Select($v, ${inner}, $v)`, 190),
  ];
  for (const text of texts) {
    const expression = compileExpression(text);
    try {
      expression.evaluate(objectOf({ m: ['a', 'b'], t: 'x' }), contextOf());
    } catch (error) {
      assert.ok(error instanceof ExpressionError && error.code === 'expression-too-much-work');
    }
  }
});

test('an object with one value after an object with several is evaluated alike', () => {
  const texts = [
    'Trim([a])',
    '"x" & [a]',
    'IIF(InStr([a], "x") > 0, [a], NULL)',
    'Split([a], "-")',
    'Trim(Split([a], "-"))',
  ];
  const objects = [['x-1', 'y'], 'x-2', null, [], ['x'], 'y', ['y', 'x']].map((a) => objectOf({ a }));
  for (const text of texts) {
    const used = compileExpression(text);
    for (const object of objects) {
      const fresh = compileExpression(text).evaluate(object, contextOf());
      assert.deepEqual(used.evaluate(object, contextOf()), fresh, text);
    }
  }
});
