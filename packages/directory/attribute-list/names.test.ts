import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { canonicalAttributeName } from '../attribute-name.ts';
import { DirectoryError } from '../error.ts';
import { type AttributeName, attributeId, attributeIdCount, internName } from './names.ts';

const intern = (text: string): AttributeName => {
  const bytes = Buffer.from(`<${text}>`, 'latin1');
  return internName(bytes, 1, bytes.length - 1);
};

for (const { spelled, key, syntax, singleValued, range } of [
  { spelled: 'sn', key: 'sn', syntax: 'string', singleValued: true, range: undefined },
  { spelled: 'SURNAME', key: 'sn', syntax: 'string', singleValued: true, range: undefined },
  { spelled: '2.5.4.4', key: 'sn', syntax: 'string', singleValued: true, range: undefined },
  { spelled: 'Member', key: 'member', syntax: 'reference', singleValued: false, range: undefined },
  { spelled: 'objectguid', key: 'objectGUID', syntax: 'binary', singleValued: true, range: undefined },
  {
    spelled: 'userCertificate;binary',
    key: 'userCertificate',
    syntax: 'binary',
    singleValued: false,
    range: undefined,
  },
  { spelled: 'cn;Lang-JA', key: 'cn;lang-ja', syntax: 'string', singleValued: true, range: undefined },
  { spelled: 'UnHeardOf', key: 'unheardof', syntax: undefined, singleValued: undefined, range: undefined },
  { spelled: 'unHeardOf;binary', key: 'unheardof;binary', syntax: 'binary', singleValued: undefined, range: undefined },
  { spelled: 'member;range=0-1499', key: 'member', syntax: 'reference', singleValued: false, range: '0-1499' },
  { spelled: 'member;Range=1500-*', key: 'member', syntax: 'reference', singleValued: false, range: '1500-*' },
  { spelled: 'member;range=1-1', key: 'member', syntax: 'reference', singleValued: false, range: '1-1' },
  {
    spelled: 'description;range=0-9;lang-de',
    key: 'description;lang-de',
    syntax: 'string',
    singleValued: false,
    range: '0-9',
  },
]) {
  test(`${spelled} is ${key}${range === undefined ? '' : `, values ${range}`}`, () => {
    const found = intern(spelled);
    assert.deepEqual(found, { id: attributeId(key), key, syntax, singleValued, range });
  });
}

test('one attribute has one number, in every spelling, and another attribute another', () => {
  assert.equal(intern('mail').id, intern('RFC822Mailbox').id);
  assert.equal(intern('member;range=0-9').id, attributeId('MEMBER'));
  assert.notEqual(intern('cn').id, intern('cn;lang-ja').id);
  assert.ok(attributeIdCount() > intern('cn;lang-ja').id);
});

test('a spelling that was met before makes no new object', () => {
  assert.equal(intern('telephoneNumber'), intern('telephoneNumber'));
});

test('names of one length, start, middle and end are told apart', () => {
  const [a, b] = [intern('abcdefghi'), intern('axcdexghi')];
  assert.notEqual(a.id, b.id);
  assert.equal(intern('abcdefghi').key, 'abcdefghi');
});

test('a name has the key that text of it has, whatever it is', () => {
  const parts = fc.tuple(
    fc.oneof(
      fc.constantFrom('cn', 'Member', '2.5.4.3', '1.2.3.4', '__proto__'),
      fc.stringMatching(/^[a-zA-Z][a-z0-9-]{0,6}$/),
    ),
    fc.array(fc.constantFrom(';binary', ';lang-de', ';LANG-EN', ';', ';x y'), { maxLength: 2 }),
  );
  fc.assert(
    fc.property(parts, ([type, options]) => {
      const text = [type, ...options].join('');
      let key: string;
      try {
        key = canonicalAttributeName(text);
      } catch {
        assert.throws(() => intern(text), DirectoryError);
        return;
      }
      assert.equal(intern(text).key, key);
      assert.equal(intern(text).id, attributeId(text));
    }),
  );
});

/** Numbers last for a process, so what uses them up has one of its own. */
function inProcess(script: string): string[] {
  const run = spawnSync(
    process.execPath,
    [
      '--input-type=module-typescript',
      '--eval',
      `import { attributeIdCount, internName } from './names.ts';\n${script}`,
    ],
    { cwd: fileURLToPath(new URL('.', import.meta.url)), encoding: 'utf8' },
  );
  assert.equal(run.stderr, '');
  return run.stdout.trim().split('\n');
}

test('names beyond 4,096 spellings are read still, and read each time anew', () => {
  const [count, ...same] = inProcess(`
    const intern = (text) => internName(Buffer.from(text), 0, Buffer.byteLength(text));
    const first = intern('a-0');
    for (let at = 1; at < 5_000; at++) intern('a-' + at);
    console.log(attributeIdCount());
    console.log(intern('a-0') === first, intern('a-4999') === intern('a-4999'), intern('a-4999').id === intern('A-4999').id);
  `);
  assert.equal(count, '5001');
  assert.deepEqual(same, ['true false true']);
});

test('a directory that invents names without end is refused after 65,536, and known names go on', () => {
  const lines = inProcess(`
    const intern = (text) => internName(Buffer.from(text), 0, Buffer.byteLength(text));
    const known = intern('sn').id;
    let code = '';
    let count = 0;
    try {
      for (; count < 70_000; count++) intern('a-' + count);
    } catch (error) {
      code = error.code;
    }
    console.log(code, count, attributeIdCount(), intern('SN').id === known);
  `);
  assert.deepEqual(lines, ['attribute-name-invalid 65535 65537 true']);
});
