import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { keyId, publicJwk, thumbprint } from './key.ts';

test('the key id is the thumbprint of RFC 7638: the example of RFC 8037 A.3', () => {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
  assert.equal(thumbprint(jwk), 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  assert.equal(keyId(createPublicKey({ key: jwk, format: 'jwk' })), 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
});

test('the private and the public half of a key have one id', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  assert.equal(keyId(privateKey), keyId(publicKey));
  assert.deepEqual(publicJwk(privateKey), publicJwk(publicKey));
});

test('a public JWK has its four public members and nothing else', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  assert.deepEqual(Object.keys(publicJwk(privateKey)), ['crv', 'kty', 'x', 'y']);
});

test('a key on another curve or of another kind is no agent key', () => {
  assert.throws(() => publicJwk(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey), TypeError);
  assert.throws(() => publicJwk(generateKeyPairSync('ed25519').publicKey), TypeError);
  assert.throws(() => keyId(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey), TypeError);
});
