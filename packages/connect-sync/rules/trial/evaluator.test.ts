import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { answerText } from './answer.ts';
import { TrialError } from './error.ts';
import { Evaluator, trialCaseFrom } from './evaluator.ts';
import { parseExactJson } from './exact-json.ts';

/** The line that answers a case written as JSON. */
function answerTo(caseText: string, evaluator = new Evaluator()): string {
  return answerText(evaluator.evaluate(trialCaseFrom(parseExactJson(caseText))));
}

const attributes =
  '{"t":"Ada","e":"","n":514,"big":9223372036854775807,"low":-9223372036854775808,"w":{"number":"9007199254740993"},' +
  '"b":true,"bin":{"base64":"AQID"},"r":{"reference":"CN=Ada,DC=x"},"m":["a","B"],"one":["x"],"none":null,"no":[]}';

for (const [expression, line, because] of [
  ['[t]', '{"value":"Ada"}', 'a text'],
  ['[e]', '{"value":""}', 'an empty text is printed, though a flow takes it for no value'],
  ['[n] + 1', '{"value":515}', 'a number'],
  ['[big]', '{"value":9223372036854775807}', 'a number beyond 53 bits keeps its digits'],
  ['[low]', '{"value":-9223372036854775808}', 'the least number'],
  ['[w]', '{"value":9007199254740993}', 'a number given as digits'],
  ['[b]', '{"value":true}', 'a boolean'],
  ['[bin]', '{"value":{"base64":"AQID"}}', 'bytes'],
  ['[r]', '{"value":{"reference":"CN=Ada,DC=x"}}', 'a reference'],
  ['CRef("CN=\\"&"x")', '{"value":{"reference":"CN=\\\\x"}}', 'a reference is escaped as JSON'],
  ['[m]', '{"value":["a","B"]}', 'several values'],
  ['LCase([m])', '{"value":["a","b"]}', 'a function over several values'],
  ['[one]', '{"value":["x"]}', 'a list of one stays a list'],
  ['[none]', '{"null":true}', 'null is an absent attribute'],
  ['[no]', '{"null":true}', 'an empty list is an absent attribute'],
  ['[T]', '{"null":true}', 'names of attributes go by case'],
  ['IsPresent([no])', '{"value":false}', 'what is absent is not present'],
  ['Count([one])', '{"value":1}', 'values are counted'],
  ['ValueCount("m")', '{"value":2}', 'values are counted by name'],
  ['ImportedValue("m")', '{"value":["a","B"]}', 'all that is given was imported'],
  ['AuthoritativeNull', '{"authoritativeNull":true}', 'a result of its own'],
  ['IgnoreThisFlow', '{"ignoreThisFlow":true}', 'a result of its own'],
  ['CDate("2024-03-05 6:30 PM -5")', '{"value":"2024-03-05T23:30:00Z"}', 'a date-time is text of ISO 8601'],
  ['DateFromNum(133801632000000001)', '{"value":"2025-01-01T00:00:00.0000001Z"}', 'a date-time keeps its ticks'],
  ['DateFromNum(1)', '{"value":"1601-01-01T00:00:00.0000001Z"}', 'the first tick'],
  ['%ADS_GROUP_TYPE_SECURITY_ENABLED%', '{"value":2147483648}', 'constants of AD are there'],
  ['%Domain.FQDN%', '{"value":"corp.example"}', 'parameters of the case'],
  ['"\u2028" & CRLF', '{"value":"\u2028\\r\\n"}', 'a line stays one line'],
] as const) {
  test(`${expression} is answered by ${line}: ${because}`, () => {
    const parameters = '{"Domain.FQDN":"corp.example"}';
    assert.equal(
      answerTo(`{"expression":${JSON.stringify(expression)},"attributes":${attributes},"parameters":${parameters}}`),
      line,
    );
  });
}

for (const [expression, error, column, code] of [
  ['Trim(', 'parse', 6, 'expression-syntax'],
  ['Trm([a])', 'parse', 1, 'expression-unknown-name'],
  ['"a" & Left("b")', 'parse', 7, 'expression-wrong-arguments'],
  ['1 + CNum("x")', 'runtime', 5, 'expression-bad-value'],
  ['%nowhere%', 'runtime', 1, 'expression-unknown-parameter'],
  ['Error("not today")', 'runtime', 1, 'sync-rule-error-function-triggered'],
] as const) {
  test(`${expression} fails as ${error} error at column ${column}`, () => {
    const answer = JSON.parse(answerTo(JSON.stringify({ expression })));
    assert.equal(typeof answer.message, 'string');
    assert.deepEqual(answer, { error, message: answer.message, column, code });
  });
}

for (const [caseText, message] of [
  ['{', 'this is no JSON'],
  ['[]', 'expected a mapping of expression, attributes and parameters'],
  ['{"attributes":{}}', 'expression: expected a text'],
  ['{"expression":"1","atributes":{}}', 'unknown key; did you mean attributes?'],
  ['{"expression":"1","attributes":[]}', 'attributes: expected a mapping of attribute names with their values'],
  ['{"expression":"1","attributes":{"a":9223372036854775808}}', 'attributes.a: the number does not fit 64 bits'],
  ['{"expression":"1","attributes":{"a":{"base64":"A"}}}', 'attributes.a: the text is no Base64'],
  ['{"expression":"1","parameters":{"p":true}}', 'parameters.p: a parameter is a text or a whole number'],
] as const) {
  test(`the case ${caseText} is refused with its place`, () => {
    assert.throws(() => answerTo(caseText), new TrialError(message));
  });
}

for (const value of [
  '1.5',
  '1e300',
  '99999999999999999999999',
  '{}',
  '{"base64":1}',
  '{"number":"1.0"}',
  '{"reference":""}',
  '[[1]]',
  '[null]',
  '{"a":1,"b":2}',
  `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
]) {
  test(`an attribute that is ${value.slice(0, 30)} is refused`, () => {
    assert.throws(() => answerTo(`{"expression":"[a]","attributes":{"a":${value}}}`), TrialError);
  });
}

test('a case may carry what its author wants to keep with it', () => {
  assert.equal(answerTo('{"id":7,"expression":"1","expected":{"value":1}}'), '{"value":1}');
});

test('an attribute may be named as what every object has', () => {
  const named = '{"expression":"[__proto__] & [constructor]","attributes":{"__proto__":"a"}}';
  assert.equal(answerTo(named), '{"value":"a"}');
});

test('what an expression gave before changes nothing, however many there are', () => {
  const evaluator = new Evaluator();
  for (let number = 0; number < 3_000; number++) {
    assert.equal(
      answerTo(JSON.stringify({ expression: `${number % 1_500}+1` }), evaluator),
      `{"value":${(number % 1_500) + 1}}`,
    );
  }
});

test('a whole number of 64 bits goes in and comes out with every digit', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (number) => {
      assert.equal(answerTo(`{"expression":"[a]","attributes":{"a":${number}}}`), `{"value":${number}}`);
    }),
  );
});

test('texts, booleans and bytes come out as they went in', () => {
  const bytes = fc.uint8Array().map((each) => ({ base64: Buffer.from(each).toString('base64') }));
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.boolean(), bytes);
  fc.assert(
    fc.property(fc.oneof(value, fc.array(value, { minLength: 1 })), (given) => {
      const line = answerTo(JSON.stringify({ expression: '[a]', attributes: { a: given } }));
      assert.deepEqual(JSON.parse(line), { value: given });
      assert.equal(line.includes('\n'), false);
    }),
  );
});
