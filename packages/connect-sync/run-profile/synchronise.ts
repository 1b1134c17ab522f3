/**
 * Synchronisation: links connector space objects with the metaverse, then evaluates every metaverse object that
 * anything happened to. Links are decided once, on arrival; attributes are evaluated from nothing each time. What must
 * still be evaluated stands in a queue of the store, so a kill at any instant loses no work.
 */
import { uuidV7 } from '@springline/ports/uuid';
import { placeholderRow } from '../connector-space/placeholder.ts';
import { enqueueReferrers } from '../connector-space/referrers.ts';
import { type CsObject, csObject } from '../connector-space/source.ts';
import type { CsRow, MvId } from '../connector-space/store.ts';
import type { Scalar } from '../rules/expression/value.ts';
import { isLinking, rulesInScope } from '../rules/inbound.ts';
import { joinKey, joinText } from '../rules/join.ts';
import type { JoinClause, SyncRule } from '../rules/rule.ts';
import { type Counters, type Engine, recordFault, type StepOutcome, success } from './engine.ts';
import { evaluateQueue } from './evaluate-queue.ts';

const batchSize = 200;
/** Most failing objects that one cycle tries again. */
const faultRetryLimit = 10_000;

/** Delta synchronisation: every pending import of the directory, then everything that follows from it. */
export async function synchronise(engine: Engine, counters: Counters, signal: AbortSignal): Promise<StepOutcome> {
  await linkPending(engine, counters, signal);
  await evaluateQueue(engine, counters, signal);
  // An object that could not go because of another may go now; one that still cannot is counted as a retry.
  retryFaulted(engine);
  counters.set('flow-failure', 0);
  await linkPending(engine, counters, signal);
  await evaluateQueue(engine, counters, signal);
  if (signal.aborted)
    return { result: 'stopped-user-termination-from-wmi-or-ui', detail: 'stopped; the next run goes on' };
  return counters.get('flow-failure') > 0
    ? { result: 'completed-sync-errors', detail: `${counters.get('flow-failure')} objects could not be synchronised` }
    : success;
}

function retryFaulted({ store, directory }: Engine): void {
  store.transaction(() => {
    for (const row of store.faults(directory.connector, faultRetryLimit)) {
      if (row.mv !== null) store.enqueue(row.mv);
      else if (row.pendingImport === 'none' && row.hologram !== null)
        store.updateRow(row.id, { pendingImport: 'update' });
    }
  });
}

async function linkPending(engine: Engine, counters: Counters, signal: AbortSignal): Promise<void> {
  const { store, directory } = engine;
  for (let after = 0; !signal.aborted; ) {
    const rows = store.pendingImports(directory.connector, after, batchSize);
    const last = rows.at(-1);
    if (last === undefined) break;
    store.transaction(() => {
      for (const row of rows) linkRow(engine, row, counters);
    });
    after = last.id;
    await new Promise(setImmediate); // Heartbeats and the command line are answered between batches.
  }
}

function linkRow(engine: Engine, row: CsRow, counters: Counters): void {
  if (row.pendingImport === 'delete') {
    removeRow(engine, row, counters);
    return;
  }
  const { store, rules, directory } = engine;
  const object = csObject(store, row);
  const inScope = rulesInScope({ rules: rules.inbound(directory.kind, row.type), texts: object.texts });
  const linking = inScope.filter(isLinking);
  store.updateRow(row.id, { pendingImport: 'none' });
  if (row.mv !== null && linking.length === 0) {
    disconnect(engine, row);
    counters.count('connector-filtered-leave-mv');
  } else if (row.mv !== null) {
    store.enqueue(row.mv);
  } else if (linking.length === 0) {
    counters.count('disconnector-filtered');
  } else {
    joinOrProject(engine, row, object, linking, counters);
  }
}

/** Takes a deleted object out. It stays as a placeholder where something still refers to it. */
function removeRow(engine: Engine, row: CsRow, counters: Counters): void {
  const { store } = engine;
  counters.count('connector-delete-remove-mv', row.mv === null ? 0 : 1);
  if (row.mv !== null) disconnect(engine, row);
  const referrers = store.referrers(row.id).filter((id) => id !== row.id);
  store.deleteRow(row.id);
  if (referrers.length === 0) return;
  const placeholder = store.insertRow(placeholderRow(row.connector, row.dn, row.dnKey));
  store.redirectReferences(row.id, placeholder);
}

function disconnect(engine: Engine, row: CsRow): void {
  const { store } = engine;
  if (row.mv === null) return;
  enqueueReferrers(engine.store, row.id);
  store.enqueue(row.mv);
  store.updateRow(row.id, { mv: null, link: null });
}

function joinOrProject(
  engine: Engine,
  row: CsRow,
  object: CsObject,
  linking: readonly SyncRule[],
  counters: Counters,
): void {
  const { store } = engine;
  for (const rule of linking) {
    const found = findJoin(engine, rule, object);
    if (found === undefined) continue;
    if (store.linkedRows(found).some((other) => other.connector === row.connector)) {
      counters.count('flow-failure');
      recordFault(
        engine,
        row,
        'ambiguous-import-flow-from-multiple-connectors',
        `the object matches a metaverse object that another object of this connector is joined to (rule “${rule.name}”)`,
      );
      return;
    }
    link(engine, row, found, 'joined');
    counters.count('disconnector-joined-flow');
    return;
  }
  const provision = linking.find((rule) => rule.linkType === 'Provision' && hasJoinValue(rule, object));
  if (provision === undefined) {
    counters.count('disconnector-remains');
    return;
  }
  const mv = store.insertMvObject(uuidV7(engine.clock, engine.random), provision.targetObjectType);
  link(engine, row, mv, 'projected');
  counters.count('disconnector-projected-flow');
}

function link(engine: Engine, row: CsRow, mv: MvId, kind: 'joined' | 'projected'): void {
  engine.store.updateRow(row.id, { mv, link: kind, fault: null });
  engine.store.enqueue(mv);
  enqueueReferrers(engine.store, row.id);
}

/** Groups top-down; exactly one match joins, none or several try the next group. */
function findJoin(engine: Engine, rule: SyncRule, object: CsObject): MvId | undefined {
  for (const group of rule.join) {
    const matches = group.map((clause) => matchesOf(engine, rule, clause, object));
    const common = (matches[0] ?? []).filter((id) => matches.every((ids) => ids.includes(id)));
    if (common.length === 1) return common[0];
  }
  return undefined;
}

function matchesOf(engine: Engine, rule: SyncRule, clause: JoinClause, object: CsObject): readonly MvId[] {
  const found = new Set<MvId>();
  const value = object.source.get(clause.csAttribute);
  const values = value === null ? [] : isList(value) ? value : [value];
  for (const text of values.map((scalar) => joinText(clause, scalar))) {
    for (const id of engine.store.findMvObjects(rule.targetObjectType, joinKey(clause), text)) found.add(id);
  }
  return [...found];
}

function isList(value: Scalar | readonly Scalar[]): value is readonly Scalar[] {
  return Array.isArray(value);
}

/** Without join criteria nothing is asked; with them at least one of their attributes must have a value. */
function hasJoinValue(rule: SyncRule, object: CsObject): boolean {
  return rule.join.length === 0 || rule.join.flat().some((clause) => object.texts(clause.csAttribute).length > 0);
}
