/**
 * Evaluates one metaverse object: attributes in, what the cloud should hold out. An object whose expressions fail keeps
 * its last state and is recorded; it never stops the others.
 */
import type { EpochMs } from '@springline/ports/clock';
import type { ConnectorId, CsRow, MvId, MvRow } from '../connector-space/store.ts';
import type { MvAttribute, MvAttributes, StoredMvAttributes } from '../metaverse/attributes.ts';
import { decodeMvAttributes, encodeMvAttributes, sameMvAttribute } from '../metaverse/encoding.ts';
import { evaluateInbound, evaluateTargets } from '../rules/inbound.ts';
import { joinKeyTexts } from '../rules/join.ts';
import { isObjectError } from '../rules/object-error.ts';
import { desiredOf } from './desired-object.ts';
import { recordFault } from './engine.ts';
import { deprovision, provision } from './provision.ts';
import type { Looked, SyncWork } from './sync-work.ts';

const rebuiltAtOnce = 1_000;

/** Makes the metaverse object of a row that found none. */
export function evaluateNew(work: SyncWork, looked: Looked, type: string, uuid: string): void {
  guarded(work, [looked], () => {
    const attributes = evaluateInbound([looked], undefined, true);
    const { store } = work.engine;
    const desired = desiredOf(work, type, attributes, looked, undefined);
    const id = store.insertMvObject(uuid, type, encode(work, attributes, undefined));
    store.link(looked.row, looked.rowState.connector, id, 'projected');
    addJoinKeys(work, id, joinKeyTexts(work.engine.rules, attributes));
    return provision(work, id, [looked.rowState], undefined, desired);
  });
}

/** Evaluates a metaverse object from all that is linked to it; one that nothing keeps alive is deleted. */
export function evaluateObject(work: SyncWork, id: MvId): void {
  const { store, cloud } = work.engine;
  const mv = store.mvObject(id);
  if (mv === undefined) return;
  const linked = store.linkedRows(id);
  const cloudRow = linked.find((row) => row.connector === cloud.connector);
  const sources = linked.filter((row) => row.connector !== cloud.connector);
  const looked = lookAtAll(work, sources);
  // Whether it may live is not known: it keeps its last state.
  if (looked === undefined) return;
  if (!looked.some(({ inScope }) => inScope.some(({ keepsAlive }) => keepsAlive))) {
    deleteMvObject(work, mv, looked, cloudRow);
    return;
  }
  guarded(work, looked, () => {
    const before = decodeMvAttributes(mv.attributes, store.names);
    const attributes = evaluateInbound(work.withCloud(looked, cloudRow), before, false);
    const desired = desiredOf(work, mv.type, attributes, looked[0]!, cloudRow);
    keep(work, id, before, attributes);
    return provision(work, id, sources, cloudRow, desired);
  });
}

/** What changed flows may change. */
export interface Touched {
  /** Metaverse attributes, by the type of the connector's objects. */
  readonly targetsOf: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether rules of the cloud changed. */
  readonly isOutbound: boolean;
}

/**
 * Evaluates what changed flows give to an object that has one of `connector`: nobody's links or scopes changed. One that
 * waits for something or failed is evaluated as a whole.
 */
export function reevaluate(work: SyncWork, mv: MvRow, connector: ConnectorId, touched: Touched): void {
  const { store, cloud } = work.engine;
  const linked = store.linkedRows(mv.id);
  const own = linked.filter((row) => row.connector === connector);
  const targets = new Set(own.flatMap(({ type }) => [...(touched.targetsOf.get(type) ?? [])]));
  if (own.length === 0 || (targets.size === 0 && !touched.isOutbound)) return;
  const cloudRow = linked.find((row) => row.connector === cloud.connector);
  if (linked.some(({ fault, pendingImport }) => fault !== null || pendingImport !== 'none')) {
    evaluateObject(work, mv.id);
    return;
  }
  const sources = linked.filter((row) => row !== cloudRow);
  const looked = lookAtAll(work, sources);
  if (looked === undefined) return;
  guarded(work, looked, () => {
    const before = decodeMvAttributes(mv.attributes, store.names);
    const attributes = evaluateTargets(work.withCloud(looked, cloudRow), before, targets);
    const isSame = [...targets].every((target) => hasSameValues(before.get(target), attributes.get(target)));
    const isReached = touched.isOutbound || !isSame;
    const desired = isReached ? desiredOf(work, mv.type, attributes, looked[0]!, cloudRow) : undefined;
    keep(work, mv.id, before, attributes);
    if (isReached) return provision(work, mv.id, sources, cloudRow, desired);
    work.counters.count('connector-no-flow');
    return true;
  });
}

function hasSameValues(before: MvAttribute | undefined, after: MvAttribute | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  return sameMvAttribute({ ...before, row: after.row, rule: after.rule }, after);
}

function keep(work: SyncWork, id: MvId, before: StoredMvAttributes, attributes: MvAttributes): void {
  if (!isChanged(before, attributes)) return;
  work.engine.store.updateMvObject(id, encode(work, attributes, before));
  moveJoinKeys(work, id, before, attributes);
}

/** Runs `work` for an object; what fails by the object's own doing is recorded there. */
function guarded(work: SyncWork, looked: readonly Looked[], evaluate: () => boolean): void {
  const { engine } = work;
  const own = looked.filter(({ rowState }) => rowState.connector !== engine.cloud.connector);
  try {
    const isDone = evaluate();
    if (isDone) for (const { rowState } of own) if (rowState.fault !== null) engine.store.setFault(rowState.id, null);
  } catch (error) {
    const rows = own.map(({ rowState }) => rowState);
    noteFailure(work, rows, error);
  }
}

/** `undefined` when a scope cannot be told because of a value; that is noted then. */
function lookAtAll(work: SyncWork, sources: readonly CsRow[]): Looked[] | undefined {
  try {
    return sources.map((row, at) => work.look(row, at + 1));
  } catch (error) {
    noteFailure(work, sources, error);
    return undefined;
  }
}

/** A failing expression or an odd name is the object's own trouble; everything else is ours, and thrown on. */
function noteFailure({ engine, counters }: SyncWork, rows: readonly CsRow[], error: unknown): void {
  if (!isObjectError(error)) throw error;
  counters.count('flow-failure');
  for (const row of rows) recordFault(engine, row, error.code, error.message);
}

function deleteMvObject(work: SyncWork, mv: MvRow, sources: readonly Looked[], cloudRow: CsRow | undefined): void {
  const { store, rules } = work.engine;
  for (const { row, inScope } of sources) {
    store.unlink(row);
    // What only joins may find something else.
    if (inScope.some(({ isLinking }) => isLinking)) store.stageImport(row, 'update', null);
  }
  if (cloudRow !== undefined) deprovision(work, cloudRow);
  for (const text of joinKeyTexts(rules, decodeMvAttributes(mv.attributes, store.names))) {
    dropJoinKey(work, text, mv.id);
  }
  store.deleteMvObject(mv.id);
}

function isChanged(before: StoredMvAttributes, after: MvAttributes): boolean {
  if (before.size !== after.size) return true;
  for (const [name, attribute] of after) {
    const old = before.get(name);
    if (old === undefined || !sameMvAttribute(old, attribute)) return true;
  }
  return false;
}

function encode(work: SyncWork, attributes: MvAttributes, before: StoredMvAttributes | undefined): Uint8Array {
  const { store, clock } = work.engine;
  const now = Math.trunc(clock.now()) as EpochMs;
  return encodeMvAttributes(attributes, store.names, (name, attribute) => {
    const old = before?.get(name);
    return old !== undefined && sameMvAttribute(old, attribute) ? old.since : now;
  });
}

function moveJoinKeys(work: SyncWork, id: MvId, before: StoredMvAttributes, after: MvAttributes): void {
  const { rules } = work.engine;
  const old = new Set(joinKeyTexts(rules, before));
  const added = joinKeyTexts(rules, after).filter((text) => !old.delete(text));
  for (const text of old) dropJoinKey(work, text, id);
  addJoinKeys(work, id, added);
}

/** Rows that waited for such an object are looked at again. */
function addJoinKeys(work: SyncWork, id: MvId, texts: readonly string[]): void {
  const { store } = work.engine;
  for (const text of texts) {
    const key = store.keyOf(text);
    store.addJoinKey(key, id);
    work.noteJoinKind(text);
    wakeSeekers(work, key);
  }
}

/** Where several matched, one less may leave exactly one. */
function dropJoinKey(work: SyncWork, text: string, id: MvId): void {
  const key = work.engine.store.keyOf(text);
  work.engine.store.dropJoinKey(key, id);
  wakeSeekers(work, key);
}

function wakeSeekers(work: SyncWork, key: number): void {
  if (!work.hasSeekers) return;
  const { store } = work.engine;
  for (const seeker of store.seekers(key)) {
    if (store.pendingImport(seeker) === 'none') store.stageImport(seeker, 'update', null);
  }
}

/** The join index anew from every object: rules join by other attributes than before. */
export function rebuildJoinIndex(work: SyncWork): void {
  const { store, rules } = work.engine;
  store.clearJoinKeys();
  for (let after = 0; ; ) {
    const page = store.mvObjects(after, rebuiltAtOnce);
    for (const { id, attributes } of page) {
      addJoinKeys(work, id, joinKeyTexts(rules, decodeMvAttributes(attributes, store.names)));
    }
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}
