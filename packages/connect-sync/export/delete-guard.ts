/**
 * The delete guard: stops an export before its first delete when too much would go at once. Pure.
 *
 * It stops at 500 objects; at 20% of a type when that is also more than 20; at a group that would lose 50 members, or all
 * of more than 20; and at 500 memberships of all groups together, or 20% of them when that is also more than 20. What a
 * person approved does not count.
 */

export interface GuardInput {
  /** Deletes that nobody has decided on, and objects in the cloud directory, by object type. */
  readonly deletes: ReadonlyMap<string, number>;
  readonly objects: ReadonlyMap<string, number>;
  /** Groups that would lose members, undecided ones only. */
  readonly groups: readonly { readonly name: string; readonly removed: number; readonly remaining: number }[];
  /** Memberships of all groups in the cloud directory, those that would go among them. Asked where it matters. */
  memberships(): number;
}

export interface GuardVerdict {
  /** How many deletes and membership removals are held. */
  readonly held: number;
  readonly reason: string;
}

export const objectLimit = 500;
export const shareLimitPercent = 20;
export const shareFloor = 20;
export const memberLimit = 50;

/** `undefined` when the export may go on. */
export function judgeDeletes(input: GuardInput): GuardVerdict | undefined {
  const total = [...input.deletes.values()].reduce((sum, count) => sum + count, 0);
  const removed = input.groups.reduce((sum, group) => sum + group.removed, 0);
  const held = total + removed;
  if (total >= objectLimit)
    return { held, reason: `${total} objects would be deleted; ${objectLimit} are too many at once` };
  for (const [type, count] of input.deletes) {
    const objects = input.objects.get(type) ?? 0;
    if (count > shareFloor && count * 100 >= objects * shareLimitPercent) {
      return {
        held,
        reason: `${count} of ${objects} ${type}s would be deleted; from ${shareLimitPercent}% on a person decides`,
      };
    }
  }
  for (const group of input.groups) {
    const losesAll = group.remaining === 0 && group.removed > shareFloor;
    if (losesAll || group.removed >= memberLimit) {
      return {
        held,
        reason: `group ${group.name} would lose ${group.removed} of ${group.removed + group.remaining} members`,
      };
    }
  }
  if (removed > shareFloor) {
    const memberships = input.memberships();
    if (removed >= objectLimit || removed * 100 >= memberships * shareLimitPercent) {
      return { held, reason: `${input.groups.length} groups would lose ${removed} of all ${memberships} memberships` };
    }
  }
  return undefined;
}
