/** Deletes that the guard holds, summed up so that a person knows what they decide. */
import type { HeldDeleteView } from '@springline/api/shapes/sync';
import { counted } from '../look/number-words.ts';

export interface HeldSum {
  readonly objects: number;
  /** Members that groups would lose. */
  readonly members: number;
  readonly groups: number;
  /** `12 user, 3 group`: by type, the most first. */
  readonly types: string;
}

export function heldSum(held: readonly HeldDeleteView[]): HeldSum {
  const byType = new Map<string, number>();
  let [objects, members, groups] = [0, 0, 0];
  for (const { kind, objectType, removedMembers = 0 } of held) {
    if (kind === 'members') {
      groups += 1;
      members += removedMembers;
    } else {
      objects += 1;
      byType.set(objectType, (byType.get(objectType) ?? 0) + 1);
    }
  }
  const types = [...byType]
    .toSorted(([, a], [, b]) => b - a)
    .map(([type, count]) => counted(count, type))
    .join(', ');
  return { objects, members, groups, types };
}

/** `12 objects (10 users, 2 groups) and 54 members of 2 groups`. */
export function heldWords({ objects, members, groups, types }: HeldSum): string {
  const parts = [
    ...(objects === 0 ? [] : [`${counted(objects, 'object')} (${types})`]),
    ...(groups === 0 ? [] : [`${counted(members, 'member')} of ${counted(groups, 'group')}`]),
  ];
  return parts.length === 0 ? 'nothing' : parts.join(' and ');
}

/** What a row would do. */
export const heldAct = ({ kind, objectType, removedMembers = 0 }: HeldDeleteView): string =>
  kind === 'members' ? `remove ${counted(removedMembers, 'member')}` : `delete ${objectType}`;

/** `deletes 12 objects (10 users, 2 groups) and removes 54 members of 2 groups`. */
function actWords({ objects, members, groups, types }: HeldSum): string {
  return [
    ...(objects === 0 ? [] : [`deletes ${counted(objects, 'object')} (${types})`]),
    ...(groups === 0 ? [] : [`removes ${counted(members, 'member')} of ${counted(groups, 'group')}`]),
  ].join(' and ');
}

export type Decision = 'approve' | 'reject';

/** What will happen, in sentences. */
export function decisionWords(decision: Decision, sum: HeldSum): readonly string[] {
  return decision === 'approve'
    ? [
        `The export goes on. In the cloud directory it ${actWords(sum)}.`,
        'A deleted object stays in the recycle bin for 30 days; it comes back with its id when the directory brings its source anchor back.',
      ]
    : [
        `Nothing is deleted: ${heldWords(sum)} stay in the cloud directory as they are.`,
        'They are disconnected: no rule changes them any more until the directory brings them back. Other exports go on.',
      ];
}
