import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalBytes, canonicalText, type JsonValue, jsonText } from './canonical-json.ts';
import { TrustError } from './error.ts';

const rows: readonly { name: string; value: JsonValue; text: string }[] = [
  { name: 'names are sorted and nothing is spaced', value: { b: [1, null], a: true }, text: '{"a":true,"b":[1,null]}' },
  {
    name: 'names sort by code point, not by UTF-16 unit',
    value: { '\u{1f600}': 1, '\uffff': 2 },
    text: '{"\uffff":2,"\u{1f600}":1}',
  },
  { name: 'names like numbers keep to the same order', value: { 10: 1, 9: 2, a: 3 }, text: '{"10":1,"9":2,"a":3}' },
  { name: 'only the quote and the backslash are escaped', value: '"\\\n\t/é', text: '"\\"\\\\\n\t/é"' },
  { name: 'minus zero is zero', value: -0, text: '0' },
  {
    name: 'the largest whole numbers stand as they are',
    value: [2 ** 53 - 1, 1 - 2 ** 53],
    text: '[9007199254740991,-9007199254740991]',
  },
  {
    name: '__proto__ is a name as any other',
    value: JSON.parse('{"__proto__":{"a":1}}'),
    text: '{"__proto__":{"a":1}}',
  },
];
for (const { name, value, text } of rows) {
  test(`canonical JSON: ${name}`, () => assert.equal(Buffer.from(canonicalBytes(value)).toString(), text));
}

for (const value of [1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '\ud800', { '\udc00': 1 }]) {
  test(`canonical JSON refuses ${JSON.stringify(value)}`, () => {
    assert.throws(
      () => canonicalBytes(value),
      (error) => error instanceof TrustError && error.code === 'malformed-metadata',
    );
  });
}

test('canonical JSON refuses what is nested too deep', () => {
  let value: JsonValue = 1;
  for (let level = 0; level < 10_000; level++) value = [value];
  assert.throws(
    () => canonicalBytes(value),
    (error) => error instanceof TrustError && error.code === 'metadata-too-deep',
  );
});

test('JSON text is the canonical text wherever that is JSON, and reads back as the value', () => {
  const texts = fc.string({ unit: 'grapheme' });
  const values = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      texts,
      fc.maxSafeInteger(),
      fc.boolean(),
      fc.constant(null),
      tie('list'),
      tie('object'),
    ),
    list: fc.array(tie('value'), { maxLength: 4 }),
    object: fc.dictionary(texts, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  })).value;
  fc.assert(
    fc.property(values, (found) => {
      const value = found as JsonValue;
      const json = jsonText(value);
      assert.equal(jsonText(JSON.parse(json)), json);
      const canonical = canonicalText(value);
      if (!/[\u0000-\u001f]/.test(canonical)) assert.equal(json, canonical);
    }),
  );
});
