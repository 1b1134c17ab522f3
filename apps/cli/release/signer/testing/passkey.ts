/** Approvers with passkeys of their own, and approvals as an authenticator makes them. For tests only. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { Assertion } from '@springline/auto-upgrade/hus/signer-message';
import type { Approver } from '../approvers.ts';

const rpId = 'localhost';
const origin = 'http://localhost:8743';

export interface Passkey {
  readonly name: string;
  readonly credentialId: string;
  readonly privateKey: KeyObject;
  /** SubjectPublicKeyInfo, base64url. */
  readonly publicKey: string;
}

export function passkey(name: string): Passkey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ format: 'der', type: 'spki' }).toString('base64url');
  return { name, credentialId: Buffer.from(name).toString('base64url'), privateKey, publicKey: spki };
}

/** As it is enrolled on the signer's machine. */
export function approverOf({ name, credentialId, publicKey }: Passkey): Approver {
  return { name, credentialId, publicKey, rpId, origin };
}

interface Lies {
  readonly origin?: string;
  readonly type?: string;
  readonly flags?: number;
  readonly rpId?: string;
}

/** `asked`: the challenge, hex. */
export function approval({ credentialId, privateKey }: Passkey, asked: string, lies: Lies = {}): Assertion {
  const challenge = Buffer.from(asked, 'hex').toString('base64url');
  const client = JSON.stringify({ type: lies.type ?? 'webauthn.get', challenge, origin: lies.origin ?? origin });
  const rpIdHash = createHash('sha256')
    .update(lies.rpId ?? rpId)
    .digest();
  const authenticatorData = Buffer.concat([rpIdHash, Buffer.from([lies.flags ?? 0x05, 0, 0, 0, 0])]);
  const signed = Buffer.concat([authenticatorData, createHash('sha256').update(client).digest()]);
  return {
    credentialId,
    authenticatorData: authenticatorData.toString('base64url'),
    clientDataJson: Buffer.from(client).toString('base64url'),
    signature: sign('sha256', signed, privateKey).toString('base64url'),
  };
}
