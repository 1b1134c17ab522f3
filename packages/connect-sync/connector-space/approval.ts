/**
 * What the delete guard is to know of a row: whether its export takes values away, and whether a person approved what it
 * takes away. An approval is for what was held when it was given: it ends as soon as none of that is pending, carried
 * out or not needed any more. The next ones are judged anew.
 */
import { decodeHologram } from './hologram.ts';
import type { CsId, CsRow, GuardNote, SyncStore } from './store.ts';

type Update = Pick<CsRow, 'desired' | 'hologram' | 'unconfirmed' | 'pendingExport'>;

/** Attributes that a pending update leaves without a value. */
export function clearedAttributes({ desired, hologram, unconfirmed, pendingExport }: Update): readonly string[] {
  const known = unconfirmed ?? hologram;
  if (pendingExport !== 'update' || desired === null || known === null) return [];
  const wanted = decodeHologram(desired);
  return [...decodeHologram(known).keys()].filter((name) => !wanted.has(name));
}

/** The note of a row of which something else is wanted than before. An approval of members that go outlasts it. */
export function guardNoteOf(row: Update & Pick<CsRow, 'guard'>): GuardNote | null {
  if (row.pendingExport === 'delete') return row.guard;
  if (clearedAttributes(row).length > 0) return 'clears';
  return row.guard === 'approved' ? 'approved' : null;
}

export function endApproval(store: SyncStore, id: CsId): void {
  const row = store.row(id);
  if (row?.guard !== 'approved' || row.pendingExport === 'delete' || clearedAttributes(row).length > 0) return;
  if (store.pendingReferences(id).every(({ state }) => state !== 'pending-delete'))
    store.setExport(id, { guard: null });
}
