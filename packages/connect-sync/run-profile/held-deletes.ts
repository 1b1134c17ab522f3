/**
 * What the delete guard looks at, what it holds, and what a person decides about it: deletes of objects, members that
 * groups would lose, values that many objects would lose at once.
 */
import { clearedAttributes, endApproval, guardNoteOf } from '../connector-space/approval.ts';
import { sourceAnchorFromCloudDn } from '../connector-space/cloud-dn.ts';
import { decodeHologram, encodeHologram } from '../connector-space/hologram.ts';
import type { CsRow } from '../connector-space/store.ts';
import { type ClearedAttribute, type GuardInput, isTooMuchCleared, judgeDeletes } from '../export/delete-guard.ts';
import type { Engine } from './engine.ts';
import { pendingExportOf } from './pending-export.ts';

const pageSize = 1_000;

export interface HeldDelete {
  readonly row: CsRow;
  readonly name: string;
  /** Of a group that stays. */
  readonly removedMembers: number;
  /** Of an object that stays. */
  readonly cleared: readonly string[];
}

/** What the guard says of everything that waits; `undefined` when the export may go on. Reads what is taken away only. */
export function judgeWaiting(engine: Engine): ReturnType<typeof judgeDeletes> {
  return engine.store.hasUndecidedRemovals(engine.cloud.connector) ? judgeDeletes(guardInput(engine)) : undefined;
}

function guardInput(engine: Engine): GuardInput {
  const { store, cloud } = engine;
  const groups = store.undecidedRemovals(cloud.connector, 'member').map(({ row, removed }) => ({
    name: nameOf(store.row(row)!),
    removed,
    remaining: store.countStoredReferences(row, 'member') - removed,
  }));
  return {
    deletes: store.undecidedDeletes(cloud.connector),
    objects: store.countPresent(cloud.connector),
    groups,
    cleared: clearedBy(engine),
    memberships: () => store.countAllReferences(cloud.connector, 'member'),
  };
}

function clearedBy(engine: Engine): readonly ClearedAttribute[] {
  const { store, cloud } = engine;
  const counts = new Map<string, { type: string; attribute: string; count: number }>();
  for (const row of clearingRows(engine)) {
    for (const attribute of clearedAttributes(row)) {
      const key = `${row.type}/${attribute}`;
      const known = counts.get(key);
      if (known === undefined) counts.set(key, { type: row.type, attribute, count: 1 });
      else known.count += 1;
    }
  }
  return [...counts.values()].map((found) => ({
    ...found,
    holders: () => store.countHolding(cloud.connector, found.type, found.attribute),
  }));
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

/** What the guard holds back now, for people to look at. */
export function heldDeletes(engine: Engine): readonly HeldDelete[] {
  const { store, cloud } = engine;
  if (judgeWaiting(engine) === undefined) return [];
  const held: HeldDelete[] = [];
  for (const id of store.pendingExportIds(cloud.connector, { isDelete: true })) {
    const row = store.row(id);
    if (row?.guard === null) held.push({ row, name: nameOf(row), removedMembers: 0, cleared: [] });
  }
  for (const { row: id, removed } of store.undecidedRemovals(cloud.connector)) {
    const row = store.row(id)!;
    held.push({ row, name: nameOf(row), removedMembers: removed, cleared: [] });
  }
  const tooMuch = new Set(
    clearedBy(engine)
      .filter(isTooMuchCleared)
      .map(({ type, attribute }) => `${type}/${attribute}`),
  );
  for (const row of tooMuch.size === 0 ? [] : clearingRows(engine)) {
    const cleared = clearedAttributes(row).filter((attribute) => tooMuch.has(`${row.type}/${attribute}`));
    if (cleared.length > 0) held.push({ row, name: nameOf(row), removedMembers: 0, cleared });
  }
  return held;
}

/**
 * Settles what the guard holds. Approved deletes are carried out by the next export. Rejected ones are never sent: the
 * objects and memberships stay in the cloud directory as they are, and are taken up again should the directory bring
 * them back. Rejected values stay until something else changes their object.
 */
export function decideHeldDeletes(engine: Engine, decision: 'approved' | 'rejected'): number {
  const { store } = engine;
  const held = heldDeletes(engine);
  store.transaction(() => {
    for (const { row, cleared } of held) {
      if (decision === 'approved') store.setExport(row.id, { guard: 'approved' });
      else if (row.pendingExport === 'delete') store.setExport(row.id, { pendingExport: 'none' });
      else if (cleared.length > 0) keepValues(engine, row, cleared);
      else keepMembers(engine, row);
    }
  });
  return held.length;
}

function keepMembers({ store }: Engine, row: CsRow): void {
  for (const { attribute, target, state } of store.references(row.id)) {
    if (state === 'pending-delete') store.setReference(row.id, attribute, target, 'kept');
  }
  endApproval(store, row.id);
}

function keepValues({ store }: Engine, row: CsRow, attributes: readonly string[]): void {
  const known = decodeHologram((row.unconfirmed ?? row.hologram)!);
  const kept = attributes.map((attribute) => [attribute, known.get(attribute)!] as const);
  const desired = encodeHologram(new Map([...decodeHologram(row.desired!), ...kept]));
  const pendingExport = pendingExportOf({ ...row, desired });
  store.setExport(row.id, { desired, pendingExport, guard: guardNoteOf({ ...row, desired, pendingExport }) });
}

function nameOf(row: CsRow): string {
  const hologram = row.desired ?? row.hologram;
  const name = hologram === null ? undefined : decodeHologram(hologram).get('displayName')?.[0];
  return typeof name === 'string' ? name : sourceAnchorFromCloudDn(row.dn);
}
