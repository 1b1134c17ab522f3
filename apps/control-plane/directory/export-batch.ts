/**
 * Carries out a batch of exports: facts, plan, rows and the record of the answer in one transaction. Sent again with the
 * same key it is answered from the record.
 */
import { createHash } from 'node:crypto';
import { ProblemError } from '@springline/api/problem';
import type { ExportBatch, ExportOperation as WireOperation } from '@springline/api/shapes/directory';
import type { ExportOperation, ExportResult } from '@springline/cloud-directory/export-operation';
import { planExports } from '@springline/cloud-directory/plan-exports';
import type { EpochMs } from '@springline/ports/clock';
import { uuidV7 } from '@springline/ports/uuid';
import type { Handler } from '../http/handler.ts';
import type { Writer } from '../storage/database.ts';
import { holdEpoch } from '../storage/directory/epochs.ts';
import { readExportFacts } from '../storage/directory/export-facts.ts';
import { type BatchKey, readBatchRecord, writeBatchRecord } from '../storage/directory/export-records.ts';
import { writeExportPlan } from '../storage/directory/export-writer.ts';
import { type DirectoryDeps, requireConnector } from './deps.ts';
import { directoryEvents } from './events.ts';

interface Outcome {
  readonly results: ExportResult[];
  /** False when the answer was on record, or nothing came of the batch. */
  readonly changed: boolean;
}

export function exportBatchHandler(deps: DirectoryDeps): Handler<'exportBatch'> {
  return async ({ body, caller, now }) => {
    const { tenantId } = caller;
    const bodyDigest = digestOf(body);
    const { results, changed } = await deps.database.write(async (writer): Promise<Outcome> => {
      await requireConnector(deps, writer, caller, body.connectorId);
      // First, so that two batches of one tenant never plan on the same facts, nor two deliveries of one batch.
      await holdEpoch(writer, tenantId);
      const key = { tenantId, agentId: caller.agentId, idempotencyKey: body.idempotencyKey };
      const recorded = await recordedResults(writer, key, bodyDigest);
      if (recorded !== undefined) return { results: recorded, changed: false };
      const outcome = await carryOut(deps, writer, tenantId, body, now);
      await writeBatchRecord(writer, key, { bodyDigest, answer: JSON.stringify(outcome.results) }, now);
      return outcome;
    });
    deps.log.info(directoryEvents.exported, { tenantId, connectorId: body.connectorId, ...countsOf(results) });
    if (changed) deps.changed?.(tenantId);
    return { results };
  };
}

async function carryOut(
  { clock }: DirectoryDeps,
  writer: Writer,
  tenantId: string,
  { connectorId, operations: wanted }: ExportBatch,
  now: EpochMs,
): Promise<Outcome> {
  const operations = wanted.map(operationFromWire);
  const facts = await readExportFacts(writer, tenantId, operations);
  // Those of one millisecond are random among themselves; sorted, objects of a batch keep its order in every list.
  const ids = operations.map(() => uuidV7(clock)).sort();
  const plan = planExports(operations, facts, { connectorId, now, newId: () => ids.shift()! });
  await writeExportPlan(writer, tenantId, plan);
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
function digestOf(batch: ExportBatch): string {
  return createHash('sha256').update(JSON.stringify(batch)).digest('hex');
}

function countsOf(results: readonly ExportResult[]): Record<ExportResult['status'], number> {
  const counts = { created: 0, updated: 0, unchanged: 0, deleted: 0, failed: 0 };
  for (const { status } of results) counts[status]++;
  return counts;
}
