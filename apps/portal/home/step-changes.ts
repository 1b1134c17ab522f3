/**
 * What a run step changed, from its counters. The engine counts in the field's words, a dozen for each kind of step; a
 * page asks for three numbers and whether anything failed.
 */
import type { RunStep } from '@springline/api/shapes/agent';

export interface Changes {
  readonly added: number;
  readonly updated: number;
  readonly deleted: number;
  /** Objects that could not be staged, synchronised or exported. */
  readonly failed: number;
}

export const noChanges: Changes = { added: 0, updated: 0, deleted: 0, failed: 0 };

/** Counters that are not here (`stage-no-change`, filtered, left alone, provisioned to the next step) changed nothing. */
const kindByCounter: ReadonlyMap<string, keyof Changes> = new Map([
  ['stage-add', 'added'],
  ['stage-update', 'updated'],
  ['stage-rename', 'updated'],
  ['stage-delete', 'deleted'],
  ['stage-delete-add', 'updated'],
  ['stage-failure', 'failed'],
  ['disconnector-projected-flow', 'added'],
  ['disconnector-projected-no-flow', 'added'],
  ['disconnector-joined-flow', 'updated'],
  ['disconnector-joined-no-flow', 'updated'],
  ['connector-flow', 'updated'],
  ['connector-flow-remove-mv', 'deleted'],
  ['connector-filtered-remove-mv', 'deleted'],
  ['connector-filtered-leave-mv', 'deleted'],
  ['connector-delete-remove-mv', 'deleted'],
  ['connector-delete-leave-mv', 'deleted'],
  ['flow-failure', 'failed'],
  ['export-add', 'added'],
  ['export-update', 'updated'],
  ['export-rename', 'updated'],
  ['export-delete', 'deleted'],
  ['export-delete-add', 'updated'],
  ['export-failure', 'failed'],
]);

export function changesOf(step: RunStep): Changes {
  const changes = { ...noChanges };
  for (const [counter, count] of Object.entries(step.counters)) {
    const kind = kindByCounter.get(counter);
    if (kind !== undefined) changes[kind] += count;
  }
  return changes;
}

export function sumOfChanges(all: Iterable<Changes>): Changes {
  const sum = { ...noChanges };
  for (const changes of all) {
    sum.added += changes.added;
    sum.updated += changes.updated;
    sum.deleted += changes.deleted;
    sum.failed += changes.failed;
  }
  return sum;
}

/** What reached the target in these steps: exports only, because imports and synchronisation count the same change too. */
export function exportedChanges(steps: readonly RunStep[]): Changes {
  return sumOfChanges(steps.filter((step) => step.profile === 'Export').map(changesOf));
}
