/**
 * The union of contributions (merge types `Merge` and `MergeCaseInsensitive`). Values of a lower precedence number come
 * first; of values that count as one, the first is kept.
 */
import { typedText } from '../metaverse/encoding.ts';
import type { Scalar } from './expression/value.ts';
import { type Contribution, References } from './flow.ts';
import type { MergeType } from './rule.ts';

export function isMerged(mergeType: MergeType): boolean {
  return mergeType === 'Merge' || mergeType === 'MergeCaseInsensitive';
}

/** Adds what another rule contributes. What contributes nothing changes nothing. */
export function mergeContributions(first: Contribution, second: Contribution, mergeType: MergeType): Contribution {
  if (second === 'nothing' || second === 'ignored' || second === 'empty') return first;
  if (first === 'nothing' || first === 'ignored' || first === 'empty') return withoutDoubles(second, mergeType);
  if (first instanceof References) {
    return second instanceof References ? new References([...first.sources, ...second.sources]) : first;
  }
  return second instanceof References ? first : withoutDoubles([...first, ...second], mergeType);
}

export function withoutDoubles(contribution: Contribution, mergeType: MergeType): Contribution {
  if (typeof contribution === 'string' || contribution instanceof References) return contribution;
  const kept = new Map<string, Scalar>();
  for (const value of contribution) {
    const key =
      mergeType === 'MergeCaseInsensitive' && typeof value === 'string'
        ? typedText(value.toLowerCase())
        : typedText(value);
    if (!kept.has(key)) kept.set(key, value);
  }
  return [...kept.values()];
}
