import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyChanges, checkChanges, checkObject } from './attribute-check.ts';
import { type AttributeValue, attributeEntries, attributesFrom, type ObjectType } from './cloud-object.ts';
import type { ExportFailure } from './export-failure.ts';

function checked(
  type: ObjectType,
  values: Record<string, AttributeValue | null>,
): Record<string, AttributeValue> | ExportFailure {
  const changes = checkChanges(type, 'anchor', Object.entries(values));
  if ('code' in changes) return changes;
  return Object.fromEntries(attributeEntries(applyChanges(new Map(), changes).attributes));
}

const long = (length: number): string => 'x'.repeat(length);
const extension = (name: string): string => `extension_0123456789abcdef0123456789abcdef_${name}`;

for (const row of [
  { name: 'texts, flags and whole numbers', values: { displayName: 'Ada', accountEnabled: false, countryCode: 276 } },
  { name: 'text with line breaks', values: { streetAddress: '1 Road\r\nTown' } },
  { name: 'names in any case, kept as sent', values: { EmployeeID: '7' } },
  { name: 'many certificates up to 15', values: { userCertificate: Array.from({ length: 15 }, (_, at) => `c${at}`) } },
  {
    name: 'attributes that only mail systems read, as they are',
    values: { msExchHideFromAddressLists: true, msExchSafeSendersHash: 'AAA=' },
  },
  { name: 'directory extensions', values: { [extension('shoeSize')]: 38, [extension('tags')]: ['a', 'b'] } },
  {
    name: 'proxy addresses of any kind',
    values: { proxyAddresses: ['SMTP:a@example.com', 'X500:/o=x', 'b@example.com'] },
  },
  { name: 'the source anchor itself', values: { sourceAnchor: 'anchor' } },
] as { name: string; values: Record<string, AttributeValue> }[]) {
  test(`a user may have ${row.name}`, () => assert.deepEqual(checked('user', row.values), row.values));
}

test('multi-valued attributes become lists without repetition, single ones stand alone', () => {
  assert.deepEqual(
    checked('user', { otherMobile: '1', displayName: ['Ada'], proxyAddresses: ['a@example.com', 'a@example.com'] }),
    {
      otherMobile: ['1'],
      displayName: 'Ada',
      proxyAddresses: ['a@example.com'],
    },
  );
});

for (const row of [
  { name: 'an unknown attribute', values: { shoeSize: '38' }, code: 'DataValidationFailed' },
  { name: 'what every object inherits', values: { constructor: 'x' }, code: 'DataValidationFailed' },
  {
    name: 'an attribute of another type',
    type: 'group' as const,
    values: { accountEnabled: true },
    code: 'DataValidationFailed',
  },
  {
    name: 'an attribute of another type, even to remove it',
    type: 'group' as const,
    values: { accountEnabled: null },
    code: 'DataValidationFailed',
  },
  { name: 'one attribute under two spellings', values: { title: 'a', Title: 'b' }, code: 'DataValidationFailed' },
  { name: 'a flag as text', values: { accountEnabled: 'TRUE' }, code: 'DataValidationFailed' },
  { name: 'a text as number', values: { employeeId: 7 }, code: 'DataValidationFailed' },
  { name: 'a number with a fraction', values: { countryCode: 1.5 }, code: 'DataValidationFailed' },
  { name: 'two values of a single-valued attribute', values: { title: ['a', 'b'] }, code: 'DataValidationFailed' },
  { name: 'an empty list', values: { otherMobile: [] }, code: 'DataValidationFailed' },
  { name: 'an empty text', values: { title: '' }, code: 'DataValidationFailed' },
  { name: 'U+0000', values: { title: 'a\u0000' }, code: 'DataValidationFailed' },
  { name: 'half a surrogate pair', values: { title: '\ud800' }, code: 'DataValidationFailed' },
  { name: 'a text beyond its length', values: { title: long(449) }, code: 'ExceededAllowedLength' },
  {
    name: 'an extension value beyond 250 characters',
    values: { [extension('x')]: long(251) },
    code: 'ExceededAllowedLength',
  },
  {
    name: 'more than 15 certificates',
    values: { userCertificate: Array.from({ length: 16 }, (_, at) => `c${at}`) },
    code: 'LargeObject',
  },
  {
    name: 'more than 332 proxy addresses',
    values: { proxyAddresses: Array.from({ length: 333 }, (_, at) => `p${at}@example.com`) },
    code: 'LargeObject',
  },
  { name: 'a bad userPrincipalName', values: { userPrincipalName: 'ada' }, code: 'IdentityDataValidationFailed' },
  { name: 'a mail without a domain', values: { mail: 'ada@' }, code: 'DataValidationFailed' },
  { name: 'a bad SMTP proxy address', values: { proxyAddresses: ['smtp:ada'] }, code: 'DataValidationFailed' },
  { name: 'a country name where a code belongs', values: { usageLocation: 'Germany' }, code: 'DataValidationFailed' },
  { name: 'another source anchor', values: { sourceAnchor: 'other' }, code: 'DataValidationFailed' },
] as { name: string; type?: ObjectType; values: Record<string, AttributeValue | null>; code: string }[]) {
  test(`${row.name} is refused and named`, () => {
    const fault = checked(row.type ?? 'user', row.values) as ExportFailure;
    assert.equal(fault.code, row.code);
    assert.ok(Object.keys(row.values).includes(fault.attribute ?? ''), fault.message);
  });
}

for (const row of [
  {
    name: 'a user without a userPrincipalName',
    type: 'user' as const,
    values: { displayName: 'Ada' },
    code: 'IdentityDataValidationFailed',
  },
  {
    name: 'a group without a displayName',
    type: 'group' as const,
    values: { mail: 'a@example.com' },
    code: 'DataValidationFailed',
  },
  {
    name: 'more than 100 extension values',
    type: 'user' as const,
    values: {
      userPrincipalName: 'a@b',
      ...Object.fromEntries(Array.from({ length: 101 }, (_, at) => [extension(`x${at}`), 'v'])),
    },
    code: 'LargeObject',
  },
  {
    name: 'an object of more than 128 Ki characters',
    type: 'user' as const,
    values: {
      userPrincipalName: 'a@b',
      ...Object.fromEntries(Array.from({ length: 2 }, (_, at) => [`msExchBlob${at}`, long(65_536)])),
    },
    code: 'LargeObject',
  },
]) {
  test(`${row.name} is refused as a whole`, () => {
    assert.equal(checkObject(row.type, attributesFrom(Object.entries(row.values)))?.code, row.code);
  });
}

test('a contact needs nothing', () => assert.equal(checkObject('contact', new Map()), undefined));
