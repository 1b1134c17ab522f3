/**
 * Carries out a batch of exports: lease, facts, plan, limits, rows and the record of the answer in one transaction. Sent
 * again with the same key it is answered from the record, also when the lease has passed on meanwhile: nothing is written.
 */
import { createHash } from 'node:crypto';
import { ProblemError } from '@springline/api/problem';
import type { ExportBatch, ExportOperation as WireOperation } from '@springline/api/shapes/directory';
import type { LimitVerdict } from '@springline/cloud-directory/export-limits';
import type { ExportOperation, ExportResult } from '@springline/cloud-directory/export-operation';
import { type ExportPlan, planExports } from '@springline/cloud-directory/plan-exports';
import type { EpochMs } from '@springline/ports/clock';
import { uuidV7 } from '@springline/ports/uuid';
import type { Handler } from '../http/handler.ts';
import type { Writer } from '../storage/database.ts';
import { holdEpoch } from '../storage/directory/epochs.ts';
import { readExportFacts } from '../storage/directory/export-facts.ts';
import { type BatchKey, readBatchRecord, writeBatchRecord } from '../storage/directory/export-records.ts';
import { writeExportPlan } from '../storage/directory/export-writer.ts';
import type { StoredSource } from '../storage/directory/sources.ts';
import { type AgentCaller, type DirectoryDeps, type RegisteredConnector, requireConnector } from './deps.ts';
import { directoryEvents } from './events.ts';
import { requireLease } from './export-lease.ts';
import { countsOfPlan, judgeBatch, recordBatch } from './export-limits.ts';

interface Outcome {
  readonly results: ExportResult[];
  /** False when the answer was on record, or nothing came of the batch. */
  readonly changed: boolean;
}

export function exportBatchHandler(deps: DirectoryDeps): Handler<'exportBatch'> {
  return async ({ body, caller, now }) => {
    const { tenantId } = caller;
    // Not of the lease: a batch is the same one under a lease that had to be asked for again.
    const { lease, ...batch } = body;
    const bodyDigest = digestOf(batch);
    const { results, changed } = await deps.database.write(async (writer): Promise<Outcome> => {
      const connector = await requireConnector(deps, writer, caller, body.connectorId);
      // First, so that two batches of one tenant never plan on the same facts, nor two deliveries of one batch.
      await holdEpoch(writer, tenantId);
      const key = { tenantId, agentId: caller.agentId, idempotencyKey: body.idempotencyKey };
      const recorded = await recordedResults(writer, key, bodyDigest);
      if (recorded !== undefined) return { results: recorded, changed: false };
      const stored = await requireLease(deps, writer, caller, connector, lease, now);
      const outcome = await carryOut(deps, writer, caller, { connector, stored, wanted: batch.operations }, now);
      await writeBatchRecord(writer, key, { bodyDigest, answer: JSON.stringify(outcome.results) }, now);
      return outcome;
    });
    deps.log.info(directoryEvents.exported, { tenantId, connectorId: body.connectorId, ...countsOf(results) });
    if (changed) deps.changed?.(tenantId);
    return { results };
  };
}

async function carryOut(
  deps: DirectoryDeps,
  writer: Writer,
  caller: AgentCaller,
  {
    connector,
    stored,
    wanted,
  }: {
    readonly connector: RegisteredConnector;
    readonly stored: StoredSource;
    readonly wanted: ExportBatch['operations'];
  },
  now: EpochMs,
): Promise<Outcome> {
  const { tenantId } = caller;
  const operations = wanted.map(operationFromWire);
  const facts = await readExportFacts(writer, tenantId, operations);
  // Those of one millisecond are random among themselves; sorted, objects of a batch keep its order in every list.
  const ids = operations.map(() => uuidV7(deps.clock)).sort();
  const plannedWithout = (refused: LimitVerdict['refused']): ExportPlan => {
    const left = [...ids];
    return planExports(operations, facts, {
      connectorId: connector.sourceId,
      now,
      newId: () => left.shift()!,
      refused,
    });
  };
  const full = plannedWithout(new Map());
  const verdict = await judgeBatch(writer, tenantId, connector, stored, countsOfPlan(operations, full), now);
  const plan = verdict.refused.size === 0 ? full : plannedWithout(verdict.refused);
  await writeExportPlan(writer, tenantId, plan);
  const done = countsOfPlan(operations, plan);
  await recordBatch(deps, writer, caller, connector, stored, { verdict, done }, now);
  return { results: plan.results, changed: plan.objects.length > 0 };
}

/** @throws {ProblemError} `idempotency-mismatch` when the key was used for another batch. */
async function recordedResults(writer: Writer, key: BatchKey, bodyDigest: string): Promise<ExportResult[] | undefined> {
  const record = await readBatchRecord(writer, key);
  if (record === undefined) return undefined;
  if (record.bodyDigest !== bodyDigest) throw new ProblemError('idempotency-mismatch');
  return JSON.parse(record.answer);
}

function operationFromWire(operation: WireOperation): ExportOperation {
  const { objectType, sourceAnchor } = operation;
  if (operation.op === 'delete') return { op: 'delete', objectType, sourceAnchor };
  return {
    op: operation.op,
    objectType,
    sourceAnchor,
    attributes: new Map(Object.entries(operation.attributes)),
    references: new Map(Object.entries(operation.references ?? {})),
  };
}

/** Of the parsed batch, whose fields come in the order of their shape. */
function digestOf(batch: Omit<ExportBatch, 'lease'>): string {
  return createHash('sha256').update(JSON.stringify(batch)).digest('hex');
}

function countsOf(results: readonly ExportResult[]): Record<ExportResult['status'], number> {
  const counts = { created: 0, updated: 0, unchanged: 0, deleted: 0, failed: 0 };
  for (const { status } of results) counts[status]++;
  return counts;
}
