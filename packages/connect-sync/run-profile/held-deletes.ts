/**
 * What the delete guard looks at, what it holds, and what a person decides about it: deletes of objects, members that
 * groups would lose, values that many objects would lose at once.
 */
import { clearedAttributes, endApproval, guardNoteOf } from '../connector-space/approval.ts';
import { sourceAnchorFromCloudDn } from '../connector-space/cloud-dn.ts';
import { decodeHologram, encodeHologram } from '../connector-space/hologram.ts';
import type { CsId, CsRow, SyncStore } from '../connector-space/store.ts';
import { type ClearedAttribute, type GuardInput, isTooMuchCleared, judgeDeletes } from '../export/delete-guard.ts';
import type { Engine } from './engine.ts';
import { keepNames } from './kept-values.ts';
import { pendingExportOf } from './pending-export.ts';

const pageSize = 1_000;

export interface HeldDelete {
  readonly id: CsId;
  readonly objectType: string;
  readonly name: string;
  readonly sourceAnchor: string;
  /** The object as a whole; otherwise it stays. */
  readonly isDelete: boolean;
  /** Of a group. */
  readonly removedMembers: number;
  /** Attributes that would be left without a value or a reference. */
  readonly cleared: readonly string[];
}

/** Attributes that rows would lose, with the rows of values; those of references are asked for where they matter. */
interface Cleared extends ClearedAttribute {
  readonly rows: readonly CsId[] | undefined;
}

/** What the guard says of everything that waits; `undefined` when the export may go on. Reads what is taken away only. */
export function judgeWaiting(engine: Engine): string | undefined {
  const { store, cloud } = engine;
  return store.hasUndecidedRemovals(cloud.connector) ? judgeDeletes(guardInput(engine, clearedBy(engine))) : undefined;
}

function guardInput({ store, cloud }: Engine, cleared: readonly Cleared[]): GuardInput {
  const groups = store.undecidedRemovals(cloud.connector, 'member').map(({ row, removed }) => ({
    name: nameOf(store.row(row)!),
    removed,
    remaining: store.countStoredReferences(row, 'member') - removed,
  }));
  return {
    departed: store.countDeparted(cloud.connector),
    deletes: store.undecidedDeletes(cloud.connector),
    objects: store.countPresent(cloud.connector),
    groups,
    cleared,
    memberships: () => store.countAllReferences(cloud.connector, 'member'),
  };
}

function clearedBy(engine: Engine): readonly Cleared[] {
  const { store, cloud } = engine;
  const found = new Map<string, { readonly type: string; readonly attribute: string; readonly rows: CsId[] }>();
  for (const row of clearingRows(engine)) {
    for (const attribute of clearedAttributes(row)) {
      const key = `${row.type}/${attribute}`;
      const known = found.get(key);
      if (known === undefined) found.set(key, { type: row.type, attribute, rows: [row.id] });
      else known.rows.push(row.id);
    }
  }
  const values = [...found.values()].map(({ type, attribute, rows }) => ({
    ...{ type, attribute, rows, count: rows.length },
    holders: once(() => store.countHolding(cloud.connector, type, attribute)),
  }));
  // Members are judged by themselves.
  const references = store.clearedReferences(cloud.connector, 'member').map(({ type, attribute, count }) => ({
    ...{ type, attribute, rows: undefined, count },
    holders: once(() => store.countReferring(cloud.connector, type, attribute)),
  }));
  return [...values, ...references];
}

function once(count: () => number): () => number {
  let known: number | undefined;
  return () => {
    known ??= count();
    return known;
  };
}

function* clearingRows({ store, cloud }: Engine): Generator<CsRow> {
  for (let after = 0; ; ) {
    const page = store.clearingRows(cloud.connector, after, pageSize);
    const last = page.at(-1);
    if (last === undefined) return;
    yield* page;
    after = last.id;
  }
}

const lastHeld = new WeakMap<SyncStore, { readonly written: number; readonly held: readonly HeldDelete[] }>();

/** What the guard holds back now, for people to look at. Looked for again only after something was written. */
export function heldDeletes(engine: Engine): readonly HeldDelete[] {
  const { store } = engine;
  const written = store.written();
  const known = lastHeld.get(store);
  if (known?.written === written) return known.held;
  const held = findHeld(engine);
  lastHeld.set(store, { written, held });
  return held;
}

/** How much is held; while a cycle writes without end, how much it was when somebody last looked. */
export function countHeld(engine: Engine, mayBeOld: boolean): number {
  return ((mayBeOld ? lastHeld.get(engine.store)?.held : undefined) ?? heldDeletes(engine)).length;
}

function findHeld(engine: Engine): readonly HeldDelete[] {
  const { store, cloud } = engine;
  if (!store.hasUndecidedRemovals(cloud.connector)) return [];
  const cleared = clearedBy(engine);
  if (judgeDeletes(guardInput(engine, cleared)) === undefined) return [];
  const held: HeldDelete[] = [];
  for (const id of store.pendingExportIds(cloud.connector, { isDelete: true })) {
    const row = store.row(id)!;
    if (row.guard !== 'approved') held.push({ ...about(row), isDelete: true });
  }
  for (const { row: id, removed } of store.undecidedRemovals(cloud.connector, 'member')) {
    held.push({ ...about(store.row(id)!), removedMembers: removed });
  }
  const lost = new Map<CsId, string[]>();
  for (const found of cleared.filter(isTooMuchCleared)) {
    const rows = found.rows ?? store.rowsClearedOf(cloud.connector, found.type, found.attribute);
    for (const id of rows) lost.set(id, [...(lost.get(id) ?? []), found.attribute]);
  }
  for (const [id, attributes] of lost) held.push({ ...about(store.row(id)!), cleared: attributes });
  return held;
}

function about(row: CsRow): HeldDelete {
  return {
    id: row.id,
    objectType: row.type,
    name: nameOf(row),
    sourceAnchor: sourceAnchorFromCloudDn(row.dn),
    isDelete: false,
    removedMembers: 0,
    cleared: [],
  };
}

/**
 * Settles what the guard holds. Approved deletes are carried out by the next export. Rejected ones are never sent: the
 * objects and memberships stay in the cloud directory as they are, and are taken up again should the directory bring
 * them back; values stay until the directory has others.
 */
export function decideHeldDeletes(engine: Engine, decision: 'approved' | 'rejected'): number {
  const { store } = engine;
  const held = heldDeletes(engine);
  store.transaction(() => {
    for (const { id, isDelete, cleared } of held) {
      if (decision === 'approved') store.setExport(id, { guard: 'approved' });
      else if (isDelete) keepObject(engine, id);
      else if (cleared.length > 0) keepCleared(engine, id, cleared);
      else keepReferences(engine, id, 'member');
    }
  });
  return held.length;
}

/** It stays, and so does what refers to it. */
function keepObject({ store }: Engine, id: CsId): void {
  store.setExport(id, { pendingExport: 'none', guard: null });
  for (const referrer of store.referrers(id)) {
    for (const { attribute, state } of store.referencesTo(referrer, id)) {
      if (state === 'pending-delete') store.setReference(referrer, attribute, id, 'kept');
    }
  }
}

function keepReferences({ store }: Engine, id: CsId, attribute: string): void {
  for (const { target, state } of store.references(id, attribute)) {
    if (state === 'pending-delete') store.setReference(id, attribute, target, 'kept');
  }
  endApproval(store, id);
}

function keepCleared(engine: Engine, id: CsId, attributes: readonly string[]): void {
  const { store } = engine;
  for (const attribute of attributes) keepReferences(engine, id, attribute);
  const row = store.row(id)!;
  const lost = new Set(clearedAttributes(row));
  const values = attributes.filter((attribute) => lost.has(attribute));
  if (values.length === 0) return;
  const known = decodeHologram((row.unconfirmed ?? row.hologram)!);
  const old = values.map((attribute) => [attribute, known.get(attribute)!] as const);
  const desired = encodeHologram(new Map([...decodeHologram(row.desired!), ...old]));
  const changed = { ...row, desired, pendingExport: pendingExportOf({ ...row, desired }) };
  const { pendingExport } = changed;
  store.setExport(id, { desired, pendingExport, guard: guardNoteOf(changed), kept: keepNames(row.kept, values) });
}

function nameOf(row: CsRow): string {
  const hologram = row.desired ?? row.hologram;
  const name = hologram === null ? undefined : decodeHologram(hologram).get('displayName')?.[0];
  return typeof name === 'string' ? name : sourceAnchorFromCloudDn(row.dn);
}
