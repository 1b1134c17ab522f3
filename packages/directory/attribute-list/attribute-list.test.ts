import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseAttributeDescription } from '../attribute-name.ts';
import { attributeValueFromBytes } from '../entry.ts';
import { DirectoryError } from '../error.ts';
import { AttributeListReader, locateEntry, typedValue } from './attribute-list.ts';
import { encodeAttribute, encodeAttributeList, encodeEntry, joinAttributes } from './encode.ts';
import { attributeId, internName } from './names.ts';

const malformed = (error: unknown): boolean => error instanceof DirectoryError && error.code === 'entry-malformed';
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

function loaded(list: Buffer): AttributeListReader {
  const reader = new AttributeListReader();
  reader.load(list, 0, list.length);
  return reader;
}

function everything(reader: AttributeListReader): unknown[] {
  return Array.from({ length: reader.count }, (_, index) => [reader.names[index]!.key, reader.values(index)]);
}

// cn: "A", with every length in one octet.
const one = hex('300b 3009 0402 636e 3103 0401 41');

for (const { name, list, gives } of [
  { name: 'a list without attributes', list: '3000', gives: [] },
  { name: 'an attribute with a value', list: one.toString('hex'), gives: [['cn', ['A']]] },
  { name: 'an attribute without values', list: '3008 3006 0402 636e 3100', gives: [['cn', []]] },
  { name: 'an empty value', list: '300a 3008 0402 636e 3102 0400', gives: [['cn', ['']]] },
  { name: 'several values', list: '300e 300c 0402 636e 3106 0401 41 0401 42', gives: [['cn', ['A', 'B']]] },
  {
    name: 'several attributes',
    list: '3016 3009 0402 636e 3103 0401 41 3009 0402 736e 3103 0401 42',
    gives: [
      ['cn', ['A']],
      ['sn', ['B']],
    ],
  },
  // X.690 8.1.3.5: a length may be longer than it must; Active Directory always writes four octets.
  {
    name: 'lengths in four octets',
    list: '3084 0000001b 3084 00000015 0484 00000002 636e 3184 00000007 0484 00000001 41',
    gives: [['cn', ['A']]],
  },
  { name: 'lengths in two octets', list: '3081 0b 3009 0402 636e 3103 0401 41', gives: [['cn', ['A']]] },
]) {
  test(`${name} is read`, () => assert.deepEqual(everything(loaded(hex(list))), gives));
}

for (const { name, list } of [
  { name: 'nothing', list: '' },
  { name: 'a tag without a length', list: '30' },
  { name: 'a list that is longer than its bytes', list: '300c 3009 0402 636e 3103 0401 41' },
  { name: 'another tag than a sequence for the list', list: '310b 3009 0402 636e 3103 0401 41' },
  { name: 'another tag than a sequence for an attribute', list: '300b 3109 0402 636e 3103 0401 41' },
  { name: 'another tag than an octet string for a name', list: '300b 3009 0c02 636e 3103 0401 41' },
  { name: 'another tag than a set for the values', list: '300b 3009 0402 636e 3003 0401 41' },
  { name: 'an attribute that reaches beyond its list', list: '300b 300a 0402 636e 3103 0401 41 00' },
  { name: 'a name that reaches beyond its attribute', list: '300b 3009 0408 636e 3103 0401 41' },
  { name: 'values that reach beyond their attribute', list: '300b 3009 0402 636e 3104 0401 41 00' },
  { name: 'something behind the values', list: '300d 300b 0402 636e 3103 0401 41 0500' },
  { name: 'an attribute without a set of values', list: '3006 3004 0402 636e' },
  { name: 'an attribute that is empty', list: '3002 3000' },
  { name: 'a length of indefinite form', list: '3080 3009 0402 636e 3103 0401 41 0000' },
  { name: 'a length in five octets', list: '3085 00 0000000b 3009 0402 636e 3103 0401 41' },
  { name: 'a length cut in the middle', list: '3084 0000' },
  { name: 'a length of 4 GiB', list: '3084 ffffffff 3009' },
  { name: 'one octet behind the last attribute', list: '300c 3009 0402 636e 3103 0401 41 00' },
]) {
  test(`a list with ${name} is refused as malformed`, () => assert.throws(() => loaded(hex(list)), malformed));
}

for (const { name, list } of [
  { name: 'of another tag', list: '300b 3009 0402 636e 3103 0c01 41' },
  { name: 'that reaches beyond its set', list: '300b 3009 0402 636e 3103 0402 41' },
  { name: 'without a length', list: '3009 3007 0402 636e 3101 04' },
]) {
  test(`a value ${name} is refused as malformed, however it is asked for`, () => {
    const reader = loaded(hex(list));
    assert.throws(() => reader.values(0), malformed);
    assert.throws(() => reader.firstValue(0), malformed);
    assert.throws(() => reader.valueCount(0), malformed);
    assert.throws(() => reader.eachValue(0, () => undefined), malformed);
  });
}

test('a list cut anywhere is refused, and what lies behind it is never read', () => {
  const list = encodeAttributeList([
    ['objectClass', ['top', 'person']],
    ['description', ['x'.repeat(200), 'y'.repeat(70_000)]],
    ['sn', []],
  ]);
  const behind = Buffer.concat([list, list]);
  for (let end = 0; end < list.length; end += end < 300 || end > list.length - 50 ? 1 : 997) {
    const reader = new AttributeListReader();
    assert.throws(() => reader.load(behind, 0, end), malformed, `cut at ${end}`);
  }
  const whole = new AttributeListReader();
  whole.load(behind, list.length, behind.length);
  assert.deepEqual(everything(whole), everything(loaded(list)));
});

test('a name that RFC 4512 does not allow is refused', () => {
  for (const name of ['', '1x', 'a b', 'cn;', '__proto__', 'a'.repeat(1_025), 'cn;range=x']) {
    assert.throws(
      () => loaded(joinAttributes([encodeAttribute(name, [])])),
      (error) => error instanceof DirectoryError && error.code === 'attribute-name-invalid',
      name,
    );
  }
});

test('10,000 attributes are read and one more is refused', () => {
  const attributes = Array.from({ length: 10_000 }, () => encodeAttribute('cn', []));
  assert.equal(loaded(joinAttributes(attributes)).count, 10_000);
  assert.throws(() => loaded(joinAttributes([...attributes, encodeAttribute('cn', [])])), malformed);
});

test('a value has the type that the schema says, and the syntax of its name where the schema says nothing', () => {
  const bytes = new Uint8Array([0xff, 0x00]);
  const reader = loaded(
    encodeAttributeList([
      ['objectGUID', [bytes]],
      ['displayName', ['Größe', '\ufeffx']],
      ['unheardOf', ['text', bytes]],
      ['unheardOf;binary', ['text']],
      ['accountExpires', ['0']],
    ]),
  );
  assert.deepEqual(everything(reader), [
    ['objectGUID', [bytes]],
    ['displayName', ['Größe', '\ufeffx']],
    ['unheardof', ['text', bytes]],
    ['unheardof;binary', [new Uint8Array(Buffer.from('text'))]],
    ['accountExpires', ['0']],
  ]);
});

test('a text attribute that is not UTF-8 is refused when it is asked for, and names no value', () => {
  const reader = loaded(encodeAttributeList([['displayName', [new Uint8Array([0x53, 0xe9])]]]));
  const refused = {
    code: 'value-not-utf8',
    message: 'A value of displayName is not UTF-8, and displayName is text.',
  };
  assert.throws(() => reader.values(0), refused);
  assert.throws(() => reader.firstValue(0), refused);
  assert.equal(reader.valueCount(0), 1);
});

test('typed values are those of every other reader of the package', () => {
  const names = fc.constantFrom('displayName', 'objectGUID', 'unheardOf', 'member', 'uidNumber', 'photo', 'sn;lang-ja');
  const contents = fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    fc.string({ unit: 'grapheme' }).map((text) => Buffer.from(text)),
  );
  const outcome = (work: () => unknown): unknown => {
    try {
      return work();
    } catch (error) {
      return (error as DirectoryError).code;
    }
  };
  fc.assert(
    fc.property(names, contents, (name, content) => {
      const spelled = Buffer.from(name);
      const bytes = Buffer.concat([Buffer.from([0xff]), content, Buffer.from([0xff])]);
      assert.deepEqual(
        outcome(() => typedValue(internName(spelled, 0, spelled.length), bytes, 1, bytes.length - 1)),
        outcome(() => attributeValueFromBytes(parseAttributeDescription(name), content)),
      );
    }),
  );
});

test('values share no memory with the bytes that they came from', () => {
  const list = encodeAttributeList([['objectGUID', [new Uint8Array([1, 2, 3])]]]);
  const value = loaded(list).firstValue(0);
  list.fill(0);
  assert.deepEqual(value, new Uint8Array([1, 2, 3]));
});

test('an attribute is found by its number, and the first where it was given twice', () => {
  const reader = loaded(
    joinAttributes([
      encodeAttribute('SN', [Buffer.from('first')]),
      encodeAttribute('mail', []),
      encodeAttribute('surname', [Buffer.from('second')]),
    ]),
  );
  const index = reader.find(attributeId('sn'));
  assert.deepEqual([index, reader.valueCount(index), reader.firstValue(index)], [0, 1, 'first']);
  assert.equal(reader.find(attributeId('mail')), 1);
  assert.equal(reader.firstValue(1), undefined);
  assert.equal(reader.find(attributeId('notThereAtAll')), -1);
});

test('part of the values is found under the name of the attribute, and says which part', () => {
  const reader = loaded(joinAttributes([encodeAttribute('member;range=0-1499', [Buffer.from('CN=a')])]));
  assert.equal(reader.find(attributeId('member')), 0);
  assert.deepEqual([reader.names[0]!.key, reader.names[0]!.range], ['member', '0-1499']);
});

test('one reader serves object after object, and keeps nothing of the one before', () => {
  const reader = new AttributeListReader();
  const large = encodeAttributeList(Array.from({ length: 500 }, (_, at) => [`reader-${at}`, [`${at}`]] as const));
  const small = encodeAttributeList([['sn', ['x']]]);
  reader.load(large, 0, large.length);
  assert.equal(reader.firstValue(reader.find(attributeId('reader-499'))), '499');
  reader.load(small, 0, small.length);
  assert.equal(reader.count, 1);
  assert.equal(reader.find(attributeId('reader-499')), -1);
  assert.throws(() => reader.load(large, 0, large.length - 1), malformed);
  reader.load(small, 0, small.length);
  assert.deepEqual(everything(reader), [['sn', ['x']]]);
});

test('an object that was refused in its middle leaves nothing in the reader for the next', () => {
  const reader = new AttributeListReader();
  // The second attribute is malformed: the first was taken in already.
  const broken = hex('3012 3009 0402 636e 3103 0401 41 3105 0402 736e 31');
  assert.throws(() => reader.load(broken, 0, broken.length), malformed);
  const next = encodeAttributeList([['sn', ['x']]]);
  reader.load(next, 0, next.length);
  assert.equal(reader.find(attributeId('cn')), -1);
  assert.equal(reader.find(attributeId('sn')), 0);
});

test('the bytes of attributes laid together again are the list', () => {
  const list = encodeAttributeList([
    ['cn', ['A', 'B']],
    ['sn', []],
    ['description', ['x'.repeat(300)]],
  ]);
  const reader = loaded(list);
  const parts = Array.from({ length: reader.count }, (_, index) =>
    list.subarray(reader.attributeStart(index), reader.attributeEnd(index)),
  );
  assert.deepEqual(joinAttributes(parts), list);
});

test('an entry is its DN and its list, wherever it lies', () => {
  const { bytes } = encodeEntry({ dn: 'CN=Größe,DC=x', attributes: new Map([['sn', ['x']]]) });
  const around = Buffer.concat([Buffer.from([1, 2, 3]), bytes, Buffer.from([4])]);
  const places = { dnStart: 0, dnEnd: 0, listStart: 0, listEnd: 0 };
  locateEntry(around, 3, 3 + bytes.length, places);
  assert.equal(around.toString('utf8', places.dnStart, places.dnEnd), 'CN=Größe,DC=x');
  const reader = new AttributeListReader();
  reader.load(around, places.listStart, places.listEnd);
  assert.deepEqual(everything(reader), [['sn', ['x']]]);
});

test('an entry cut anywhere is refused as malformed', () => {
  const { bytes } = encodeEntry({ dn: 'CN=A,DC=x', attributes: new Map([['sn', ['x']]]) });
  const places = { dnStart: 0, dnEnd: 0, listStart: 0, listEnd: 0 };
  for (let end = 0; end < bytes.length; end++) {
    assert.throws(() => locateEntry(bytes, 0, end, places), malformed, `cut at ${end}`);
  }
});

test('whatever bytes there are, reading ends with attributes or with a DirectoryError, within the bounds given', () => {
  const mutated = fc
    .tuple(
      fc.constantFrom(
        one,
        encodeAttributeList([
          ['member', ['CN=a', 'CN=b']],
          ['sn', ['x'.repeat(200)]],
        ]),
      ),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
    )
    .map(([list, changes]) => {
      const bytes = Buffer.from(list);
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      return bytes;
    });
  fc.assert(
    fc.property(mutated, fc.nat(20), (bytes, behind) => {
      const around = Buffer.concat([bytes, Buffer.alloc(behind, 0x04)]);
      const reader = new AttributeListReader();
      try {
        reader.load(around, 0, bytes.length);
        for (let index = 0; index < reader.count; index++) {
          assert.ok(reader.attributeEnd(index) <= bytes.length);
          reader.eachValue(index, (start, end) => assert.ok(start <= end && end <= bytes.length));
          reader.values(index);
        }
      } catch (error) {
        assert.ok(error instanceof DirectoryError, String(error));
      }
    }),
  );
});
