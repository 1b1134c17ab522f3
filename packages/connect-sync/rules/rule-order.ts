/** The order in which rules are evaluated, and what leaves it open. */
import { RuleSetError } from './error.ts';
import type { RulePlaces } from './parse.ts';
import type { SyncRule } from './rule.ts';

/**
 * Puts rules in the order in which they are evaluated. Two rules of one precedence that could meet are refused:
 * then the winner would depend on the order of files.
 *
 * @throws {RuleSetError}
 */
export function orderRules(rules: readonly SyncRule[], places: RulePlaces = new Map()): readonly SyncRule[] {
  const ordered = [...rules].sort((a, b) => a.precedence - b.precedence || (a.name < b.name ? -1 : 1));
  const names = new Set<string>();
  const ids = new Set<string>();
  /** By kind and precedence: rules for one connector may share it with those for another, which are put in order. */
  const namesByPlace = new Map<string, Map<string, string>>();
  for (const rule of ordered) {
    const { id, name, precedence, connectorKind, connector = '' } = rule;
    if (names.has(name)) throw new RuleSetError(`two rules are named “${name}”`, places.get(rule));
    if (ids.has(id)) throw new RuleSetError(`two rules have the id “${id}”`, places.get(rule));
    names.add(name);
    ids.add(id);
    const place = `${connectorKind}/${precedence}`;
    const there = namesByPlace.get(place) ?? new Map<string, string>();
    namesByPlace.set(place, there);
    const other = connector === '' ? there.values().next().value : (there.get('') ?? there.get(connector));
    if (other !== undefined) {
      const message = `“${other}” and “${name}” have the same precedence ${precedence}`;
      throw new RuleSetError(message, places.get(rule));
    }
    there.set(connector, name);
  }
  return ordered;
}
