/**
 * Keys of signed requests: P-256 for agents (made on the host, never leaving it), Ed25519 for the control plane.
 * Imports nothing from npm: the Agent Updater uses it.
 */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';

/** The public members of a P-256 JWK, in the order of RFC 7638. */
export interface P256PublicJwk {
  readonly crv: 'P-256';
  readonly kty: 'EC';
  readonly x: string;
  readonly y: string;
}

/** RFC 7638 thumbprint, SHA-256, base64url without padding (43 characters). It is the `keyid` of every signature. */
export function thumbprint(jwk: { kty: string; crv: string; x: string; y?: string }): string {
  const members: Record<string, string> = { crv: jwk.crv, kty: jwk.kty, x: jwk.x };
  if (jwk.y !== undefined) members['y'] = jwk.y;
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}

/** The public half of an agent's key as a JWK with its four members only. */
export function publicJwk(key: KeyObject): P256PublicJwk {
  const jwk = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  if (jwk.kty !== 'EC' || jwk.crv !== 'P-256' || jwk.x === undefined || jwk.y === undefined) {
    throw new TypeError('an agent key is an EC key on P-256');
  }
  return { crv: 'P-256', kty: 'EC', x: jwk.x, y: jwk.y };
}

/** RFC 7638 thumbprint of an Ed25519 or P-256 key. */
export function keyId(key: KeyObject): string {
  const jwk = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  if (jwk.kty === undefined || jwk.crv === undefined || jwk.x === undefined) throw new TypeError('an EC or OKP key');
  return thumbprint({ kty: jwk.kty, crv: jwk.crv, x: jwk.x, ...(jwk.y === undefined ? {} : { y: jwk.y }) });
}

/** The public key object of an Ed25519 JWK `x` (43 base64url characters). Throws a TypeError on anything else. */
export function ed25519PublicKey(x: string): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}
