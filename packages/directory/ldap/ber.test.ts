import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BerError, BerReader, BerWriter, elementEnd } from './ber.ts';

test('what is written is read back, whatever its size', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -0x80000000, max: 0x7fffffff }),
      fc.boolean(),
      fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 300 }),
      (number, truth, values) => {
        const writer = new BerWriter().begin().integer(number).boolean(truth).begin(0x31);
        for (const value of values) writer.octets(value);
        const reader = new BerReader(writer.end().end().finish()).enter();
        assert.equal(reader.integer(), number);
        assert.equal(reader.boolean(), truth);
        const set = reader.enter(0x31);
        for (const value of values) assert.deepEqual(new Uint8Array(set.octets()), value);
        assert.ok(set.isAtEnd && reader.isAtEnd);
      },
    ),
  );
});

test('numbers and lengths take as few bytes as they can (X.690 8.1.3, 8.3)', () => {
  const numbers: readonly (readonly [number, string])[] = [
    [0, '020100'],
    [127, '02017f'],
    [128, '02020080'],
    [-128, '020180'],
    [-129, '0202ff7f'],
    [0x800000, '020400800000'],
    [0x7fffffff, '02047fffffff'],
    [-0x80000000, '020480000000'],
  ];
  for (const [number, bytes] of numbers) {
    assert.equal(new BerWriter().integer(number).finish().toString('hex'), bytes, String(number));
  }
  const headerOf = (size: number): string =>
    new BerWriter()
      .octets(Buffer.alloc(size))
      .finish()
      .toString('hex', 0, size < 128 ? 2 : 6);
  assert.equal(headerOf(127), '047f');
  assert.equal(headerOf(128), '048180000000');
  assert.equal(headerOf(256), '048201000000');
  assert.equal(headerOf(65_536), '048301000000');
});

test('lengths with leading zeros are read, as Active Directory writes them', () => {
  assert.equal(elementEnd(Buffer.from('3084000000020500', 'hex'), 0, 8), 8);
});

for (const [name, bytes] of [
  ['nothing', ''],
  ['a tag alone', '04'],
  ['an indefinite length', '0480'],
  ['a length of 5 bytes', '04850000000001aa'],
  ['a length that is cut off', '048400'],
  ['contents that are cut off', '0403aabb'],
  ['contents of 2^32 - 1 bytes', '0484ffffffffaa'],
] as const) {
  test(`${name} is no element`, () => {
    assert.throws(() => new BerReader(Buffer.from(bytes, 'hex')).octets(), BerError);
  });
}

for (const [name, bytes] of [
  ['an integer without contents', '0200'],
  ['an integer of five bytes', '02050000000001'],
  ['another tag', '040101'],
] as const) {
  test(`${name} is no number`, () => {
    assert.throws(() => new BerReader(Buffer.from(bytes, 'hex')).integer(), BerError);
  });
}

test('an element never reaches beyond what holds it', () => {
  const bytes = Buffer.from('3004040300000000', 'hex');
  assert.throws(() => new BerReader(bytes).enter().octets(), /longer than what holds it/);
});
