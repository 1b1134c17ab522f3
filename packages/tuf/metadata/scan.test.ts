import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TrustError, type TrustErrorCode } from '../error.ts';
import { scanMetadata } from './scan.ts';
import { openMetadata } from './signed-file.ts';

const limitBytes = 1_000_000;
const around = (signed: string): string => `{"signatures":[],"signed":${signed}}`;
const open = (text: string | Uint8Array): unknown => {
  const file = openMetadata(typeof text === 'string' ? Buffer.from(text) : text, limitBytes);
  return file.signed();
};

test('the two slices are found in either order and among white space', () => {
  const bytes = Buffer.from(' {\n "signed" : {"a": [1, "]}"]} ,\t"signatures":[ ]\r\n} ');
  const { signed, signatures } = scanMetadata(bytes, limitBytes);
  assert.equal(Buffer.from(signed).toString(), '{"a": [1, "]}"]}');
  assert.equal(Buffer.from(signatures).toString(), '[ ]');
});

const rows: readonly { name: string; text: string | Uint8Array; code?: TrustErrorCode }[] = [
  { name: 'an empty file', text: '' },
  { name: 'a list', text: '[]' },
  { name: 'a file without signatures', text: '{"signed":{}}' },
  { name: 'a file without content', text: '{"signatures":[]}' },
  { name: 'signed that is a text', text: around('"x"') },
  { name: 'signatures that are an object', text: '{"signatures":{},"signed":{}}' },
  { name: 'signed twice', text: '{"signatures":[],"signed":{},"signed":{}}' },
  { name: 'signed twice, once escaped', text: '{"signatures":[],"signed":{},"sign\\u0065d":{}}' },
  { name: 'a third member', text: '{"signatures":[],"signed":{},"x":1}' },
  { name: 'text behind the end', text: `${around('{}')}x` },
  { name: 'a second document', text: around('{}').repeat(2) },
  { name: 'a byte order mark', text: `\ufeff${around('{}')}` },
  { name: 'a cut file', text: around('{"a":1').slice(0, -1) },
  { name: 'a cut text', text: around('{"a":"b').slice(0, -1) },
  { name: 'crossed brackets', text: around('{"a":[}]') },
  { name: 'a trailing comma', text: around('{"a":1,}') },
  { name: 'a name without a value', text: around('{"a"}') },
  { name: 'a single quote', text: around("{'a':1}") },
  { name: 'a comment', text: around('{/* */}') },
  { name: 'bytes that are not UTF-8', text: Buffer.from(around('{"a":"\u00ff"}'), 'latin1') },
  {
    name: 'an overlong encoding',
    text: Buffer.concat([
      Buffer.from('{"signatures":[],"signed":{"a":"'),
      Buffer.from([0xc0, 0xaf]),
      Buffer.from('"}}'),
    ]),
  },
  { name: 'a control character in a text', text: around('{"a":"\n"}') },
  { name: 'a name twice in a row', text: around('{"a":1,"a":2}') },
  { name: 'a name twice, apart', text: around('{"a":1,"c":2,"b":3,"a":4}') },
  { name: 'a name twice, deep below', text: around('{"a":[{"b":{"z":1,"y":2,"z":3}}]}') },
  { name: 'a name twice behind a nested object', text: around('{"b":{"c":1},"a":2,"b":3}') },
  { name: 'a name twice, once escaped', text: around('{"a":1,"\\u0061":2}') },
  { name: '__proto__ twice', text: around('{"__proto__":1,"__proto__":2}') },
  ...['1.0', '1e3', '-', '01', '-01', '+1', '9007199254740992', '-9007199254740992', '1'.repeat(400), '0x1', 'NaN'].map(
    (number) => ({
      name: `the number ${number.slice(0, 20)}`,
      text: around(`{"a":${number}}`),
    }),
  ),
  ...['\\ud800', '\\udc00', '\\ud800\\ud800', '\\ud800x', '\\u12', '\\x'].map((escaped) => ({
    name: `the escape ${escaped}`,
    text: around(`{"a":"${escaped}"}`),
  })),
  {
    name: '64 levels below the file',
    text: around(`{"a":${'['.repeat(63)}${']'.repeat(63)}}`),
    code: 'metadata-too-deep',
  },
  {
    name: 'a million levels',
    text: around('['.repeat(900_000)).replace('"signed":[', '"signed":{"a":['),
    code: 'metadata-too-deep',
  },
  { name: 'a file beyond the limit', text: Buffer.alloc(limitBytes + 1), code: 'metadata-too-large' },
];
for (const { name, text, code = 'malformed-metadata' } of rows) {
  test(`metadata is refused as ${code}: ${name}`, () => {
    assert.throws(
      () => open(text),
      (error) => error instanceof TrustError && error.code === code,
    );
  });
}

for (const text of [
  '{}',
  '{"b":1,"a":2}',
  '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}',
  '{"a":"\\ud83d\\ude00","b":"\\u00e9\\n\\\\","c":-9007199254740991,"d":0,"e":-0}',
  `{"a":${'['.repeat(62)}${']'.repeat(62)}}`,
  '{"":1,"__proto__":{"x":1},"constructor":2}',
]) {
  test(`metadata is read: ${text.slice(0, 60)}`, () => assert.deepEqual(open(around(text)), JSON.parse(text)));
}

test('more than four million values are refused before they are parsed', () => {
  const text = Buffer.from(around(`{"a":[${'0,'.repeat(4_000_000)}0]}`));
  assert.throws(
    () => scanMetadata(text, text.length),
    (error) => error instanceof TrustError && error.code === 'metadata-too-large',
  );
});

test('many names out of order take time in proportion', () => {
  const names = Array.from({ length: 200_000 }, (_, at) => `"${(at * 7919) % 200_000}":0`);
  const text = Buffer.from(around(`{${names.join(',')}}`));
  const startedAt = performance.now();
  scanMetadata(text, text.length);
  assert.ok(performance.now() - startedAt < 5_000);
});

test('what JSON.parse reads without repeated names and fractions, the scan lets through unchanged', () => {
  const numbers = fc.maxSafeInteger();
  const texts = fc.string({ unit: 'binary' });
  const values = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 6 }, texts, numbers, fc.boolean(), fc.constant(null), tie('list'), tie('object')),
    list: fc.array(tie('value'), { maxLength: 5 }),
    object: fc.dictionary(texts, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  })).object;
  fc.assert(
    fc.property(values, fc.constantFrom(0, 1, '\t'), (value, indent) => {
      assert.deepEqual(open(around(JSON.stringify(value, undefined, indent))), JSON.parse(JSON.stringify(value)));
    }),
  );
});
