/**
 * Provisioning: what a metaverse object means for its object in the cloud's connector space. Nothing is written to the
 * cloud here; what should be there is staged as a pending export.
 */
import { endApproval, guardNoteOf } from '../connector-space/approval.ts';
import { placeholderRow } from '../connector-space/placeholder.ts';
import type { CsId, CsRow, MvId } from '../connector-space/store.ts';
import type { DesiredObject } from '../rules/outbound.ts';
import { recordFault } from './engine.ts';
import { withKept } from './kept-values.ts';
import { pendingExportOf } from './pending-export.ts';
import { encodeReferenceSources, unwantReference } from './reference-updates.ts';
import type { SyncWork } from './sync-work.ts';

/** False when the object cannot be brought to the cloud; then the reason stands on its sources. */
export function provision(
  work: SyncWork,
  mv: MvId,
  sources: readonly CsRow[],
  cloudRow: CsRow | undefined,
  desired: DesiredObject | undefined,
): boolean {
  if (desired === undefined) {
    if (cloudRow !== undefined) deprovision(work, cloudRow);
    return true;
  }
  if (cloudRow !== undefined && cloudRow.type !== desired.objectType) {
    // What becomes one of another type, as a contact that turns out to be a user, is another object.
    deprovision(work, cloudRow);
    return create(work, mv, sources, desired);
  }
  if (cloudRow !== undefined && cloudRow.dn !== desired.dn) {
    const message =
      'SourceAnchor attribute has changed. Give the object its old value back; it is not synchronised until then.';
    return refuse(work, sources, 'sourceAnchor-changed', message);
  }
  if (cloudRow !== undefined) {
    update(work, cloudRow, desired);
    return true;
  }
  return create(work, mv, sources, desired);
}

function update(work: SyncWork, row: CsRow, desired: DesiredObject): void {
  const { store } = work.engine;
  const { encoded, kept } = withKept(row, desired);
  const referenceSources = encodeReferenceSources(desired.references);
  const pendingExport = pendingExportOf({ ...row, desired: encoded, pendingExport: 'none' });
  const isSame =
    row.desired === encoded &&
    row.pendingExport === pendingExport &&
    row.referenceSources === referenceSources &&
    row.kept === kept &&
    row.guard !== 'departed';
  work.counters.count(isSame ? 'connector-no-flow' : 'connector-flow');
  if (isSame) return;
  const guard = guardNoteOf({ ...row, desired: encoded, pendingExport });
  store.setExport(row.id, { desired: encoded, pendingExport, referenceSources, guard, kept });
  // An object that wants nothing any more has nothing to fail with.
  if (pendingExport === 'none' && row.fault !== null) store.setFault(row.id, null);
  if (row.referenceSources !== referenceSources) store.enqueueReferences(row.id);
}

/**
 * Reverse join by DN: an object of that DN which the cloud directory already holds is taken, otherwise one is made. One
 * that belongs to somebody else is refused: taking it would hand one person's account to another.
 */
function create(work: SyncWork, mv: MvId, sources: readonly CsRow[], desired: DesiredObject): boolean {
  const { store, cloud } = work.engine;
  const there = store.idByDn(cloud.connector, desired.dn);
  const row = there === undefined ? undefined : store.row(there);
  if (row !== undefined && row.mv !== null && row.mv !== mv) {
    const message =
      'another object has the same sourceAnchor. Two objects must never share one: give this one a value of its own.';
    return refuse(work, sources, 'duplicate-source-anchor', message);
  }
  const type = desired.objectType;
  if (row !== undefined && row.type !== type && isInCloud(row)) {
    const then =
      row.pendingExport === 'delete'
        ? `It is deleted there by the next export, and made anew as a ${type} by the cycle after it.`
        : `Delete it there, and it is made anew as a ${type}.`;
    const message = `The cloud directory holds this object as a ${row.type}. ${then}`;
    return refuse(work, sources, 'object-type-changed', message);
  }
  const id = row?.id ?? store.insertRow({ ...placeholderRow(cloud.connector, desired.dn, desired.dn), type });
  if (row !== undefined && row.type !== type) store.updateImported(id, { type });
  if (row?.anchor != null) work.counters.count('disconnector-joined-flow');
  work.counters.count('provisioned-add-flow');
  store.link(id, cloud.connector, mv, 'provisioned');
  const { encoded, kept } = row === undefined ? { encoded: desired.encoded, kept: null } : withKept(row, desired);
  const [hologram, unconfirmed] = [row?.hologram ?? null, row?.unconfirmed ?? null];
  const pendingExport = pendingExportOf({ desired: encoded, hologram, unconfirmed, pendingExport: 'none' });
  const referenceSources = encodeReferenceSources(desired.references);
  const guard = guardNoteOf({ desired: encoded, hologram, unconfirmed, pendingExport, guard: null });
  store.setExport(id, { desired: encoded, unconfirmed, pendingExport, referenceSources, guard, kept });
  if (row?.fault != null && pendingExport === 'none') store.setFault(id, null);
  if (referenceSources !== null || row !== undefined) store.enqueueReferences(id);
  // What refers to its sources leads here from now on.
  for (const source of sources) work.moveReferences(source.id);
  return true;
}

function refuse(work: SyncWork, sources: readonly CsRow[], code: string, message: string): false {
  work.counters.count('flow-failure');
  for (const row of sources) recordFault(work.engine, row, code, message);
  return false;
}

/** The object shall not be in the cloud any more. One that never got there is simply dropped. */
export function deprovision(work: SyncWork, row: CsRow): void {
  const { store } = work.engine;
  work.counters.count('provisioned-disconnect');
  const isThere = isInCloud(row);
  for (const { attribute, target, state } of store.references(row.id)) {
    if (!isThere || state === 'pending-add') store.dropReference(row.id, attribute, target);
    // Deleting the object takes its references along; they need no export of their own.
    else if (state === 'pending-delete') store.setReference(row.id, attribute, target, 'confirmed');
  }
  for (const referrer of store.referrers(row.id)) unwantAll(work, referrer, row.id);
  store.dropFromReferenceQueue(row.id);
  store.unlink(row.id);
  store.setFault(row.id, null);
  const pendingExport = isThere ? 'delete' : 'none';
  const guard = isThere && (work.isDeparting || row.guard === 'departed') ? 'departed' : null;
  store.setExport(row.id, { desired: null, pendingExport, referenceSources: null, guard });
}

function isInCloud({ anchor, unconfirmed }: CsRow): boolean {
  return anchor !== null || unconfirmed !== null;
}

/** Nothing can refer to what is taken out. What is nobody's any more goes with the object, if that goes at all. */
function unwantAll(work: SyncWork, referrer: CsId, target: CsId): void {
  const { store } = work.engine;
  const row = store.row(referrer);
  if (row === undefined || row.desired === null) return;
  const left = work.left(row.type);
  for (const reference of store.referencesTo(referrer, target)) {
    if (!left.includes(reference.attribute)) unwantReference(store, referrer, reference);
  }
  endApproval(store, referrer);
}
