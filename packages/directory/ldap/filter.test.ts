import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BerReader } from './ber.ts';
import { LdapError } from './error.ts';
import { encodeFilter, escapeFilterValue } from './filter.ts';

/** A filter's bytes as text: `and(…)`, names and values in hexadecimal where they are not printable. */
function shape(reader: BerReader): string {
  const kinds = ['and', 'or', 'not', 'equal', 'substrings', 'atLeast', 'atMost', '', 'approximate', 'extensible'];
  const { tag = 0 } = reader;
  if (tag === 0x87) return `present(${words(reader.octets(tag))})`;
  const kind = kinds[tag - 0xa0] ?? '';
  assert.notEqual(kind, '', `tag ${tag}`);
  const inside = reader.enter(tag);
  const parts: string[] = [];
  while (!inside.isAtEnd) {
    if (tag <= 0xa2) parts.push(shape(inside));
    else if (inside.tag === 0x30) parts.push(list(inside.enter()));
    else parts.push(`${label(inside.tag)}${words(inside.octets(inside.tag))}`);
  }
  return `${kind}(${parts.join(', ')})`;
}

function list(reader: BerReader): string {
  const parts: string[] = [];
  while (!reader.isAtEnd) {
    const { tag } = reader;
    parts.push(`${['initial', 'any', 'final'][tag! - 0x80]}:${words(reader.octets(tag))}`);
  }
  return parts.join(' ');
}

function label(tag: number | undefined): string {
  return { 129: 'rule:', 130: 'type:', 131: 'value:', 132: 'dn:' }[tag ?? 0] ?? '';
}

function words(bytes: Buffer): string {
  return /^[\x20-\x7e]*$/.test(bytes.toString('latin1')) ? bytes.toString() : `0x${bytes.toString('hex')}`;
}

for (const [filter, expected] of [
  // RFC 4515 4
  ['(cn=Babs Jensen)', 'equal(cn, Babs Jensen)'],
  ['(!(cn=Tim Howes))', 'not(equal(cn, Tim Howes))'],
  [
    '(&(objectClass=Person)(|(sn=Jensen)(cn=Babs J*)))',
    'and(equal(objectClass, Person), or(equal(sn, Jensen), substrings(cn, initial:Babs J)))',
  ],
  ['(o=univ*of*mich*)', 'substrings(o, initial:univ any:of any:mich)'],
  ['(seeAlso=)', 'equal(seeAlso, )'],
  ['(cn:caseExactMatch:=Fred Flintstone)', 'extensible(rule:caseExactMatch, type:cn, value:Fred Flintstone)'],
  ['(cn:=Betty Rubble)', 'extensible(type:cn, value:Betty Rubble)'],
  ['(sn:dn:2.4.6.8.10:=Barney Rubble)', 'extensible(rule:2.4.6.8.10, type:sn, value:Barney Rubble, dn:0xff)'],
  ['(o:dn:=Ace Industry)', 'extensible(type:o, value:Ace Industry, dn:0xff)'],
  ['(:1.2.3:=Wilma Flintstone)', 'extensible(rule:1.2.3, value:Wilma Flintstone)'],
  ['(:DN:2.4.6.8.10:=Dino)', 'extensible(rule:2.4.6.8.10, value:Dino, dn:0xff)'],
  [
    '(o=Parens R Us \\28for all your parenthetical needs\\29)',
    'equal(o, Parens R Us (for all your parenthetical needs))',
  ],
  ['(cn=*\\2A*)', 'substrings(cn, any:*)'],
  ['(filename=C:\\5cMyFile)', 'equal(filename, C:\\MyFile)'],
  ['(bin=\\00\\00\\00\\04)', 'equal(bin, 0x00000004)'],
  ['(sn=Lu\\c4\\8di\\c4\\87)', 'equal(sn, 0x4c75c48d69c487)'],
  ['(1.3.6.1.4.1.1466.0=\\04\\02\\48\\69)', 'equal(1.3.6.1.4.1.1466.0, 0x04024869)'],
  // RFC 4526
  ['(&)', 'and()'],
  ['(|)', 'or()'],
  ['(objectClass=*)', 'present(objectClass)'],
  ['(cn=*a)', 'substrings(cn, final:a)'],
  ['(cn=a*)', 'substrings(cn, initial:a)'],
  ['(cn=*a*)', 'substrings(cn, any:a)'],
  ['(cn=a*b*c)', 'substrings(cn, initial:a any:b final:c)'],
  ['(uSNChanged>=12)', 'atLeast(uSNChanged, 12)'],
  ['(a<=b)', 'atMost(a, b)'],
  ['(cn~=Zoë)', 'approximate(cn, 0x5a6fc3ab)'],
  ['(cn;lang-ja=a)', 'equal(cn;lang-ja, a)'],
  ['(cn= a )', 'equal(cn,  a )'],
  ['(memberOf=cn=a,dc=b)', 'equal(memberOf, cn=a,dc=b)'],
  [' (&\n  (a=1)\n  (! (b=2) )\n)\n', 'and(equal(a, 1), not(equal(b, 2)))'],
] as const) {
  test(`${JSON.stringify(filter)} is ${expected}`, () => {
    const reader = new BerReader(encodeFilter(filter));
    assert.equal(shape(reader), expected);
    assert.ok(reader.isAtEnd);
  });
}

for (const [filter, says] of [
  ['', /expects `\(` at character 1\b/],
  ['cn=a', /expects `\(` at character 1\b/],
  ['(cn=a', /expects `\)` at character 6\b/],
  ['(cn=a))', /expects the end at character 7\b/],
  ['(cn)', /expects `=`.* at character 4\b/],
  ['(=a)', /expects an attribute name at character 2\b/],
  ['(c n=a)', /expects an attribute name at character 2\b/],
  ['(!cn=a)', /expects `\(` at character 3\b/],
  ['(!(a=b)(c=d))', /expects `\)` at character 8\b/],
  ['(cn=a\\2)', /two hexadecimal digits after `\\` at character 6\b/],
  ['(cn=a(b)', /written \\28 in a value at character 6\b/],
  ['(cn>=a*)', /written \\2a in a value at character 7\b/],
  ['(cn=a\0)', /written \\00 in a value at character 6\b/],
  ['(cn=a**b)', /two `\*` with nothing between them at character 7\b/],
  ['(cn=**)', /two `\*` with nothing between them/],
  ['(:=a)', /expects `attribute:dn:rule:=value` at character 2\b/],
  ['(cn:a:b:=c)', /expects `attribute:dn:rule:=value`/],
  [`${'(!'.repeat(200)}(a=b)${')'.repeat(200)}`, /nested deeper than 100/],
  [`(cn=${'a'.repeat(2_000_000)})`, /longer than 1048576 characters/],
] as const) {
  test(`${JSON.stringify(filter.slice(0, 40))} is no filter`, () => {
    assert.throws(
      () => encodeFilter(filter),
      (error) => {
        assert.ok(error instanceof LdapError);
        assert.equal(error.code, 'ldap-filter-invalid');
        assert.match(error.message, says);
        return true;
      },
    );
  });
}

test('any value that is escaped is found again, byte for byte', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array()), (value) => {
      const reader = new BerReader(encodeFilter(`(cn=${escapeFilterValue(value)})`)).enter(0xa3);
      assert.equal(reader.octets().toString(), 'cn');
      assert.deepEqual(reader.octets(), Buffer.from(value as string));
    }),
  );
});
