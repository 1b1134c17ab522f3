/**
 * Enrolment: an enrolment string and a key become an agent. Nothing is written before the control plane that the
 * string pins has signed its answer; a kill in between leads to the same agent, because the same key may repeat the
 * token (rules S4, S17). Imports nothing from npm.
 */
import { hostname } from 'node:os';
import { parseEnrolmentString } from '@springline/api/enrolment-string';
import type { AgentEnrolled } from '@springline/api/shapes/agent';
import { ed25519PublicKey, keyId, publicJwk } from '@springline/api/signature/key';
import type { AgentHome } from '../home.ts';
import { type Identity, loadIdentity, loadOrMakeKey, saveIdentity } from './identity.ts';
import { sendSigned } from './signed-request.ts';

/**
 * Enrols this host and gives its identity.
 *
 * @throws {EnrolmentStringError} for a damaged string.
 * @throws {RefusedError} `enrolment-token-invalid` when the token is unknown, used or old.
 * @throws {UnreachableError} when the pinned control plane does not answer.
 */
export async function enrol(home: AgentHome, enrolmentString: string, version: string): Promise<Identity> {
  const { token, url, controlPlaneKey } = parseEnrolmentString(enrolmentString);
  const key = loadOrMakeKey(home);
  const publicKey = ed25519PublicKey(controlPlaneKey);
  const sender = { key, url, controlPlane: { publicKey, keyId: keyId(publicKey) } };
  const body = {
    token,
    publicKey: publicJwk(key.privateKey),
    hostName: hostname(),
    platform: `${process.platform}-${process.arch}`,
    version,
  };
  const answer = (await sendSigned(sender, { method: 'POST', path: '/platform/v1/agents', body })) as AgentEnrolled;
  saveIdentity(home, {
    agentId: answer.agentId,
    tenantId: answer.tenantId,
    url,
    controlPlaneKey,
    connectors: answer.connectors,
  });
  return loadIdentity(home)!;
}
