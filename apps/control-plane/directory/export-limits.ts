/**
 * Limits of exports (rule S13): judges each batch by what its source did within 24 hours, and lets people look, set and
 * approve. What limits refuse is told once for as long as it goes on.
 */
import { ProblemError } from '@springline/api/problem';
import { exportLimitsShape } from '@springline/api/shapes/directory';
import type { ObjectType } from '@springline/cloud-directory/cloud-object';
import {
  type CountedKind,
  type CountsByKind,
  defaultExportLimits,
  type ExportKind,
  type ExportLimits,
  firstWeekMs,
  judgeExports,
  type LimitVerdict,
  limitWindowMs,
} from '@springline/cloud-directory/export-limits';
import type { ExportOperation } from '@springline/cloud-directory/export-operation';
import type { ExportPlan } from '@springline/cloud-directory/plan-exports';
import { isActive } from '@springline/cloud-directory/scim-names';
import type { EpochMs } from '@springline/ports/clock';
import type { Handlers } from '../http/handler.ts';
import type { Reader, Writer } from '../storage/database.ts';
import {
  addExportCounts,
  countLiveObjects,
  putRefusal,
  readExportCounts,
  readLimits,
  readRefusals,
  removeRefusal,
  writeLimits,
} from '../storage/directory/export-limits.ts';
import { ensureSource, type StoredSource, setApprovedDeletions, setFirstExport } from '../storage/directory/sources.ts';
import type { AgentCaller, DirectoryDeps, RegisteredConnector } from './deps.ts';

type LimitDeps = Pick<DirectoryDeps, 'tell' | 'findAgent'>;
type LimitHandlers = Pick<Handlers, 'getExportLimits' | 'putExportLimits' | 'approveDeletions'>;

/** What a batch would do, by kind and type. */
export function countsOfPlan(
  operations: readonly ExportOperation[],
  { results, objects, references }: ExportPlan,
): CountsByKind {
  const counts = {
    creations: new Map<ObjectType, number>(),
    changes: new Map<ObjectType, number>(),
    deletions: new Map<ObjectType, number>(),
    disablings: new Map<ObjectType, number>(),
  };
  const add = (kind: CountedKind, type: ObjectType): void => {
    counts[kind].set(type, (counts[kind].get(type) ?? 0) + 1);
  };
  for (const { before, after } of objects) {
    const wasLive = before !== undefined && before.deletedAt === undefined;
    if (!wasLive && after.deletedAt === undefined) add('creations', after.type);
    if (wasLive && after.deletedAt !== undefined) add('deletions', after.type);
    const isDisabled = wasLive && after.deletedAt === undefined && !isActive(after.attributes);
    if (isDisabled && isActive(before.attributes)) add('disablings', after.type);
  }
  // Of operations and not of objects: those that merely let go of a deleted one were not asked for.
  for (const [at, { status }] of results.entries()) {
    if (status === 'updated') add('changes', operations[at]!.objectType);
  }
  // Each by itself: one operation may empty a large group. Those of deleted objects are part of the deletion.
  const deleted = new Set<string>();
  const types = new Map<string, ObjectType>();
  for (const { after } of objects) {
    types.set(after.id, after.type);
    if (after.deletedAt !== undefined) deleted.add(after.id);
  }
  for (const { objectId, targetId } of references.removed) {
    if (!deleted.has(objectId) && !deleted.has(targetId)) add('changes', types.get(objectId) ?? 'group');
  }
  return counts;
}

export async function judgeBatch(
  writer: Writer,
  tenantId: string,
  { sourceId }: RegisteredConnector,
  stored: StoredSource,
  wanted: CountsByKind,
  now: EpochMs,
): Promise<LimitVerdict> {
  const { firstExportAt, approvedDeletions, approvedUntil } = stored;
  return judgeExports(wanted, {
    limits: await limitsOf(writer, tenantId),
    done: await readExportCounts(writer, tenantId, sourceId, (now - limitWindowMs) as EpochMs),
    approvedDeletions: approvedUntil !== undefined && now < approvedUntil ? approvedDeletions : 0,
    isFirstWeek: firstExportAt === undefined || now < firstExportAt + firstWeekMs,
    liveObjects: (type) => countLiveObjects(writer, tenantId, sourceId, type),
  });
}

/** After the plan was written: `done` is what it did. */
export async function recordBatch(
  deps: LimitDeps,
  writer: Writer,
  caller: AgentCaller,
  connector: RegisteredConnector,
  stored: StoredSource,
  { verdict, done }: { readonly verdict: LimitVerdict; readonly done: CountsByKind },
  now: EpochMs,
): Promise<void> {
  const { tenantId } = caller;
  const { sourceId } = connector;
  const isApproved = verdict.usedApprovals > 0;
  if (isApproved) {
    const objects = Math.max(0, stored.approvedDeletions - verdict.usedApprovals);
    const until = objects === 0 ? null : (stored.approvedUntil ?? null);
    await setApprovedDeletions(writer, tenantId, sourceId, { objects, until });
    await removeRefusal(writer, tenantId, sourceId, 'deletions');
  }
  const counted = isApproved ? { ...done, deletions: new Map(), disablings: new Map() } : done;
  const before = (now - limitWindowMs) as EpochMs;
  await addExportCounts(writer, tenantId, sourceId, counted, { now, before });
  const isAny = Object.values(done).some((byType) => byType.size > 0);
  if (isAny && stored.firstExportAt === undefined) await setFirstExport(writer, tenantId, sourceId, now);
  for (const [kind, { code, message }] of verdict.refused) {
    await noteRefusal(deps, writer, caller, connector, { kind, code, message }, now);
  }
}

/** One entry and one notice for as long as refusals go on with less than a day in between. */
async function noteRefusal(
  { tell, findAgent }: LimitDeps,
  writer: Writer,
  { tenantId, agentId }: AgentCaller,
  { sourceId, name }: RegisteredConnector,
  { kind, code, message }: { readonly kind: ExportKind; readonly code: string; readonly message: string },
  now: EpochMs,
): Promise<void> {
  const known = (await readRefusals(writer, tenantId, sourceId)).find((one) => one.kind === kind);
  const goesOn = known !== undefined && now - known.lastAt < limitWindowMs;
  const { since, batches } = goesOn ? known : { since: now, batches: 0 };
  await putRefusal(writer, tenantId, { sourceId, kind, since, lastAt: now, batches: batches + 1 });
  if (goesOn) return;
  const host = (await findAgent(writer, tenantId, agentId))?.hostName ?? agentId;
  const text = [
    `${host} (connector ${name}): ${message}.`,
    'None of them was carried out. Everything else of this source goes on.',
    '',
    'If nobody meant this, revoke the agent: its key may be in other hands.',
    '',
  ].join('\n');
  await tell(
    writer,
    tenantId,
    {
      actor: `agent:${agentId}`,
      action: 'export.limited',
      subject: `source:${sourceId}`,
      detail: { code, kind, reason: message },
      notice: {
        kind: code,
        dedupeKey: `${code} ${sourceId} ${since}`,
        subject: `Too many ${kind} from ${host} were held back`,
        text,
      },
    },
    now,
  );
}

export function exportLimitHandlers(deps: DirectoryDeps): LimitHandlers {
  const { database, tell, findConnector } = deps;
  return {
    getExportLimits: ({ caller }) => limitsOf(database.read, caller.tenantId),

    async putExportLimits({ caller: { tenantId, actor }, body, now }) {
      await database.write(async (writer) => {
        const before = await limitsOf(writer, tenantId);
        await writeLimits(writer, tenantId, JSON.stringify(body));
        const detail = { before: JSON.stringify(before), after: JSON.stringify(body) };
        await tell(writer, tenantId, { actor, action: 'export-limits.changed', subject: 'export-limits', detail }, now);
      });
      return body;
    },

    async approveDeletions({ caller: { tenantId, actor }, body: { connectorId, objects }, now }) {
      const until = (now + limitWindowMs) as EpochMs;
      return database.write(async (writer) => {
        const connector = await findConnector(writer, tenantId, connectorId);
        if (connector === undefined) throw new ProblemError('not-found', 'no connector has this id');
        const { sourceId } = connector;
        await ensureSource(writer, tenantId, sourceId);
        await setApprovedDeletions(writer, tenantId, sourceId, { objects, until: objects === 0 ? null : until });
        const news = { actor, action: 'export.deletions-approved', subject: `source:${sourceId}`, detail: { objects } };
        await tell(writer, tenantId, news, now);
        return { sourceId, objects, until: new Date(until).toISOString() };
      });
    },
  };
}

async function limitsOf(reader: Reader, tenantId: string): Promise<ExportLimits> {
  const stored = await readLimits(reader, tenantId);
  return stored === undefined ? defaultExportLimits : exportLimitsShape.parse(JSON.parse(stored));
}
