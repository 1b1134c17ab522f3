import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anchorAttributes, anchorFromDn } from './anchor-attribute.ts';

const anchor = new Uint8Array(Buffer.from('00112233445566778899aabbccddeeff', 'hex'));

for (const { name, value, filter } of [
  {
    name: 'entryUUID',
    value: '00112233-4455-6677-8899-AABBCCDDEEFF',
    filter: '(entryUUID=00112233-4455-6677-8899-aabbccddeeff)',
  },
  {
    name: 'nsUniqueId',
    value: '00112233-44556677-8899aabb-ccddeeff',
    filter: '(nsUniqueId=00112233-44556677-8899aabb-ccddeeff)',
  },
  {
    name: 'orclGUID',
    value: '00112233445566778899AABBCCDDEEFF',
    filter: '(orclGUID=00112233445566778899aabbccddeeff)',
  },
  {
    name: 'objectGUID',
    value: Buffer.from(anchor),
    filter: '(objectGUID=\\00\\11\\22\\33\\44\\55\\66\\77\\88\\99\\aa\\bb\\cc\\dd\\ee\\ff)',
  },
]) {
  test(`${name} reads as 16 bytes and finds its object by them`, () => {
    const attribute = anchorAttributes.find((each) => each.name === name)!;
    assert.deepEqual(attribute.anchorOf(Buffer.from(value)), anchor);
    assert.equal(attribute.filterFor(anchor), filter);
    for (const wrong of ['', 'x', `${value.toString('latin1')}0`]) {
      assert.equal(attribute.anchorOf(Buffer.from(wrong, 'latin1')), undefined);
    }
  });
}

test('a DN is the same anchor however it is spelled', () => {
  assert.deepEqual(anchorFromDn('CN=Ada,DC=x'), anchorFromDn('cn=ada, dc=X'));
  assert.notDeepEqual(anchorFromDn('cn=a,dc=x'), anchorFromDn('cn=b,dc=x'));
  assert.equal(anchorFromDn('cn=a').length, 16);
});
