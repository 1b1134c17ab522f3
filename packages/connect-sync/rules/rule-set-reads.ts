/** What several rules together are for and read. */
import type { SyncRule } from './rule.ts';
import { readsOfRule } from './rule-reads.ts';

export function objectTypesOf(rules: readonly SyncRule[]): ReadonlySet<string> {
  return new Set(rules.filter(({ direction }) => direction === 'inbound').map((rule) => rule.sourceObjectType));
}

/** The DN comes with every entry and is not asked for. */
export function attributesReadBy(rules: readonly SyncRule[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const rule of rules) {
    if (rule.direction !== 'inbound') continue;
    const { values, imported, counted } = readsOfRule(rule);
    for (const name of [...values, ...imported, ...counted]) names.add(name);
  }
  names.delete('dn');
  return names;
}

/** Of inbound rules: outbound ones look for objects in a connector space. */
export function joinAttributesOf(rules: readonly SyncRule[]): ReadonlySet<string> {
  const inbound = rules.filter(({ direction }) => direction === 'inbound');
  return new Set(inbound.flatMap((rule) => rule.join.flat().map((clause) => clause.mvAttribute)));
}

export function groupBy<R extends SyncRule>(
  rules: readonly R[],
  direction: SyncRule['direction'],
  keyOf: (rule: R) => string,
): ReadonlyMap<string, readonly R[]> {
  const groups = new Map<string, R[]>();
  for (const rule of rules) {
    if (rule.direction !== direction) continue;
    const group = groups.get(keyOf(rule));
    if (group === undefined) groups.set(keyOf(rule), [rule]);
    else group.push(rule);
  }
  return groups;
}
