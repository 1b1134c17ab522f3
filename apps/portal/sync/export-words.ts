/** Pending exports in words, and what differs between two lists of values. */
import type { AttributeChangeView, PendingExportView } from '@springline/api/shapes/sync-objects';
import { counted, countWords } from '../look/number-words.ts';
import type { Tone } from '../look/tone.ts';

type Operation = PendingExportView['operation'];

export const operationWords: Readonly<Record<Operation, { readonly words: string; readonly tone: Tone }>> = {
  add: { words: 'Add', tone: 'good' },
  update: { words: 'Update', tone: 'busy' },
  delete: { words: 'Delete', tone: 'bad' },
};

export interface ValueDiff {
  readonly removed: readonly string[];
  readonly added: readonly string[];
  /** In both. */
  readonly kept: number;
}

/** Values compare as sets: directories do not order them. */
export function valueDiff({ old, new: wanted }: Pick<AttributeChangeView, 'old' | 'new'>): ValueDiff {
  const [before, after] = [new Set(old), new Set(wanted)];
  return {
    removed: old.filter((value) => !after.has(value)),
    added: wanted.filter((value) => !before.has(value)),
    kept: wanted.filter((value) => before.has(value)).length,
  };
}

/** `3 attributes, 2 members added, 1 removed`; of a delete nothing but that. */
export function changeWords({ operation, attributes, references }: PendingExportView): string {
  if (operation === 'delete') return 'the whole object';
  const words = attributes.length === 0 ? [] : [counted(attributes.length, 'attribute')];
  for (const { attribute, addedCount, removedCount } of references) {
    const parts = [
      ...(addedCount === 0 ? [] : [`${countWords(addedCount)} added`]),
      ...(removedCount === 0 ? [] : [`${countWords(removedCount)} removed`]),
    ];
    if (parts.length > 0) words.push(`${attribute}: ${parts.join(', ')}`);
  }
  return words.length === 0 ? 'nothing but the object' : words.join(' · ');
}

/** How many of an attribute’s values the host left out on both sides together; 0 when none. */
export function cutValues({ old, new: wanted, oldCount, newCount }: AttributeChangeView): number {
  return Math.max(0, (oldCount ?? old.length) - old.length) + Math.max(0, (newCount ?? wanted.length) - wanted.length);
}
