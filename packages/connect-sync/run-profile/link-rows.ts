/**
 * Linking: what an import brought is joined to a metaverse object, makes one, or leaves one. Links are decided when an
 * object first comes into scope of a rule that links; later changes of join attributes undo nothing.
 */
import { normaliseDn } from '@springline/directory/dn';
import { uuidV7 } from '@springline/ports/uuid';
import type { CsRow, MvId, SyncStore } from '../connector-space/store.ts';
import { decodeMvAttributes } from '../metaverse/encoding.ts';
import type { Scalar } from '../rules/expression/value.ts';
import { hasJoinText, joinKeyText, joinText } from '../rules/join.ts';
import type { ReadyRule } from '../rules/program.ts';
import { anyObjectType, type JoinClause } from '../rules/rule.ts';
import { directoryOf, recordFault } from './engine.ts';
import { evaluateNew, evaluateObject } from './evaluate-object.ts';
import type { Looked, SyncWork } from './sync-work.ts';

/** Metaverse objects that share one value by which is joined; so few are looked at before the other values are. */
const candidateLimit = 100_000;
const fewCandidates = 16;

/** Settles one row with a pending import, with all that follows for its metaverse object. */
export function linkRow(work: SyncWork, row: CsRow): void {
  const { store } = work.engine;
  if (work.hasSeekers) store.dropSeeker(row.id);
  if (row.pendingImport === 'delete') {
    removeRow(work, row);
    return;
  }
  let current = row;
  if (row.pendingImport === 'delete-add' && row.mv !== null) {
    disconnect(work, row);
    work.counters.count('connector-delete-add-processed');
    current = { ...row, mv: null, link: null };
  }
  const looked = work.look(current, 0);
  const linking = looked.inScope.filter(({ isLinking }) => isLinking);
  if (current.mv !== null && linking.length === 0) {
    const { mv } = current;
    disconnect(work, current);
    work.counters.count(isGone(store, mv) ? 'connector-filtered-remove-mv' : 'connector-filtered-leave-mv');
  } else if (current.mv !== null) {
    evaluateObject(work, current.mv);
  } else if (linking.length === 0) {
    work.counters.count('disconnector-filtered');
    if (current.fault !== null) store.setFault(current.id, null);
  } else {
    joinOrProject(work, looked, linking);
  }
}

/** Whether the metaverse object went with the object that it lost. */
function isGone(store: SyncStore, mv: MvId): boolean {
  return store.mvObject(mv) === undefined;
}

/** Takes a deleted object out. It stays as a placeholder where something still refers to it by name. */
function removeRow(work: SyncWork, row: CsRow): void {
  const { store } = work.engine;
  if (row.mv !== null) {
    disconnect(work, row);
    work.counters.count(isGone(store, row.mv) ? 'connector-delete-remove-mv' : 'connector-delete-leave-mv');
  }
  const referrers = store.referrers(row.id).filter((id) => id !== row.id);
  // Active Directory takes references away with what they lead to; elsewhere the name stays and may be given again.
  const directory = directoryOf(work.engine, row.connector);
  if (directory === undefined || directory.kind === 'active-directory' || row.isTransient) {
    for (const referrer of referrers) dropReferences(work, referrer, row);
    store.deleteRow(row.id);
  } else if (referrers.length > 0) {
    store.becomePlaceholder(row.id);
  } else {
    store.deleteRow(row.id);
  }
}

function dropReferences(work: SyncWork, referrer: CsRow['id'], gone: CsRow): void {
  const { store } = work.engine;
  let isNamedStill = false;
  for (const attribute of store.referenceAttributes(referrer)) {
    const state = store.reference(referrer, attribute, gone.id);
    if (state === undefined) continue;
    store.dropReference(referrer, attribute, gone.id);
    if (state === 'gone') continue;
    isNamedStill = true;
    store.adjustReferenceCount(referrer, attribute, -1);
    if (store.pendingImport(referrer) === 'none') store.stageImport(referrer, 'update', null);
  }
  // It names what was not read, as when a filter hides it: should that come back, what names it must be read anew.
  const row = isNamedStill ? store.row(referrer) : undefined;
  if (row !== undefined && !row.isTransient) {
    store.replaceImported(referrer, { ...row, dnKey: normaliseDn(row.dn), fingerprint: null });
  }
}

/** Parts a row from its metaverse object, which is then evaluated without it. */
export function disconnect(work: SyncWork, row: CsRow): void {
  const { store, cloud } = work.engine;
  if (row.mv === null) return;
  const others = store.linkedRows(row.mv).filter((other) => other.id !== row.id && other.connector !== cloud.connector);
  // Where the metaverse object lives on, what refers to the row leads there no more.
  if (others.length > 0) {
    for (const referrer of store.referrers(row.id)) {
      const cloudRow = store.counterpart(referrer, cloud.connector);
      if (cloudRow !== undefined) store.enqueueReferences(cloudRow);
    }
  }
  if (work.isDeparting) {
    // Should the object fail now, its place in the cloud is lost later, and for this reason still.
    const cloudRow = store.counterpart(row.id, cloud.connector);
    if (cloudRow !== undefined) store.setExport(cloudRow, { guard: 'departed' });
  }
  store.unlink(row.id);
  evaluateObject(work, row.mv);
}

function joinOrProject(work: SyncWork, looked: Looked, linking: readonly ReadyRule[]): void {
  const { engine, counters } = work;
  const { store } = engine;
  const row = looked.rowState;
  const joining = linking.filter(({ rule }) => rule.join.length > 0);
  const other = joining.find(({ criteria }) => criteria !== joining[0]!.criteria);
  if (other !== undefined) {
    counters.count('flow-failure');
    const names = `“${joining[0]!.rule.name}” and “${other.rule.name}”`;
    recordFault(
      engine,
      row,
      'join-criteria-ambiguous',
      `rules with different join criteria take the object in: ${names}`,
    );
    return;
  }
  for (const { rule } of joining) {
    const found = findJoin(work, rule.join, rule.targetObjectType, looked);
    if (found === undefined) continue;
    if (store.linkedRows(found).some((linked) => linked.connector === row.connector)) {
      counters.count('flow-failure');
      recordFault(
        engine,
        row,
        'ambiguous-import-flow-from-multiple-connectors',
        `the object matches a metaverse object that another object of this connector is joined to (rule “${rule.name}”)`,
      );
      return;
    }
    store.link(row.id, row.connector, found, 'joined');
    if (row.fault !== null) store.setFault(row.id, null);
    work.moveReferences(row.id);
    counters.count('disconnector-joined-flow');
    evaluateObject(work, found);
    return;
  }
  const provision = linking.find(({ rule }) => rule.linkType === 'Provision' && hasJoinValue(rule.join, looked));
  if (provision === undefined) {
    counters.count('disconnector-remains');
    if (row.fault !== null) store.setFault(row.id, null);
    seek(work, joining, looked);
    return;
  }
  if (row.fault !== null) store.setFault(row.id, null);
  counters.count('disconnector-projected-flow');
  evaluateNew(work, looked, provision.rule.targetObjectType, uuidV7(engine.clock, work.random));
}

/** Groups top-down; exactly one match joins, none or several try the next group. */
function findJoin(
  work: SyncWork,
  groups: readonly (readonly JoinClause[])[],
  objectType: string,
  looked: Looked,
): MvId | undefined {
  for (const group of groups) {
    const matches = matchesOf(work, group, objectType, looked);
    if (matches.length === 1) return matches[0];
  }
  return undefined;
}

function matchesOf(work: SyncWork, group: readonly JoinClause[], objectType: string, looked: Looked): readonly MvId[] {
  const { store } = work.engine;
  const texts = group.map((clause) => new Set(joinTexts(clause, looked)));
  // An empty value matches nothing.
  if (texts.some((wanted) => wanted.size === 0)) return [];
  const keys = group.map((clause, at) => [...texts[at]!].map((text) => joinKeyText(clause, text)));
  const isMatch = (id: MvId): boolean => {
    const mv = store.mvObject(id);
    if (mv === undefined || (objectType !== anyObjectType && mv.type !== objectType)) return false;
    const attributes = decodeMvAttributes(mv.attributes, store.names);
    return group.every((clause, at) => hasJoinText(attributes, clause, texts[at]!));
  };
  // One clause is shared by thousands, as a department is, while another names one. Two matches are as good as many.
  const few = fewest(work, keys, fewCandidates + 1);
  const found = firstTwo(few, isMatch);
  if (found.length > 1 || few.length <= fewCandidates) return found;
  return firstTwo(fewest(work, keys, candidateLimit), isMatch);
}

/** What the index has for the clause that has least, at most `limit`. It knows numbers; only the object itself tells. */
function fewest(work: SyncWork, keys: readonly (readonly string[])[], limit: number): readonly MvId[] {
  const { store } = work.engine;
  let candidates: readonly MvId[] | undefined;
  for (const ofClause of keys) {
    const sought = ofClause.filter((key) => work.mayBeFound(key)).map((key) => store.keyOf(key));
    const found = new Set(sought.flatMap((key) => store.findByJoinKey(key, limit)));
    if (candidates === undefined || found.size < candidates.length) candidates = [...found];
  }
  return candidates ?? [];
}

function firstTwo(ids: readonly MvId[], isMatch: (id: MvId) => boolean): readonly MvId[] {
  const matches: MvId[] = [];
  for (const id of ids) {
    if (isMatch(id)) matches.push(id);
    if (matches.length > 1) break;
  }
  return matches;
}

/** From now on the row is looked at again when something appears that it could join. */
function seek(work: SyncWork, joining: readonly ReadyRule[], looked: Looked): void {
  const { store } = work.engine;
  for (const clause of joining.flatMap(({ rule }) => rule.join.flat())) {
    for (const text of joinTexts(clause, looked)) {
      store.addSeeker(store.keyOf(joinKeyText(clause, text)), looked.row);
      work.hasSeekers = true;
    }
  }
}

function joinTexts(clause: JoinClause, looked: Looked): string[] {
  const value = looked.source.get(clause.csAttribute);
  if (value === null) return [];
  const values = Array.isArray(value) ? (value as readonly Scalar[]) : [value as Scalar];
  return values.map((scalar) => joinText(clause, scalar)).filter((text) => text !== '');
}

/** Without join criteria nothing is asked; with them at least one of their attributes must have a value. */
function hasJoinValue(groups: readonly (readonly JoinClause[])[], looked: Looked): boolean {
  return groups.length === 0 || groups.some((group) => group.some((clause) => joinTexts(clause, looked).length > 0));
}
