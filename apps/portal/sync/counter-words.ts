/**
 * The engine's counters in words, and where the objects that they count are found now. Counters are of a run that is
 * over, and objects move on: a list shows which are in that state at this moment.
 */
import type { CsLook } from './sync-search.ts';

export interface CounterWords {
  readonly words: string;
  /** Of the connector space. */
  readonly look?: CsLook;
  readonly isPending?: boolean;
}

const counters: ReadonlyMap<string, CounterWords> = new Map<string, CounterWords>([
  ['stage-no-change', { words: 'as known already' }],
  ['stage-add', { words: 'new, staged', look: 'pending-import' }],
  ['stage-update', { words: 'changed, staged', look: 'pending-import' }],
  ['stage-rename', { words: 'renamed or moved, staged', look: 'pending-import' }],
  ['stage-delete', { words: 'gone, staged', look: 'pending-import' }],
  ['stage-delete-add', { words: 'gone and made anew, staged', look: 'pending-import' }],
  ['stage-failure', { words: 'could not be staged', look: 'error' }],
  ['disconnector-filtered', { words: 'filtered out', look: 'disconnected' }],
  ['disconnector-joined-no-flow', { words: 'joined, nothing flowed' }],
  ['disconnector-joined-flow', { words: 'joined' }],
  ['disconnector-joined-remove-mv', { words: 'joined, the metaverse object went' }],
  ['disconnector-projected-no-flow', { words: 'projected, nothing flowed' }],
  ['disconnector-projected-flow', { words: 'projected' }],
  ['disconnector-projected-remove-mv', { words: 'projected, the metaverse object went' }],
  ['disconnector-remains', { words: 'in no rule’s scope', look: 'disconnected' }],
  ['connector-filtered-remove-mv', { words: 'left the scope, the metaverse object went', look: 'disconnected' }],
  ['connector-filtered-leave-mv', { words: 'left the scope, the metaverse object stays', look: 'disconnected' }],
  ['connector-flow', { words: 'attributes flowed' }],
  ['connector-flow-remove-mv', { words: 'attributes flowed, the metaverse object went' }],
  ['connector-no-flow', { words: 'nothing to change' }],
  ['connector-delete-remove-mv', { words: 'deleted, the metaverse object went' }],
  ['connector-delete-leave-mv', { words: 'deleted, the metaverse object stays' }],
  ['connector-delete-add-processed', { words: 'deleted and made anew' }],
  ['flow-failure', { words: 'could not be synchronised', look: 'error' }],
  ['provisioned-add-flow', { words: 'to be added', isPending: true }],
  ['provisioned-add-no-flow', { words: 'to be added, without values', isPending: true }],
  ['provisioned-rename-flow', { words: 'to be renamed', isPending: true }],
  ['provisioned-rename-no-flow', { words: 'to be renamed, nothing else', isPending: true }],
  ['provisioned-disconnect', { words: 'to be let go', isPending: true }],
  ['provisioned-delete-add-flow', { words: 'to be made anew', isPending: true }],
  ['provisioned-delete-add-no-flow', { words: 'to be made anew, without values', isPending: true }],
  ['export-add', { words: 'added in the target' }],
  ['export-update', { words: 'updated in the target' }],
  ['export-rename', { words: 'renamed in the target' }],
  ['export-delete', { words: 'deleted in the target' }],
  ['export-delete-add', { words: 'made anew in the target' }],
  ['export-failure', { words: 'the target refused', look: 'error' }],
]);

/** A counter of a later version is shown by its name. */
export const counterWords = (counter: string): CounterWords =>
  counters.get(counter) ?? { words: counter.replaceAll('-', ' ') };
