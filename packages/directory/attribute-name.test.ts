import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  attributeDescriptionLimit,
  canonicalAttributeName,
  isAttributeType,
  parseAttributeDescription,
} from './attribute-name.ts';

for (const [name, text, key] of [
  ['a known name has the casing of the schema', 'SAMACCOUNTNAME', 'sAMAccountName'],
  ['an unknown name is lower case, whichever spelling comes first', 'FooBar', 'foobar'],
  ['a long name is the short one', 'organizationalUnitName', 'ou'],
  ['an OID of a naming attribute is its name', '2.5.4.3', 'cn'],
  ['another OID stays', '1.2.840.113556.1.4.999', '1.2.840.113556.1.4.999'],
  ['options are lower case and sorted', 'OU;Phonetic;lang-JA', 'ou;lang-ja;phonetic'],
  ['the same option twice is one', 'cn;x;X', 'cn;x'],
  ['binary transfer is dropped where the schema says binary', 'usercertificate;BINARY', 'userCertificate'],
  ['binary transfer is kept where nothing else says binary', 'foo;binary', 'foo;binary'],
  ['a range of AD is an option', 'member;Range=1500-*', 'member;range=1500-*'],
  ['a name of the language itself is an attribute like any other', 'constructor', 'constructor'],
] as const) {
  test(name, () => assert.equal(canonicalAttributeName(text), key));
}

test('the syntax comes from the schema, from ;binary, or is not known', () => {
  assert.equal(parseAttributeDescription('MEMBER').syntax, 'reference');
  assert.equal(parseAttributeDescription('cn;binary').syntax, 'binary');
  assert.equal(parseAttributeDescription('foo').syntax, undefined);
});

for (const text of [
  '',
  ';binary',
  'a b',
  '1a',
  'a;',
  'a;;b',
  'a;b c',
  'a_b',
  'ä',
  '1.',
  '1',
  '01.2',
  '__proto__',
  'cn\n',
]) {
  test(`${JSON.stringify(text)} is no attribute name`, () => {
    assert.throws(() => canonicalAttributeName(text), { code: 'attribute-name-invalid' });
    assert.equal(isAttributeType(text), false);
  });
}

test('a name has a longest length', () => {
  assert.equal(isAttributeType('a'.repeat(attributeDescriptionLimit)), true);
  assert.throws(() => canonicalAttributeName('a'.repeat(attributeDescriptionLimit + 1)), {
    code: 'attribute-name-invalid',
  });
});

test('names from outside beyond what is remembered still have their keys', () => {
  for (let i = 0; i < 10_000; i++) assert.equal(canonicalAttributeName(`Made-Up-${i}`), `made-up-${i}`);
  assert.equal(canonicalAttributeName('MEMBEROF'), 'memberOf');
});
