/**
 * Whether a server could export in place of the one that does: what it has read and synchronised, and what fails. Pure.
 * That the cloud directory gives it the lease is another question; promoting asks it.
 */
import type { SyncStatus } from '@springline/api/shapes/agent';
import type { StagingView, SyncAnswer } from '@springline/api/shapes/sync';

export type TakeoverReadiness = NonNullable<StagingView['readiness']>;

/** What the server says of itself. */
export interface ServerFacts {
  readonly status: SyncStatus;
  readonly connectors: SyncAnswer<'connectors'>['connectors'];
  /** How many objects it would create, change and delete if it exported now. */
  readonly pending: { readonly add: number; readonly update: number; readonly delete: number };
}

/** Every reason at once. What waits to be exported is none: a person looks at it. */
export function takeoverReadiness({ status, connectors, pending }: ServerFacts): TakeoverReadiness {
  const reasons: { code: string; message: string }[] = [];
  const no = (code: string, message: string): void => void reasons.push({ code, message });
  for (const { name, fullImportRequired } of connectors) {
    if (fullImportRequired) no('full-import-required', `${name} was not read to its end yet`);
  }
  const unsynchronised = connectors.find(({ fullSyncRequired }) => fullSyncRequired);
  if (unsynchronised !== undefined) {
    no('full-sync-required', `not every object of ${unsynchronised.name} was synchronised by the rules of now`);
  }
  const { lastCycle, cycleInProgress, heldDeletes, errorCount } = status;
  if (cycleInProgress) no('cycle-in-progress', 'a cycle runs');
  else if (lastCycle !== undefined && /^(stopped|no-start)-|^call-failure$/.test(lastCycle.result)) {
    no('last-cycle-failed', `the last cycle ended with ${lastCycle.result}`);
  }
  if (heldDeletes > 0)
    no('deletes-held', `the delete guard would hold ${heldDeletes} deletes; see springline sync deletes`);
  if (errorCount > 0) no('objects-failing', `${errorCount} objects fail; see springline sync status`);
  const read = connectors.flatMap(({ lastImportAt }) => (lastImportAt === undefined ? [] : [lastImportAt])).sort();
  return { ready: reasons.length === 0, reasons, ...(read[0] === undefined ? {} : { lastImportAt: read[0] }), pending };
}
