/** The key that signs the control plane's answers: Ed25519, made at first start, readable by its owner only. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { keyId } from '@springline/api/signature/key';
import { writeFileAtomic } from '@springline/ports/files';

export interface ControlPlaneKey {
  readonly privateKey: KeyObject;
  readonly keyId: string;
  /** `x` of the public JWK, 43 base64url characters: what enrolment strings carry. */
  readonly publicX: string;
}

/** The file is there and holds no Ed25519 key. A new one would cut off every agent, so none is made. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
  readonly code = 'key-file-malformed';
}

/**
 * Reads the key, or makes it when the file is missing.
 *
 * @throws {KeyFileError} when the file holds something else. Errors of the file system are thrown as they are.
 */
export function loadControlPlaneKey(path: string): ControlPlaneKey {
  const privateKey = readKey(path) ?? makeKey(path);
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  if (privateKey.asymmetricKeyType !== 'ed25519' || x === undefined) {
    throw new KeyFileError(`${path} is not an Ed25519 key; restore it from a backup`);
  }
  return { privateKey, keyId: keyId(privateKey), publicX: x };
}

function readKey(path: string): KeyObject | undefined {
  let pem: string;
  try {
    pem = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new KeyFileError(`${path} is not a private key; restore it from a backup`, { cause });
  }
}

function makeKey(path: string): KeyObject {
  const { privateKey } = generateKeyPairSync('ed25519');
  writeFileAtomic(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o600);
  return privateKey;
}
