import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AttributeValue, DirectoryEntry } from '../entry.ts';
import { formatLdifHeader, formatLdifRecord } from './format-ldif.ts';
import { readLdif } from './read-ldif.ts';
import type { LdifRecordBody } from './record.ts';

const entry = (dn: string, attributes: Record<string, AttributeValue[]>): DirectoryEntry => ({
  dn,
  attributes: new Map(Object.entries(attributes)),
});
const content = (attributes: Record<string, AttributeValue[]>): LdifRecordBody => ({
  kind: 'content',
  entry: entry('cn=a', attributes),
});

for (const [name, value, line] of [
  ['plain ASCII stays as it is', 'Ann Hale', 'cn: Ann Hale'],
  ['an empty text has nothing after the colon', '', 'cn:'],
  ['no bytes have nothing after two colons', Uint8Array.of(), 'cn::'],
  ['a space in front needs base64', ' a', 'cn:: IGE='],
  ['a space at the end needs base64', 'a ', 'cn:: YSA='],
  ['a colon in front needs base64', ':a', 'cn:: OmE='],
  ['an angle bracket in front needs base64', '<a', 'cn:: PGE='],
  ['a line feed needs base64', 'a\ndn: cn=b', 'cn:: YQpkbjogY249Yg=='],
  ['a null needs base64', 'a\0', 'cn:: YQA='],
  ['letters beyond ASCII need base64', 'é', 'cn:: w6k='],
  ['bytes are base64', Uint8Array.of(97), 'cn:: YQ=='],
] as const) {
  test(name, () => assert.equal(formatLdifRecord(content({ cn: [value] })), `dn: cn=a\n${line}\n\n`));
}

test('lines are folded at 76 characters', () => {
  const text = formatLdifRecord(content({ description: ['x'.repeat(200)], member: [`cn=${'y'.repeat(69)}`] }));
  const lines = text.split('\n');
  assert.deepEqual(
    lines.map((line) => line.length),
    [8, 76, 76, 63, 76, 5, 0, 0],
  );
});

test('every kind of change is written as the RFC has it', () => {
  const records: LdifRecordBody[] = [
    { kind: 'add', dn: 'cn=a', controls: [], entry: entry('cn=a', { cn: ['a'] }) },
    { kind: 'delete', dn: 'cn=a', controls: [{ oid: '1.2.3', critical: true, value: Uint8Array.of(97) }] },
    {
      kind: 'modify',
      dn: 'cn=a',
      controls: [{ oid: '1.2.3', critical: false }],
      modifications: [
        { operation: 'replace', attribute: 'sn', values: ['b'] },
        { operation: 'delete', attribute: 'title', values: [] },
      ],
    },
    { kind: 'rename', dn: 'cn=a', controls: [], newRdn: 'cn=b', deleteOldRdn: true },
    { kind: 'rename', dn: 'cn=a', controls: [], newRdn: 'cn=b', deleteOldRdn: false, newSuperior: 'dc=x' },
  ];
  assert.deepEqual(records.map(formatLdifRecord), [
    'dn: cn=a\nchangetype: add\ncn: a\n\n',
    'dn: cn=a\ncontrol: 1.2.3 true:: YQ==\nchangetype: delete\n\n',
    'dn: cn=a\ncontrol: 1.2.3 false\nchangetype: modify\nreplace: sn\nsn: b\n-\ndelete: title\n-\n\n',
    'dn: cn=a\nchangetype: modrdn\nnewrdn: cn=b\ndeleteoldrdn: 1\n\n',
    'dn: cn=a\nchangetype: moddn\nnewrdn: cn=b\ndeleteoldrdn: 0\nnewsuperior: dc=x\n\n',
  ]);
});

test('a file starts with comments and the version', () => {
  assert.equal(formatLdifHeader(['Sample', 'two\nlines']), '# Sample\n# two?lines\nversion: 1\n\n');
});

for (const [name, record, code] of [
  ['a DN that does not parse', { kind: 'delete', dn: 'a\ncn: b', controls: [] }, 'dn-bad-rdn'],
  ['an attribute name with a line feed', content({ 'cn: a\nsn': ['b'] }), 'attribute-name-invalid'],
  [
    'a control that is not an OID',
    { kind: 'delete', dn: 'cn=a', controls: [{ oid: 'x\ny', critical: true }] },
    'ldif-bad-control',
  ],
  ['an entry without values', content({ cn: [] }), 'ldif-empty-record'],
  ['half a surrogate pair', content({ cn: ['\ud800'] }), 'value-not-unicode'],
] as const satisfies readonly (readonly [string, LdifRecordBody, string])[]) {
  test(`not written: ${name}`, () => assert.throws(() => formatLdifRecord(record), { code }));
}

const texts = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 90 }),
  fc.string({ unit: fc.constantFrom(...' :<\n\r\0a-#;é\ufeff'), maxLength: 90 }),
);
const bytes = fc.uint8Array({ maxLength: 90 });
const notUtf8 = bytes.map((tail) => Uint8Array.of(0xff, ...tail));
const texty = fc.array(texts, { minLength: 1, maxLength: 3 });
const binary = fc.array(bytes, { minLength: 1, maxLength: 3 });
const unknown = fc.array(fc.oneof(texts, notUtf8), { minLength: 1, maxLength: 3 });
const attributePairs = fc.oneof(
  fc.tuple(
    fc.constantFrom('cn', 'sAMAccountName', 'member', 'cn;lang-ja', 'member;range=0-1499', 'constructor'),
    texty,
  ),
  fc.tuple(fc.constantFrom('objectGUID', 'userCertificate', 'xthing;binary'), binary),
  fc.tuple(fc.constantFrom('valueof', 'xthing', '1.2.3.4'), unknown),
);
const attributeMaps = fc.uniqueArray(attributePairs, { minLength: 1, maxLength: 5, selector: ([name]) => name });
const dns = texts.map((text) => `cn=${text.replace(/[^\p{L} -]/gu, '')},dc=x`);
const entries = fc
  .tuple(dns, attributeMaps)
  .map(([dn, attributes]): DirectoryEntry => ({ dn, attributes: new Map(attributes) }));
const controls = fc.array(
  fc.oneof(
    fc.record({ oid: fc.constantFrom('1.2.3', '2.5'), critical: fc.boolean() }, { noNullPrototype: true }),
    fc.record({ oid: fc.constant('1.2.3'), critical: fc.boolean(), value: bytes }, { noNullPrototype: true }),
  ),
  { maxLength: 2 },
);
const modifications = fc.array(
  fc
    .tuple(fc.constantFrom('add' as const, 'delete' as const, 'replace' as const), attributePairs)
    .map(([operation, [attribute, values]]) => ({ operation, attribute, values })),
  { maxLength: 4 },
);
const changes = fc.oneof(
  fc.tuple(entries, controls).map(([added, c]) => ({ kind: 'add' as const, dn: added.dn, controls: c, entry: added })),
  fc.tuple(dns, controls).map(([dn, c]) => ({ kind: 'delete' as const, dn, controls: c })),
  fc
    .tuple(dns, controls, modifications)
    .map(([dn, c, m]) => ({ kind: 'modify' as const, dn, controls: c, modifications: m })),
  fc.tuple(dns, controls, fc.boolean()).map(([dn, c, deleteOldRdn]) => {
    return { kind: 'rename' as const, dn, controls: c, newRdn: 'cn=n', deleteOldRdn };
  }),
  fc.tuple(dns, controls, dns).map(([dn, c, newSuperior]) => {
    return { kind: 'rename' as const, dn, controls: c, newRdn: 'cn=n', deleteOldRdn: true, newSuperior };
  }),
);
const files: fc.Arbitrary<readonly LdifRecordBody[]> = fc.oneof(
  fc.array(
    entries.map((one) => ({ kind: 'content' as const, entry: one })),
    { maxLength: 4 },
  ),
  fc.array(changes, { maxLength: 4 }),
);

async function readBack(text: string, chunkBytes: number): Promise<LdifRecordBody[]> {
  const all = Buffer.from(text);
  async function* chunks() {
    for (let at = 0; at < all.length; at += chunkBytes) yield all.subarray(at, at + chunkBytes);
  }
  const bodies: LdifRecordBody[] = [];
  for await (const { line: _, ...body } of readLdif(chunks())) bodies.push(body);
  return bodies;
}

test('what was written reads back as the same records', async () => {
  await fc.assert(
    fc.asyncProperty(files, fc.integer({ min: 1, max: 500 }), async (records, chunkBytes) => {
      const text = formatLdifHeader(['test']) + records.map(formatLdifRecord).join('');
      assert.match(text, /^[\x20-\x7e\n]*$/);
      assert.ok(text.split('\n').every((line) => line.length <= 76));
      assert.deepEqual(await readBack(text, chunkBytes), records);
    }),
    { seed: 2849, numRuns: 1_000 },
  );
});
