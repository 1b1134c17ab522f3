/** Secrets that the control plane hands out: random, shown once, kept as a hash. */
import { createHash } from 'node:crypto';
import type { Random } from '@springline/ports/random';

/** Bits of link and enrolment tokens, whose shape the contract fixes (22 characters). */
export const linkTokenBytes = 16;
/** Sessions and bearer tokens live longer (43 characters). */
export const longTokenBytes = 32;

/** Fresh random bytes as base64url without padding. */
export function newSecret(random: Random, sizeBytes: number): string {
  return Buffer.from(random.bytes(sizeBytes)).toString('base64url');
}

/** SHA-256, base64url: what the database has of a secret. */
export function secretHash(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
