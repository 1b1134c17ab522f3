/** What differs between two plans. Pure. */
import type { PendingChange } from './pending-change.ts';

export type PlanDifference =
  | { readonly kind: 'only-first' | 'only-second'; readonly change: PendingChange }
  | { readonly kind: 'different'; readonly first: PendingChange; readonly second: PendingChange };

/** Changes of two plans, matched by source anchor; in the order of the first, then what only the second has. */
export function diffPlans(
  first: readonly PendingChange[],
  second: readonly PendingChange[],
): readonly PlanDifference[] {
  const left = new Map(second.map((change) => [change.sourceAnchor, change]));
  const differences: PlanDifference[] = [];
  for (const change of first) {
    const other = left.get(change.sourceAnchor);
    left.delete(change.sourceAnchor);
    if (other === undefined) differences.push({ kind: 'only-first', change });
    else if (signature(change) !== signature(other))
      differences.push({ kind: 'different', first: change, second: other });
  }
  for (const change of left.values()) differences.push({ kind: 'only-second', change });
  return differences;
}

/** What the cloud directory would be told; neither ids nor rules count. */
function signature({ objectType, operation, attributes, references }: PendingChange): string {
  const wanted = attributes.map((change) => [change.name, [...change.new].sort()] as const).sort(byFirst);
  const members = references
    .map((change) => [change.attribute, [...change.added].sort(), [...change.removed].sort()] as const)
    .sort(byFirst);
  return JSON.stringify([objectType, operation, wanted, members]);
}

function byFirst(a: readonly [string, ...unknown[]], b: readonly [string, ...unknown[]]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
}
