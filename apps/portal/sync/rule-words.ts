/** Synchronisation rules in words, and those of them that match a filter. */
import type { EvaluationView, ScopeClauseView, SyncRuleView } from '@springline/api/shapes/sync-rules';
import { connectorKinds } from './connector-words.ts';
import type { RulesSearch } from './sync-search.ts';

const operators: Readonly<Record<ScopeClauseView['operator'], string>> = {
  EQUAL: 'is',
  NOTEQUAL: 'is not',
  LESSTHAN: 'is less than',
  LESSTHAN_OR_EQUAL: 'is at most',
  GREATERTHAN: 'is greater than',
  GREATERTHAN_OR_EQUAL: 'is at least',
  CONTAINS: 'contains',
  NOTCONTAINS: 'does not contain',
  STARTSWITH: 'starts with',
  NOTSTARTSWITH: 'does not start with',
  ENDSWITH: 'ends with',
  NOTENDSWITH: 'does not end with',
  ISNULL: 'has no value',
  ISNOTNULL: 'has a value',
  ISIN: 'is one of',
  ISNOTIN: 'is none of',
  ISBITSET: 'has the bits',
  ISBITNOTSET: 'has not the bits',
  ISMEMBEROF: 'is a member of',
  ISNOTMEMBEROF: 'is no member of',
};

/** `isCriticalSystemObject is not “TRUE”`. */
export function scopeWords({ attribute, operator, value }: ScopeClauseView): string {
  const words = `${attribute} ${operators[operator]}`;
  return operator === 'ISNULL' || operator === 'ISNOTNULL' ? words : `${words} “${value}”`;
}

export const linkTypeWords: Readonly<Record<SyncRuleView['linkType'], string>> = {
  Provision: 'Provision: makes the target object',
  Join: 'Join: links to what is there',
  StickyJoin: 'StickyJoin: links, and keeps the target alive',
};

/** Every connector of a kind. */
function kindWords(kind: string): string {
  if (kind === 'cloud') return 'the cloud directory';
  const title = Object.entries(connectorKinds).find(([known]) => known === kind)?.[1] ?? kind;
  return `every ${title} connector`;
}

/** Where it reads and writes: `user in contoso.example → person`. */
export function ruleWays({
  direction,
  connectorKind,
  connector,
  sourceObjectType,
  targetObjectType,
}: SyncRuleView): string {
  const side = connector ?? kindWords(connectorKind);
  return direction === 'inbound'
    ? `${sourceObjectType} in ${side} → ${targetObjectType}`
    : `${sourceObjectType} → ${targetObjectType} in ${side}`;
}

/** Attributes that an expression reads, as far as its text tells: `[name]`. */
const readBy = (source: string): readonly string[] =>
  [...source.matchAll(/\[([^\]]+)\]/g)].map(([, name]) => name ?? '');

/** Whether a rule reads or writes the attribute, in flows, scope or joins. */
function touches({ flows, scope, join }: SyncRuleView, attribute: string): boolean {
  const wanted = attribute.toLowerCase();
  const names = [
    ...flows.flatMap(({ target, flowType, source }) => [
      target,
      ...(flowType === 'direct' ? [source] : flowType === 'expression' ? readBy(source) : []),
    ]),
    ...scope.flat().map((clause) => clause.attribute),
    ...join.flat().flatMap(({ csAttribute, mvAttribute }) => [csAttribute, mvAttribute]),
  ];
  return names.some((name) => name.toLowerCase().includes(wanted));
}

/** Rules that match, in the order of their precedence. */
export function filterRules(rules: readonly SyncRuleView[], search: RulesSearch): readonly SyncRuleView[] {
  const { direction, type, attribute, origin, words } = search;
  const wanted = words?.trim().toLowerCase() ?? '';
  return rules
    .filter(
      (rule) =>
        (direction === undefined || rule.direction === direction) &&
        (type === undefined || rule.sourceObjectType === type || rule.targetObjectType === type) &&
        (origin === undefined || rule.standard === (origin === 'standard')) &&
        (attribute === undefined || touches(rule, attribute.trim())) &&
        (wanted === '' || rule.name.toLowerCase().includes(wanted)),
    )
    .toSorted((a, b) => a.precedence - b.precedence || a.name.localeCompare(b.name));
}

/** Object types that rules read or write. */
export const ruleTypes = (rules: readonly SyncRuleView[]): readonly string[] =>
  [...new Set(rules.flatMap(({ sourceObjectType, targetObjectType }) => [sourceObjectType, targetObjectType]))].sort();

/** What a flow gave where it gave no value; `undefined` when it did. */
export function evaluationWords(result: EvaluationView): string | undefined {
  switch (result.kind) {
    case 'value':
      return undefined;
    case 'null':
      return 'no value: the next rule may give one';
    case 'authoritative-null':
      return 'AuthoritativeNull: no value, and no other rule may give one';
    case 'ignore-this-flow':
      return 'IgnoreThisFlow: what was there stays';
    case 'error': {
      const where = result.column === undefined ? '' : ` at column ${result.column}`;
      return `${result.phase === 'parse' ? 'Does not parse' : 'Failed'}${where}: ${result.message}`;
    }
  }
}
