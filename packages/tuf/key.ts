/**
 * Public keys and signers: which schemes count, when two keys are the same key, and how one bounded signature is checked.
 * Who may sign what is decided elsewhere (`metadata/threshold.ts`).
 *
 * Schemes: Ed25519, ECDSA P-256 with SHA-256 (DER signatures), RSA-PSS with SHA-256 and 2048 to 8192 bits. A key of another
 * scheme, or one that cannot be read, is kept and never verifies anything: a newer publisher may list it for newer clients.
 */
import { constants, createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { canonicalBytes, type JsonValue } from './canonical-json.ts';

export interface TufKey {
  readonly keytype: string;
  readonly scheme: string;
  /** Ed25519: 64 hex digits; the others: PEM (SubjectPublicKeyInfo). */
  readonly public: string;
}

/** Holds a private key somewhere and signs with it. */
export interface Signer {
  readonly keyId: string;
  readonly key: TufKey;
  sign(bytes: Uint8Array): Uint8Array;
}

const minRsaBits = 2048;
const maxRsaBits = 8192;

/** @throws {TypeError} when `privateKey` is not an Ed25519 private key. */
export function ed25519Signer(privateKey: KeyObject): Signer {
  if (privateKey.type !== 'private' || privateKey.asymmetricKeyType !== 'ed25519') {
    throw new TypeError('an Ed25519 private key is needed');
  }
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  const key = { keytype: 'ed25519', scheme: 'ed25519', public: Buffer.from(x ?? '', 'base64url').toString('hex') };
  return { keyId: keyIdOf(key), key, sign: (bytes) => sign(null, bytes, privateKey) };
}

/** The key as it stands in metadata (TUF 4.2). */
export function keyJson(key: TufKey): JsonValue {
  return { keytype: key.keytype, scheme: key.scheme, keyval: { public: key.public } };
}

/** SHA-256 of the canonical form of the key, in hex: the id that we give. Ids that others give may be any text. */
export function keyIdOf(key: TufKey): string {
  return createHash('sha256')
    .update(canonicalBytes(keyJson(key)))
    .digest('hex');
}

/** A public key that can verify, with a text that is the same for every way to write the same key. */
export interface VerifyingKey {
  readonly identity: string;
  verifies(bytes: Uint8Array, signature: Uint8Array): boolean;
}

/** Undefined for a key that this client cannot use. */
export function verifyingKey(key: TufKey): VerifyingKey | undefined {
  let known = verifyingKeys.get(key);
  if (known === undefined) {
    known = { usable: readKey(key) };
    verifyingKeys.set(key, known);
  }
  return known.usable;
}

/** Reading a PEM key costs more than a verification, and a long root chain repeats its keys. */
const verifyingKeys = new WeakMap<TufKey, { readonly usable: VerifyingKey | undefined }>();

/** Same text for the same key, also when one of the two cannot be used. */
export function keyIdentity(key: TufKey): string {
  return verifyingKey(key)?.identity ?? `unusable ${JSON.stringify([key.keytype, key.scheme, key.public])}`;
}

function readKey({ keytype, scheme, public: text }: TufKey): VerifyingKey | undefined {
  try {
    if (keytype === 'ed25519' && scheme === 'ed25519') return readEd25519(text);
    if (/^ecdsa(-sha2-nistp256)?$/.test(keytype) && scheme === 'ecdsa-sha2-nistp256') return readEcdsa(text);
    if (keytype === 'rsa' && scheme === 'rsassa-pss-sha256') return readRsa(text);
    return undefined;
  } catch {
    // OpenSSL's reasons for not reading a key are its own; that it cannot be used is all that counts here.
    return undefined;
  }
}

function readEd25519(hex: string): VerifyingKey | undefined {
  if (!/^[0-9a-fA-F]{64}$/.test(hex)) return undefined;
  const x = Buffer.from(hex, 'hex').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return { identity: `ed25519 ${x}`, verifies: (bytes, signature) => verify(null, bytes, key, signature) };
}

function readEcdsa(pem: string): VerifyingKey | undefined {
  const key = createPublicKey(pem);
  // The JWK form: a point may be written compressed or not, and a PEM with any line breaks.
  const { crv, x, y } = key.asymmetricKeyType === 'ec' ? key.export({ format: 'jwk' }) : {};
  if (crv !== 'P-256') return undefined;
  return { identity: `p-256 ${x} ${y}`, verifies: (bytes, signature) => verify('sha256', bytes, key, signature) };
}

function readRsa(pem: string): VerifyingKey | undefined {
  const key = createPublicKey(pem);
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType !== 'rsa' || bits < minRsaBits || bits > maxRsaBits) return undefined;
  const { n, e } = key.export({ format: 'jwk' });
  const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO };
  return { identity: `rsa ${n} ${e}`, verifies: (bytes, signature) => verify('sha256', bytes, pss, signature) };
}
