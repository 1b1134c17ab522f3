import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Dn } from './dn.ts';
import {
  dnLengthLimit,
  escapeDnValue,
  formatDn,
  isKeyUnder,
  isUnder,
  normaliseDn,
  parentDn,
  parseDn,
  rdnLimit,
  rdnOf,
  rebaseDn,
  renameDn,
} from './dn.ts';
import type { DirectoryErrorCode } from './error.ts';
import { DirectoryError } from './error.ts';

const refusedAs = (code: DirectoryErrorCode) => (error: unknown) =>
  error instanceof DirectoryError && error.code === code && error.message.endsWith('.');

for (const row of [
  {
    name: 'a DN is RDNs from the entry to the root',
    text: 'UID=jsmith,DC=example,DC=net',
    values: [['UID=jsmith'], ['DC=example'], ['DC=net']],
  },
  {
    name: 'an RDN may have several values',
    text: 'OU=Sales+CN=J. Smith,DC=net',
    values: [['OU=Sales', 'CN=J. Smith'], ['DC=net']],
  },
  {
    name: 'escaped quotes and commas belong to the value',
    text: 'CN=James \\"Jim\\" Smith\\, III,DC=net',
    values: [['CN=James "Jim" Smith, III'], ['DC=net']],
  },
  {
    name: 'a carriage return comes as hex',
    text: 'CN=Before\\0dAfter,DC=net',
    values: [['CN=Before\rAfter'], ['DC=net']],
  },
  { name: 'hex pairs are UTF-8 together', text: 'CN=Lu\\C4\\8Di\\C4\\87', values: [['CN=Lučić']] },
  {
    name: 'escaped spaces at the ends are kept, others are not',
    text: ' cn = \\ a \\  , dc = b ',
    values: [['cn= a  '], ['dc=b']],
  },
  { name: 'an equals sign in a value needs no escape', text: 'CN=a=b\\=c', values: [['CN=a=b=c']] },
  { name: 'a number sign leads a text only when escaped', text: 'CN=\\#1 desk#', values: [['CN=#1 desk#']] },
  { name: 'a value may be empty', text: 'CN=,DC=b', values: [['CN='], ['DC=b']] },
  { name: 'an OID is an attribute type', text: '1.3.6.1.4.1.1466.0=x', values: [['1.3.6.1.4.1.1466.0=x']] },
  { name: 'the empty text is the root', text: '', values: [] },
  {
    name: 'the conflict marker of AD is a line feed in the value',
    text: 'CN=Ann\\0ACNF:1,DC=b',
    values: [['CN=Ann\nCNF:1'], ['DC=b']],
  },
]) {
  test(row.name, () => {
    const values = parseDn(row.text).map((rdn) => rdn.map(({ type, value }) => `${type}=${value}`));
    assert.deepEqual(values, row.values);
  });
}

test('a value after # is the bytes of its hex', () => {
  assert.deepEqual(parseDn('1.3.6.1.4.1.1466.0=#04024869 ,DC=com'), [
    [{ type: '1.3.6.1.4.1.1466.0', value: Uint8Array.of(4, 2, 0x48, 0x69) }],
    [{ type: 'DC', value: 'com' }],
  ]);
});

for (const row of [
  { name: 'quoted values are refused by name', text: 'CN="Hale, Robert",DC=b', code: 'dn-quoted' },
  { name: 'a quote inside a value must be escaped', text: 'CN=a"b', code: 'dn-unescaped' },
  { name: 'a semicolon separates nothing', text: 'CN=a;DC=b', code: 'dn-unescaped' },
  { name: 'angle brackets must be escaped', text: 'CN=<a>', code: 'dn-unescaped' },
  { name: 'a null must be escaped', text: 'CN=a\0b', code: 'dn-unescaped' },
  { name: 'a letter cannot be escaped', text: 'CN=a\\zb', code: 'dn-bad-escape' },
  { name: 'a DN does not end in a backslash', text: 'CN=a\\', code: 'dn-bad-escape' },
  { name: 'escaped bytes must be UTF-8', text: 'CN=\\C4', code: 'dn-bad-escape' },
  { name: 'overlong UTF-8 is refused', text: 'CN=\\C0\\AF', code: 'dn-bad-escape' },
  { name: 'a hex value has whole bytes', text: 'CN=#abc', code: 'dn-bad-hex' },
  { name: 'a hex value has at least one byte', text: 'CN=#,DC=b', code: 'dn-bad-hex' },
  { name: 'nothing follows a hex value', text: 'CN=#04x', code: 'dn-bad-hex' },
  { name: 'a text without = is no DN', text: 'Hale', code: 'dn-bad-rdn' },
  { name: 'an unescaped comma in a name is found', text: 'CN=Hale, Robert,DC=b', code: 'dn-bad-rdn' },
  { name: 'a DN does not end in a comma', text: 'CN=a,', code: 'dn-bad-rdn' },
  { name: 'an RDN is not empty', text: 'CN=a,,DC=b', code: 'dn-bad-rdn' },
  { name: 'an attribute type starts with a letter', text: '-cn=a', code: 'dn-bad-rdn' },
  { name: 'an OID has no leading zeros', text: '2.05=a', code: 'dn-bad-rdn' },
  { name: 'half a surrogate pair is no text', text: 'CN=\ud800', code: 'dn-not-unicode' },
  { name: 'a DN has a longest length', text: `CN=${'a'.repeat(dnLengthLimit)}`, code: 'dn-too-long' },
  {
    name: 'a DN has a deepest level',
    text: Array.from({ length: rdnLimit + 1 }, () => 'DC=a').join(),
    code: 'dn-too-many-rdns',
  },
  {
    name: 'an RDN has a largest number of values',
    text: Array.from({ length: rdnLimit + 1 }, () => 'a=b').join('+'),
    code: 'dn-too-many-rdns',
  },
] as const) {
  test(row.name, () => {
    assert.throws(() => parseDn(row.text), refusedAs(row.code));
    assert.throws(() => normaliseDn(row.text), refusedAs(row.code), 'normaliseDn agrees');
  });
}

test('a DN of the longest length and the deepest level is read', () => {
  assert.equal(normaliseDn(`CN=${'a'.repeat(dnLengthLimit - 3)}`).length, dnLengthLimit);
  assert.equal(parseDn(Array.from({ length: rdnLimit }, () => 'DC=a').join()).length, rdnLimit);
});

test('the complaint says where', () => {
  assert.throws(() => parseDn('CN=a,OU=b;c'), /at character 10:/);
});

for (const [name, left, right] of [
  ['case does not matter', 'CN=Ann Hale,DC=Contoso', 'cn=ann hale,dc=contoso'],
  ['spaces around separators do not matter', 'cn=Ann Hale , dc = contoso', 'CN=Ann Hale,DC=contoso'],
  ['several spaces are one', 'CN=Ann   Hale', 'CN=Ann Hale'],
  ['escaped spaces at the ends are insignificant, as in RFC 4518', 'CN=\\ Ann\\ ', 'CN=Ann'],
  ['how a character is escaped does not matter', 'CN=Hale\\2c Ann\\C3\\A9', 'CN=Hale\\, Anné'],
  ['needless escapes do not matter', 'CN=a\\=b\\ c', 'CN=a=b c'],
  ['composed and decomposed accents are equal', 'CN=Zoe\u0308', 'CN=zo\u00eb'],
  ['the sharp s equals ss', 'CN=GROSS', 'CN=Groß'],
  ['a final sigma equals any sigma', 'CN=ΟΔΟΣ', 'CN=οδοσ'],
  ['full-width letters equal plain ones', 'CN=Ａｎｎ', 'CN=ann'],
  ['Cyrillic letters have case too', 'CN=ОЛЕНА', 'CN=олена'],
  ['the order of values in an RDN does not matter', 'CN=a+UID=b,DC=c', 'uid=B+cn=A,dc=C'],
  ['an OID equals the name that it stands for', '2.5.4.3=Ann,0.9.2342.19200300.100.1.25=b', 'CN=ann,DC=b'],
  ['a long name equals the short one', 'commonName=Ann', 'CN=ann'],
  ['the hex of a # value has no case', 'CN=#04FF', 'cn=#04ff'],
] as const) {
  test(name, () => assert.equal(normaliseDn(left), normaliseDn(right)));
}

for (const [name, left, right] of [
  ['a comma in a value is not a separator', 'CN=a\\,DC=b', 'CN=a,DC=b'],
  ['the dotless i is another letter', 'CN=Kadı', 'CN=Kadi'],
  ['accents matter', 'CN=Zoë', 'CN=Zoe'],
  ['characters that cannot be seen keep names apart', 'CN=a\u200bb', 'CN=ab'],
  ['a text never equals bytes', 'CN=\\#04', 'CN=#04'],
] as const) {
  test(name, () => assert.notEqual(normaliseDn(left), normaliseDn(right)));
}

for (const [dn, base, expected] of [
  ['CN=a,OU=Sales,DC=x', 'ou=sales, dc=X', true],
  ['OU=Sales,DC=x', 'OU=Sales,DC=x', true],
  ['CN=a,OU=PreSales,DC=x', 'OU=Sales,DC=x', false],
  ['CN=a,OU=Pre\\,OU=Sales,DC=x', 'OU=Sales,DC=x', false],
  ['CN=a\\\\,OU=Sales,DC=x', 'OU=Sales,DC=x', true],
  ['DC=x', 'OU=Sales,DC=x', false],
  ['CN=a,DC=x', '', true],
  ['CN=a,OU=Middle East\\, Africa,DC=x', 'ou=middle east\\2C africa,dc=x', true],
] as const) {
  test(`${dn} is ${expected ? '' : 'not '}under ${base || 'the root'}`, () =>
    assert.equal(isUnder(dn, base), expected));
}

test('the parent keeps its spelling, and the root has none', () => {
  assert.equal(parentDn('CN=Hale\\, Ann, OU=Sales,DC=x'), 'OU=Sales,DC=x');
  assert.equal(parentDn('CN=a\\\\,DC=x'), 'DC=x');
  assert.equal(parentDn('DC=x'), '');
  assert.equal(parentDn(''), undefined);
  assert.equal(rdnOf(' CN=Hale\\, Ann,DC=x'), 'CN=Hale\\, Ann');
});

test('a rename changes the RDN, the superior, or both', () => {
  assert.equal(renameDn('CN=a,OU=b,DC=x', 'CN=c'), 'CN=c,OU=b,DC=x');
  assert.equal(renameDn('CN=a,OU=b,DC=x', 'CN=c', 'OU=d,DC=x'), 'CN=c,OU=d,DC=x');
  assert.equal(renameDn('CN=a,DC=x', 'CN=c', ''), 'CN=c');
  assert.throws(() => renameDn('CN=a,DC=x', 'CN=c,OU=d'), refusedAs('dn-bad-rdn'));
  assert.throws(() => renameDn('', 'CN=c'), refusedAs('dn-bad-rdn'));
});

test('entries follow a container that moved', () => {
  assert.equal(rebaseDn('CN=Hale\\, Ann,OU=b,DC=x', 'ou=B, dc=X', 'OU=c,DC=y'), 'CN=Hale\\, Ann,OU=c,DC=y');
  assert.equal(rebaseDn('OU=b,DC=x', 'OU=b,DC=x', 'OU=c,DC=y'), 'OU=c,DC=y');
  assert.throws(() => rebaseDn('CN=a,DC=x', 'OU=b,DC=x', 'DC=y'), refusedAs('dn-not-below'));
});

test('a long run of spaces is read in linear time', () => {
  const start = performance.now();
  assert.throws(() => normaliseDn(`a${' '.repeat(dnLengthLimit - 10)}b=c`), refusedAs('dn-bad-rdn'));
  assert.ok(performance.now() - start < 1_000, 'quadratic time takes several seconds');
});

const types = fc.constantFrom('cn', 'OU', 'dc', 'uid', 'msDS-cloudName', '2.5.4.3', '1.3.6.1.4.1.1466.0', 'commonName');
const texts = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ unit: fc.constantFrom(...' ,+"\\<>;=#aÄßΣ\u0000\n\u0301'), maxLength: 8 }),
);
const values = fc.oneof(
  { weight: 4, arbitrary: texts },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 6 }) },
);
const dns: fc.Arbitrary<Dn> = fc.array(
  fc.array(fc.record({ type: types, value: values }, { noNullPrototype: true }), { minLength: 1, maxLength: 3 }),
  { maxLength: 5 },
);

test('what was formatted parses to itself', () => {
  fc.assert(
    fc.property(dns, (dn) => assert.deepEqual(parseDn(formatDn(dn)), dn)),
    { seed: 4514, numRuns: 2_000 },
  );
});

test('a key is a valid DN and its own key', () => {
  fc.assert(
    fc.property(dns, (dn) => {
      const key = normaliseDn(formatDn(dn));
      assert.equal(normaliseDn(key), key);
      assert.equal(normaliseDn(formatDn(parseDn(key))), key);
    }),
    { seed: 4514, numRuns: 2_000 },
  );
});

test('every letter of the first plane folds to something that folds to itself', () => {
  for (let code = 0x80; code < 0x1_0000; code++) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const key = normaliseDn(`cn=x${String.fromCharCode(code)}y`);
    if (normaliseDn(key) !== key) assert.fail(`U+${code.toString(16)}`);
  }
});

test('a DN is under each of its ancestors and under no other child of them', () => {
  fc.assert(
    fc.property(dns, (dn) => {
      let key: string | undefined = normaliseDn(formatDn(dn));
      const leaf = key;
      for (; key !== undefined; key = parentDn(key)) {
        assert.ok(isKeyUnder(leaf, key));
        assert.equal(normaliseDn(key), key, 'the parent of a key is a key');
        assert.ok(!isKeyUnder(leaf, `cn=nobody here${key === '' ? '' : ','}${key}`));
      }
    }),
    { seed: 4514 },
  );
});

test('any text is a DN or refused with a code', () => {
  const soup = fc.string({ unit: fc.constantFrom(...'cnC=a, +"\\;<>#0Aß\u0000\ud800'), maxLength: 30 });
  fc.assert(
    fc.property(fc.oneof(soup, fc.string({ unit: 'binary' })), (text) => {
      for (const read of [parseDn, normaliseDn]) {
        try {
          read(text);
        } catch (error) {
          assert.ok(error instanceof DirectoryError, String(error));
        }
      }
    }),
    { seed: 4514, numRuns: 5_000 },
  );
});

test('any value can be put into a DN', () => {
  fc.assert(
    fc.property(texts, (value) => {
      assert.deepEqual(parseDn(`cn=${escapeDnValue(value)},dc=x`)[0], [{ type: 'cn', value }]);
    }),
    { seed: 4514, numRuns: 1_000 },
  );
});
