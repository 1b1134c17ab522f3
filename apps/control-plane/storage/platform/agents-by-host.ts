/** Agents that go by one of some host names, for who knows hosts by name alone. */
import { heartbeatBody } from '@springline/api/shapes/agent';
import type { EpochMs } from '@springline/ports/clock';
import { sql } from 'kysely';
import type { Reader } from '../database.ts';

export interface AgentOfHost {
  /** In lower case. */
  readonly hostName: string;
  readonly enrolledAt: EpochMs;
  /** From the last heartbeat; absent before the first. */
  readonly channel?: 'HUS' | 'PKS' | 'bridged';
}

/** Names per query. */
const chunkSize = 500;

/** The active agents of a tenant with one of these names, which are in lower case. */
export async function findAgentsByHostName(
  reader: Reader,
  tenantId: string,
  hostNames: readonly string[],
): Promise<AgentOfHost[]> {
  const found: AgentOfHost[] = [];
  for (let at = 0; at < hostNames.length; at += chunkSize) {
    const rows = await reader
      .selectFrom('platform_agents')
      .select(['host_name', 'enrolled_at', 'report'])
      .where('tenant_id', '=', tenantId)
      .where('state', '=', 'active')
      .where(sql<string>`lower(host_name)`, 'in', hostNames.slice(at, at + chunkSize))
      .execute();
    for (const { host_name, enrolled_at, report } of rows) {
      const channel =
        report === null ? undefined : heartbeatBody.safeParse(JSON.parse(report)).data?.autoUpgrade?.channel;
      found.push({
        hostName: host_name.toLowerCase(),
        enrolledAt: enrolled_at,
        ...(channel === undefined ? {} : { channel }),
      });
    }
  }
  return found;
}
