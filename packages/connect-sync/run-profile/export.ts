/**
 * Export: carries pending exports out on the cloud directory, batch by batch. A batch that was sent and whose results
 * were lost in a kill is sent again and changes nothing, because every operation names its object by source anchor. An
 * object that fails keeps its error and is tried again; it never stops the others.
 */

import { endApproval } from '../connector-space/approval.ts';
import { sourceAnchorFromCloudDn } from '../connector-space/cloud-dn.ts';
import type { CsId, CsRow, ReferenceRow } from '../connector-space/store.ts';
import {
  attributeOperation,
  type ExportOperation,
  inBatches,
  inExportOrder,
  type PlannedOperation,
  referenceOperations,
  unsendableReason,
} from '../export/operations.ts';
import { type Counters, type Engine, recordFault, type StepOutcome, success } from './engine.ts';
import { judgeWaiting } from './held-deletes.ts';
import { removeCloudRow } from './import-cloud.ts';
import { owedImports } from './owed-imports.ts';

export interface ExportedResult {
  readonly sourceAnchor: string;
  readonly status: 'created' | 'updated' | 'unchanged' | 'deleted' | 'failed';
  readonly cloudAnchor?: string | undefined;
  readonly error?: { readonly code: string; readonly message: string } | undefined;
  readonly unresolved?: readonly { readonly attribute: string; readonly sourceAnchor: string }[] | undefined;
}

/** The cloud directory refused a batch as a whole, because of something in it. */
export class BatchRefusedError extends Error {
  override readonly name = 'BatchRefusedError';
}

/**
 * Sends one batch; one result per operation, in order.
 *
 * @throws {BatchRefusedError} when something in the batch is at fault; anything else when the cloud cannot be reached.
 */
export type SendBatch = (operations: readonly ExportOperation[]) => Promise<readonly ExportedResult[]>;

const changedBy = { created: 'export-add', updated: 'export-update', deleted: 'export-delete' } as const;

export async function exportPending(
  engine: Engine,
  send: SendBatch,
  counters: Counters,
  signal: AbortSignal,
): Promise<StepOutcome> {
  const owed = owedImports(engine);
  if (owed.length > 0) {
    return {
      result: 'stopped-import-read',
      detail: `the state was put back to an earlier one, so nothing is exported before ${owed.join(', ')} was imported again, whole. If entries cannot be read: mend them, or let their old values count: springline sync run --full`,
    };
  }
  const verdict = judgeWaiting(engine);
  if (verdict !== undefined) {
    return {
      result: 'stopped-deletion-threshold-exceeded',
      detail: `${verdict}. Nothing was exported. Look: springline sync deletes; then springline sync deletes approve, or reject.`,
    };
  }
  await sendAll(engine, attributeOperations(engine), send, counters, signal);
  await sendAll(engine, pendingReferenceOperations(engine), send, counters, signal);
  if (signal.aborted)
    return { result: 'stopped-user-termination-from-wmi-or-ui', detail: 'stopped; the next run goes on' };
  const failures = counters.get('export-failure');
  return failures > 0
    ? {
        result: 'completed-export-errors',
        detail: `the cloud directory refused ${failures} objects; they are tried again`,
      }
    : success;
}

async function sendAll(
  engine: Engine,
  planned: Iterable<PlannedOperation>,
  send: SendBatch,
  counters: Counters,
  signal: AbortSignal,
): Promise<void> {
  for (const batch of inBatches(planned)) {
    if (signal.aborted) return;
    const steps = withoutUnsendable(engine, batch, counters);
    if (steps.length > 0) await sendPortion(engine, steps, send, counters);
  }
}

/** Sends operations; of a batch that is refused as a whole, the half without the culprit still goes through. */
async function sendPortion(
  engine: Engine,
  steps: readonly PlannedOperation[],
  send: SendBatch,
  counters: Counters,
): Promise<void> {
  try {
    const results = await send(steps.map(({ operation }) => operation));
    engine.store.transaction(() => {
      for (const [at, step] of steps.entries()) applyResult(engine, step, results[at]!, counters);
    });
  } catch (error) {
    if (!(error instanceof BatchRefusedError)) throw error;
    if (steps.length > 1) {
      const middle = Math.ceil(steps.length / 2);
      await sendPortion(engine, steps.slice(0, middle), send, counters);
      await sendPortion(engine, steps.slice(middle), send, counters);
      return;
    }
    counters.count('export-failure');
    const row = engine.store.row(steps[0]!.row);
    if (row !== undefined) recordFault(engine, row, 'DataValidationFailed', error.message);
  }
}

/** Leaves out what the wire cannot carry, with the reason on its object. */
function withoutUnsendable(
  engine: Engine,
  batch: readonly PlannedOperation[],
  counters: Counters,
): readonly PlannedOperation[] {
  return batch.filter((step) => {
    const reason = unsendableReason(step.operation);
    if (reason === undefined) return true;
    counters.count('export-failure');
    recordFault(engine, engine.store.row(step.row)!, 'ExceededAllowedLength', reason);
    return false;
  });
}

/** Rows are read as they are sent; what is held is their ids. */
function* attributeOperations({ store, cloud }: Engine): Generator<PlannedOperation> {
  const types = inExportOrder(store.pendingExportTypes(cloud.connector));
  for (const filter of [{ isDelete: true }, ...types.map((type) => ({ isDelete: false, type }))]) {
    for (const id of store.pendingExportIds(cloud.connector, filter)) {
      const row = store.row(id);
      // A person may have decided otherwise meanwhile.
      const isDelete = row?.pendingExport === 'delete';
      if (row === undefined || row.pendingExport === 'none' || isDelete !== filter.isDelete) continue;
      yield attributeOperation(row, sourceAnchorFromCloudDn(row.dn));
    }
  }
}

function* pendingReferenceOperations(engine: Engine): Generator<PlannedOperation> {
  const { store, cloud } = engine;
  for (const id of store.rowsWithPendingReferences(cloud.connector)) {
    const row = store.row(id);
    // An object that could not be made, or goes away, has no references to send.
    if (row === undefined || row.desired === null || (row.hologram ?? row.unconfirmed) === null) continue;
    const pending = store.pendingReferences(id);
    const anchorOf = (target: CsId): string => sourceAnchorFromCloudDn(store.row(target)!.dn);
    yield* referenceOperations(row, sourceAnchorFromCloudDn(row.dn), pending, anchorOf);
  }
}

function applyResult(engine: Engine, step: PlannedOperation, result: ExportedResult, counters: Counters): void {
  const { store } = engine;
  const row = store.row(step.row);
  if (row === undefined) return;
  if (result.status === 'failed') {
    counters.count('export-failure');
    recordFault(
      engine,
      row,
      result.error?.code ?? 'cd-error',
      result.error?.message ?? 'the cloud directory gave no reason',
    );
    return;
  }
  if (result.status !== 'unchanged') counters.count(changedBy[result.status]);
  if (result.status === 'deleted') {
    removeCloudRow(store, row.id);
    return;
  }
  settleReferences(engine, row, step.references, result);
  if (step.desired === null) {
    if (row.pendingExport === 'none') store.setFault(row.id, null);
    return;
  }
  // What was sent counts as there until an import says otherwise; the row may want something else by now.
  const pendingExport = row.desired === step.desired ? 'none' : row.pendingExport;
  // The anchor comes with the answer, so that an import can miss the object even if it never saw it.
  if (result.cloudAnchor !== undefined && result.cloudAnchor !== row.anchor) {
    store.updateImported(row.id, { anchor: result.cloudAnchor });
  }
  const guard = row.guard === 'clears' && pendingExport === 'none' ? null : row.guard;
  store.setExport(row.id, { unconfirmed: step.desired, pendingExport, guard });
  endApproval(store, row.id);
  store.setFault(row.id, null);
}

function settleReferences(engine: Engine, row: CsRow, sent: readonly ReferenceRow[], result: ExportedResult): void {
  const { store } = engine;
  const unresolved = new Set(
    (result.unresolved ?? []).map(({ attribute, sourceAnchor }) => `${attribute} ${sourceAnchor}`),
  );
  for (const { attribute, target, state } of sent) {
    const anchor = sourceAnchorFromCloudDn(store.row(target)?.dn ?? '');
    if (state === 'pending-delete') store.setReference(row.id, attribute, target, 'sent-delete');
    else if (!unresolved.has(`${attribute} ${anchor}`)) store.setReference(row.id, attribute, target, 'sent-add');
  }
  endApproval(store, row.id);
}
