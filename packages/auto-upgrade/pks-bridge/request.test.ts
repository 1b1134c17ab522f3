import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PksError } from './error.ts';
import { parsePksRequest } from './request.ts';

const asked = {
  productKey: 'AB1CD-EFGHI-JKLMN-OPQRS-TUVWX',
  component: 'connect-sync',
  version: '2.1.20.0',
  hostName: 'ADATUM-Sync1.adatum.example',
};

test('a request becomes claims and a hash; the key is nowhere in it', () => {
  const request = parsePksRequest(asked);
  assert.deepEqual(request, {
    keyHash: request.keyHash,
    component: 'connect-sync',
    version: '2.1.20.0',
    hostName: 'adatum-sync1.adatum.example',
  });
  assert.match(request.keyHash, /^[0-9a-f]{16}$/);
  assert.ok(!JSON.stringify(request).includes('AB1CD'));
});

test('a key is the same key in any case', () => {
  const lower = { ...asked, productKey: asked.productKey.toLowerCase() };
  assert.equal(parsePksRequest(lower).keyHash, parsePksRequest(asked).keyHash);
});

const refusals: readonly [string, unknown, RegExp][] = [
  ['no object', 'text', /^request is not/],
  ['a list', [asked], /^request is not/],
  ['a missing field', { ...asked, hostName: undefined, extra: 1 }, /^request is not/],
  ['a field more', { ...asked, tenant: 'contoso' }, /^request is not/],
  [
    'a prototype',
    JSON.parse('{"__proto__":{"productKey":"x"},"component":"connect-sync","version":"1.0","hostName":"a"}'),
    /^request/,
  ],
  ['a key of four groups', { ...asked, productKey: 'ABCDE-ABCDE-ABCDE-ABCDE' }, /^productKey/],
  ['a key with other letters', { ...asked, productKey: 'ÄBCDE-ABCDE-ABCDE-ABCDE-ABCDE' }, /^productKey/],
  ['a key with a line break', { ...asked, productKey: `${asked.productKey}\n` }, /^productKey/],
  ['a key that is a list', { ...asked, productKey: [asked.productKey] }, /^productKey/],
  ['an unknown component', { ...asked, component: 'constructor' }, /^component/],
  ['a version of one number', { ...asked, version: '2' }, /^version/],
  ['a version that is a number', { ...asked, version: 2.1 }, /^version/],
  ['a long version', { ...asked, version: `1.${'0'.repeat(50)}` }, /^version/],
  ['a host name with a slash', { ...asked, hostName: '../../etc' }, /^hostName/],
  ['a host name with an escape', { ...asked, hostName: 'a\u001b[31m' }, /^hostName/],
  ['a long host name', { ...asked, hostName: 'a'.repeat(254) }, /^hostName/],
  ['an empty label', { ...asked, hostName: 'a..b' }, /^hostName/],
];
for (const [name, value, message] of refusals) {
  test(`a request is refused for ${name}`, () => {
    assert.throws(() => parsePksRequest(value), { name: 'PksError', code: 'pks-request-malformed', message });
  });
}

test('whatever comes is refused with its code, and no refusal quotes it', () => {
  const anything = fc.oneof(
    fc.jsonValue(),
    fc.record({ productKey: fc.string(), component: fc.string(), version: fc.string(), hostName: fc.string() }),
  );
  fc.assert(
    fc.property(anything, (value) => {
      assert.throws(
        () => parsePksRequest(value),
        (error) => error instanceof PksError && error.message.length < 200,
      );
    }),
  );
});
