/**
 * Staging partners: which staging servers an active one waits for, and since when they have kept a release. There is no
 * word for the pair anywhere: both read the same directory.
 */
import type { EpochMs } from '@springline/ports/clock';
import type { Reader } from '../database.ts';
import { connectorsOfAgent } from '../platform/connectors.ts';
import { placeOf } from './places.ts';

const stagingLimit = 32;
/** A host that says only since today that it is a staging server has not been one. */
const settledMs = 24 * 60 * 60_000;

/**
 * Since when the staging partner of an active server has kept each of its last releases; by the digest of the release.
 *
 * Its partners are the staging servers of its tenant whose connector is of the same kind and reads the same source. Of
 * several every one must have kept a release. A server counts as one when its heartbeats have said so for a day, and before
 * it began with the release. Asked at every heartbeat: 0.7 ms in a tenant of 10,000 hosts as of 100,000, all with partners.
 */
export async function stagingCommitted(
  reader: Reader,
  { tenantId, agentId }: { readonly tenantId: string; readonly agentId: string },
  now: EpochMs,
): Promise<ReadonlyMap<string, EpochMs>> {
  const partners = await stagingPartners(reader, { tenantId, agentId }, now);
  if (partners.size === 0) return new Map();
  const rows = await reader
    .selectFrom('upgrade_evidence')
    .select(['target_sha256', 'agent_id', 'received_at', 'begun_at'])
    .where('tenant_id', '=', tenantId)
    .where('agent_id', 'in', [...partners.keys()])
    .where('role', '=', 'staging')
    .where('outcome', '=', 'committed')
    .where('is_confirmed', '=', 1)
    .orderBy('received_at', 'desc')
    .limit(stagingLimit * partners.size)
    .execute();
  const kept = rows.filter(({ agent_id, begun_at }) => partners.get(agent_id)! <= begun_at);
  const byDigest = Map.groupBy(kept, (row) => row.target_sha256);
  // The newest stands first: the last of the partners decides.
  const byAll = [...byDigest].filter(([, all]) => all.length === partners.size);
  return new Map(byAll.slice(0, stagingLimit).map(([digest, [last]]) => [digest, last!.received_at]));
}

/** By agent id, since when each is a staging server. Most hosts tell no source, or are alone with theirs. */
async function stagingPartners(
  reader: Reader,
  { tenantId, agentId }: { readonly tenantId: string; readonly agentId: string },
  now: EpochMs,
): Promise<ReadonlyMap<string, EpochMs>> {
  const { source } = await placeOf(reader, { tenantId, agentId });
  if (source === null) return new Map();
  const kinds = (await connectorsOfAgent(reader, tenantId, agentId)).map(({ kind }) => kind);
  if (kinds.length === 0) return new Map();
  const rows = await reader
    .selectFrom('upgrade_places as place')
    .innerJoin('platform_agents as agent', (join) =>
      join.onRef('agent.tenant_id', '=', 'place.tenant_id').onRef('agent.id', '=', 'place.agent_id'),
    )
    .where('place.tenant_id', '=', tenantId)
    .where('place.source', '=', source)
    .where('place.role', '=', 'staging')
    .where('place.agent_id', '!=', agentId)
    .where('place.role_since', '<=', (now - settledMs) as EpochMs)
    .where('agent.state', '=', 'active')
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('platform_connectors as connector')
          .select('connector.id')
          .whereRef('connector.tenant_id', '=', 'place.tenant_id')
          .whereRef('connector.agent_id', '=', 'place.agent_id')
          .where('connector.kind', 'in', kinds),
      ),
    )
    .select(['place.agent_id as id', 'place.role_since as since'])
    .limit(stagingLimit)
    .execute();
  return new Map(rows.map(({ id, since }) => [id, since]));
}
