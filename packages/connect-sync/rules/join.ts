/**
 * The join index: metaverse attributes that joins look for, by their text values.
 */
import type { MvAttributes } from '../metaverse/attributes.ts';
import { textOfScalar } from '../metaverse/encoding.ts';
import type { Scalar } from './expression/value.ts';
import type { JoinClause, SyncRule } from './rule.ts';

/** The name under which the index holds an attribute: `=` with its values as they are, `~` with text in lower case. */
export function joinKey(clause: JoinClause): string {
  return `${clause.caseSensitive ? '=' : '~'}${clause.mvAttribute}`;
}

/** A value as a join compares it. Bytes are Base64, in which case means something. */
export function joinText(clause: JoinClause, value: Scalar): string {
  const text = textOfScalar(value);
  return clause.caseSensitive || value instanceof Uint8Array ? text : text.toLowerCase();
}

/** What the index holds of one metaverse object. */
export function joinValuesOf(
  rules: readonly SyncRule[],
  attributes: MvAttributes,
): ReadonlyMap<string, readonly string[]> {
  const index = new Map<string, readonly string[]>();
  for (const clause of rules.flatMap((rule) => rule.join.flat())) {
    const attribute = attributes.get(clause.mvAttribute);
    const values = attribute?.kind === 'values' ? attribute.values : [];
    index.set(
      joinKey(clause),
      values.map((value) => joinText(clause, value)),
    );
  }
  return index;
}
