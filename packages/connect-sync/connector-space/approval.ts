/**
 * An approval is for the removals that were held when it was given: it ends as soon as none of them is pending, carried
 * out or not needed any more. The next ones are judged anew.
 */
import type { CsId, SyncStore } from './store.ts';

export function endApproval(store: SyncStore, id: CsId): void {
  const row = store.row(id);
  if (row?.guard == null || row.pendingExport === 'delete') return;
  if (store.pendingReferences(id).every(({ state }) => state !== 'pending-delete'))
    store.setExport(id, { guard: null });
}
