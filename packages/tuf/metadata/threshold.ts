/**
 * How many keys of a role signed a file. Keys count by content: one public key under two key ids counts once (TUF 5.3.4,
 * "a threshold of keys"). A key id that the role or the root does not have counts nothing.
 */
import { TrustError } from '../error.ts';
import { keyIdentity, type TufKey, type VerifyingKey, verifyingKey } from '../key.ts';
import type { SignedMetadata } from './signed-file.ts';

export interface RoleKeys {
  readonly keyIds: ReadonlySet<string>;
  readonly threshold: number;
}

/** The different keys of a role, by identity. */
export function distinctKeys(role: RoleKeys, keys: ReadonlyMap<string, TufKey>): ReadonlySet<string> {
  const found = new Set<string>();
  for (const keyId of role.keyIds) {
    const key = keys.get(keyId);
    if (key !== undefined) found.add(keyIdentity(key));
  }
  return found;
}

/** Counts distinct keys whose signature is good, up to `enough`. */
export function countSigners(
  file: SignedMetadata,
  role: RoleKeys,
  keys: ReadonlyMap<string, TufKey>,
  enough = role.threshold,
): number {
  const counted = new Set<string>();
  // At most one check, in two forms, for each key id of the role: what is served cannot make this longer.
  for (const keyId of role.keyIds) {
    if (counted.size >= enough) break;
    const key = keys.get(keyId);
    const signature = file.signatures.get(keyId);
    if (key === undefined || signature === undefined) continue;
    const verifying = verifyingKey(key);
    if (verifying === undefined || counted.has(verifying.identity)) continue;
    if (isGood(file, verifying, signature)) counted.add(verifying.identity);
  }
  return counted.size;
}

function isGood(file: SignedMetadata, key: VerifyingKey, signature: Uint8Array): boolean {
  if (key.verifies(file.signedBytes, signature)) return true;
  const canonical = file.canonical();
  return canonical !== undefined && key.verifies(canonical, signature);
}

/** @throws {TrustError} `below-threshold`. */
export function requireThreshold(
  file: SignedMetadata,
  role: RoleKeys,
  keys: ReadonlyMap<string, TufKey>,
  what: string,
): void {
  const count = countSigners(file, role, keys);
  if (count < role.threshold) {
    throw new TrustError('below-threshold', `${what}: ${count} good signatures where ${role.threshold} are needed`);
  }
}
