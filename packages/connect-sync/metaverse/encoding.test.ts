import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CsId } from '../connector-space/store.ts';
import { DateTime, Reference, type Scalar } from '../rules/expression/value.ts';
import type { MvAttribute, MvAttributes } from './attributes.ts';
import { decodeMvAttributes, encodeMvAttributes, textOfScalar } from './encoding.ts';

const scalars: fc.Arbitrary<Scalar> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.boolean(),
  fc.uint8Array({ maxLength: 20 }),
  fc.string().map((dn) => new Reference(dn)),
);
const provenance = { row: fc.nat().map((row) => row as CsId), rule: fc.string() };
const plain = { noNullPrototype: true };
const mvAttribute: fc.Arbitrary<MvAttribute> = fc.oneof(
  fc.record(
    { kind: fc.constant('values' as const), values: fc.array(scalars, { minLength: 1, maxLength: 5 }), ...provenance },
    plain,
  ),
  fc.record({ kind: fc.constant('references' as const), attribute: fc.string({ minLength: 1 }), ...provenance }, plain),
);
const names = fc.oneof(fc.constantFrom('__proto__', 'constructor', '10', '9'), fc.string());
const objects: fc.Arbitrary<MvAttributes> = fc
  .uniqueArray(fc.tuple(names, mvAttribute), { maxLength: 6, selector: ([name]) => name })
  .map((attributes) => new Map(attributes));

const sortedValues = (attributes: MvAttributes): MvAttributes =>
  new Map(
    [...attributes].map(([name, attribute]) => [
      name,
      attribute.kind === 'values' ? { ...attribute, values: [...attribute.values].sort(byText) } : attribute,
    ]),
  );
const keyOf = (value: Scalar): string => `${typeof value}/${value instanceof Reference}/${textOfScalar(value)}`;
const byText = (a: Scalar, b: Scalar): number => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0);

test('attributes read back as they were written, with their provenance', () => {
  fc.assert(
    fc.property(objects, (attributes) => {
      assert.deepEqual(sortedValues(decodeMvAttributes(encodeMvAttributes(attributes))), sortedValues(attributes));
    }),
  );
});

test('the order of attributes and of values does not matter', () => {
  fc.assert(
    fc.property(objects, (attributes) => {
      const turned = new Map(
        [...attributes]
          .reverse()
          .map(([name, attribute]): [string, MvAttribute] => [
            name,
            attribute.kind === 'values' ? { ...attribute, values: [...attribute.values].reverse() } : attribute,
          ]),
      );
      assert.equal(encodeMvAttributes(turned), encodeMvAttributes(attributes));
    }),
  );
});

test('writing leaves the attributes as they are', () => {
  const values: readonly Scalar[] = Object.freeze(['b', 'a']);
  const attributes: MvAttributes = new Map([['mail', { kind: 'values', values, row: 1 as CsId, rule: 'r' }]]);
  encodeMvAttributes(attributes);
  assert.deepEqual(values, ['b', 'a']);
});

test('another contributor is another text, though the value is the same', () => {
  const encoded = (row: number, rule: string): string =>
    encodeMvAttributes(new Map([['sn', { kind: 'values', values: ['L'], row: row as CsId, rule }]]));
  assert.equal(encoded(1, 'a'), '{"sn":{"row":1,"rule":"a","values":["L"]}}');
  assert.notEqual(encoded(1, 'a'), encoded(2, 'a'));
  assert.notEqual(encoded(1, 'a'), encoded(1, 'b'));
});

test('a reference attribute is stored as the place that it is taken from', () => {
  const attributes: MvAttributes = new Map([
    ['member', { kind: 'references', attribute: 'uniqueMember', row: 4 as CsId, rule: 'r' }],
  ]);
  assert.equal(encodeMvAttributes(attributes), '{"member":{"row":4,"rule":"r","references":"uniqueMember"}}');
});

test('an instant is stored as its number of ticks', () => {
  const value = new DateTime(133_000_000_000_000_000n);
  const encoded = encodeMvAttributes(new Map([['at', { kind: 'values', values: [value], row: 1 as CsId, rule: 'r' }]]));
  const read = decodeMvAttributes(encoded).get('at');
  assert.ok(read?.kind === 'values');
  assert.deepEqual(read.values, [133_000_000_000_000_000n]);
});

for (const [value, text] of [
  [true, 'True'],
  [false, 'False'],
  ['Ada', 'Ada'],
  [-9_223_372_036_854_775_808n, '-9223372036854775808'],
  [new Uint8Array([1, 2, 3]), 'AQID'],
  [new Reference('CN=Ada'), 'CN=Ada'],
  [new DateTime(42n), '42'],
] satisfies [Scalar, string][]) {
  test(`the text form of a ${value instanceof Object ? value.constructor.name : typeof value} is like ${text}`, () => {
    assert.equal(textOfScalar(value), text);
  });
}
