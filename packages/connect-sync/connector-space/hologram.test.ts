import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeAttributeList } from '@springline/directory/attribute-list/encode';
import fc from 'fast-check';
import { type CsValue, decodeHologram, emptyHologram, encodeHologram, type Hologram } from './hologram.ts';

/** Names that trip objects used as maps, and the surrogates that trip encodings. */
const names = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'toString', '10', '9', ''),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\ud800', 'a\udc00'),
);
const values: fc.Arbitrary<CsValue> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\ud800', '{"b":"AA=="}', '1', 'true', ''),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
  fc.boolean(),
  fc.uint8Array({ maxLength: 20 }),
);
const distinctValues = fc.uniqueArray(values, {
  minLength: 1,
  maxLength: 6,
  selector: (value) => JSON.stringify(value instanceof Uint8Array ? { b: [...value] } : value),
});
const holograms: fc.Arbitrary<Hologram> = fc
  .uniqueArray(fc.tuple(names, distinctValues), { maxLength: 6, selector: ([name]) => name })
  .map((attributes) => new Map(attributes));

/** Values as sets. */
const asSets = (hologram: Hologram): ReadonlyMap<string, ReadonlySet<CsValue>> =>
  new Map([...hologram].map(([name, found]) => [name, new Set(found)]));

test('a hologram reads back as it was written', () => {
  fc.assert(
    fc.property(holograms, (hologram) => {
      assert.deepEqual(asSets(decodeHologram(encodeHologram(hologram))), asSets(hologram));
    }),
  );
});

test('what was read back is written the same again', () => {
  fc.assert(
    fc.property(holograms, (hologram) => {
      const encoded = encodeHologram(hologram);
      assert.equal(encodeHologram(decodeHologram(encoded)), encoded);
    }),
  );
});

test('the order of attributes and of values does not matter', () => {
  fc.assert(
    fc.property(holograms, (hologram) => {
      const turned = new Map([...hologram].reverse().map(([name, found]) => [name, [...found].reverse()]));
      assert.equal(encodeHologram(turned), encodeHologram(hologram));
    }),
  );
});

test('a value that is given twice is one value', () => {
  fc.assert(
    fc.property(holograms, (hologram) => {
      const doubled = new Map([...hologram].map(([name, found]) => [name, [...found, ...found]]));
      assert.equal(encodeHologram(doubled), encodeHologram(hologram));
    }),
  );
});

test('an attribute without values is as good as none', () => {
  assert.equal(encodeHologram(new Map([['mail', []]])), encodeHologram(emptyHologram));
  assert.deepEqual(decodeHologram('{}'), emptyHologram);
});

test('the text is JSON with names and values in order, bytes as Base64', () => {
  const hologram = new Map<string, readonly CsValue[]>([
    ['sn', ['Lovelace']],
    ['objectGUID', [new Uint8Array([1, 2, 3])]],
    ['mail', ['b@x.example', 'a@x.example']],
    ['accountEnabled', [true]],
    ['countryCode', [276]],
  ]);
  assert.equal(
    encodeHologram(hologram),
    '{"accountEnabled":[true],"countryCode":[276],"mail":["a@x.example","b@x.example"],' +
      '"objectGUID":[{"b":"AQID"}],"sn":["Lovelace"]}',
  );
});

for (const [name, one, other] of [
  ['a number and its text', 1, '1'],
  ['a truth value and its text', true, 'true'],
  ['bytes and their Base64', new Uint8Array([0]), 'AA=='],
  ['texts that differ in case', 'ada', 'Ada'],
] satisfies [string, CsValue, CsValue][]) {
  test(`${name} are different values`, () => {
    assert.notEqual(encodeHologram(new Map([['a', [one]]])), encodeHologram(new Map([['a', [other]]])));
  });
}

test('bytes are those of the view, not of the buffer behind it', () => {
  const view = new Uint8Array([9, 1, 2, 9]).subarray(1, 3);
  assert.deepEqual(decodeHologram(encodeHologram(new Map([['a', [view]]]))).get('a'), [new Uint8Array([1, 2])]);
});

test('attributes of a directory are read in their wire form, with the types of the schema', () => {
  const list = encodeAttributeList([
    ['SN', ['Lovelace']],
    ['objectGUID', [new Uint8Array([1, 2, 3])]],
    ['proxyAddresses', ['b', 'a']],
    ['mail', []],
    ['accountExpires', ['0']],
    ['unheardOf', ['x', new Uint8Array([0xff])]],
  ]);
  assert.deepEqual(
    decodeHologram(list),
    new Map<string, readonly CsValue[]>([
      ['sn', ['Lovelace']],
      ['objectGUID', [new Uint8Array([1, 2, 3])]],
      ['proxyAddresses', ['b', 'a']],
      ['accountExpires', ['0']],
      ['unheardof', ['x', new Uint8Array([0xff])]],
    ]),
  );
});

test('the wire form is that of the view, not of the buffer behind it', () => {
  const list = encodeAttributeList([['sn', ['x']]]);
  const behind = new Uint8Array([9, ...list, 9]);
  assert.deepEqual(decodeHologram(behind.subarray(1, -1)), new Map([['sn', ['x']]]));
});

test('a wire form without attributes is an empty hologram', () => {
  assert.deepEqual(decodeHologram(encodeAttributeList([])), emptyHologram);
});

for (const [name, bytes] of [
  ['cut', encodeAttributeList([['sn', ['Lovelace']]]).subarray(0, -1)],
  ['empty', new Uint8Array(0)],
  ['of another tag', new Uint8Array([0x7b, 0])],
] satisfies [string, Uint8Array][]) {
  test(`a wire form that is ${name} is refused: the store is damaged`, () => {
    assert.throws(() => decodeHologram(bytes), { name: 'DirectoryError', code: 'entry-malformed' });
  });
}

test('two wire forms say the same exactly when their canonical texts are the same', () => {
  const attributes: [string, readonly string[]][] = [
    ['sn', ['Lovelace']],
    ['proxyAddresses', ['a', 'b']],
  ];
  const text = encodeHologram(decodeHologram(encodeAttributeList(attributes)));
  const turned = attributes.map(([name, found]): [string, string[]] => [name, [...found].reverse()]).reverse();
  assert.equal(encodeHologram(decodeHologram(encodeAttributeList(turned))), text);
  assert.notEqual(encodeHologram(decodeHologram(encodeAttributeList(attributes.slice(1)))), text);
});
