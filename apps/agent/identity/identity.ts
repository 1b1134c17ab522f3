/**
 * Who the agent is: a P-256 key made on this host, which never leaves it, and what enrolment told about tenant and
 * control plane. Imports nothing from npm.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { ed25519PublicKey, keyId } from '@springline/api/signature/key';
import { writeFileAtomic } from '@springline/ports/files';
import type { AgentHome } from '../home.ts';

export interface AgentKey {
  readonly privateKey: KeyObject;
  readonly keyId: string;
}

export interface Identity {
  readonly agentId: string;
  readonly tenantId: string;
  /** Origin of the control plane. */
  readonly url: string;
  readonly controlPlane: { readonly publicKey: KeyObject; readonly keyId: string };
  readonly connectors: readonly { readonly id: string; readonly name: string; readonly kind: string }[];
}

export class IdentityError extends Error {
  override readonly name = 'IdentityError';
  readonly code = 'identity-damaged';
}

/** The agent's key, made at the first call (PKCS #8 PEM, mode 0600). */
export function loadOrMakeKey(home: AgentHome): AgentKey {
  if (!existsSync(home.key)) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeFileAtomic(home.key, privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, 0o600);
  }
  try {
    const privateKey = createPrivateKey(readFileSync(home.key, 'utf8'));
    return { privateKey, keyId: keyId(privateKey) };
  } catch (cause) {
    throw new IdentityError(`${home.key} is damaged. Move ${home.folder}/identity away and enrol this agent again.`, {
      cause,
    });
  }
}

/** `undefined` before enrolment. @throws {IdentityError} when the file is damaged. */
export function loadIdentity(home: AgentHome): Identity | undefined {
  if (!existsSync(home.identity)) return undefined;
  try {
    const { agentId, tenantId, url, controlPlaneKey, connectors } = JSON.parse(
      readFileSync(home.identity, 'utf8'),
    ) as StoredIdentity;
    const publicKey = ed25519PublicKey(controlPlaneKey);
    return { agentId, tenantId, url, controlPlane: { publicKey, keyId: keyId(publicKey) }, connectors };
  } catch (cause) {
    throw new IdentityError(
      `${home.identity} is damaged. Move ${home.folder}/identity away and enrol this agent again.`,
      { cause },
    );
  }
}

interface StoredIdentity {
  readonly agentId: string;
  readonly tenantId: string;
  readonly url: string;
  readonly controlPlaneKey: string;
  readonly connectors: Identity['connectors'];
}

export function saveIdentity(home: AgentHome, identity: StoredIdentity): void {
  writeFileAtomic(home.identity, `${JSON.stringify(identity, null, 2)}\n`, 0o600);
}

/** Notes that the enrolled control plane is now reached at `url`. Its key stays pinned, so trust does not move. */
export function moveControlPlane(home: AgentHome, url: string): void {
  if (!existsSync(home.identity)) return;
  const stored = JSON.parse(readFileSync(home.identity, 'utf8')) as StoredIdentity;
  if (stored.url !== url) saveIdentity(home, { ...stored, url });
}
