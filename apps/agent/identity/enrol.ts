/**
 * Enrolment: an enrolment string and a key become an agent. Nothing is written before the control plane that the
 * string pins has signed its answer; a kill in between leads to the same agent, because the same key may repeat the
 * token (rules S4, S17). Imports nothing from npm.
 */
import { parseEnrolmentString } from '@springline/api/enrolment-string';
import type { AgentEnrolled } from '@springline/api/shapes/agent';
import { ed25519PublicKey, keyId, publicJwk } from '@springline/api/signature/key';
import { agentHome } from '../home.ts';
import { hostName } from '../scenario.ts';
import { fetchFirstRoot } from '../upgrader/repository-client.ts';
import { beginTrust } from '../upgrader/trust-store.ts';
import { type Identity, loadIdentity, loadOrMakeKey, saveIdentity } from './identity.ts';
import { sendSigned } from './signed-request.ts';

/**
 * Enrols this host and gives its identity.
 *
 * @throws {EnrolmentStringError} for a damaged string.
 * @throws {RefusedError} `enrolment-token-invalid` when the token is unknown, used or old.
 * @throws {TrustError} `pin-mismatch` when the roots are not those of the string; nothing is written.
 * @throws {UnreachableError} when the pinned control plane does not answer.
 */
export async function enrol(homeFolder: string, enrolmentString: string, version: string): Promise<Identity> {
  const home = agentHome(homeFolder);
  const { token, url, controlPlaneKey, imageRoot, directorRoot } = parseEnrolmentString(enrolmentString);
  // Before anything is asked of anybody: what this host would install by is what the string says.
  await beginTrust(homeFolder, { image: hexOf(imageRoot), director: hexOf(directorRoot) }, (repository) =>
    fetchFirstRoot(url, repository),
  );
  const key = loadOrMakeKey(home);
  const publicKey = ed25519PublicKey(controlPlaneKey);
  const sender = { key, url, controlPlane: { publicKey, keyId: keyId(publicKey) } };
  const body = {
    token,
    publicKey: publicJwk(key.privateKey),
    hostName: hostName(homeFolder),
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

/** The string has base64url, to be short; everywhere else hashes are hex. */
function hexOf(base64url: string): string {
  return Buffer.from(base64url, 'base64url').toString('hex');
}
