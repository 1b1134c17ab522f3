/**
 * Checks one approval: a WebAuthn assertion over the challenge of what is approved (Web Authentication Level 3, 7.2). User
 * presence and user verification are required. The counter is not: passkeys that are synchronised keep it at 0.
 */
import { createHash, timingSafeEqual, verify } from 'node:crypto';
import type { Assertion } from '@springline/auto-upgrade/hus/signer-message';
import { type Approver, approverKey } from './approvers.ts';

const partLimit = 16 * 1024;
const userPresent = 0x01;
const userVerified = 0x04;

/** Why the assertion is no approval by `approver` of what has this challenge (hex); `undefined` when it is one. */
export function refusalOf(assertion: Assertion, approver: Approver, challenge: string): string | undefined {
  const parts = [assertion.authenticatorData, assertion.clientDataJson, assertion.signature];
  if (parts.some((part) => part.length > partLimit || !/^[A-Za-z0-9_-]+$/.test(part)))
    return 'its parts are no base64url';
  const [authenticatorData, clientDataJson, signature] = parts.map((part) => Buffer.from(part, 'base64url'));
  const client = clientOf(clientDataJson!);
  // 7.2 steps 11 to 13.
  if (client?.['type'] !== 'webauthn.get') return 'it was not made to approve';
  if (client['challenge'] !== Buffer.from(challenge, 'hex').toString('base64url')) return 'it approves something else';
  if (client['origin'] !== approver.origin) return 'it was made on another site';
  if (client['crossOrigin'] === true) return 'it was made within another site';
  // Steps 15 to 17.
  if (authenticatorData!.length < 37) return 'its authenticator data is too short';
  const rpIdHash = createHash('sha256').update(approver.rpId).digest();
  if (!timingSafeEqual(authenticatorData!.subarray(0, 32), rpIdHash)) return 'it was made for another site';
  const flags = authenticatorData![32]!;
  if ((flags & userPresent) === 0 || (flags & userVerified) === 0) return 'the person was not verified';
  // Steps 19 and 20.
  const clientHash = createHash('sha256').update(clientDataJson!).digest();
  const signed = Buffer.concat([authenticatorData!, clientHash]);
  const key = approverKey(approver);
  const isRight = verify(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', signed, key, signature!);
  return isRight ? undefined : 'its signature does not verify';
}

function clientOf(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // Said as "not made to approve".
  }
}
