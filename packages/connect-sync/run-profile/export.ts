/**
 * Export: carries pending exports out on the cloud directory, batch by batch. A batch that was sent and whose results
 * were lost in a kill is sent again and changes nothing, because every operation names its object by source anchor. An
 * object that fails keeps its error and is tried again; it never stops the others.
 */

import { endApproval } from '../connector-space/approval.ts';
import { sourceAnchorFromCloudDn } from '../connector-space/cloud-dn.ts';
import { decodeHologram } from '../connector-space/hologram.ts';
import type { CsId, CsRow, ReferenceRow } from '../connector-space/store.ts';
import { judgeDeletes } from '../export/delete-guard.ts';
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
  const { store, cloud } = engine;
  const owed = owedImports(engine);
  if (owed.length > 0) {
    return {
      result: 'stopped-import-read',
      detail: `the state was put back to an earlier one, so nothing is exported before ${owed.join(', ')} was imported again`,
    };
  }
  const verdict = judgeDeletes(guardInput(engine));
  if (verdict !== undefined) {
    return {
      result: 'stopped-deletion-threshold-exceeded',
      detail: `${verdict.reason}. Nothing was exported. Look: springline sync deletes; then springline sync deletes approve, or reject.`,
    };
  }
  const rows = inExportOrder(store.pendingExports(cloud.connector));
  const attributes = rows.map((row) => attributeOperation(row, sourceAnchorFromCloudDn(row.dn)));
  await sendAll(engine, attributes, send, counters, signal);
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
  store.setExport(row.id, { unconfirmed: step.desired, pendingExport });
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

function guardInput(engine: Engine): Parameters<typeof judgeDeletes>[0] {
  const { store, cloud } = engine;
  const deletes = new Map<string, number>();
  for (const row of store.pendingExports(cloud.connector)) {
    if (row.pendingExport === 'delete' && row.guard === null) deletes.set(row.type, (deletes.get(row.type) ?? 0) + 1);
  }
  const objects = store.countPresent(cloud.connector);
  const groups = store.rowsWithPendingReferences(cloud.connector).flatMap((id) => {
    const row = store.row(id);
    if (row === undefined || row.guard !== null) return [];
    const removed = removedMembers(store, id);
    if (removed === 0) return [];
    return [{ name: nameOf(row), removed, remaining: store.countStoredReferences(id, 'member') - removed }];
  });
  return { deletes, objects, groups, memberships: () => store.countAllReferences(cloud.connector, 'member') };
}

/** What the guard holds back now, for people to look at. */
export function heldDeletes(engine: Engine): readonly { row: CsRow; name: string; removedMembers: number }[] {
  const { store, cloud } = engine;
  // Asked for with every status: mostly there is nothing to judge, and then no row is read.
  if (!store.hasPendingDeletes(cloud.connector)) return [];
  if (judgeDeletes(guardInput(engine)) === undefined) return [];
  const objects = store
    .pendingExports(cloud.connector)
    .filter((row) => row.pendingExport === 'delete' && row.guard === null);
  const groups = store
    .rowsWithPendingReferences(cloud.connector)
    .map((id) => store.row(id)!)
    .filter((row) => row.guard === null);
  return [
    ...objects.map((row) => ({ row, name: nameOf(row), removedMembers: 0 })),
    ...groups.map((row) => ({
      row,
      name: nameOf(row),
      removedMembers: store.pendingReferences(row.id).filter(({ state }) => state === 'pending-delete').length,
    })),
  ].filter(({ row, removedMembers }) => row.pendingExport === 'delete' || removedMembers > 0);
}

/**
 * Settles what the guard holds. Approved deletes are carried out by the next export. Rejected ones are never sent: the
 * objects and memberships stay in the cloud directory as they are, and are taken up again should the directory bring
 * them back.
 */
export function decideHeldDeletes(engine: Engine, decision: 'approved' | 'rejected'): number {
  const { store } = engine;
  const held = heldDeletes(engine);
  store.transaction(() => {
    for (const { row } of held) {
      if (decision === 'approved') store.setExport(row.id, { guard: 'approved' });
      else if (row.pendingExport === 'delete') store.setExport(row.id, { pendingExport: 'none' });
      else keepMembers(engine, row);
    }
  });
  return held.length;
}

function keepMembers({ store }: Engine, row: CsRow): void {
  for (const { attribute, target, state } of store.references(row.id)) {
    if (state === 'pending-delete') store.setReference(row.id, attribute, target, 'kept');
  }
}

function removedMembers(store: Engine['store'], id: CsId): number {
  return store
    .pendingReferences(id)
    .filter(({ attribute, state }) => attribute === 'member' && state === 'pending-delete').length;
}

function nameOf(row: CsRow): string {
  const hologram = row.desired ?? row.hologram;
  const name = hologram === null ? undefined : decodeHologram(hologram).get('displayName')?.[0];
  return typeof name === 'string' ? name : sourceAnchorFromCloudDn(row.dn);
}
