/** Deletes that the guard holds, summed up so that a person knows what they decide. */
import type { HeldDeleteView } from '@springline/api/shapes/sync';
import { counted } from '../look/number-words.ts';

export interface HeldSum {
  readonly objects: number;
  /** Members that groups would lose. */
  readonly members: number;
  readonly groups: number;
  /** `12 users, 3 groups`: by type, the most first. */
  readonly types: string;
  /** Objects that would lose values. */
  readonly losers: number;
  /** `mail, title`: what they would lose. */
  readonly attributes: string;
}

export function heldSum(held: readonly HeldDeleteView[]): HeldSum {
  const byType = new Map<string, number>();
  const attributes = new Set<string>();
  let [objects, members, groups, losers] = [0, 0, 0, 0];
  for (const { kind, objectType, removedMembers = 0, cleared = [] } of held) {
    if (kind === 'values') {
      losers += 1;
      for (const name of cleared) attributes.add(name);
    } else if (kind === 'members') {
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
  return { objects, members, groups, types, losers, attributes: [...attributes].sort().join(', ') };
}

/** `12 objects (10 users, 2 groups), 54 members of 2 groups and mail of 60 objects`. */
export function heldWords({ objects, members, groups, types, losers, attributes }: HeldSum): string {
  const parts = [
    ...(objects === 0 ? [] : [`${counted(objects, 'object')} (${types})`]),
    ...(groups === 0 ? [] : [`${counted(members, 'member')} of ${counted(groups, 'group')}`]),
    ...(losers === 0 ? [] : [`${attributes} of ${counted(losers, 'object')}`]),
  ];
  return parts.length === 0 ? 'nothing' : listed(parts);
}

/** `a, b and c`. */
const listed = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;

/** What a row would do. */
export function heldAct({ kind, objectType, removedMembers = 0, cleared = [] }: HeldDeleteView): string {
  if (kind === 'values') return `clear ${cleared.join(', ')}`;
  return kind === 'members' ? `remove ${counted(removedMembers, 'member')}` : `delete ${objectType}`;
}

/** `deletes 12 objects (10 users, 2 groups), removes 54 members of 2 groups and clears mail of 60 objects`. */
function actWords({ objects, members, groups, types, losers, attributes }: HeldSum): string {
  return listed([
    ...(objects === 0 ? [] : [`deletes ${counted(objects, 'object')} (${types})`]),
    ...(groups === 0 ? [] : [`removes ${counted(members, 'member')} of ${counted(groups, 'group')}`]),
    ...(losers === 0 ? [] : [`clears ${attributes} of ${counted(losers, 'object')}`]),
  ]);
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
