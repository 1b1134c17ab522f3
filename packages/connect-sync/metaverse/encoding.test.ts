import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import fc from 'fast-check';
import type { CsId, NameTable } from '../connector-space/store.ts';
import { DateTime, Reference, type Scalar } from '../rules/expression/value.ts';
import type { MvAttribute, MvAttributes, StoredMvAttributes } from './attributes.ts';
import {
  decodeMvAttributes,
  encodeMvAttributes,
  onlyInstant,
  sameMvAttribute,
  sameValues,
  textOfScalar,
  typedText,
} from './encoding.ts';

/** Numbers as a store gives them: in the order in which they were asked for. */
function newNames(first = 1): NameTable {
  const numbers = new Map<string, number>();
  const texts = new Map<number, string>();
  return {
    idOf: (name) => {
      const number = numbers.get(name) ?? numbers.size + first;
      numbers.set(name, number);
      texts.set(number, name);
      return number;
    },
    nameOf: (number) => texts.get(number) ?? assert.fail(`no name has number ${number}`),
  };
}

const instant = (ms: number): EpochMs => ms as EpochMs;
const noon = instant(Date.UTC(2025, 2, 5, 12));
const atNoon = (): EpochMs => noon;
const id = (row: number): CsId => row as CsId;
const values = (found: readonly Scalar[], row = 1, rule = 'In'): MvAttribute => ({
  kind: 'values',
  values: found,
  row: id(row),
  rule,
});

const stored = (attributes: MvAttributes, since: EpochMs): StoredMvAttributes =>
  new Map([...attributes].map(([name, attribute]) => [name, { ...attribute, since }]));

function there(attributes: MvAttributes, names = newNames()): StoredMvAttributes {
  return decodeMvAttributes(encodeMvAttributes(attributes, names, atNoon), names);
}

const texts = fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed());
const scalars: fc.Arbitrary<Scalar> = fc.oneof(
  texts,
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.boolean(),
  fc.uint8Array({ maxLength: 20 }),
  texts.map((dn) => new Reference(dn)),
  fc
    .tuple(fc.constantFrom('a', 'ö', '€', '😀'), fc.integer({ min: 120, max: 400 }))
    .map(([text, times]) => text.repeat(times)),
);
const rows = fc.oneof(fc.nat(3), fc.nat(), fc.maxSafeNat()).map(id);
const provenance = { row: rows, rule: fc.oneof(fc.constantFrom('a', 'b'), texts) };
const plain = { noNullPrototype: true };
const mvAttribute: fc.Arbitrary<MvAttribute> = fc.oneof(
  fc.record(
    { kind: fc.constant('values' as const), values: fc.array(scalars, { maxLength: 5 }), ...provenance },
    plain,
  ),
  fc.record(
    {
      kind: fc.constant('references' as const),
      sources: fc.array(fc.record({ row: rows, attribute: texts }, plain), { maxLength: 4 }),
      ...provenance,
    },
    plain,
  ),
);
const names = fc.oneof(fc.constantFrom('__proto__', 'constructor', '10', '9', ''), texts);
const instants = fc.oneof(fc.constantFrom(0, 1, 2 ** 48 - 1), fc.nat(), fc.constant(noon as number)).map(instant);
const objects = fc
  .uniqueArray(fc.tuple(names, mvAttribute, instants), { maxLength: 8, selector: ([name]) => name })
  .map((list) => ({
    attributes: new Map(list.map(([name, attribute]) => [name, attribute])) as MvAttributes,
    sinces: new Map(list.map(([name, , since]) => [name, since])),
  }));

test('attributes read back as they were written, in their order, with their provenance and since when they are so', () => {
  fc.assert(
    fc.property(objects, fc.constantFrom(1, 120, 16_380), ({ attributes, sinces }, first) => {
      const table = newNames(first);
      const bytes = encodeMvAttributes(attributes, table, (name) => sinces.get(name)!);
      const wanted = [...attributes].map(([name, attribute]) => [name, { ...attribute, since: sinces.get(name)! }]);
      assert.deepEqual([...decodeMvAttributes(bytes, table)], wanted);
    }),
  );
});

test('what was read is written the same again', () => {
  fc.assert(
    fc.property(objects, ({ attributes, sinces }) => {
      const table = newNames();
      const bytes = encodeMvAttributes(attributes, table, (name) => sinces.get(name)!);
      const read = decodeMvAttributes(bytes, table);
      assert.deepEqual(
        encodeMvAttributes(read, table, (name) => read.get(name)!.since),
        bytes,
      );
    }),
  );
});

test('bytes stay what they are when the next object is written', () => {
  const table = newNames();
  const first = encodeMvAttributes(new Map([['sn', values(['Lovelace'])]]), table, atNoon);
  const copy = Buffer.from(first);
  encodeMvAttributes(new Map([['sn', values(['Byron'.repeat(50_000)])]]), table, atNoon);
  assert.deepEqual(first, copy);
});

for (const count of [0, 1, 249, 250, 251, 500, 501, 1_000]) {
  test(`${count} attributes of one origin and one instant read back`, () => {
    const attributes: MvAttributes = new Map(
      Array.from({ length: count }, (_, at) => [`a${at}`, values([`${at}`], 1, `rule ${at % 3}`)]),
    );
    assert.deepEqual(there(attributes), stored(attributes, noon));
  });
}

for (const { name, value } of [
  { name: 'empty text', value: '' },
  ...[126, 127, 128, 16_383, 16_384, 200_000].map((length) => ({
    name: `a text of ${length} ASCII characters`,
    value: 'x'.repeat(length),
  })),
  ...[42, 43, 63, 64, 127, 128].map((length) => ({
    name: `a text of ${length} characters of three bytes`,
    value: '€'.repeat(length),
  })),
  { name: 'a text longer than everything before it', value: '😀'.repeat(300_000) },
  { name: 'text that begins with U+FEFF and holds NUL', value: '\ufeffa\0b' },
  { name: 'bytes', value: new Uint8Array([0, 255]) },
  { name: 'no bytes', value: new Uint8Array(0) },
  { name: 'a megabyte of bytes', value: new Uint8Array(1024 * 1024).fill(0x80) },
  { name: 'true', value: true },
  { name: 'false', value: false },
  { name: '0', value: 0n },
  { name: 'the least number of 64 bits', value: -9_223_372_036_854_775_808n },
  { name: 'the largest number of 64 bits', value: 9_223_372_036_854_775_807n },
  { name: 'a reference', value: new Reference('CN=Größe,DC=x') },
] satisfies { name: string; value: Scalar }[]) {
  test(`${name} reads back as it was`, () => {
    const attributes: MvAttributes = new Map([
      ['before', values(['a'])],
      ['t', values([value, value])],
      ['after', values(['b'])],
    ]);
    assert.deepEqual(there(attributes), stored(attributes, noon));
  });
}

test('bytes that were read share no memory with what was stored', () => {
  const table = newNames();
  const bytes = encodeMvAttributes(new Map([['b', values([new Uint8Array([7])])]]), table, atNoon);
  const read = decodeMvAttributes(bytes, table).get('b');
  bytes.fill(0);
  assert.deepEqual(read?.kind === 'values' && read.values, [new Uint8Array([7])]);
});

test('bytes are stored of the view, not of the buffer behind it', () => {
  const view = new Uint8Array([9, 1, 2, 9]).subarray(1, 3);
  assert.deepEqual(there(new Map([['b', values([view])]])).get('b'), {
    ...values([new Uint8Array([1, 2])]),
    since: noon,
  });
});

test('attributes of several contributors keep theirs, however they are mixed', () => {
  const attributes: MvAttributes = new Map([
    ['a', values(['1'], 1, 'x')],
    ['b', values(['2'], 2, 'x')],
    ['c', values(['3'], 1, 'y')],
    [
      'd',
      {
        kind: 'references',
        sources: [
          { row: id(1), attribute: 'member' },
          { row: id(9), attribute: 'owner' },
        ],
        row: id(9),
        rule: 'y',
      },
    ],
    ['e', { kind: 'references', sources: [], row: id(9), rule: 'x' }],
  ]);
  assert.deepEqual([...there(attributes)], [...stored(attributes, noon)]);
});

test('half a surrogate pair, which no UTF-8 can carry, becomes U+FFFD, however long the text', () => {
  for (const length of [1, 50, 126, 500]) {
    const read = there(new Map([['t', values([`${'x'.repeat(length)}\ud800`])]])).get('t');
    assert.deepEqual(read?.kind === 'values' && read.values, [`${'x'.repeat(length)}\ufffd`]);
  }
});

test('an instant is stored as its number of ticks', () => {
  const read = there(new Map([['at', values([new DateTime(133_000_000_000_000_000n)])]])).get('at');
  assert.deepEqual(read?.kind === 'values' && read.values, [133_000_000_000_000_000n]);
});

test('writing leaves the attributes as they are', () => {
  const attributes: MvAttributes = new Map([['mail', values(Object.freeze(['b', 'a']))]]);
  there(attributes);
  assert.deepEqual(attributes, new Map([['mail', values(['b', 'a'])]]));
});

test('attributes of one origin and one instant cost few bytes beside their values', () => {
  const attributes: MvAttributes = new Map(Array.from({ length: 60 }, (_, at) => [`a${at}`, values(['12345678'])]));
  const bytes = encodeMvAttributes(attributes, newNames(), atNoon);
  assert.ok(bytes.length <= 60 * (8 + 6) + 10, `${bytes.length} bytes`);
});

test('what is so since one instant says which, and nothing when there were several', () => {
  const table = newNames();
  const two: MvAttributes = new Map([
    ['a', values(['1'])],
    ['b', values(['2'], 2)],
  ]);
  assert.equal(onlyInstant(encodeMvAttributes(two, table, atNoon), table), noon);
  const since = (name: string): EpochMs => instant(name === 'a' ? 1 : 2);
  assert.equal(onlyInstant(encodeMvAttributes(two, table, since), table), undefined);
  assert.equal(onlyInstant(encodeMvAttributes(new Map(), table, atNoon), table), undefined);
});

test('values are the same in any order, and only with the same types', () => {
  assert.ok(sameValues(['a', 'b', 'c'], ['c', 'a', 'b']));
  assert.ok(sameValues([], []));
  assert.ok(sameValues([new Uint8Array([1])], [new Uint8Array([1])]));
  for (const [a, b] of [
    [['a'], ['A']],
    [['a'], ['a', 'b']],
    [
      ['a', 'b'],
      ['a', 'c'],
    ],
    [
      ['a', 'b'],
      ['a', 'a'],
    ],
    [['1'], [1n]],
    [['True'], [true]],
    [[true], [false]],
    [['CN=a'], [new Reference('CN=a')]],
    [['AQ=='], [new Uint8Array([1])]],
  ] satisfies [Scalar[], Scalar[]][]) {
    assert.equal(sameValues(a, b), false, `${String(a)} and ${String(b)}`);
    assert.equal(sameValues(b, a), false, `${String(b)} and ${String(a)}`);
  }
});

test('an attribute is the same when row, rule and what it says are', () => {
  const references = (...sources: [number, string][]): MvAttribute => ({
    kind: 'references',
    sources: sources.map(([row, attribute]) => ({ row: id(row), attribute })),
    row: id(1),
    rule: 'In',
  });
  assert.ok(sameMvAttribute(values(['a', 'b']), values(['b', 'a'])));
  assert.ok(sameMvAttribute(references([1, 'm'], [2, 'm']), references([2, 'm'], [1, 'm'])));
  for (const [a, b] of [
    [values(['a']), values(['b'])],
    [values(['a'], 1), values(['a'], 2)],
    [values(['a'], 1, 'x'), values(['a'], 1, 'y')],
    [values([]), references()],
    [references([1, 'm']), references([1, 'n'])],
    [references([1, 'm']), references([2, 'm'])],
    [references([1, 'm']), references([1, 'm'], [2, 'm'])],
  ] as const) {
    assert.equal(sameMvAttribute(a, b), false);
    assert.equal(sameMvAttribute(b, a), false);
  }
});

test('values have one text each: what differs has another, in type too', () => {
  fc.assert(
    fc.property(scalars, scalars, (a, b) => {
      assert.equal(typedText(a) === typedText(b), sameValues([a], [b]));
    }),
  );
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
