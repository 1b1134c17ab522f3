/**
 * Carries the signer's register out on a database that is older than it (rule S8): agents enrolled since are agents again
 * with the keys they have, and what was taken back since is taken back again. Whatever the database says more is left.
 */
import { createPublicKey } from 'node:crypto';
import { roleNames } from '@springline/api/shapes/access';
import { connectorKind } from '@springline/api/shapes/agent';
import { keyId } from '@springline/api/signature/key';
import { factKey, type RegisterFact } from '@springline/auto-upgrade/hus/register-fact';
import type { EpochMs } from '@springline/ports/clock';
import type { Writer } from '../storage/database.ts';
import { addAgent, agentIds, revokeAgent } from '../storage/platform/agents.ts';
import { addConnector, findConnector, findConnectorByName, handConnectorOver } from '../storage/platform/connectors.ts';
import { findCredential } from '../storage/platform/credentials.ts';
import { findPerson, removePerson, setRole } from '../storage/platform/people.ts';
import { nextSignerFacts, removeSignerFact } from '../storage/platform/signer-facts.ts';
import { listTenants } from '../storage/platform/tenants.ts';
import { removeToken } from '../storage/platform/tokens.ts';

/** What was changed by it. `passedOver`: facts of tenants that this database does not have. */
interface Replayed {
  readonly agentsAdded: number;
  readonly agentsRevoked: number;
  readonly connectorsGiven: number;
  readonly peopleRemoved: number;
  readonly rolesChanged: number;
  readonly passedOver: number;
}

const factsPerRead = 1_000;

/** In one transaction; oldest fact first. */
export async function carryOutRegister(
  writer: Writer,
  facts: readonly RegisterFact[],
  now: EpochMs,
): Promise<Replayed> {
  const agentIdsByTenant = new Map<string, Set<string>>();
  for (const { id } of await listTenants(writer)) agentIdsByTenant.set(id, await agentIds(writer, id));
  const counts = {
    ...{ agentsAdded: 0, agentsRevoked: 0, connectorsGiven: 0 },
    ...{ peopleRemoved: 0, rolesChanged: 0, passedOver: 0 },
  };
  for (const fact of facts) {
    const known = agentIdsByTenant.get(fact.tenantId);
    if (known === undefined) counts.passedOver += 1;
    else await carryOut(writer, fact, known, counts, now);
  }
  await dropKnown(writer, facts);
  return counts;
}

type Counts = { -readonly [Name in keyof Replayed]: number };

async function carryOut(
  writer: Writer,
  fact: RegisterFact,
  known: Set<string>,
  counts: Counts,
  now: EpochMs,
): Promise<void> {
  const { tenantId } = fact;
  switch (fact.kind) {
    case 'agent-enrolled':
      if (!known.has(fact.agentId) && (await registerAgain(writer, fact, now))) {
        known.add(fact.agentId);
        counts.agentsAdded += 1;
      }
      return;
    case 'agent-revoked':
      if (known.has(fact.agentId) && (await revokeAgent(writer, tenantId, fact.agentId, now))) {
        counts.agentsRevoked += 1;
      }
      return;
    case 'connector-given':
      if (known.has(fact.agentId) && (await giveConnector(writer, fact, now))) counts.connectorsGiven += 1;
      return;
    case 'token-revoked':
      return removeToken(writer, tenantId, fact.tokenId);
    case 'person-removed':
      if ((await findPerson(writer, tenantId, fact.personId)) === undefined) return;
      await removePerson(writer, tenantId, fact.personId);
      counts.peopleRemoved += 1;
      return;
    case 'person-role': {
      const role = roleNames.find((name) => name === fact.role);
      const person = await findPerson(writer, tenantId, fact.personId);
      if (role === undefined || person === undefined || person.role === role) return;
      await setRole(writer, tenantId, fact.personId, role);
      counts.rolesChanged += 1;
    }
  }
}

/** False when its key is somebody else's by now. */
async function registerAgain(
  writer: Writer,
  fact: Extract<RegisterFact, { kind: 'agent-enrolled' }>,
  now: EpochMs,
): Promise<boolean> {
  const { tenantId, agentId, publicKey, hostName, platform, version } = fact;
  const key = keyId(createPublicKey({ key: { ...publicKey }, format: 'jwk' }));
  if ((await findCredential(writer, 'agent-key', key, now)) !== undefined) return false;
  const described = { hostName, platform, version, enrolledAt: fact.enrolledAt as EpochMs };
  await addAgent(writer, tenantId, { id: agentId, keyId: key, publicKey, ...described });
  return true;
}

/** False when it is as it should be, or another connector has its name by now. */
async function giveConnector(
  writer: Writer,
  fact: Extract<RegisterFact, { kind: 'connector-given' }>,
  now: EpochMs,
): Promise<boolean> {
  const { tenantId, connectorId, name, agentId, sourceId = connectorId } = fact;
  const existing = await findConnector(writer, tenantId, connectorId);
  if (existing?.agentId === agentId) return false;
  if (existing !== undefined) {
    await handConnectorOver(writer, tenantId, connectorId, agentId);
    return true;
  }
  const kind = connectorKind.safeParse(fact.connectorKind).data;
  if (kind === undefined || (await findConnectorByName(writer, tenantId, name)) !== undefined) return false;
  await addConnector(writer, tenantId, { id: connectorId, name, kind, agentId, sourceId }, now);
  return true;
}

/** The outbox of then waits no more: the signer's later word on the same thing must stay the last. */
async function dropKnown(writer: Writer, facts: readonly RegisterFact[]): Promise<void> {
  const known = new Set(facts.map(factKey));
  for (let after = 0; ; ) {
    const waiting = await nextSignerFacts(writer, after, factsPerRead);
    for (const { sequence, fact } of waiting) {
      if (known.has(factKey(fact))) await removeSignerFact(writer, sequence);
    }
    if (waiting.length < factsPerRead) return;
    after = waiting.at(-1)!.sequence;
  }
}
