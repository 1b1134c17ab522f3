/**
 * Who the agent is: a P-256 key made on this host, which never leaves it, and what enrolment told about tenant and
 * control plane. Imports nothing from npm.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { ed25519PublicKey, keyId, publicJwk } from '@springline/api/signature/key';
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
    publicJwk(privateKey); // Refuses what is no P-256 key: the control plane would refuse its every signature.
    return { privateKey, keyId: keyId(privateKey) };
  } catch (cause) {
    throw new IdentityError(`${home.key} is damaged. Move ${home.folder}/identity away and enrol this agent again.`, {
      cause,
    });
  }
}

/** The agent is enrolled, and the key that it was enrolled with is not there. */
export function keyLost(home: AgentHome): IdentityError {
  return new IdentityError(
    `${home.key} is gone, and nobody else has it. Move ${home.folder}/identity away and run springline up again: it enrols this agent anew.`,
  );
}

/** `undefined` before enrolment. @throws {IdentityError} when the file is damaged. */
export function loadIdentity(home: AgentHome): Identity | undefined {
  if (!existsSync(home.identity)) return undefined;
  try {
    const { controlPlaneKey, ...rest } = readStored(home);
    const publicKey = ed25519PublicKey(controlPlaneKey);
    return { ...rest, controlPlane: { publicKey, keyId: keyId(publicKey) } };
  } catch (cause) {
    throw damaged(home, cause);
  }
}

function damaged(home: AgentHome, cause: unknown): IdentityError {
  return new IdentityError(
    `${home.identity} is damaged. Move ${home.folder}/identity away and enrol this agent again.`,
    { cause },
  );
}

/** @throws {TypeError | SyntaxError} for anything but what `saveIdentity` writes. */
function readStored(home: AgentHome): StoredIdentity {
  const { agentId, tenantId, url, controlPlaneKey, connectors } = JSON.parse(
    readFileSync(home.identity, 'utf8'),
  ) as Partial<Record<keyof StoredIdentity, unknown>>;
  for (const text of [agentId, tenantId, url, controlPlaneKey]) {
    if (typeof text !== 'string' || text === '') throw new TypeError('a text is missing');
  }
  if (!/^https?:$/.test(URL.parse(String(url))?.protocol ?? '')) throw new TypeError('url is no HTTP address');
  if (!Array.isArray(connectors)) throw new TypeError('connectors is no list');
  return { agentId, tenantId, url, controlPlaneKey, connectors } as StoredIdentity;
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

/**
 * Notes that the enrolled control plane is now reached at `url`. Its key stays pinned, so trust does not move.
 *
 * @throws {IdentityError} when the file is damaged.
 */
export function moveControlPlane(home: AgentHome, url: string): void {
  if (!existsSync(home.identity)) return;
  let stored: StoredIdentity;
  try {
    stored = readStored(home);
  } catch (cause) {
    throw damaged(home, cause);
  }
  if (stored.url !== url) saveIdentity(home, { ...stored, url });
}
