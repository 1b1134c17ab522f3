/**
 * What differs between two lots of rules: by rule, by field, by flow. Pure. Rules are the same rule when they have the
 * same id, otherwise when they have the same name; so a rule that has an id may be renamed.
 */
import type { AttributeFlow, SyncRule } from '../rule.ts';
import { type ComparedField, fieldTexts, flowText } from './rule-text.ts';

/** Texts as `rule-text` writes them; an empty one is a field that is not there. */
export interface FieldChange {
  readonly field: ComparedField;
  readonly before: string;
  readonly after: string;
}

export interface FlowChange {
  readonly target: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly before?: string;
  readonly after?: string;
}

export interface RuleDifference {
  /** What it is called afterwards. */
  readonly name: string;
  readonly fields: readonly FieldChange[];
  readonly flows: readonly FlowChange[];
}

export interface RuleDiff {
  readonly added: readonly SyncRule[];
  readonly removed: readonly SyncRule[];
  readonly changed: readonly RuleDifference[];
  readonly unchangedCount: number;
}

/** In the order of `after`; what was removed in that of `before`. The order of rules in files means nothing. */
export function diffRules(before: readonly SyncRule[], after: readonly SyncRule[]): RuleDiff {
  const partners = partnersOf(before, after);
  const kept = new Set(partners.values());
  const added = after.filter((rule) => !partners.has(rule));
  const removed = before.filter((rule) => !kept.has(rule));
  const changed = [...partners].flatMap(([now, then]) => {
    const change: RuleDifference = {
      name: now.name,
      fields: diffFields(then, now),
      flows: diffFlows(then.flows, now.flows),
    };
    return change.fields.length + change.flows.length === 0 ? [] : [change];
  });
  return { added, removed, changed, unchangedCount: partners.size - changed.length };
}

/** Whether nothing differs. */
export function isSame({ added, removed, changed }: RuleDiff): boolean {
  return added.length + removed.length + changed.length === 0;
}

/** Each rule of `after` with what it was in `before`. */
function partnersOf(before: readonly SyncRule[], after: readonly SyncRule[]): ReadonlyMap<SyncRule, SyncRule> {
  const byId = new Map(before.map((rule) => [rule.id, rule]));
  const byName = new Map(before.map((rule) => [rule.name, rule]));
  const ids = new Set(after.map(({ id }) => id));
  const partners = new Map<SyncRule, SyncRule>();
  const taken = new Set<SyncRule>();
  for (const rule of after) {
    const same = byId.get(rule.id);
    const namesake = byName.get(rule.name);
    // One of the same name is another rule when its own id is still there.
    const partner = same ?? (namesake !== undefined && !ids.has(namesake.id) ? namesake : undefined);
    if (partner === undefined || taken.has(partner)) continue;
    taken.add(partner);
    partners.set(rule, partner);
  }
  return partners;
}

function diffFields(before: SyncRule, after: SyncRule): readonly FieldChange[] {
  const then = fieldTexts(before);
  return [...fieldTexts(after)].flatMap(([field, text]) =>
    // The fields and not their texts, in which a value may look like a clause.
    JSON.stringify(before[field]) === JSON.stringify(after[field])
      ? []
      : [{ field, before: then.get(field) ?? '', after: text }],
  );
}

function diffFlows(before: readonly AttributeFlow[], after: readonly AttributeFlow[]): readonly FlowChange[] {
  const then = numbered(before);
  const now = numbered(after);
  const changes: FlowChange[] = [];
  for (const [key, flow] of now) {
    const was = then.get(key);
    const { target } = flow;
    if (was === undefined) changes.push({ target, kind: 'added', after: flowText(flow) });
    else if (exactText(was) !== exactText(flow)) {
      changes.push({ target, kind: 'changed', before: flowText(was), after: flowText(flow) });
    }
  }
  for (const [key, flow] of then) {
    if (!now.has(key)) changes.push({ target: flow.target, kind: 'removed', before: flowText(flow) });
  }
  return changes;
}

/** By target and how many flows of the rule had that target before. */
function numbered(flows: readonly AttributeFlow[]): ReadonlyMap<string, AttributeFlow> {
  const counts = new Map<string, number>();
  return new Map(
    flows.map((flow) => {
      const count = counts.get(flow.target) ?? 0;
      counts.set(flow.target, count + 1);
      return [`${count} ${flow.target}`, flow];
    }),
  );
}

function exactText(flow: AttributeFlow): string {
  const { source, mergeType, executeOnce } = flow;
  const exact = source.kind === 'expression' ? source.expression.text : flowText(flow);
  return JSON.stringify([source.kind, exact, mergeType, executeOnce]);
}
