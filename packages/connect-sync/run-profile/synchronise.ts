/**
 * Synchronisation: links connector space objects with the metaverse, evaluates every metaverse object that anything
 * happened to, and follows the references. What must still be done stands in lists of the store, so a kill at any
 * instant loses no work.
 */
import type { ConnectorId, CsRow } from '../connector-space/store.ts';
import { joinKinds } from '../rules/join.ts';
import { isObjectError } from '../rules/object-error.ts';
import {
  type Counters,
  type Directory,
  directoryOf,
  type Engine,
  recordFault,
  type StepOutcome,
  stoppedByPerson,
  success,
} from './engine.ts';
import { evaluateObject, rebuildJoinIndex, reevaluate } from './evaluate-object.ts';
import { followTargets } from './left-targets.ts';
import { linkRow } from './link-rows.ts';
import { updateReferences } from './reference-updates.ts';
import { type TouchedFlows, touchesNothing } from './rule-changes.ts';
import { SyncWork } from './sync-work.ts';

const joinsSetting = 'joins';
const batchSize = 1_000;
/** Most failing objects that one cycle tries again. */
const faultRetryLimit = 10_000;
/** How often objects that only join may set each other off; each round links at least one more. */
const roundLimit = 20;

/** Delta synchronisation of one directory: every pending import of it, then everything that follows from it. */
export async function synchronise(
  engine: Engine,
  connector: ConnectorId,
  counters: Counters,
  signal: AbortSignal,
): Promise<StepOutcome> {
  followTargets(engine);
  const work = new SyncWork(engine, counters, directoryOf(engine, connector) === undefined);
  followJoins(work);
  await linkPending(work, connector, signal);
  // An object that could not go because of another may go now; one that still cannot is counted as a retry.
  if (retryFaulted(engine, connector)) counters.set('flow-failure', 0);
  await linkPending(work, connector, signal);
  await evaluateQueue(work, signal);
  for (
    let round = 0;
    round < roundLimit && engine.store.countPendingImports(connector) > 0 && !signal.aborted;
    round++
  ) {
    await linkPending(work, connector, signal);
  }
  await updateReferences(engine, signal);
  if (signal.aborted) return stoppedByPerson;
  return counters.get('flow-failure') > 0
    ? { result: 'completed-sync-errors', detail: `${counters.get('flow-failure')} objects could not be synchronised` }
    : success;
}

/** Rules that join by other attributes find what is there by them. */
function followJoins(work: SyncWork): void {
  const { store, rules } = work.engine;
  const kinds = JSON.stringify(joinKinds(rules));
  const known = store.setting(joinsSetting);
  if (known === kinds) return;
  store.transaction(() => {
    if (known !== undefined) rebuildJoinIndex(work);
    store.setSetting(joinsSetting, kinds);
  });
}

/** Brings changed flows to every metaverse object that has an object of the directory; what follows is synchronisation's. */
export async function reevaluateTouched(
  engine: Engine,
  { connector, name }: Directory,
  { inbound, outbound }: TouchedFlows,
  counters: Counters,
  signal: AbortSignal,
): Promise<void> {
  const { store } = engine;
  followTargets(engine);
  const work = new SyncWork(engine, counters);
  followJoins(work);
  const targetsOf = inbound.get(name) ?? new Map<string, ReadonlySet<string>>();
  if (touchesNothing({ inbound: new Map([[name, targetsOf]]), outbound })) return;
  for (let after = 0; !signal.aborted; ) {
    const page = store.mvObjects(after, batchSize);
    if (page.length === 0) return;
    store.transaction(() => {
      const until = performance.now() + sliceMs;
      for (const mv of page) {
        settle(
          work,
          () => store.linkedRows(mv.id)[0],
          () => reevaluate(work, mv, connector, { targetsOf, isOutbound: outbound.has(mv.type) }),
        );
        after = mv.id;
        if (performance.now() > until) break;
      }
    });
    await new Promise(setImmediate);
  }
}

/** Synchronisation of the cloud's side: metaverse objects of which the cloud told something. */
export async function synchroniseCloud(engine: Engine, counters: Counters, signal: AbortSignal): Promise<StepOutcome> {
  const work = new SyncWork(engine, counters);
  await evaluateQueue(work, signal);
  await updateReferences(engine, signal);
  return signal.aborted ? stoppedByPerson : success;
}

/** So many at once, each in its turn: of more than one cycle tries, the next goes on with those behind. */
function retryFaulted({ store }: Engine, connector: ConnectorId): boolean {
  const setting = `fault-retries/${connector}`;
  const known = store.setting(setting);
  const behind = known === undefined ? [] : store.faults(connector, faultRetryLimit, Number(known));
  const failed = behind.length > 0 ? behind : store.faults(connector, faultRetryLimit);
  if (failed.length === 0) return false;
  const next = failed.length < faultRetryLimit ? null : String(failed.at(-1)!.id);
  store.transaction(() => {
    if (next !== (known ?? null)) store.setSetting(setting, next);
    for (const row of failed) {
      if (row.pendingImport !== 'none' || row.anchor === null) continue;
      if (row.mv !== null) store.enqueue(row.mv);
      else store.stageImport(row.id, 'update', null);
    }
  });
  return true;
}

/** Longest work between two looks at what else is asked of the process. */
const sliceMs = 500;

async function linkPending(work: SyncWork, connector: ConnectorId, signal: AbortSignal): Promise<void> {
  const { store } = work.engine;
  for (let after = 0; !signal.aborted; ) {
    const rows = store.pendingImports(connector, after, batchSize);
    const last = rows.at(-1);
    if (last === undefined) break;
    store.transaction(() => {
      // Off the list first: settling one row may put another of the batch, or itself, back on.
      store.unstageImports(rows.map(({ id }) => id));
      for (const row of rows) {
        settle(
          work,
          () => row,
          () => linkRow(work, row),
        );
      }
    });
    after = last.id;
    await new Promise(setImmediate); // Heartbeats and the command line are answered between batches.
  }
}

/** What an object's own values make fail is noted there, and the others go on. */
function settle(work: SyncWork, rowOf: () => CsRow | undefined, settleRow: () => void): void {
  try {
    settleRow();
  } catch (error) {
    const row = rowOf();
    if (!isObjectError(error) || row === undefined) throw error;
    work.counters.count('flow-failure');
    recordFault(work.engine, row, error.code, error.message);
  }
}

/** Works the queue off, one transaction per batch. An object that changes what others depend on puts those back in. */
async function evaluateQueue(work: SyncWork, signal: AbortSignal): Promise<void> {
  const { store } = work.engine;
  while (!signal.aborted) {
    const batch = store.dequeueBatch(batchSize);
    if (batch.length === 0) return;
    store.transaction(() => {
      // Out of the queue first: evaluating one object may put another of the batch in again.
      for (const id of batch) store.dropFromQueue(id);
      const until = performance.now() + sliceMs;
      for (const [at, id] of batch.entries()) {
        if (at > 0 && performance.now() > until) {
          // Rules that take long hold nobody up, and can be stopped: the rest waits for its turn.
          for (const later of batch.slice(at)) store.enqueue(later);
          break;
        }
        settle(
          work,
          () => store.linkedRows(id)[0],
          () => evaluateObject(work, id),
        );
      }
    });
    await new Promise(setImmediate);
  }
}
