/**
 * Enrolment of agents (rules S4, S17). A person makes a token for one connector; the agent that first uses it becomes
 * the connector's only writer. By the time the handler runs, the request has proven that the sender holds the key.
 */
import { formatEnrolmentString } from '@springline/api/enrolment-string';
import { ProblemError } from '@springline/api/problem';
import type { ConnectorView } from '@springline/api/shapes/agent';
import type { Clock, EpochMs } from '@springline/ports/clock';
import type { Random } from '@springline/ports/random';
import { uuidV7 } from '@springline/ports/uuid';
import type { Call, Handlers } from '../http/handler.ts';
import type { RootPins } from '../repository/root-pins.ts';
import type { Database, Reader, Writer } from '../storage/database.ts';
import { addAgent, findAgentByKey, isActiveAgent, revokeAgent } from '../storage/platform/agents.ts';
import { appendAudit } from '../storage/platform/audit.ts';
import {
  addConnector,
  type Connector,
  connectorsOfAgent,
  findConnectorByName,
  handConnectorOver,
} from '../storage/platform/connectors.ts';
import {
  addEnrolment,
  bindEnrolment,
  enrolmentLifetimeMs,
  findEnrolment,
  type UsedEnrolment,
} from '../storage/platform/enrolments.ts';
import { addSignerFact } from '../storage/platform/signer-facts.ts';
import { linkTokenBytes, newSecret, secretHash } from './secret.ts';

interface EnrolmentDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  /** `x` of the Ed25519 key that signs answers. */
  readonly controlPlaneKey: string;
  /** @throws {ProblemError} `repository-missing`. */
  readonly rootPins: () => Promise<RootPins>;
  publicUrl(): string;
}

type EnrolCall = Call<import('@springline/api/routes').Routes['enrolAgent']>;

export function enrolmentHandlers(deps: EnrolmentDeps): Pick<Handlers, 'createEnrolment' | 'enrolAgent'> {
  const { database, clock, random, controlPlaneKey } = deps;
  return {
    async createEnrolment({ caller, body, now }) {
      const { tenantId, actor } = caller;
      const { connector, beside } = body;
      const pins = await deps.rootPins();
      const token = newSecret(random, linkTokenBytes);
      const id = uuidV7(clock, random);
      const expiresAt = (now + enrolmentLifetimeMs) as EpochMs;
      await database.write(async (writer) => {
        const existing = await refuseOtherKind(writer, tenantId, connector);
        if (beside !== undefined) await requirePartner(writer, tenantId, { ...connector, existing }, beside);
        const shared = beside === undefined ? {} : { beside };
        await addEnrolment(writer, tenantId, { id, connector, ...shared, expiresAt }, secretHash(token));
        const subject = `connector:${connector.name}`;
        const detail = { enrolmentId: id, kind: connector.kind, ...shared };
        await appendAudit(writer, tenantId, { at: now, actor, action: 'enrolment.created', subject, detail });
      });
      return {
        enrolmentString: formatEnrolmentString({ token, url: deps.publicUrl(), controlPlaneKey, ...pins }),
        expiresAt: new Date(expiresAt).toISOString(),
      };
    },

    async enrolAgent(call) {
      const { keyId } = call.caller;
      return database.write(async (writer) => {
        const enrolment = await findEnrolment(writer, secretHash(call.body.token), call.now);
        if (enrolment === undefined) throw new ProblemError('enrolment-token-invalid');
        if (enrolment.keyId !== null && enrolment.keyId !== keyId) throw new ProblemError('enrolment-token-invalid');
        const { tenantId } = enrolment;
        const agentId = enrolment.agentId ?? (await useToken(writer, enrolment, call, () => uuidV7(clock, random)));
        if (!(await isActiveAgent(writer, tenantId, agentId))) throw new ProblemError('agent-revoked');
        return { agentId, tenantId, connectors: await connectorsOfAgent(writer, tenantId, agentId) };
      });
    },
  };
}

/** Registers the key and gives it the connector. Returns the agent's id. */
async function useToken(
  writer: Writer,
  enrolment: UsedEnrolment,
  { body, caller, now }: EnrolCall,
  newId: () => string,
): Promise<string> {
  const { tenantId } = enrolment;
  const { keyId } = caller;
  const { hostName, platform, version, publicKey } = body;
  const known = await knownAgentId(writer, tenantId, keyId, now);
  const agentId = known ?? newId();
  if (!(await bindEnrolment(writer, tenantId, enrolment.id, { keyId, agentId }))) {
    throw new ProblemError('enrolment-token-invalid');
  }
  if (known === undefined) {
    const described = { publicKey, hostName, platform, version, enrolledAt: now };
    await addAgent(writer, tenantId, { id: agentId, keyId, ...described });
    await addSignerFact(writer, { kind: 'agent-enrolled', tenantId, agentId, ...described });
  }
  const { connectorId, sourceId } = await takeConnector(writer, enrolment, agentId, now, newId);
  const { name, kind: connectorKind } = enrolment.connector;
  const shared = sourceId === connectorId ? {} : { sourceId };
  const given = { kind: 'connector-given', tenantId, connectorId, name, connectorKind, agentId } as const;
  await addSignerFact(writer, { ...given, ...shared });
  await appendAudit(writer, tenantId, {
    at: now,
    actor: `agent:${agentId}`,
    action: 'agent.enrolled',
    subject: `connector:${connectorId}`,
    detail: { enrolmentId: enrolment.id, keyId, hostName },
  });
  return agentId;
}

/** A host that is enrolled already may take a further connector with the key it has; nobody else's key may. */
async function knownAgentId(
  reader: Reader,
  tenantId: string,
  keyId: string,
  now: EpochMs,
): Promise<string | undefined> {
  const known = await findAgentByKey(reader, keyId, now);
  if (known === undefined) return undefined;
  if (known.state === 'revoked') {
    throw new ProblemError('agent-revoked', 'this key was revoked; make a new key and enrol that');
  }
  if (known.tenantId !== tenantId) {
    throw new ProblemError('enrolment-token-invalid', 'this key is in use elsewhere; make a new key and enrol that');
  }
  return known.agentId;
}

/** Makes the connector, or takes it over: its former agent is revoked. */
async function takeConnector(
  writer: Writer,
  { tenantId, connector, beside }: UsedEnrolment,
  agentId: string,
  now: EpochMs,
  newId: () => string,
): Promise<{ connectorId: string; sourceId: string }> {
  const existing = await refuseOtherKind(writer, tenantId, connector);
  const partner =
    beside === undefined ? undefined : await requirePartner(writer, tenantId, { ...connector, existing }, beside);
  if (existing === undefined) {
    const id = newId();
    const sourceId = partner?.sourceId ?? id;
    await addConnector(writer, tenantId, { ...connector, id, agentId, sourceId }, now);
    return { connectorId: id, sourceId };
  }
  const given = { connectorId: existing.id, sourceId: existing.sourceId };
  if (existing.agentId === agentId) return given;
  await handConnectorOver(writer, tenantId, existing.id, agentId);
  if (await revokeAgent(writer, tenantId, existing.agentId, now)) {
    await addSignerFact(writer, { kind: 'agent-revoked', tenantId, agentId: existing.agentId });
    await appendAudit(writer, tenantId, {
      at: now,
      actor: `agent:${agentId}`,
      action: 'agent.revoked',
      subject: `agent:${existing.agentId}`,
      detail: { reason: 'its connector was taken over', connectorId: existing.id },
    });
  }
  return given;
}

/**
 * The connector beside which another is enrolled: of the same kind, so that both read their directory alike. A connector
 * that is there already keeps its source: its objects would be nobody's otherwise.
 */
async function requirePartner(
  reader: Reader,
  tenantId: string,
  wanted: Pick<ConnectorView, 'name' | 'kind'> & { readonly existing: Connector | undefined },
  beside: string,
): Promise<Connector> {
  const wrong = (what: string): ProblemError => new ProblemError('malformed-request', `body.beside: ${what}`);
  if (beside === wanted.name) throw wrong('a connector is not beside itself; give the new server a name of its own');
  const partner = await findConnectorByName(reader, tenantId, beside);
  if (partner === undefined) throw wrong(`there is no connector ${beside}`);
  if (partner.kind !== wanted.kind) throw wrong(`the connector ${beside} is of kind ${partner.kind}; use that kind`);
  if (wanted.existing !== undefined && wanted.existing.sourceId !== partner.sourceId) {
    throw wrong(`the connector ${wanted.name} is there already with a source of its own; choose another name`);
  }
  return partner;
}

/** The connector of that name, if there is one. It keeps its kind for ever: its objects are anchored by it. */
async function refuseOtherKind(reader: Reader, tenantId: string, wanted: Pick<ConnectorView, 'name' | 'kind'>) {
  const existing = await findConnectorByName(reader, tenantId, wanted.name);
  if (existing !== undefined && existing.kind !== wanted.kind) {
    throw new ProblemError(
      'malformed-request',
      `body.connector.kind: the connector of this name is of kind ${existing.kind}; use that kind or another name`,
    );
  }
  return existing;
}
