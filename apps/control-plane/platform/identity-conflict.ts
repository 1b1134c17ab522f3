/**
 * Conflicts of identities (rule S16): carries out what `continuation.ts` decides. While an identity is in conflict its
 * hosts go on reporting and export nothing, until a person has stopped one of them and says so.
 */
import { ProblemError } from '@springline/api/problem';
import type { EpochMs } from '@springline/ports/clock';
import type { Random } from '@springline/ports/random';
import { addNotice } from '../notices/outbox.ts';
import type { Writer } from '../storage/database.ts';
import { findAgent } from '../storage/platform/agents.ts';
import { appendAudit } from '../storage/platform/audit.ts';
import { endConflict, findStanding, keepContinuation, markConflicted } from '../storage/platform/continuations.ts';
import { type Beat, judgeContinuation } from './continuation.ts';

const continuationBytes = 16;

interface Agent {
  readonly tenantId: string;
  readonly agentId: string;
}

/**
 * What the answer to a heartbeat says of the identity. `beat` is absent from agents that know of no continuations; from
 * one that was given any, that is a conflict as well, since leaving it out must not hide a second copy. A host that was
 * put back to such a version goes on once a person resolved that: what it was given is forgotten then. The version that it
 * tells excuses nothing, since a second copy tells what it likes.
 */
export async function continueIdentity(
  writer: Writer,
  { tenantId, agentId }: Agent,
  beat: Beat | undefined,
  hostName: string,
  { now, random }: { readonly now: EpochMs; readonly random: Random },
): Promise<{ continuation?: string; conflictedSince?: string }> {
  const stored = await findStanding(writer, tenantId, agentId);
  if (stored === undefined) return {};
  if (stored.conflictedAt !== null) return { conflictedSince: new Date(stored.conflictedAt).toISOString() };
  if (beat === undefined && stored.current === null) return {};
  if (beat === undefined) return inConflict(writer, { tenantId, agentId }, hostName, now);
  const verdict = judgeContinuation(stored, beat, Buffer.from(random.bytes(continuationBytes)).toString('base64url'));
  switch (verdict.kind) {
    case 'goes-on':
      await keepContinuation(writer, tenantId, agentId, verdict.kept);
      return { continuation: verdict.kept.current! };
    case 'repeated':
      return { continuation: verdict.current };
    case 'late':
      return {};
    case 'stale':
      return inConflict(writer, { tenantId, agentId }, hostName, now);
  }
}

async function inConflict(
  writer: Writer,
  { tenantId, agentId }: Agent,
  hostName: string,
  now: EpochMs,
): Promise<{ conflictedSince: string }> {
  const conflictedSince = new Date(now).toISOString();
  if (!(await markConflicted(writer, tenantId, agentId, now))) return { conflictedSince };
  const actor = `agent:${agentId}`;
  const event = { at: now, actor, action: 'agent.conflicted', subject: actor };
  await appendAudit(writer, tenantId, { ...event, detail: { hostName } });
  const text = [
    `Two hosts use the identity of the agent ${hostName} (${agentId}): a copy of a running host, or one that was put back`,
    'from a backup or to a much older version. Neither of them exports anything until this is resolved.',
    '',
    'Stop the one that is not meant to run, and remove its home. Then:',
    `springline agent resolve-conflict ${agentId}`,
    '',
  ].join('\n');
  await addNotice(
    writer,
    tenantId,
    {
      kind: 'agent-conflicted',
      dedupeKey: `agent-conflicted ${agentId} ${now}`,
      subject: `Two hosts use the identity of ${hostName}`,
      text,
      detail: { agentId, hostName },
    },
    now,
  );
  return { conflictedSince };
}

/** @throws {ProblemError} `not-found`. Without a conflict nothing is done. */
export async function resolveConflict(
  writer: Writer,
  { tenantId, agentId }: Agent,
  actor: string,
  now: EpochMs,
): Promise<void> {
  const agent = await findAgent(writer, tenantId, agentId);
  if (agent === undefined) throw new ProblemError('not-found', 'no agent has this id');
  if (!(await endConflict(writer, tenantId, agentId))) return;
  const event = { at: now, actor, action: 'agent.conflict-resolved', subject: `agent:${agentId}` };
  await appendAudit(writer, tenantId, { ...event, detail: { hostName: agent.hostName } });
}
