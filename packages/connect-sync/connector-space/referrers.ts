/**
 * What refers to an object must be evaluated again when the object is linked, unlinked, provisioned or taken out: its
 * references may then reach another cloud object, or none.
 */
import type { CsId, SyncStore } from './store.ts';

export function enqueueReferrers(store: SyncStore, target: CsId): void {
  for (const referrer of store.referrers(target)) {
    const mv = store.row(referrer)?.mv;
    if (mv != null) store.enqueue(mv);
  }
}
