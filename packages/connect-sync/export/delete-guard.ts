/**
 * The delete guard: stops an export before its first delete when too much would go at once. Pure.
 *
 * It stops at 500 objects; at 20% of a type when that is also more than 20; at a group that would lose 50 members, or all
 * of more than 20; at 500 memberships of all groups together, or 20% of them when that is also more than 20; and at an
 * attribute that half of the objects of a type that have it would lose, when those are more than 20. It stops always at
 * what a directory held that was taken out of the configuration. What a person approved does not count.
 */

export interface GuardInput {
  /** Deletes of what was only in directories that are not in the configuration any more. */
  readonly departed: number;
  /** Deletes that nobody has decided on, and objects in the cloud directory, by object type. */
  readonly deletes: ReadonlyMap<string, number>;
  readonly objects: ReadonlyMap<string, number>;
  /** Groups that would lose members, undecided ones only. */
  readonly groups: readonly { readonly name: string; readonly removed: number; readonly remaining: number }[];
  /** Attributes that updates would leave without a value, undecided ones only. */
  readonly cleared: readonly ClearedAttribute[];
  /** Memberships of all groups in the cloud directory, those that would go among them. Asked where it matters. */
  memberships(): number;
}

export interface ClearedAttribute {
  readonly type: string;
  readonly attribute: string;
  readonly count: number;
  /** Objects of the type that have the attribute in the cloud directory, those that would lose it among them. */
  holders(): number;
}

export const objectLimit = 500;
export const shareLimitPercent = 20;
export const shareFloor = 20;
export const memberLimit = 50;
export const clearedSharePercent = 50;

/** The reason in a sentence; `undefined` when the export may go on. */
export function judgeDeletes(input: GuardInput): string | undefined {
  if (input.departed > 0) {
    return `${input.departed} objects were only in a directory that is not in the configuration any more`;
  }
  const total = [...input.deletes.values()].reduce((sum, count) => sum + count, 0);
  if (total >= objectLimit) return `${total} objects would be deleted; ${objectLimit} are too many at once`;
  for (const [type, count] of input.deletes) {
    const objects = input.objects.get(type) ?? 0;
    if (count > shareFloor && count * 100 >= objects * shareLimitPercent) {
      return `${count} of ${objects} ${type}s would be deleted; from ${shareLimitPercent}% on a person decides`;
    }
  }
  for (const { name, removed, remaining } of input.groups) {
    const losesAll = remaining === 0 && removed > shareFloor;
    if (losesAll || removed >= memberLimit)
      return `group ${name} would lose ${removed} of ${removed + remaining} members`;
  }
  const removed = input.groups.reduce((sum, group) => sum + group.removed, 0);
  if (removed > shareFloor) {
    const memberships = input.memberships();
    if (removed >= objectLimit || removed * 100 >= memberships * shareLimitPercent) {
      return `${input.groups.length} groups would lose ${removed} of all ${memberships} memberships`;
    }
  }
  const cleared = input.cleared.find(isTooMuchCleared);
  if (cleared === undefined) return undefined;
  const { type, attribute, count } = cleared;
  return `${count} of ${cleared.holders()} ${type}s that have ${attribute} would lose it`;
}

/** A right that was withdrawn looks so; a few people who lose a value do not. */
export function isTooMuchCleared({ count, holders }: ClearedAttribute): boolean {
  return count > shareFloor && count * 100 >= holders() * clearedSharePercent;
}
