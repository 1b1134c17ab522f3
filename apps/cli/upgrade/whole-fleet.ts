/** The whole fleet of a control plane, gathered page by page, with what is published. */
import type { ReleaseView } from '@springline/api/shapes/auto-upgrade';
import type { FleetAgent, FleetPage } from '@springline/api/shapes/fleet';
import { callControlPlane } from '../control-plane-client.ts';

export interface WholeFleet {
  /** By host name. */
  readonly agents: readonly FleetAgent[];
  /** By component, newest first. */
  readonly releases: readonly ReleaseView[];
  /** Why releases may be missing. */
  readonly releasesProblem?: string | undefined;
}

const rowsPerPage = 1_000;

/** Holds all agents in memory. @throws {CommandError} */
export async function wholeFleet(place: { readonly home: string; readonly url: string }): Promise<WholeFleet> {
  // A host with several components may stand on two pages.
  const agentById = new Map<string, FleetAgent>();
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const query: Record<string, string | number> = { limit: rowsPerPage, ...(cursor === '' ? {} : { cursor }) };
    const page: FleetPage = await callControlPlane(place, 'listFleet', undefined, { query });
    for (const agent of page.agents) agentById.set(agent.agentId, agent);
    cursor = page.next;
  }
  return { agents: [...agentById.values()], ...(await callControlPlane(place, 'listReleases')) };
}
