/**
 * Who is left on the retired PKS channel. A client counts as bridged when an agent that goes by its host name was
 * enrolled since, says that it is on the Hybrid Upgrade Service, and nothing of that host has asked PKS again. Whoever
 * lies about a host name can make it look left over; to make one look bridged takes an enrolled agent.
 */
import type { EpochMs } from '@springline/ports/clock';
import type { Reader } from '../storage/database.ts';
import { findAgentsByHostName } from '../storage/platform/agents-by-host.ts';
import { listTenants } from '../storage/platform/tenants.ts';
import { listPksClients, type PksClient } from '../storage/upgrade/pks-clients.ts';

export interface BridgedClient extends PksClient {
  readonly bridgedAt: EpochMs;
}

export interface PksClients {
  /** Last seen first. */
  readonly left: readonly PksClient[];
  readonly bridged: readonly BridgedClient[];
}

export async function pksClients(reader: Reader): Promise<PksClients> {
  const clients = await listPksClients(reader);
  if (clients.length === 0) return { left: [], bridged: [] };
  const enrolledAtByHost = await enrolments(reader, [...new Set(clients.map(({ hostName }) => hostName))]);
  const left: PksClient[] = [];
  const bridged: BridgedClient[] = [];
  for (const client of clients) {
    const bridgedAt = enrolledAtByHost.get(client.hostName);
    if (bridgedAt === undefined || bridgedAt < client.lastSeenAt) left.push(client);
    else bridged.push({ ...client, bridgedAt });
  }
  return { left, bridged };
}

/** When the last agent of each host was enrolled that is on the Hybrid Upgrade Service, in any tenant. */
async function enrolments(reader: Reader, hostNames: readonly string[]): Promise<ReadonlyMap<string, EpochMs>> {
  const found = new Map<string, EpochMs>();
  for (const { id } of await listTenants(reader)) {
    for (const { hostName, enrolledAt, channel } of await findAgentsByHostName(reader, id, hostNames)) {
      if (channel !== 'HUS') continue;
      const known = found.get(hostName);
      if (known === undefined || known < enrolledAt) found.set(hostName, enrolledAt);
    }
  }
  return found;
}
