import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { DirectoryError } from '../error.ts';
import { LdifError } from './ldif-error.ts';
import { readLdif, readLdifFile } from './read-ldif.ts';
import type { LdifOptions, LdifRecord } from './record.ts';

type Content = string | Uint8Array;

async function collected<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}

/** Reads `content` handed over in chunks of `chunkBytes`. */
async function read(content: Content, options: LdifOptions = {}, chunkBytes = 7): Promise<LdifRecord[]> {
  const bytes = Buffer.from(content);
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
  return collected(readLdif(chunks(), options));
}

async function refusalOf(content: Content, options: LdifOptions = {}): Promise<LdifError> {
  const error = await read(content, { fileName: 'users.ldif', ...options }).then(
    () => assert.fail('the file was accepted'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof LdifError, String(error));
  return error;
}

const attributesOf = (record: LdifRecord | undefined): Record<string, unknown> => {
  assert.ok(record?.kind === 'content' || record?.kind === 'add');
  return Object.fromEntries(record.entry.attributes);
};

const bytes = (text: string) => new Uint8Array(Buffer.from(text));

const readable: readonly (readonly [string, string, Record<string, unknown>])[] = [
  ['CRLF ends lines', 'version: 1\r\n\r\ndn: cn=a\r\ncn: a\r\nsn: b\r\n c\r\n', { cn: ['a'], sn: ['bc'] }],
  ['a byte-order mark is no part of the first line', '\ufeffdn: cn=a\ncn: a\n', { cn: ['a'] }],
  ['the last line needs no end', 'dn: cn=a\ncn: a\nsn: b\n c', { cn: ['a'], sn: ['bc'] }],
  ['the version line may be missing', 'dn: cn=a\ncn: a\n', { cn: ['a'] }],
  [
    'any number of empty lines may lie between records',
    '\n\n# note\n\nversion: 1\n\n\n\ndn: cn=a\ncn: a\n\n\n',
    { cn: ['a'] },
  ],
  ['comments may be folded and stand inside a record', '# a\n b: c\ndn: cn=a\n# d\n e\ncn: a\n', { cn: ['a'] }],
  ['a value may be folded into empty pieces', 'dn: cn=a\ncn: a\n \n b\n  c\n', { cn: ['ab c'] }],
  ['a name may be folded too', 'dn: cn=a\ndescr\n iption: x\n', { description: ['x'] }],
  ['spaces before a value mean nothing, after it they count', 'dn: cn=a\ncn:   a  \n', { cn: ['a  '] }],
  ['plain values may hold UTF-8', 'dn: cn=Zoë\ncn: Zoë 山田\n', { cn: ['Zoë 山田'] }],
  ['a value may be empty', 'dn: cn=a\ncn:\nsn::\n', { cn: [''], sn: [''] }],
  [
    'names come in any case and give one attribute',
    'dn: cn=a\nSAMACCOUNTNAME: a\nSamAccountName: b\n',
    { sAMAccountName: ['a', 'b'] },
  ],
  [
    'a binary attribute is bytes, however it is written',
    'dn: cn=a\nobjectGUID: abc\nobjectGUID:: /w==\n',
    { objectGUID: [bytes('abc'), Uint8Array.of(255)] },
  ],
  [
    'binary transfer of a binary attribute is the attribute',
    'dn: cn=a\nuserCertificate;binary:: AAE=\n',
    { userCertificate: [Uint8Array.of(0, 1)] },
  ],
  [
    'an unknown attribute is text if it is UTF-8, otherwise bytes',
    'dn: cn=a\nxThing:: w6k=\nxThing:: /w==\n',
    { xthing: ['é', Uint8Array.of(255)] },
  ],
  ['a byte-order mark inside a value stays', 'dn: cn=a\ncn:: 77u/YQ==\n', { cn: ['\ufeffa'] }],
  [
    'a range of a large attribute keeps its name',
    'dn: cn=a\nmember;range=0-1499: cn=b\n',
    { 'member;range=0-1499': ['cn=b'] },
  ],
  [
    'names of the language itself are ordinary attributes',
    'dn: cn=a\nconstructor: x\ncn: y\n',
    { constructor: ['x'], cn: ['y'] },
  ],
  [
    'a changetype further down is an attribute, as in a change log',
    'dn: cn=a\ncn: a\nchangeType: add\n',
    { cn: ['a'], changetype: ['add'] },
  ],
];

for (const [name, content, expected] of readable) {
  test(name, async () => {
    for (const chunkBytes of [1, 7, 100_000])
      assert.deepEqual(attributesOf((await read(content, {}, chunkBytes))[0]), expected);
  });
}

test('an increment adds to a number (RFC 4525)', async () => {
  const [record] = await read('dn: cn=a\nchangetype: modify\nincrement: uidNumber\nuidNumber: -2\n-\n');
  assert.deepEqual(record?.kind === 'modify' && record.modifications, [
    { operation: 'increment', attribute: 'uidNumber', values: ['-2'] },
  ]);
});

test('a control may be critical or not, with a value or none', async () => {
  const [record] = await read(
    'dn: cn=a\ncontrol: 1.2.3\ncontrol: 1.2.4 false: x\ncontrol: 1.2.5 TRUE:: /w==\ncontrol:1.2.6:\nchangetype: delete\n',
  );
  assert.deepEqual(record?.kind === 'delete' && record.controls, [
    { oid: '1.2.3', critical: false },
    { oid: '1.2.4', critical: false, value: bytes('x') },
    { oid: '1.2.5', critical: true, value: Uint8Array.of(255) },
    { oid: '1.2.6', critical: false, value: Uint8Array.of() },
  ]);
});

test('a new name may come in base64, and a new superior may be the root', async () => {
  const [record] = await read('dn: cn=a,dc=x\nchangetype: MODDN\nnewrdn:: Y249w6k=\ndeleteoldrdn: 0\nnewsuperior:\n');
  assert.deepEqual(record, {
    kind: 'rename',
    dn: 'cn=a,dc=x',
    controls: [],
    newRdn: 'cn=é',
    deleteOldRdn: false,
    newSuperior: '',
    line: 1,
  });
});

test('an empty file holds no record', async () => {
  for (const content of ['', '\n', 'version: 1\n', '# nothing\n\n', '\ufeff'])
    assert.deepEqual(await read(content), []);
});

const change = (...lines: string[]) => `dn: cn=a\nchangetype: ${lines.join('\n')}\n`;
const member = (count: number) => `dn: cn=a\n${Array.from({ length: count }, (_, i) => `member: cn=${i}\n`).join('')}`;

for (const row of [
  {
    name: 'a line without a colon',
    content: 'dn: cn=a\ncn: a\noops\n',
    code: 'ldif-bad-line',
    line: 3,
    hint: 'put one space in front',
  },
  { name: 'a first line without a colon', content: 'oops\n', code: 'ldif-bad-line', line: 1, hint: 'name: value' },
  {
    name: 'a dash between attributes',
    content: 'dn: cn=a\ncn: a\n-\n',
    code: 'ldif-bad-line',
    line: 3,
    hint: 'out of place',
  },
  {
    name: 'an attribute name with a space',
    content: 'dn: cn=a\nfirst name: a\n',
    code: 'ldif-bad-attribute',
    line: 2,
    hint: 'letters, digits and hyphens',
  },
  {
    name: 'an attribute with a malformed option',
    content: 'dn: cn=a\ncn;: a\n',
    code: 'ldif-bad-attribute',
    line: 2,
    hint: 'option',
  },
  {
    name: 'base64 with a foreign character',
    content: 'dn: cn=a\ncn:: YW*=\n',
    code: 'ldif-bad-base64',
    line: 2,
    hint: 'Encode it again',
  },
  {
    name: 'base64 cut short',
    content: 'dn: cn=a\ncn:: YWI\n',
    code: 'ldif-bad-base64',
    line: 2,
    hint: 'multiple of four',
  },
  {
    name: 'base64 with padding in the middle',
    content: 'dn: cn=a\ncn:: YQ==YQ==\n',
    code: 'ldif-bad-base64',
    line: 2,
    hint: 'padded',
  },
  {
    name: 'base64 of three paddings',
    content: 'dn: cn=a\ncn:: Y===\n',
    code: 'ldif-bad-base64',
    line: 2,
    hint: 'padded',
  },
  {
    name: 'text that is not UTF-8',
    content: Buffer.from('dn: cn=a\ncn: Zo\xeb\n', 'latin1'),
    code: 'ldif-not-utf8',
    line: 2,
    hint: 'cn is text',
  },
  {
    name: 'base64 text that is not UTF-8',
    content: 'dn: cn=a\nsn:: /w==\n',
    code: 'ldif-not-utf8',
    line: 2,
    hint: 'sn is text',
  },
  { name: 'a DN that is not UTF-8', content: 'dn:: /w==\ncn: a\n', code: 'ldif-not-utf8', line: 1, hint: 'UTF-8' },
  {
    name: 'a DN that does not parse',
    content: '\n\ndn: CN=Hale, Ann,DC=x\ncn: a\n',
    code: 'ldif-bad-dn',
    line: 3,
    hint: 'a comma in a value',
  },
  { name: 'a DN in quotes', content: 'dn: CN="Hale, Ann",DC=x\ncn: a\n', code: 'ldif-bad-dn', line: 1, hint: 'LDAPv2' },
  {
    name: 'a DN from a URL',
    content: 'dn:< file:///etc/hostname\ncn: a\n',
    code: 'ldif-bad-dn',
    line: 1,
    hint: 'Write it out',
  },
  {
    name: 'a record without a DN',
    content: 'version: 1\n\ncn: a\n',
    code: 'ldif-missing-dn',
    line: 3,
    hint: 'start with `dn:`',
  },
  {
    name: 'the result lines of ldapsearch',
    content: 'dn: cn=a\ncn: a\n\n# done\nsearch: 2\nresult: 0\n',
    code: 'ldif-missing-dn',
    line: 5,
    hint: '-LLL',
  },
  {
    name: 'a record with nothing but a DN',
    content: 'dn: cn=a\n\ndn: cn=b\ncn: b\n',
    code: 'ldif-empty-record',
    line: 1,
    hint: 'no attribute',
  },
  {
    name: 'an added entry without attributes',
    content: change('add'),
    code: 'ldif-empty-record',
    line: 2,
    hint: 'no attribute',
  },
  {
    name: 'a version other than 1',
    content: '# x\nversion: 2\n',
    code: 'ldif-bad-version',
    line: 2,
    hint: 'version: 1',
  },
  {
    name: 'a second version line',
    content: 'version: 1\n\nversion: 1\ndn: cn=a\ncn: a\n',
    code: 'ldif-bad-version',
    line: 3,
    hint: 'Remove this line',
  },
  {
    name: 'a continuation of nothing',
    content: ' x\n',
    code: 'ldif-stray-continuation',
    line: 1,
    hint: 'Remove the space',
  },
  {
    name: 'a space on the line between records',
    content: 'dn: cn=a\ncn: a\n\n \ndn: cn=b\ncn: b\n',
    code: 'ldif-stray-continuation',
    line: 4,
    hint: 'must be empty',
  },
  {
    name: 'UTF-16',
    content: Buffer.from('\ufeffdn: cn=a\n', 'utf16le'),
    code: 'ldif-encoding',
    line: 1,
    hint: 'Save it as UTF-8',
  },
  {
    name: 'a null in a plain value',
    content: 'dn: cn=a\ncn: a\0b\n',
    code: 'ldif-unsafe-character',
    line: 2,
    hint: 'base64',
  },
  {
    name: 'a carriage return in a plain value',
    content: 'dn: cn=a\ncn: a\rb\n',
    code: 'ldif-unsafe-character',
    line: 2,
    hint: 'base64',
  },
  {
    name: 'a plain value that starts with a colon',
    content: 'dn: cn=a\ncn: :a\n',
    code: 'ldif-unsafe-character',
    line: 2,
    hint: 'base64',
  },
  {
    name: 'a plain value that starts with an angle bracket',
    content: 'dn: cn=a\ncn: <a\n',
    code: 'ldif-unsafe-character',
    line: 2,
    hint: 'base64',
  },
  {
    name: 'a value by URL when none is allowed',
    content: 'dn: cn=a\ncn:< file:///etc/hostname\n',
    code: 'ldif-url-refused',
    line: 2,
    hint: 'not allowed',
  },
  {
    name: 'an unknown changetype',
    content: change('move'),
    code: 'ldif-bad-changetype',
    line: 2,
    hint: 'modrdn or moddn',
  },
  {
    name: 'a malformed control',
    content: 'dn: cn=a\ncontrol: tree-delete\nchangetype: delete\n',
    code: 'ldif-bad-control',
    line: 2,
    hint: '1.2.840',
  },
  {
    name: 'a control in a content record',
    content: 'dn: cn=a\ncontrol: 1.2\ncn: a\n',
    code: 'ldif-bad-change',
    line: 3,
    hint: 'changetype',
  },
  {
    name: 'attributes in a delete',
    content: change('delete', 'cn: a'),
    code: 'ldif-bad-change',
    line: 3,
    hint: 'empty line',
  },
  {
    name: 'a modification without an end',
    content: change('modify', 'add: cn', 'cn: a'),
    code: 'ldif-bad-change',
    line: 4,
    hint: 'only `-`',
  },
  {
    name: 'a modification of an unknown kind',
    content: change('modify', 'cn: a', '-'),
    code: 'ldif-bad-change',
    line: 3,
    hint: '`replace:`',
  },
  {
    name: 'another attribute inside a modification',
    content: change('modify', 'add: cn', 'sn: a', '-'),
    code: 'ldif-bad-change',
    line: 4,
    hint: 'must name cn',
  },
  {
    name: 'adding no value',
    content: change('modify', 'add: cn', '-'),
    code: 'ldif-bad-change',
    line: 3,
    hint: 'at least one',
  },
  {
    name: 'incrementing by a word',
    content: change('modify', 'increment: uidNumber', 'uidNumber: one', '-'),
    code: 'ldif-bad-change',
    line: 3,
    hint: 'whole number',
  },
  {
    name: 'incrementing by two numbers',
    content: change('modify', 'increment: uidNumber', 'uidNumber: 1', 'uidNumber: 1', '-'),
    code: 'ldif-bad-change',
    line: 3,
    hint: 'exactly one',
  },
  {
    name: 'a modification of a malformed name',
    content: change('modify', 'add: c n', '-'),
    code: 'ldif-bad-attribute',
    line: 3,
    hint: 'letters',
  },
  {
    name: 'a rename without a name',
    content: change('modrdn', 'deleteoldrdn: 1'),
    code: 'ldif-bad-change',
    line: 3,
    hint: 'newrdn',
  },
  {
    name: 'a rename to a path',
    content: change('modrdn', 'newrdn: cn=b,ou=c', 'deleteoldrdn: 1'),
    code: 'ldif-bad-dn',
    line: 3,
    hint: 'newsuperior',
  },
  {
    name: 'a rename to a bad name',
    content: change('modrdn', 'newrdn: b', 'deleteoldrdn: 1'),
    code: 'ldif-bad-dn',
    line: 3,
    hint: 'attribute type',
  },
  {
    name: 'a rename that leaves the old name open',
    content: change('modrdn', 'newrdn: cn=b'),
    code: 'ldif-bad-change',
    line: 3,
    hint: 'deleteoldrdn: 1',
  },
  {
    name: 'a rename with a word for a flag',
    content: change('moddn', 'newrdn: cn=b', 'deleteoldrdn: yes'),
    code: 'ldif-bad-change',
    line: 4,
    hint: 'deleteoldrdn: 0',
  },
  {
    name: 'a move below no DN',
    content: change('moddn', 'newrdn: cn=b', 'deleteoldrdn: 1', 'newsuperior: x'),
    code: 'ldif-bad-dn',
    line: 5,
    hint: 'attribute type',
  },
  {
    name: 'lines after a rename',
    content: change('moddn', 'newrdn: cn=b', 'deleteoldrdn: 1', 'cn: b'),
    code: 'ldif-bad-change',
    line: 5,
    hint: 'Nothing more',
  },
  {
    name: 'entries and changes in one file',
    content: 'dn: cn=a\ncn: a\n\ndn: cn=a\nchangetype: delete\n',
    code: 'ldif-mixed-records',
    line: 4,
    hint: 'Split the file',
  },
  {
    name: 'a line beyond the limit',
    content: `dn: cn=a\ncn: ${'a'.repeat(100)}\n`,
    limits: { lineBytes: 99 },
    code: 'ldif-too-large',
    line: 2,
    hint: '99 bytes',
  },
  {
    name: 'a line that never ends',
    content: `dn: cn=a\ncn: ${'a'.repeat(100)}`,
    limits: { lineBytes: 99 },
    code: 'ldif-too-large',
    line: 2,
    hint: '99 bytes',
  },
  {
    name: 'a folded line beyond the limit',
    content: `dn: cn=a\ncn: a\n${' b\n'.repeat(100)}`,
    limits: { lineBytes: 99 },
    code: 'ldif-too-large',
    line: 2,
    hint: '99 bytes',
  },
  {
    name: 'a record beyond the limit',
    content: `dn: cn=x\ncn: x\n\n${member(20)}`,
    limits: { recordBytes: 99 },
    code: 'ldif-too-large',
    line: 4,
    hint: '99 bytes',
  },
  {
    name: 'too many lines',
    content: member(20),
    limits: { values: 3, attributes: 1 },
    code: 'ldif-too-large',
    line: 1,
    hint: 'lines',
  },
  {
    name: 'too many values',
    content: member(4),
    limits: { values: 3 },
    code: 'ldif-too-large',
    line: 5,
    hint: '3 values',
  },
  {
    name: 'too many attributes',
    content: 'dn: cn=a\ncn: a\nsn: b\nou: c\n',
    limits: { attributes: 2 },
    code: 'ldif-too-large',
    line: 4,
    hint: '2 attributes',
  },
  {
    name: 'too many modifications',
    content: change('modify', 'delete: cn', '-', 'delete: sn', '-'),
    limits: { attributes: 1 },
    code: 'ldif-too-large',
    line: 5,
    hint: '1 modifications',
  },
] as const) {
  test(`refused, with the place and a remedy: ${row.name}`, async () => {
    const error = await refusalOf(row.content, 'limits' in row ? { limits: row.limits } : {});
    assert.equal(error.code, row.code, error.message);
    assert.equal(error.line, row.line, error.message);
    assert.ok(error.message.startsWith(`users.ldif:${row.line}: `), error.message);
    assert.ok(error.message.includes(row.hint), error.message);
  });
}

test('complaints never repeat a value', async () => {
  for (const content of ['dn: cn=a\nuserPassword:: hunter2\n', 'dn: hunter2\ncn: a\n', 'dn: cn=a\nhunter2\n']) {
    assert.ok(!(await refusalOf(content)).message.includes('hunter2'));
  }
});

test('records before the fault are handed on, one at a time', async () => {
  const seen: number[] = [];
  async function* chunks() {
    yield Buffer.from('dn: cn=a\ncn: a\n\ndn: cn=b\ncn: b\n\noops\n');
  }
  await assert.rejects(async () => {
    for await (const record of readLdif(chunks())) seen.push(record.line);
  }, LdifError);
  assert.deepEqual(seen, [1, 4]);
});

test('a reader stops between chunks when it is told to', async () => {
  const stop = new AbortController();
  async function* chunks() {
    yield Buffer.from('dn: cn=a\ncn: a\n\ndn: cn=b\n');
    stop.abort();
    yield Buffer.from('cn: b\n\n');
  }
  await assert.rejects(collected(readLdif(chunks(), { signal: stop.signal })), { name: 'AbortError' });
});

const folder = mkdtempSync(join(tmpdir(), 'ldif-'));
after(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'in'));
mkdirSync(join(folder, 'in-the-way'));
writeFileSync(join(folder, 'in', 'photo'), 'pixels');
writeFileSync(join(folder, 'secret'), 'secret');
writeFileSync(join(folder, 'in-the-way', 'secret'), 'secret');
symlinkSync(join(folder, 'secret'), join(folder, 'in', 'link'));
const url = (path: string) => pathToFileURL(join(folder, path)).href;

test('a value by URL is read from the allowed folder, in text and binary attributes', async () => {
  const content = `dn: cn=a\njpegPhoto:< ${url('in/photo')}\ndescription:<${url('in/photo')}\n`;
  const [record] = await read(content, { filesBelow: join(folder, 'in') });
  assert.deepEqual(attributesOf(record), { jpegPhoto: [bytes('pixels')], description: ['pixels'] });
});

for (const [name, target, code] of [
  ['a file outside the folder', url('secret'), 'ldif-url-refused'],
  ['a way out by dots', `${url('in')}/../secret`, 'ldif-url-refused'],
  ['a link that leads outside', url('in/link'), 'ldif-url-refused'],
  ['a folder whose name starts alike', url('in-the-way/secret'), 'ldif-url-refused'],
  ['a folder', url('in'), 'ldif-url-refused'],
  ['another scheme', 'http://files.example/photo', 'ldif-url-refused'],
  ['a host', 'file://files.example/photo', 'ldif-url-refused'],
  ['a path without a scheme', join(folder, 'in', 'photo'), 'ldif-url-refused'],
  ['a file that is not there', url('in/nothing'), 'ldif-url-unreadable'],
] as const) {
  test(`a value by URL is refused for ${name}`, async () => {
    const error = await refusalOf(`dn: cn=a\njpegPhoto:< ${target}\n`, { filesBelow: join(folder, 'in') });
    assert.deepEqual([error.code, error.line], [code, 2], error.message);
  });
}

test('values by URL count towards the size of their record', async () => {
  const content = `dn: cn=a\n${`jpegPhoto:< ${url('in/photo')}\n`.repeat(3)}`;
  const limits = { recordBytes: Buffer.byteLength(content) + 12 };
  const error = await refusalOf(content, { filesBelow: join(folder, 'in'), limits });
  assert.deepEqual([error.code, error.line], ['ldif-too-large', 4]);
});

test('a file is read by its path, and a missing one is named', async () => {
  const path = join(folder, 'a.ldif');
  writeFileSync(path, 'dn: cn=a\ncn: a\n\noops');
  const seen: LdifRecord[] = [];
  await assert.rejects(
    async () => {
      for await (const record of readLdifFile(path)) seen.push(record);
    },
    { code: 'ldif-missing-dn', fileName: path, line: 4 },
  );
  assert.equal(seen.length, 1);
  await assert.rejects(collected(readLdifFile(join(folder, 'none.ldif'))), { code: 'ldif-unreadable', line: 0 });
  await assert.rejects(collected(readLdifFile(folder)), { code: 'ldif-unreadable' });
});

test('a line in a million pieces is joined in linear time', async () => {
  const content = `dn: cn=a\ncn: a\n${' b\n'.repeat(1_000_000)}`;
  const [record] = await read(content, {}, 64 * 1024);
  assert.deepEqual(attributesOf(record), { cn: [`a${'b'.repeat(1_000_000)}`] });
});

const seeds = [
  'version: 1\n\ndn: cn=a,dc=x\nobjectClass: top\ncn:: w6k=\nobjectGUID:: AAE=\ndescription: a long\n  one\n\n# note\n\ndn: cn=b\ncn: b\n',
  'dn: cn=a\ncontrol: 1.2.3 true:: AA==\nchangetype: modify\nadd: cn\ncn: b\n-\nreplace: sn\n-\nincrement: uidNumber\nuidNumber: 1\n-\n',
  'dn: cn=a,dc=x\nchangetype: moddn\nnewrdn: cn=b\ndeleteoldrdn: 1\nnewsuperior: dc=y\n\ndn: cn=c\nchangetype: delete\n',
  'dn: cn=a\nchangetype: add\njpegPhoto:< file:///etc/hostname\nuserCertificate;binary:: AAE=\nmember;range=0-1: cn=x\n',
];
const mutated = fc
  .tuple(
    fc.constantFrom(...seeds),
    fc.array(
      fc.tuple(
        fc.nat(400),
        fc.nat(3),
        fc.oneof(
          fc.uint8Array({ maxLength: 3 }),
          fc.constantFrom(...[':', '\n', ' ', '-', ':<', '::', '\r', '\0', ';', '=', 'dn: ', '#', '\\'].map(bytes)),
        ),
      ),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map(([seed, edits]) => {
    let content = Buffer.from(seed);
    for (const [at, removed, added] of edits) {
      content = Buffer.concat([content.subarray(0, at), added, content.subarray(at + removed)]);
    }
    return content;
  });

test('whatever the bytes are, they are records or refused with a code and a place', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof({ weight: 4, arbitrary: mutated }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) }),
      fc.integer({ min: 1, max: 64 }),
      async (content, chunkBytes) => {
        try {
          await read(content, {}, chunkBytes);
        } catch (error) {
          assert.ok(error instanceof LdifError && error instanceof DirectoryError, String(error));
          assert.ok(error.line >= 1 && error.message.startsWith(`LDIF:${error.line}: `), error.message);
        }
      },
    ),
    { seed: 2849, numRuns: 10_000 },
  );
});

test('the size of chunks never matters', async () => {
  const outcome = (content: Uint8Array, chunkBytes: number) =>
    read(content, {}, chunkBytes).catch((error: unknown) => (error instanceof LdifError ? error.message : error));
  await fc.assert(
    fc.asyncProperty(mutated, async (content) => {
      assert.deepEqual(await outcome(content, 1), await outcome(content, 10_000));
    }),
    { seed: 2849, numRuns: 500 },
  );
});
