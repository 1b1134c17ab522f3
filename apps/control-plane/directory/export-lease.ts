/**
 * The export lease of a source: who asks for it, who sends under it, and how heartbeats keep it (rules S13, S16). What is
 * decided is in `cloud-directory/export-lease.ts`.
 */
import { ProblemError } from '@springline/api/problem';
import type { Heartbeat } from '@springline/api/shapes/agent';
import type { ExportLeaseAnswer, ExportLeaseView } from '@springline/api/shapes/directory';
import {
  decideExportLease,
  type ExportLease,
  exportLeaseMs,
  exportLeaseRenewalMs,
  type HeldLease,
  isLive,
  type LeaseDecision,
  type LeaseWish,
} from '@springline/cloud-directory/export-lease';
import type { EpochMs } from '@springline/ports/clock';
import type { Handler } from '../http/handler.ts';
import type { Database, Reader, Writer } from '../storage/database.ts';
import { holdEpoch } from '../storage/directory/epochs.ts';
import {
  clearLease,
  ensureSource,
  holdsLeaseEnding,
  leasesOfDirectory,
  readSource,
  renewLeasesOf,
  type StoredSource,
  writeLease,
} from '../storage/directory/sources.ts';
import { type AgentCaller, type DirectoryDeps, type RegisteredConnector, requireConnector } from './deps.ts';

type LeaseDeps = Pick<DirectoryDeps, 'findConnector' | 'findAgent' | 'tell'>;

export function exportLeaseHandler(deps: DirectoryDeps): Handler<'exportLease'> {
  const { database } = deps;
  return async ({ caller, body, now }) => {
    const { tenantId, agentId } = caller;
    const { ask } = body;
    if (ask === 'look') {
      const { sourceId } = await requireConnector(deps, database.read, caller, body.connectorId);
      const stored = await readSource(database.read, tenantId, sourceId);
      return answerOf(deps, database.read, tenantId, stored?.lease, { held: isOwn(stored?.lease, body, agentId) }, now);
    }
    return database.write(async (writer): Promise<ExportLeaseAnswer> => {
      const connector = await requireConnector(deps, writer, caller, body.connectorId);
      await holdEpoch(writer, tenantId);
      const stored = await ensureSource(writer, tenantId, connector.sourceId);
      const refuse = ({ code, message }: { code: string; message: string }): Promise<ExportLeaseAnswer> =>
        answerOf(deps, writer, tenantId, stored.lease, { held: false, refusal: { code, message } }, now);
      const asker = await deps.findAgent(writer, tenantId, agentId);
      if (asker?.isConflicted === true)
        return refuse({ code: 'agent-conflicted', message: 'two hosts use the identity of this agent' });
      if (asker?.isRecent(body.continuation) === false) {
        const message = 'this home is behind what the control plane heard of this agent last';
        return refuse({ code: 'continuation-stale', message });
      }
      if (ask === 'release') {
        if (stored.lease?.agentId === agentId) await clearLease(writer, tenantId, connector.sourceId);
        const { lease } = (await readSource(writer, tenantId, connector.sourceId))!;
        return answerOf(deps, writer, tenantId, lease, { held: false }, now);
      }
      const { connectorId, bootNonce, source } = body;
      const wish: LeaseWish = { agentId, connectorId, bootNonce, source, ask };
      const decision = await decide(deps, writer, tenantId, connector, stored, wish, now);
      if (decision.kind === 'refused') return refuse(decision);
      await carryOut(deps, writer, tenantId, connector, decision, now);
      return answerOf(deps, writer, tenantId, decision.lease, { held: true, lastsMs: exportLeaseMs }, now);
    });
  };
}

/**
 * Sees to it that the batch's sender holds the lease, and renews it. An agent that knows of no leases takes it by sending;
 * one that was given a continuation knows of them, and to leave the lease out is no way around it.
 *
 * @throws {ProblemError} `agent-conflicted`, `export-lease-lost`, `export-lease-held`.
 */
export async function requireLease(
  deps: LeaseDeps,
  writer: Writer,
  { tenantId, agentId }: AgentCaller,
  connector: RegisteredConnector,
  sent: { readonly bootNonce: string; readonly fencing: number } | undefined,
  now: EpochMs,
): Promise<StoredSource> {
  const asker = await deps.findAgent(writer, tenantId, agentId);
  if (asker?.isConflicted === true) throw new ProblemError('agent-conflicted');
  const stored = await ensureSource(writer, tenantId, connector.sourceId);
  const { lease } = stored;
  if (sent !== undefined) {
    if (lease === undefined || !isOwn(lease, sent, agentId) || lease.fencing !== sent.fencing) {
      throw new ProblemError('export-lease-lost');
    }
    if (lease.expiresAt < now + exportLeaseMs - exportLeaseRenewalMs) {
      await writeLease(writer, tenantId, connector.sourceId, {
        ...lease,
        expiresAt: (now + exportLeaseMs) as EpochMs,
      });
    }
    return stored;
  }
  const isOfLiveProcess = lease?.agentId === agentId && lease.bootNonce !== '' && now < lease.expiresAt;
  if (asker?.hasContinuation === true || isOfLiveProcess) throw new ProblemError('export-lease-lost');
  const wish = { agentId, connectorId: connector.id, bootNonce: '', source: undefined, ask: 'acquire' } as const;
  const decision = await decide(deps, writer, tenantId, connector, stored, wish, now);
  if (decision.kind === 'refused') throw new ProblemError('export-lease-held', decision.message);
  await carryOut(deps, writer, tenantId, connector, decision, now);
  return stored;
}

/**
 * Keeps the leases of an agent whose Connect Sync runs and may export. A heartbeat without a continuation is of a version
 * without leases: it keeps none that another version took on that host before.
 */
export async function renewByHeartbeat(
  database: Database,
  { tenantId, agentId }: AgentCaller,
  { components, sync, continuation }: Pick<Heartbeat, 'components' | 'sync' | 'continuation'>,
  now: EpochMs,
): Promise<void> {
  const isExporting =
    sync?.staging !== true &&
    components.some(({ component, state }) => component === 'connect-sync' && state === 'running');
  if (!isExporting) return;
  const before = (now + exportLeaseMs - exportLeaseRenewalMs) as EpochMs;
  const holders = continuation === undefined ? 'nameless' : 'all';
  if (!(await holdsLeaseEnding(database.read, tenantId, agentId, { after: now, before, holders }))) return;
  const until = (now + exportLeaseMs) as EpochMs;
  await database.write((writer) => renewLeasesOf(writer, tenantId, agentId, { now, until, holders }));
}

/** As people and agents see it; undefined when nobody holds it. */
export async function viewOfLease(
  { findAgent, findConnector }: Pick<DirectoryDeps, 'findAgent' | 'findConnector'>,
  reader: Reader,
  tenantId: string,
  lease: ExportLease | undefined,
  now: EpochMs,
): Promise<ExportLeaseView | undefined> {
  if (lease === undefined) return undefined;
  const connector = await findConnector(reader, tenantId, lease.connectorId);
  const holder = await findAgent(reader, tenantId, lease.agentId);
  return {
    agentId: lease.agentId,
    hostName: holder?.hostName ?? lease.agentId,
    connector: connector?.name ?? lease.connectorId,
    fencing: lease.fencing,
    since: new Date(lease.since).toISOString(),
    expiresAt: new Date(lease.expiresAt).toISOString(),
    live: isLive(await held({ findAgent }, reader, tenantId, lease), now),
    ...(lease.source === undefined ? {} : { source: lease.source }),
  };
}

async function answerOf(
  deps: LeaseDeps,
  reader: Reader,
  tenantId: string,
  lease: ExportLease | undefined,
  words: Omit<ExportLeaseAnswer, 'lease'>,
  now: EpochMs,
): Promise<ExportLeaseAnswer> {
  const view = await viewOfLease(deps, reader, tenantId, lease, now);
  return { ...words, ...(view === undefined ? {} : { lease: view }) };
}

function isOwn(lease: ExportLease | undefined, { bootNonce }: { readonly bootNonce: string }, agentId: string) {
  return lease?.agentId === agentId && lease.bootNonce === bootNonce;
}

async function decide(
  deps: LeaseDeps,
  writer: Writer,
  tenantId: string,
  { sourceId }: RegisteredConnector,
  stored: StoredSource,
  wish: LeaseWish,
  now: EpochMs,
): Promise<LeaseDecision> {
  const { lease, lastFencing } = stored;
  return decideExportLease(wish, {
    held: lease && (await held(deps, writer, tenantId, lease)),
    sameDirectoryElsewhere: await sameDirectoryElsewhere(deps, writer, tenantId, sourceId, wish, now),
    lastFencing,
    now,
  });
}

async function held(
  { findAgent }: Pick<DirectoryDeps, 'findAgent'>,
  reader: Reader,
  tenantId: string,
  lease: ExportLease,
): Promise<HeldLease> {
  const holder = await findAgent(reader, tenantId, lease.agentId);
  return { ...lease, isActive: holder?.isActive === true, isConflicted: holder?.isConflicted === true };
}

async function sameDirectoryElsewhere(
  deps: LeaseDeps,
  reader: Reader,
  tenantId: string,
  sourceId: string,
  { source }: LeaseWish,
  now: EpochMs,
): Promise<string | undefined> {
  if (source === undefined) return undefined;
  const others = await leasesOfDirectory(reader, tenantId, { directory: source, otherThan: sourceId, now });
  for (const lease of others) {
    if (!isLive(await held(deps, reader, tenantId, lease), now)) continue;
    return (await deps.findConnector(reader, tenantId, lease.connectorId))?.name ?? lease.connectorId;
  }
  return undefined;
}

/** Writes the lease down; that it passed from one agent to another is told. */
async function carryOut(
  { tell, findAgent }: LeaseDeps,
  writer: Writer,
  tenantId: string,
  { sourceId, name }: RegisteredConnector,
  decision: Exclude<LeaseDecision, { kind: 'refused' }>,
  now: EpochMs,
): Promise<void> {
  const { lease } = decision;
  await writeLease(writer, tenantId, sourceId, lease);
  if (decision.kind === 'kept') return;
  const { from, isForced } = decision;
  if (from === undefined) return;
  const host = (await findAgent(writer, tenantId, lease.agentId))?.hostName ?? lease.agentId;
  const before = (await findAgent(writer, tenantId, from.agentId))?.hostName ?? from.agentId;
  const text = [
    `${host} (connector ${name}) exports to the cloud directory from now on, in place of ${before}.`,
    isForced
      ? `${before} may have been exporting at that moment: whatever it still sends is refused.`
      : `${before} had given the lease back, or was not heard for longer than it lasts.`,
    '',
    'If nobody meant this, revoke the agent.',
    '',
  ].join('\n');
  await tell(
    writer,
    tenantId,
    {
      actor: `agent:${lease.agentId}`,
      action: 'export-lease.taken',
      subject: `source:${sourceId}`,
      detail: { connectorId: lease.connectorId, from: from.agentId, fencing: lease.fencing, forced: isForced },
      notice: {
        kind: 'export-lease-taken',
        dedupeKey: `export-lease-taken ${sourceId} ${lease.fencing}`,
        subject: `${host} exports in place of ${before}`,
        text,
      },
    },
    now,
  );
}
