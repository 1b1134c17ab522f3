/**
 * Import of the cloud directory: what it holds confirms what was exported. A value that was exported and is not there
 * is exported again; an object that somebody removed comes back. Deletes are those that the cloud directory tells, or,
 * in a full import, those that it no longer lists.
 */

import { endApproval, guardNoteOf } from '../connector-space/approval.ts';
import { cloudDn } from '../connector-space/cloud-dn.ts';
import { decodeHologram, encodeHologram, type Hologram } from '../connector-space/hologram.ts';
import { placeholderRow } from '../connector-space/placeholder.ts';
import type { CsId, CsRow, SyncStore } from '../connector-space/store.ts';
import { type Counters, type Engine, recordFault, type StepOutcome, success } from './engine.ts';
import { leftTargets } from './left-targets.ts';
import { pendingExportOf } from './pending-export.ts';

/** An object of the cloud directory. References are source anchors. */
export interface ImportedCloudObject {
  readonly cloudAnchor: string;
  readonly objectType: string;
  readonly sourceAnchor: string;
  readonly deleted: boolean;
  readonly attributes: Hologram;
  readonly references: ReadonlyMap<string, readonly string[]>;
}

export interface CloudPage {
  readonly objects: readonly ImportedCloudObject[];
  readonly cursor: string;
  readonly more: boolean;
}

/** Reads what the connector masters: all of it without a cursor. `null`: the cursor is of another life. */
export type ReadCloudPage = (cursor: string | undefined) => Promise<CloudPage | null>;

/** The cloud directory answers in a way that no reading of it would end. */
export class CloudFeedError extends Error {
  override readonly name = 'CloudFeedError';
  readonly code = 'cloud-feed-endless';
}

const cursorSetting = 'cloud-cursor';

/** Whether the next import of the cloud directory reads it from the start. */
export function needsFullCloudImport(engine: Engine): boolean {
  return engine.store.setting(cursorSetting) === undefined;
}

/** Forgets the cursor: the next import is a full one. */
export function requireFullCloudImport(engine: Engine): void {
  engine.store.setSetting(cursorSetting, null);
}

export async function importCloud(engine: Engine, read: ReadCloudPage, counters: Counters): Promise<StepOutcome> {
  const { store } = engine;
  let cursor = store.setting(cursorSetting);
  let seen: Set<CsId> | undefined = cursor === undefined ? new Set() : undefined;
  let hasRestarted = false;
  const watched = { read: engine.rules.attributesRead(engine.cloud.name), left: leftTargets(engine) };
  for (;;) {
    const page = await read(cursor);
    if (page === null) {
      if (hasRestarted) throw new CloudFeedError('the cloud directory refuses every cursor, also none');
      hasRestarted = true;
      cursor = undefined;
      seen = new Set();
      requireFullCloudImport(engine);
      continue;
    }
    store.transaction(() => {
      for (const object of page.objects) {
        const id = stageCloudObject(engine, object, counters, watched);
        if (id !== undefined) seen?.add(id);
      }
      // A full import earns its cursor only at the end: a kill before that starts it again.
      if (seen === undefined) store.setSetting(cursorSetting, page.cursor);
    });
    if (page.more && page.cursor === cursor)
      throw new CloudFeedError('the cloud directory says there is more and stays where it is');
    cursor = page.cursor;
    if (!page.more) break;
  }
  if (seen !== undefined) finishFullImport(engine, seen, cursor, counters);
  const notSeenBack = counters.get('exported-change-not-reimported');
  if (notSeenBack === 0) return success;
  return { result: 'completed-warnings', detail: `${notSeenBack} objects have other values than were exported` };
}

function finishFullImport(engine: Engine, seen: ReadonlySet<CsId>, cursor: string, counters: Counters): void {
  const { store, cloud } = engine;
  store.transaction(() => {
    for (const id of store.importedIds(cloud.connector)) {
      if (!seen.has(id)) stageCloudDelete(engine, store.row(id)!, counters);
    }
    store.setSetting(cursorSetting, cursor);
  });
}

function stageCloudObject(
  engine: Engine,
  object: ImportedCloudObject,
  counters: Counters,
  watched: Watched,
): CsId | undefined {
  const { store, cloud } = engine;
  const dn = cloudDn(object.sourceAnchor);
  const known = store.rowByAnchor(cloud.connector, object.cloudAnchor) ?? store.rowByDn(cloud.connector, dn);
  if (object.deleted) {
    if (known !== undefined && known.anchor === object.cloudAnchor) stageCloudDelete(engine, known, counters);
    return undefined;
  }
  const hologram = encodeHologram(object.attributes);
  const row = known ?? newCloudRow(engine, dn);
  if (known?.hologram === hologram) counters.count('stage-no-change');
  else counters.count(known?.hologram === null || known === undefined ? 'stage-add' : 'stage-update');
  confirmAttributes(engine, row, object, hologram, counters, watched);
  confirmReferences(engine, row, object.references);
  return row.id;
}

function newCloudRow(engine: Engine, dn: string): CsRow {
  const { store, cloud } = engine;
  const id = store.insertRow(placeholderRow(cloud.connector, dn, dn));
  return store.row(id)!;
}

function confirmAttributes(
  engine: Engine,
  row: CsRow,
  object: ImportedCloudObject,
  hologram: string,
  counters: Counters,
  watched: Watched,
): void {
  const notSeenBack = row.unconfirmed !== null && row.unconfirmed !== hologram;
  const desired = withLeft(row.desired, object.attributes, watched.left[object.objectType] ?? []);
  const confirmed: CsRow = { ...row, hologram, desired, unconfirmed: null, anchor: object.cloudAnchor };
  const pendingExport = pendingExportOf(confirmed);
  const { store } = engine;
  const anchor = object.cloudAnchor;
  if (row.hologram !== hologram || row.anchor !== anchor || row.type !== object.objectType) {
    store.updateImported(row.id, { anchor, type: object.objectType, hologram });
    if (row.mv !== null && isWatched(watched, row, confirmed)) store.enqueue(row.mv);
  }
  const guard =
    row.guard === 'approved' || row.guard === 'departed' ? row.guard : guardNoteOf({ ...confirmed, pendingExport });
  const isSame = row.unconfirmed === null && row.pendingExport === pendingExport && row.guard === guard;
  if (!isSame || row.desired !== desired) {
    store.setExport(row.id, { desired, unconfirmed: null, pendingExport, guard });
  }
  if (pendingExport === 'none' && row.fault !== null) store.setFault(row.id, null);
  if (notSeenBack) {
    counters.count('exported-change-not-reimported');
    const message = 'the cloud directory holds other values than were exported';
    recordFault(engine, row, 'exported-change-not-reimported', message);
  }
}

function confirmReferences(engine: Engine, row: CsRow, references: ReadonlyMap<string, readonly string[]>): void {
  const { store } = engine;
  const there = new Map<string, Set<CsId>>();
  for (const [attribute, anchors] of references) {
    there.set(attribute, new Set(anchors.map((anchor) => cloudTarget(engine, anchor))));
  }
  let differs = false;
  for (const { attribute, target, state } of store.references(row.id)) {
    const isThere = there.get(attribute)?.delete(target) === true;
    if (isThere && (state === 'sent-add' || state === 'pending-add'))
      store.setReference(row.id, attribute, target, 'confirmed');
    else if (isThere && state === 'sent-delete') {
      store.setReference(row.id, attribute, target, 'confirmed');
      differs = true;
    } else if (!isThere && state !== 'pending-add') {
      store.dropReference(row.id, attribute, target);
      differs ||= state === 'confirmed' || state === 'sent-add';
    }
  }
  for (const [attribute, targets] of there) {
    for (const target of targets) {
      store.setReference(row.id, attribute, target, 'confirmed');
      differs = true;
    }
  }
  endApproval(store, row.id);
  if (differs) store.enqueueReferences(row.id);
}

/** The object is not in the cloud directory any more. */
function stageCloudDelete(engine: Engine, row: CsRow, counters: Counters): void {
  const { store } = engine;
  counters.count('stage-delete');
  if (row.mv !== null && row.desired !== null) {
    // Sync still wants it: it is made again, with all its references.
    store.updateImported(row.id, { anchor: null, hologram: null });
    store.setExport(row.id, { unconfirmed: null, pendingExport: 'add' });
    for (const { attribute, target } of store.references(row.id)) store.dropReference(row.id, attribute, target);
    store.enqueueReferences(row.id);
    // Whoever refers to it must do so again.
    for (const referrer of store.referrers(row.id)) {
      dropReferencesTo(store, referrer, row.id);
      store.enqueueReferences(referrer);
    }
    return;
  }
  removeCloudRow(store, row.id);
}

/** Forgets an object that is gone from the cloud directory, and the references that others held to it. */
export function removeCloudRow(store: SyncStore, id: CsId): void {
  for (const referrer of store.referrers(id)) dropReferencesTo(store, referrer, id);
  store.deleteRow(id);
}

function dropReferencesTo(store: SyncStore, referrer: CsId, gone: CsId): void {
  for (const { attribute } of store.referencesTo(referrer, gone)) store.dropReference(referrer, attribute, gone);
}

/** What an import of the cloud looks at beside confirming. */
interface Watched {
  /** Attributes that rules for objects of the cloud read. */
  readonly read: ReadonlySet<string>;
  /** By object type: attributes that no rule flows to any more. */
  readonly left: ReturnType<typeof leftTargets>;
}

/** What is nobody's any more is wanted as the cloud has it. */
function withLeft(desired: string | null, there: Hologram, left: readonly string[]): string | null {
  if (desired === null || left.length === 0) return desired;
  const wanted = new Map(decodeHologram(desired));
  for (const name of left) wanted.set(name, there.get(name) ?? []);
  return encodeHologram(wanted);
}

function isWatched({ read }: Watched, before: CsRow, after: CsRow): boolean {
  if (read.size === 0) return false;
  if (before.anchor !== after.anchor || before.hologram === null) return true;
  const [old, now] = [before, after].map(({ hologram }) => (hologram === null ? undefined : decodeHologram(hologram)));
  return [...read].some((name) => JSON.stringify(old?.get(name)) !== JSON.stringify(now?.get(name)));
}

function cloudTarget(engine: Engine, sourceAnchor: string): CsId {
  const { store, cloud } = engine;
  const dn = cloudDn(sourceAnchor);
  const found = store.rowByDn(cloud.connector, dn);
  if (found !== undefined) return found.id;
  return store.insertRow(placeholderRow(cloud.connector, dn, dn));
}
