/**
 * Preview is the run: a cycle on a copy of the store, as it would run now or with other rules, that ends where the
 * export would begin. What it would export, link and fail at is handed over piece by piece. Nothing reaches the cloud,
 * and the store of the server is not touched.
 */
import { createHash } from 'node:crypto';
import { sourceAnchorFromCloudDn } from '../connector-space/cloud-dn.ts';
import type { CsId, CsRow, CycleRecord } from '../connector-space/store.ts';
import { attributeOperation, unsendableReason } from '../export/operations.ts';
import { type CyclePorts, runCycle } from '../run-profile/cycle.ts';
import { Counters, directoryOf, type Engine } from '../run-profile/engine.ts';
import { requireFullSynchronization } from '../run-profile/rule-changes.ts';
import { evaluate } from './evaluation.ts';
import { type LinkChange, LinkWatch } from './link-watch.ts';
import { cloudRowsOf, synchroniseOne } from './one-object.ts';
import { heldRows, type PendingChange, pendingChange } from './pending-change.ts';
import { rowName } from './row-name.ts';

/** A copy of the store with the rules that are tried. Whoever opened it closes it. */
export interface Trial {
  readonly engine: Engine;
  readonly ports: Pick<CyclePorts, 'open' | 'readCloudPage' | 'explain'>;
  /** Names of the directories, in the order of their import. */
  readonly directories: readonly string[];
}

export interface PreviewRequest {
  /** One object of a directory, alone and without reading anything; absent: a whole cycle. */
  readonly object?: CsId;
  /** Every object is evaluated again. */
  readonly isFull: boolean;
  /** What the copy holds is all that is looked at: no directory is opened. */
  readonly readsNothing?: boolean;
}

export interface PlannedChange extends PendingChange {
  /** It waits for its export already, just so. */
  readonly isOld: boolean;
}

export interface PlanError {
  /** DN of an object, or name of a connector that could not be read. */
  readonly object: string;
  readonly code: string;
  readonly message: string;
  readonly rule?: string | undefined;
}

export interface PlanSink {
  item(change: PlannedChange): void;
  join(change: LinkChange): void;
  error(error: PlanError): void;
}

export interface PlanTotals {
  readonly add: number;
  readonly update: number;
  readonly delete: number;
}

const pageSize = 250;
/** Most pending exports whose state before is remembered, and most errors that are told. */
const rememberedLimit = 200_000;
const errorLimit = 10_000;

/** Runs the trial and hands over what it comes to; gives the totals. Holds one change at a time. */
export async function preview(
  { engine, ports, directories }: Trial,
  request: PreviewRequest,
  sink: PlanSink,
  signal: AbortSignal,
): Promise<PlanTotals> {
  const { store } = engine;
  const known = await pendingBefore(engine, signal);
  const startedAt = engine.clock.now();
  const watch = new LinkWatch(engine);
  const rows = new Set<CsId>();
  if (request.object === undefined) {
    if (request.isFull) requireFullSynchronization(store);
    const quiet = { ...ports, exporter: undefined, progress: () => undefined };
    // What is fed is not opened.
    const fed = new Set(request.readsNothing === true ? directories : []);
    const record = await runCycle(engine, quiet, signal, { kind: 'manual', directories, fed });
    tellSteps(record, sink);
  } else {
    for (const id of cloudRowsOf(engine, request.object)) rows.add(id);
    const row = store.row(request.object);
    if (row !== undefined) await synchroniseOne(engine, row, new Counters(), signal);
    for (const id of cloudRowsOf(engine, request.object)) rows.add(id);
  }
  signal.throwIfAborted();
  const totals = await tellItems(engine, request.object === undefined ? undefined : rows, known, sink, signal);
  for (const change of watch.changes()) sink.join(change);
  if (watch.missed > 0) {
    sink.error({ object: '', code: 'links-not-shown', message: `${watch.missed} more links would change` });
  }
  tellFaults(engine, request.object, startedAt, sink);
  return totals;
}

async function* pendingRows(engine: Engine, signal: AbortSignal): AsyncGenerator<CsRow> {
  const { store, cloud } = engine;
  for (let after = 0; !signal.aborted; ) {
    const page = store.pendingExportPage(cloud.connector, after, pageSize);
    const last = page.at(-1);
    if (last === undefined) return;
    yield* page;
    after = last.id;
    await new Promise(setImmediate);
  }
}

/** A digest of every change that waits already. */
async function pendingBefore(engine: Engine, signal: AbortSignal): Promise<ReadonlyMap<CsId, string>> {
  const digests = new Map<CsId, string>();
  for await (const row of pendingRows(engine, signal)) {
    if (digests.size >= rememberedLimit) break;
    digests.set(row.id, digestOf(engine, row));
  }
  return digests;
}

function digestOf({ store }: Engine, row: CsRow): string {
  const pending = store.pendingReferences(row.id);
  const state = [row.pendingExport, row.desired, row.unconfirmed ?? row.hologram, pending];
  return createHash('sha256').update(JSON.stringify(state)).digest('base64url').slice(0, 16);
}

async function tellItems(
  engine: Engine,
  only: ReadonlySet<CsId> | undefined,
  known: ReadonlyMap<CsId, string>,
  sink: PlanSink,
  signal: AbortSignal,
): Promise<PlanTotals> {
  const totals = { add: 0, update: 0, delete: 0 };
  const held = heldRows(engine);
  const rows = only === undefined ? pendingRows(engine, signal) : [...only].flatMap((id) => engine.store.row(id) ?? []);
  for await (const row of rows) {
    const change = pendingChange(engine, row, held);
    if (change === undefined) continue;
    const reason = row.pendingExport === 'none' ? undefined : unsendable(row);
    if (reason !== undefined) {
      sink.error({ object: rowName(engine.store, row.id), code: 'ExceededAllowedLength', message: reason });
      continue;
    }
    totals[change.operation] += 1;
    sink.item({ ...change, isOld: known.get(row.id) === digestOf(engine, row) });
  }
  signal.throwIfAborted();
  return totals;
}

function unsendable(row: CsRow): string | undefined {
  return unsendableReason(attributeOperation(row, sourceAnchorFromCloudDn(row.dn)).operation);
}

/** A step that read or did not all is an error of its connector; those of objects are told with the objects. */
function tellSteps({ steps }: CycleRecord, sink: PlanSink): void {
  for (const { connector, result, detail } of steps) {
    if (result === 'success' || result === 'completed-sync-errors') continue;
    sink.error({ object: connector, code: result, message: detail ?? '' });
  }
}

/** Objects that failed in the trial. */
function tellFaults(engine: Engine, only: CsId | undefined, since: number, sink: PlanSink): void {
  const { store } = engine;
  const failed =
    only === undefined ? store.faults(undefined, errorLimit) : [store.row(only)].flatMap((row) => row ?? []);
  for (const row of failed) {
    const { fault } = row;
    if (fault === null || fault.lastSeenAt < since) continue;
    const rule = failingRule(engine, row, fault.code);
    sink.error({
      object: directoryOf(engine, row.connector) === undefined ? rowName(store, row.id) : row.dn,
      code: fault.code,
      message: fault.message,
      ...(rule === undefined ? {} : { rule }),
    });
  }
}

/** The rule whose expression fails for a row that is linked. */
function failingRule(engine: Engine, row: CsRow, code: string): string | undefined {
  const mv = row.mv === null ? undefined : engine.store.mvObject(row.mv);
  if (mv === undefined) return undefined;
  const { failure } = evaluate(engine, mv, { asSynchronized: false });
  return failure?.code === code ? failure.rule : undefined;
}
