/** The home page: agents, counts and errors of a tenant at one sight. */
import type { HomeView } from '@springline/api/shapes/person';
import type { EpochMs } from '@springline/ports/clock';
import { reasonOf } from '../restored/reason.ts';
import type { Database, Reader } from '../storage/database.ts';
import { listAgents } from '../storage/platform/agents.ts';
import { lastRestoration } from '../storage/platform/restorations.ts';
import { findTenant } from '../storage/platform/tenants.ts';
import { viewOfAgent } from './agent-view.ts';

/** Of all agents together; `errorCount` has the whole number. */
const errorListLimit = 200;

/** Live objects of a tenant by type. */
export type DirectoryCounts = (reader: Reader, tenantId: string) => Promise<HomeView['directory']>;

export async function composeHome(
  deps: { readonly database: Database; readonly directoryCounts: DirectoryCounts },
  tenantId: string,
  now: EpochMs,
): Promise<HomeView> {
  const { database } = deps;
  const tenant = await findTenant(database.read, tenantId);
  if (tenant === undefined) throw new TypeError('an authenticated caller has a tenant');
  const agents = (await listAgents(database.read, tenantId)).map((agent) => viewOfAgent(agent, now));
  const active = agents.filter((agent) => agent.state !== 'revoked');
  const restoration = await lastRestoration(database.read);
  const restored = restoration?.endedAt === null ? restoration : undefined;
  return {
    tenant,
    generatedAt: new Date(now).toISOString(),
    agents,
    directory: await deps.directoryCounts(database.read, tenantId),
    errorCount: active.reduce((sum, agent) => sum + (agent.sync?.errorCount ?? 0), 0),
    errors: active
      .flatMap(({ id, hostName, sync }) => (sync?.errors ?? []).map((error) => ({ ...error, agentId: id, hostName })))
      .slice(0, errorListLimit),
    ...(restored === undefined
      ? {}
      : { restored: { at: new Date(restored.at).toISOString(), reason: reasonOf(restored) } }),
  };
}
