/**
 * Joins: what a connector space object looks for in the metaverse, and what of a metaverse object can be found.
 */
import type { MvAttributes } from '../metaverse/attributes.ts';
import { textOfScalar } from '../metaverse/encoding.ts';
import type { Scalar } from './expression/value.ts';
import type { JoinClause } from './rule.ts';
import type { ConnectorRules } from './rule-set-connectors.ts';

/** An attribute that joins look for; values as they are, or with text in lower case. */
export interface JoinKind {
  readonly mvAttribute: string;
  readonly caseSensitive: boolean;
}

const kinds = new WeakMap<ConnectorRules, readonly JoinKind[]>();

/** What joins of inbound rules look for, each once. */
export function joinKinds(rules: ConnectorRules): readonly JoinKind[] {
  let found = kinds.get(rules);
  if (found === undefined) {
    const clauses = rules.rules.filter(({ direction }) => direction === 'inbound').flatMap((rule) => rule.join.flat());
    const distinct = new Map(
      clauses.map(({ mvAttribute, caseSensitive }) => [
        `${caseSensitive} ${mvAttribute}`,
        { mvAttribute, caseSensitive },
      ]),
    );
    found = [...distinct.values()];
    kinds.set(rules, found);
  }
  return found;
}

/** The text under which a value is found. Bytes are Base64, in which case means something. */
export function joinText(kind: JoinKind, value: Scalar): string {
  const text = textOfScalar(value);
  return kind.caseSensitive || value instanceof Uint8Array ? text : text.toLowerCase();
}

/** The text of which the store makes a number. */
export function joinKeyText(kind: JoinKind, text: string): string {
  return `${kind.caseSensitive ? '=' : '~'}${kind.mvAttribute} ${text}`;
}

/** Key texts of everything in `attributes` that a join may look for. */
export function joinKeyTexts(rules: ConnectorRules, attributes: MvAttributes): string[] {
  const texts: string[] = [];
  for (const kind of joinKinds(rules)) {
    const attribute = attributes.get(kind.mvAttribute);
    if (attribute?.kind !== 'values') continue;
    for (const value of attribute.values) texts.push(joinKeyText(kind, joinText(kind, value)));
  }
  return texts;
}

/** Whether a metaverse object has one of the texts that a clause looks for. */
export function hasJoinText(attributes: MvAttributes, clause: JoinClause, texts: ReadonlySet<string>): boolean {
  const attribute = attributes.get(clause.mvAttribute);
  return attribute?.kind === 'values' && attribute.values.some((value) => texts.has(joinText(clause, value)));
}
