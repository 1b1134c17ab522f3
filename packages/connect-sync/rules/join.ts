/**
 * The join index: metaverse attributes that joins look for, by their text values.
 */
import type { MvAttributes } from '../metaverse/attributes.ts';
import { textOfScalar } from '../metaverse/encoding.ts';
import type { JoinClause, SyncRule } from './rule.ts';

/** The name under which the index holds an attribute: `=` with its values as they are, `~` with them in lower case. */
export function joinKey(clause: JoinClause): string {
  return `${clause.caseSensitive ? '=' : '~'}${clause.mvAttribute}`;
}

/** What the index holds of one metaverse object. */
export function joinValuesOf(
  rules: readonly SyncRule[],
  attributes: MvAttributes,
): ReadonlyMap<string, readonly string[]> {
  const index = new Map<string, readonly string[]>();
  for (const clause of rules.flatMap((rule) => rule.join.flat())) {
    const attribute = attributes.get(clause.mvAttribute);
    const texts = attribute?.kind === 'values' ? attribute.values.map(textOfScalar) : [];
    index.set(joinKey(clause), clause.caseSensitive ? texts : texts.map((text) => text.toLowerCase()));
  }
  return index;
}
