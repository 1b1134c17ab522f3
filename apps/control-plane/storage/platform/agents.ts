/** Agents: their registered keys, their state and what they last reported. */
import { setImmediate } from 'node:timers/promises';
import { type Heartbeat, heartbeatBody, type PublicKey, publicKeyShape } from '@springline/api/shapes/agent';
import type { EpochMs } from '@springline/ports/clock';
import type { Reader, Writer } from '../database.ts';
import { addCredential, findCredential } from './credentials.ts';
import { markFleetRevoked, putFleetRows, unreportedRow } from './fleet.ts';

export interface Agent {
  readonly id: string;
  readonly keyId: string;
  readonly publicKey: PublicKey;
  readonly state: 'active' | 'revoked';
  readonly hostName: string;
  readonly platform: string;
  readonly version: string;
  readonly enrolledAt: EpochMs;
  readonly lastSeenAt: EpochMs | null;
  /** Since when two hosts use its identity (rule S16). */
  readonly conflictedAt: EpochMs | null;
  /** The last heartbeat; absent before the first, and when an older version wrote it in another shape. */
  readonly report?: Heartbeat;
}

/** One answer holds no more agents than this. */
export const agentListLimit = 1_000;

const columns = [
  'id',
  'key_id',
  'public_key',
  'state',
  'host_name',
  'platform',
  'version',
  'enrolled_at',
  'last_seen_at',
  'conflicted_at',
  'report',
] as const;

/** Registers an agent and its key. Fails with `unique-violation` when the key is registered already. */
export async function addAgent(
  writer: Writer,
  tenantId: string,
  agent: Omit<Agent, 'state' | 'lastSeenAt' | 'conflictedAt' | 'report'>,
): Promise<void> {
  const { id, keyId, publicKey, hostName, platform, version, enrolledAt } = agent;
  await writer
    .insertInto('platform_agents')
    .values({
      tenant_id: tenantId,
      id,
      key_id: keyId,
      public_key: JSON.stringify(publicKey),
      state: 'active',
      host_name: hostName,
      platform,
      version,
      enrolled_at: enrolledAt,
      last_seen_at: null,
      report: null,
      revoked_at: null,
      continuation: null,
      beats: null,
      conflicted_at: null,
    })
    .execute();
  await putFleetRows(writer, tenantId, id, [unreportedRow(hostName, version, enrolledAt)]);
  // Never removed: the key of a revoked agent stays known as one, and can never be registered again.
  await addCredential(writer, keyId, { tenantId, kind: 'agent-key', subjectId: id, expiresAt: null });
}

export async function findAgent(reader: Reader, tenantId: string, id: string): Promise<Agent | undefined> {
  const row = await reader
    .selectFrom('platform_agents')
    .select(columns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .executeTakeFirst();
  return row === undefined ? undefined : agentFromRow(row);
}

/** What is needed to check a signature; the rest of an agent's row may be large. */
export interface AgentIdentity {
  readonly tenantId: string;
  readonly agentId: string;
  readonly publicKey: PublicKey;
  readonly state: Agent['state'];
}

/** The agent whose key has this thumbprint, in whichever tenant, also a revoked one. */
export async function findAgentByKey(reader: Reader, keyId: string, now: EpochMs): Promise<AgentIdentity | undefined> {
  const credential = await findCredential(reader, 'agent-key', keyId, now);
  if (credential === undefined) return undefined;
  const { tenantId, subjectId: agentId } = credential;
  const row = await reader
    .selectFrom('platform_agents')
    .select(['public_key', 'state'])
    .where('tenant_id', '=', tenantId)
    .where('id', '=', agentId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return { tenantId, agentId, publicKey: publicKeyShape.parse(JSON.parse(row.public_key)), state: row.state };
}

/** False for a revoked agent, and for none. */
export async function isActiveAgent(reader: Reader, tenantId: string, id: string): Promise<boolean> {
  const row = await reader
    .selectFrom('platform_agents')
    .select('state')
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .executeTakeFirst();
  return row?.state === 'active';
}

/** Those of `ids` that are active; a revoked agent, and none, are not. At most some hundreds. */
export async function activeAgents(
  reader: Reader,
  tenantId: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await reader
    .selectFrom('platform_agents')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where('id', 'in', ids)
    .where('state', '=', 'active')
    .execute();
  return new Set(rows.map(({ id }) => id));
}

/** Every agent's id of a tenant, also of revoked ones: 36 bytes each. */
export async function agentIds(reader: Reader, tenantId: string): Promise<Set<string>> {
  const rows = await reader.selectFrom('platform_agents').select('id').where('tenant_id', '=', tenantId).execute();
  return new Set(rows.map(({ id }) => id));
}

/** Those of `ids` that there are, in no order. At most some hundreds. */
export async function findAgents(reader: Reader, tenantId: string, ids: readonly string[]): Promise<Agent[]> {
  if (ids.length === 0) return [];
  const rows = await reader
    .selectFrom('platform_agents')
    .select(columns)
    .where('tenant_id', '=', tenantId)
    .where('id', 'in', ids)
    .execute();
  return rows.map(agentFromRow);
}

/** By host name; the first `agentListLimit`. */
export async function listAgents(reader: Reader, tenantId: string): Promise<Agent[]> {
  const rows = await reader
    .selectFrom('platform_agents')
    .select(columns)
    .where('tenant_id', '=', tenantId)
    .orderBy('host_name')
    .orderBy('id')
    .limit(agentListLimit)
    .execute();
  return rows.map(agentFromRow);
}

/** Every agent of a tenant in the order of ids, a thousand rows at a time. */
export async function* eachAgent(reader: Reader, tenantId: string): AsyncIterable<Agent> {
  for (let after = ''; ; ) {
    const rows = await reader
      .selectFrom('platform_agents')
      .select(columns)
      .where('tenant_id', '=', tenantId)
      .where('id', '>', after)
      .orderBy('id')
      .limit(agentListLimit)
      .execute();
    yield* rows.map(agentFromRow);
    const last = rows.at(-1);
    if (last === undefined || rows.length < agentListLimit) return;
    after = last.id;
    // Reads are done at once here: others get their turn.
    await setImmediate();
  }
}

/** False when there is no such agent, or it was revoked before. */
export async function revokeAgent(writer: Writer, tenantId: string, id: string, now: EpochMs): Promise<boolean> {
  const { numUpdatedRows } = await writer
    .updateTable('platform_agents')
    .set({ state: 'revoked', revoked_at: now })
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .where('state', '=', 'active')
    .executeTakeFirst();
  if (numUpdatedRows === 1n) await markFleetRevoked(writer, tenantId, id);
  return numUpdatedRows === 1n;
}

/** Keeps the last report only. `version` is that of the Updater, where the report names it. */
export async function recordHeartbeat(
  writer: Writer,
  tenantId: string,
  id: string,
  report: Heartbeat,
  now: EpochMs,
): Promise<void> {
  const updater = report.components.find((component) => component.component === 'agent-updater');
  await writer
    .updateTable('platform_agents')
    .set({
      last_seen_at: now,
      host_name: report.hostName,
      report: JSON.stringify(report),
      ...(updater === undefined ? {} : { version: updater.version }),
    })
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .execute();
}

interface AgentRow {
  id: string;
  key_id: string;
  public_key: string;
  state: Agent['state'];
  host_name: string;
  platform: string;
  version: string;
  enrolled_at: EpochMs;
  last_seen_at: EpochMs | null;
  conflicted_at: EpochMs | null;
  report: string | null;
}

function agentFromRow(row: AgentRow): Agent {
  const report = row.report === null ? undefined : heartbeatBody.safeParse(JSON.parse(row.report)).data;
  return {
    id: row.id,
    keyId: row.key_id,
    publicKey: publicKeyShape.parse(JSON.parse(row.public_key)),
    state: row.state,
    hostName: row.host_name,
    platform: row.platform,
    version: row.version,
    enrolledAt: row.enrolled_at,
    lastSeenAt: row.last_seen_at,
    conflictedAt: row.conflicted_at,
    ...(report === undefined ? {} : { report }),
  };
}
