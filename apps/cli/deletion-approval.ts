/**
 * What a person approves at the delete guard of this host, approved in the cloud directory as well, where this home holds a
 * token that may: its own limits would hold the same deletions back, and nobody is to decide twice (rule S13).
 */
import { existsSync } from 'node:fs';
import { agentHome } from '@springline/agent/home';
import { loadIdentity } from '@springline/agent/identity/identity';
import { callControlPlane, controlPlaneUrl, tokenFileOf } from './control-plane-client.ts';

const usualPort = 8743;

/**
 * Approves the deletion of `objects` more objects of the source that this home's agent exports. False when this home has
 * no token: then a person with one approves, should the cloud directory ask for it.
 *
 * @throws {CommandError} when the control plane refuses or does not answer.
 */
export async function approveInCloud(home: string, objects: number): Promise<boolean> {
  const identity = loadIdentity(agentHome(home));
  if (objects === 0 || identity === undefined || !existsSync(tokenFileOf(home))) return false;
  const place = { home, url: controlPlaneUrl(home, usualPort) };
  const { sources } = await callControlPlane(place, 'listExportSources');
  const { agentId } = identity;
  const exported = sources.find(({ lease }) => lease?.agentId === agentId);
  const source = exported ?? sources.find(({ connectors }) => connectors.some((one) => one.agentId === agentId));
  const connectorId = source?.connectors[0]?.id;
  if (connectorId === undefined) return false;
  await callControlPlane(place, 'approveDeletions', { connectorId, objects });
  return true;
}
