/**
 * Connectors: which agent may write the objects of which source (rule S13). A source is known by the id of its first
 * connector; others are put beside it by a person, at enrolment.
 */
import type { ConnectorView } from '@springline/api/shapes/agent';
import type { EpochMs } from '@springline/ports/clock';
import type { Reader, Writer } from '../database.ts';

export interface Connector extends ConnectorView {
  readonly agentId: string;
  /** Shared by the connectors of one source; its own id for a connector that stands alone. */
  readonly sourceId: string;
}

/** One answer holds no more connectors than this. */
const connectorListLimit = 1_000;

const columns = ['id', 'name', 'kind', 'agent_id as agentId', 'source_id as sourceId'] as const;

export async function findConnector(
  reader: Reader,
  tenantId: string,
  connectorId: string,
): Promise<Connector | undefined> {
  return reader
    .selectFrom('platform_connectors')
    .select(columns)
    .where('tenant_id', '=', tenantId)
    .where('id', '=', connectorId)
    .executeTakeFirst();
}

export async function findConnectorByName(
  reader: Reader,
  tenantId: string,
  name: string,
): Promise<Connector | undefined> {
  return reader
    .selectFrom('platform_connectors')
    .select(columns)
    .where('tenant_id', '=', tenantId)
    .where('name', '=', name)
    .executeTakeFirst();
}

/** True when `agentId` is the one agent that may write this connector's objects. */
export async function ownsConnector(
  reader: Reader,
  agent: { readonly tenantId: string; readonly agentId: string },
  connectorId: string,
): Promise<boolean> {
  return (await findConnector(reader, agent.tenantId, connectorId))?.agentId === agent.agentId;
}

/** The connectors of an agent, by name. */
export async function connectorsOfAgent(reader: Reader, tenantId: string, agentId: string): Promise<ConnectorView[]> {
  const rows = await reader
    .selectFrom('platform_connectors')
    .select(['id', 'name', 'kind'])
    .where('tenant_id', '=', tenantId)
    .where('agent_id', '=', agentId)
    .execute();
  // Ordered here: asked for by name, the database walks all connectors of the tenant along the index of names.
  return rows.map(({ id, name, kind }) => ({ id, name, kind })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

export async function addConnector(
  writer: Writer,
  tenantId: string,
  connector: Connector,
  createdAt: EpochMs,
): Promise<void> {
  const { id, name, kind, agentId, sourceId } = connector;
  await writer
    .insertInto('platform_connectors')
    .values({ tenant_id: tenantId, id, name, kind, agent_id: agentId, source_id: sourceId, created_at: createdAt })
    .execute();
}

export async function handConnectorOver(
  writer: Writer,
  tenantId: string,
  connectorId: string,
  agentId: string,
): Promise<void> {
  await writer
    .updateTable('platform_connectors')
    .set({ agent_id: agentId })
    .where('tenant_id', '=', tenantId)
    .where('id', '=', connectorId)
    .execute();
}

/** Of every source of the tenant, in the order of their making; the first `connectorListLimit`. */
export async function listConnectors(reader: Reader, tenantId: string): Promise<Connector[]> {
  return reader
    .selectFrom('platform_connectors')
    .select(columns)
    .where('tenant_id', '=', tenantId)
    .orderBy('source_id')
    .orderBy('created_at')
    .orderBy('name')
    .limit(connectorListLimit)
    .execute();
}
