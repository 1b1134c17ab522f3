import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAttributeDescription } from './attribute-name.ts';
import type { DirectoryEntry } from './entry.ts';
import { attributeValueFromBytes, bytesOf, textOf, valuesOf } from './entry.ts';

const value = (name: string, ...bytes: number[]) =>
  attributeValueFromBytes(parseAttributeDescription(name), Uint8Array.from(bytes));

test('values are bytes until the schema says otherwise', () => {
  assert.deepEqual(value('objectGUID', 97), Uint8Array.of(97));
  assert.equal(value('userAccountControl', 0x35, 0x31, 0x32), '512');
  assert.equal(value('cn', 0xc3, 0xa9), 'é');
  assert.equal(value('made-up', 0xc3, 0xa9), 'é');
  assert.deepEqual(value('made-up', 0xc3), Uint8Array.of(0xc3));
  assert.deepEqual(value('made-up;binary', 97), Uint8Array.of(97));
});

test('a text attribute that is not UTF-8 is refused and not mended', () => {
  assert.throws(() => value('cn', 0xc3), { code: 'value-not-utf8' });
});

test('a value shares no memory with what it was read from', () => {
  const bytes = Uint8Array.of(1, 2);
  const kept = attributeValueFromBytes(parseAttributeDescription('objectGUID'), bytes);
  bytes.fill(0);
  assert.deepEqual(kept, Uint8Array.of(1, 2));
});

test('an attribute is found by any spelling of its name', () => {
  const entry: DirectoryEntry = {
    dn: 'cn=a',
    attributes: new Map<string, string[] | Uint8Array[]>([
      ['sAMAccountName', ['a', 'b']],
      ['objectGUID', [Uint8Array.of(1)]],
    ]),
  };
  assert.deepEqual(valuesOf(entry, 'samaccountname'), ['a', 'b']);
  assert.equal(textOf(entry, 'SAMACCOUNTNAME'), 'a');
  assert.equal(textOf(entry, 'objectGuid'), undefined);
  assert.deepEqual(bytesOf(entry, 'objectguid'), Uint8Array.of(1));
  assert.equal(bytesOf(entry, 'sAMAccountName'), undefined);
  assert.deepEqual(valuesOf(entry, 'mail'), []);
});
