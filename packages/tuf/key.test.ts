import assert from 'node:assert/strict';
import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { test } from 'node:test';
import { ed25519Signer, keyIdentity, keyIdOf, type TufKey, verifyingKey } from './key.ts';

const message = Buffer.from('what was signed');
const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();
const pss = { key: rsa.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };

const schemes: readonly { name: string; key: TufKey; signature: Uint8Array }[] = [
  ...['ecdsa', 'ecdsa-sha2-nistp256'].map((keytype) => ({
    name: `ECDSA P-256 as ${keytype}`,
    key: { keytype, scheme: 'ecdsa-sha2-nistp256', public: pem(ec.publicKey) },
    signature: sign('sha256', message, ec.privateKey),
  })),
  {
    name: 'RSA-PSS',
    key: { keytype: 'rsa', scheme: 'rsassa-pss-sha256', public: pem(rsa.publicKey) },
    signature: sign('sha256', message, pss),
  },
];
for (const { name, key, signature } of schemes) {
  test(`${name} signatures are verified`, () => {
    assert.equal(verifyingKey(key)?.verifies(message, signature), true);
    assert.equal(verifyingKey(key)?.verifies(Buffer.from('another text'), signature), false);
    assert.equal(verifyingKey(key)?.verifies(message, new Uint8Array(64)), false);
    assert.equal(verifyingKey(key)?.verifies(message, new Uint8Array()), false);
  });
}

test('an Ed25519 signer signs what its key verifies, under the id that TUF gives', () => {
  const signer = ed25519Signer(generateKeyPairSync('ed25519').privateKey);
  assert.match(signer.keyId, /^[0-9a-f]{64}$/);
  assert.equal(signer.keyId, keyIdOf(signer.key));
  assert.equal(verifyingKey(signer.key)?.verifies(message, signer.sign(message)), true);
  assert.throws(() => ed25519Signer(rsa.privateKey), TypeError);
});

test('the key id is that of the example in the specification', () => {
  const key = {
    ...{ keytype: 'ed25519', scheme: 'ed25519' },
    public: '72378e5bc588793e58f81c8533da64a2e8f1565c1fcc7f253496394ffc52542c',
  };
  assert.equal(keyIdOf(key), '1bf1c6e3cdd3d3a8420b19199e27511999850f4b376c4547b2f32fba7e80fca3');
});

test('the same key written in two ways is one key', () => {
  const hex = ed25519Signer(generateKeyPairSync('ed25519').privateKey).key;
  assert.equal(keyIdentity({ ...hex, public: hex.public.toUpperCase() }), keyIdentity(hex));
  const [key] = schemes.map((scheme) => scheme.key);
  assert.ok(key !== undefined);
  assert.equal(keyIdentity({ ...key, public: `\n${key.public.replaceAll('\n', '\r\n')}` }), keyIdentity(key));
  assert.equal(keyIdentity({ ...key, keytype: 'ecdsa-sha2-nistp256' }), keyIdentity(key));
});

const unusable: readonly (readonly [string, TufKey])[] = [
  ['of an unknown type', { keytype: 'dilithium', scheme: 'dilithium5', public: '00' }],
  ['of an unknown scheme', { keytype: 'ed25519', scheme: 'ed25519ph', public: '0'.repeat(64) }],
  ['with a short public part', { keytype: 'ed25519', scheme: 'ed25519', public: '00' }],
  ['without a public part', { keytype: 'rsa', scheme: 'rsassa-pss-sha256', public: '' }],
  [
    'of RSA with 1,024 bits',
    {
      ...{ keytype: 'rsa', scheme: 'rsassa-pss-sha256' },
      public: pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey),
    },
  ],
  ['of RSA under an ECDSA scheme', { keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', public: pem(rsa.publicKey) }],
  [
    'on another curve',
    {
      ...{ keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256' },
      public: pem(generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).publicKey),
    },
  ],
];
for (const [name, key] of unusable) {
  test(`a key ${name} is kept and verifies nothing`, () => {
    assert.equal(verifyingKey(key), undefined);
    assert.notEqual(keyIdentity(key), keyIdentity({ ...key, public: `${key.public}x` }));
  });
}
