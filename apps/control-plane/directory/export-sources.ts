/** Sources as people see them: who reads the same directory, who exports, what limits refused. */
import { limitWindowMs } from '@springline/cloud-directory/export-limits';
import type { Handler } from '../http/handler.ts';
import { readRefusals } from '../storage/directory/export-limits.ts';
import { readSources } from '../storage/directory/sources.ts';
import type { DirectoryDeps } from './deps.ts';
import { viewOfLease } from './export-lease.ts';

export function listExportSourcesHandler(deps: DirectoryDeps): Handler<'listExportSources'> {
  const { database, listConnectors, findAgent } = deps;
  return async ({ caller: { tenantId }, now }) => {
    const connectors = await listConnectors(database.read, tenantId);
    const stored = await readSources(database.read, tenantId);
    const refusals = await readRefusals(database.read, tenantId);
    const sources = [];
    for (const [id, ofSource] of Map.groupBy(connectors, ({ sourceId }) => sourceId)) {
      const listed = [];
      for (const { id: connectorId, name, agentId } of ofSource) {
        const hostName = (await findAgent(database.read, tenantId, agentId))?.hostName ?? agentId;
        listed.push({ id: connectorId, name, agentId, hostName });
      }
      const known = stored.get(id);
      const lease = await viewOfLease(deps, database.read, tenantId, known?.lease, now);
      const isApproved = known !== undefined && known.approvedDeletions > 0 && now < (known.approvedUntil ?? 0);
      const refused = refusals
        .filter(({ sourceId, lastAt }) => sourceId === id && now - lastAt < limitWindowMs)
        .map(({ kind, since, lastAt, batches }) => ({
          what: kind,
          since: new Date(since).toISOString(),
          lastAt: new Date(lastAt).toISOString(),
          batches,
        }));
      const approval = isApproved
        ? { objects: known.approvedDeletions, until: new Date(known.approvedUntil ?? 0).toISOString() }
        : undefined;
      sources.push({
        id,
        connectors: listed,
        ...(lease === undefined ? {} : { lease }),
        ...(approval === undefined ? {} : { approvedDeletions: approval }),
        refused,
      });
    }
    return { sources };
  };
}
