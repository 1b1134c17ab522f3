/**
 * Evaluates the metaverse objects of the queue: attributes in, desired cloud object out, and what follows for
 * references. An object whose expressions fail keeps its last state and is recorded; it never stops the others.
 */
import { DirectoryError } from '@springline/directory/error';
import { endApproval } from '../connector-space/approval.ts';
import { encodeHologram } from '../connector-space/hologram.ts';
import { placeholderRow } from '../connector-space/placeholder.ts';
import { enqueueReferrers } from '../connector-space/referrers.ts';
import { type CsObject, csObject } from '../connector-space/source.ts';
import type { CsId, CsRow, MvId, MvRow, ReferenceState } from '../connector-space/store.ts';
import { encodeMvAttributes } from '../metaverse/encoding.ts';
import type { EvaluationContext } from '../rules/expression/compile.ts';
import { ExpressionError } from '../rules/expression/error.ts';
import { evaluateInbound, isLinking, type LinkedObject, rulesInScope } from '../rules/inbound.ts';
import { joinValuesOf } from '../rules/join.ts';
import { type DesiredObject, evaluateOutbound } from '../rules/outbound.ts';
import type { Counters, Engine } from './engine.ts';
import { recordFault } from './engine.ts';
import { pendingExportOf } from './import-cloud.ts';
import { parametersFor } from './parameters.ts';

const batchSize = 100;

/** Works the queue off, one transaction per batch. An object that changes what others refer to puts those back in. */
export async function evaluateQueue(engine: Engine, counters: Counters, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const batch = engine.store.dequeueBatch(batchSize);
    if (batch.length === 0) return;
    engine.store.transaction(() => {
      // Out of the queue first: evaluating one object may put another of the batch in again.
      for (const id of batch) engine.store.dropFromQueue(id);
      for (const id of batch) evaluateObject(engine, id, counters);
    });
    await new Promise(setImmediate);
  }
}

function evaluateObject(engine: Engine, id: MvId, counters: Counters): void {
  const { store } = engine;
  const mv = store.mvObject(id);
  if (mv === undefined) return;
  const linked = store.linkedRows(id);
  const sources = linked.filter((row) => row.connector === engine.directory.connector);
  const cloudRow = linked.find((row) => row.connector === engine.cloud.connector);
  const objects = sources.map((row) => linkedObject(engine, row));
  if (!objects.some((object) => rulesInScope(object).some((rule) => isLinking(rule) && rule.linkType !== 'Join'))) {
    deleteMvObject(engine, mv, sources, cloudRow, counters);
    return;
  }
  try {
    const attributes = evaluateInbound(objects);
    store.updateMvObject(id, encodeMvAttributes(attributes), joinValuesOf(engine.rules.rules, attributes));
    const context = objects[0]!.context;
    const desired = evaluateOutbound(engine.rules.outbound(mv.type), attributes, context);
    const isDone = provision(engine, mv, sources, cloudRow, desired, counters);
    if (isDone) for (const row of sources) if (row.fault !== null) store.updateRow(row.id, { fault: null });
  } catch (error) {
    // A failing expression or an odd name is this object's own trouble; everything else is ours.
    const isOwn = (error instanceof ExpressionError && error.kind === 'runtime') || error instanceof DirectoryError;
    if (!isOwn) throw error;
    counters.count('flow-failure');
    for (const row of sources) recordFault(engine, row, error.code, error.message);
  }
}

function linkedObject(engine: Engine, row: CsRow): LinkedObject {
  const object: CsObject = csObject(engine.store, row);
  const context: EvaluationContext = {
    parameters: parametersFor(engine, row.dn),
    clock: engine.clock,
    random: engine.random,
  };
  return {
    row: row.id,
    order: `${String(row.connector).padStart(10, '0')}:${row.anchor}`,
    rules: engine.rules.inbound(engine.directory.kind, row.type),
    source: object.source,
    texts: object.texts,
    isReference: object.isReference,
    context,
  };
}

function deleteMvObject(
  engine: Engine,
  mv: MvRow,
  sources: readonly CsRow[],
  cloudRow: CsRow | undefined,
  counters: Counters,
): void {
  const { store } = engine;
  for (const row of sources) {
    enqueueReferrers(engine.store, row.id);
    store.updateRow(row.id, { mv: null, link: null });
  }
  if (cloudRow !== undefined) deprovision(engine, cloudRow, counters);
  store.deleteMvObject(mv.id);
}

/** False when the object cannot be brought to the cloud; then the reason stands on its source. */
function provision(
  engine: Engine,
  mv: MvRow,
  sources: readonly CsRow[],
  cloudRow: CsRow | undefined,
  desired: DesiredObject | undefined,
  counters: Counters,
): boolean {
  if (desired === undefined) {
    if (cloudRow === undefined) return true;
    deprovision(engine, cloudRow, counters);
    for (const row of sources) enqueueReferrers(engine.store, row.id);
    return true;
  }
  if (cloudRow !== undefined && cloudRow.dnKey !== desired.dn) {
    const message =
      'SourceAnchor attribute has changed. Give the object its old value back; it is not synchronised until then.';
    return refuse(engine, sources, 'sourceAnchor-changed', message, counters);
  }
  const row = cloudRow ?? adoptOrCreate(engine, mv, desired, counters);
  if (row === undefined) {
    const message =
      'another object has the same sourceAnchor. Two objects must never share one: give this one a value of its own.';
    return refuse(engine, sources, 'duplicate-source-anchor', message, counters);
  }
  const encoded = encodeHologram(desired.attributes);
  const changed = { ...row, desired: encoded, type: desired.objectType };
  const pendingExport = pendingExportOf({ ...changed, pendingExport: 'none' });
  if (row.desired !== encoded || row.pendingExport !== pendingExport) {
    // An object that wants nothing any more has nothing to fail with.
    const settled = pendingExport === 'none' ? { fault: null } : {};
    engine.store.updateRow(row.id, { desired: encoded, type: desired.objectType, pendingExport, ...settled });
    counters.count(cloudRow === undefined ? 'provisioned-add-flow' : 'connector-flow');
  } else {
    counters.count('connector-no-flow');
  }
  wantReferences(engine, row.id, desired);
  if (cloudRow === undefined) for (const source of sources) enqueueReferrers(engine.store, source.id);
  return true;
}

function refuse(engine: Engine, sources: readonly CsRow[], code: string, message: string, counters: Counters): false {
  counters.count('flow-failure');
  for (const row of sources) recordFault(engine, row, code, message);
  return false;
}

/**
 * Reverse join by DN: an object of that DN which the cloud directory already holds is taken, otherwise one is made.
 * `undefined` when it belongs to somebody else: taking it would hand one person's account to another.
 */
function adoptOrCreate(engine: Engine, mv: MvRow, desired: DesiredObject, counters: Counters): CsRow | undefined {
  const { store, cloud } = engine;
  const there = store.rowByDn(cloud.connector, desired.dn);
  if (there !== undefined && there.mv !== null && there.mv !== mv.id) return undefined;
  const id = there?.id ?? store.insertRow(placeholderRow(cloud.connector, desired.dn, desired.dn));
  if (there?.anchor != null) counters.count('disconnector-joined-flow');
  store.updateRow(id, { mv: mv.id, link: 'provisioned', guard: null });
  return store.row(id)!;
}

/** The object shall not be in the cloud any more. One that never got there is simply dropped. */
function deprovision(engine: Engine, row: CsRow, counters: Counters): void {
  const { store } = engine;
  counters.count('provisioned-disconnect');
  const isInCloud = row.anchor !== null || row.unconfirmed !== null;
  for (const { attribute, target, state } of store.references(row.id)) {
    if (!isInCloud || state === 'pending-add') store.dropReference(row.id, attribute, target);
    // Deleting the object takes its references along; they need no export of their own.
    else if (state === 'pending-delete') store.setReference(row.id, attribute, target, 'confirmed');
  }
  store.updateRow(row.id, {
    mv: null,
    link: null,
    desired: null,
    guard: null,
    fault: null,
    pendingExport: isInCloud ? 'delete' : 'none',
  });
}

/** Brings the states of the row's references in line with what synchronisation wants. */
function wantReferences(engine: Engine, id: CsId, desired: DesiredObject): void {
  const { store } = engine;
  const wanted = new Map<string, Set<CsId>>();
  for (const [attribute, from] of desired.references)
    wanted.set(attribute, cloudTargets(engine, from.row, from.attribute));
  for (const { attribute, target, state } of store.references(id)) {
    const isWanted = wanted.get(attribute)?.delete(target) === true;
    const next = isWanted ? whenWanted[state] : whenUnwanted[state];
    if (next === 'gone') store.dropReference(id, attribute, target);
    else if (next !== state) store.setReference(id, attribute, target, next);
  }
  for (const [attribute, targets] of wanted) {
    for (const target of targets) store.setReference(id, attribute, target, 'pending-add');
  }
  endApproval(store, id);
}

const whenWanted: Readonly<Record<ReferenceState, ReferenceState>> = {
  confirmed: 'confirmed',
  'pending-add': 'pending-add',
  'pending-delete': 'confirmed',
  'sent-add': 'sent-add',
  'sent-delete': 'pending-add',
  kept: 'confirmed',
};
const whenUnwanted: Readonly<Record<ReferenceState, ReferenceState | 'gone'>> = {
  confirmed: 'pending-delete',
  'pending-add': 'gone',
  'pending-delete': 'pending-delete',
  'sent-add': 'pending-delete',
  'sent-delete': 'sent-delete',
  kept: 'kept',
};

/** The cloud rows behind the references of a directory row. A target that is not provisioned is left out for now. */
function cloudTargets(engine: Engine, row: CsId, attribute: string): Set<CsId> {
  const { store, cloud } = engine;
  const targets = new Set<CsId>();
  for (const reference of store.references(row)) {
    if (reference.attribute !== attribute) continue;
    const mv = store.row(reference.target)?.mv ?? null;
    const target =
      mv === null ? undefined : store.linkedRows(mv).find((linked) => linked.connector === cloud.connector);
    if (target !== undefined) targets.add(target.id);
  }
  return targets;
}
