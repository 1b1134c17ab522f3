import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalAttributeName } from '../attribute-name.ts';
import type { AttributeValue, DirectoryEntry } from '../entry.ts';
import { decodeEntry } from '../ldap/decode-entry.ts';
import { attributeDefinition } from '../schema.ts';
import { AttributeListReader } from './attribute-list.ts';
import { encodeAttribute, encodeAttributeList, encodeEntry, joinAttributes } from './encode.ts';

const texts = fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed());
/** Bytes that are not UTF-8: what the schema does not know is text where it can be. */
const noText = fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => new Uint8Array([0xff, ...bytes]));
const names = fc.constantFrom(
  'sn',
  'displayName',
  'member',
  'objectGUID',
  'photo',
  'uidNumber',
  'unheardof',
  'cn;lang-ja',
);
const attributes = names.chain((name) => {
  const syntax = attributeDefinition(name.split(';')[0]!)?.syntax;
  const value: fc.Arbitrary<AttributeValue> =
    syntax === 'binary' ? fc.uint8Array({ maxLength: 300 }) : syntax === undefined ? fc.oneof(texts, noText) : texts;
  return fc.tuple(fc.constant(canonicalAttributeName(name)), fc.array(value, { minLength: 1, maxLength: 4 }));
});
const entries: fc.Arbitrary<DirectoryEntry> = fc.record(
  {
    dn: texts,
    attributes: fc
      .uniqueArray(attributes, { maxLength: 6, selector: ([key]) => key })
      .map((list) => new Map<string, readonly AttributeValue[]>(list)),
  },
  { noNullPrototype: true },
);

test('an entry comes back from its wire form as it was', () => {
  fc.assert(
    fc.property(entries, (entry) => {
      assert.deepEqual(decodeEntry(encodeEntry(entry)), entry);
    }),
  );
});

test('an attribute without values is written as one', () => {
  assert.equal(encodeAttributeList([['sn', []]]).toString('hex'), '300830060402736e3100');
});

for (const length of [0, 127, 128, 255, 256, 65_535, 65_536, 16_777_216]) {
  test(`a value of ${length} bytes comes back`, () => {
    const list = encodeAttributeList([['photo', [new Uint8Array(length).fill(7)]]]);
    const reader = new AttributeListReader();
    reader.load(list, 0, list.length);
    const [value] = reader.values(0);
    assert.ok(value instanceof Uint8Array && value.length === length && value.every((byte) => byte === 7));
  });
}

test('attributes that are encoded already make the same list', () => {
  const list = encodeAttributeList([
    ['cn', ['A']],
    ['sn', ['B', 'C']],
  ]);
  const joined = joinAttributes([
    encodeAttribute('cn', [Buffer.from('A')]),
    encodeAttribute('sn', [Buffer.from('B'), Buffer.from('C')]),
  ]);
  assert.deepEqual(joined, list);
});

test('the wire form is that of RFC 4511, as another encoder has it', () => {
  const { bytes, start, end } = encodeEntry({ dn: 'cn=a', attributes: new Map([['cn', ['a']]]) });
  assert.equal(
    bytes.toString('hex', start, end),
    `0404${Buffer.from('cn=a').toString('hex')}300b30090402636e3103040161`,
  );
});
