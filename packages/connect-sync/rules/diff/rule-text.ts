/** Parts of a rule in words, each on one line: what tables show and what a comparison prints. */
import type { AttributeFlow, JoinClause, Scope, SyncRule } from '../rule.ts';

/** `[cn]`, the text of an expression, or a constant as an expression would write it. */
export function flowSourceText({ source }: AttributeFlow): string {
  if (source.kind === 'direct') return `[${source.attribute}]`;
  if (source.kind === 'expression') return source.expression.text.replaceAll(/\s*\n\s*/g, ' ');
  if (typeof source.value === 'string') return `"${source.value.replaceAll('"', '""')}"`;
  return typeof source.value === 'boolean' ? (source.value ? 'True' : 'False') : `${source.value}`;
}

/** The source with how it is merged and how often it flows. */
export function flowText(flow: AttributeFlow): string {
  const merge = flow.mergeType === 'Update' ? '' : `, ${flow.mergeType}`;
  return `${flowSourceText(flow)}${merge}${flow.executeOnce ? ', once' : ''}`;
}

/** `a EQUAL x AND b ISNULL, or c ISNOTNULL`; `all objects` without any group. */
export function scopeText(scope: Scope): string {
  if (scope.length === 0) return 'all objects';
  return scope
    .map((group) =>
      group.map(({ attribute, operator, value }) => `${attribute} ${operator} ${value}`.trimEnd()).join(' AND '),
    )
    .join(', or ');
}

/** `a = b AND c == d, else e = f`; two equals signs for a clause that minds case. */
export function joinText(join: readonly (readonly JoinClause[])[]): string {
  if (join.length === 0) return 'none';
  const clause = ({ csAttribute, mvAttribute, caseSensitive }: JoinClause): string =>
    `${csAttribute} ${caseSensitive ? '==' : '='} ${mvAttribute}`;
  return join.map((group) => group.map(clause).join(' AND ')).join(', else ');
}

export type ComparedField = Exclude<keyof SyncRule, 'flows' | 'standard'>;

/** Every field but the flows and whose rule it is, in the order of rule files; what is not there is an empty text. */
export function fieldTexts(rule: SyncRule): ReadonlyMap<ComparedField, string> {
  return new Map<ComparedField, string>([
    ['name', rule.name],
    ['id', rule.id],
    ['description', rule.description ?? ''],
    ['immutableTag', rule.immutableTag ?? ''],
    ['disabled', rule.disabled ? 'yes' : 'no'],
    ['precedence', `${rule.precedence}`],
    ['direction', rule.direction],
    ['connectorKind', rule.connectorKind],
    ['connector', rule.connector ?? ''],
    ['requires', rule.requires ?? ''],
    ['sourceObjectType', rule.sourceObjectType],
    ['targetObjectType', rule.targetObjectType],
    ['linkType', rule.linkType],
    ['enablePasswordSync', rule.enablePasswordSync ? 'yes' : 'no'],
    ['scope', scopeText(rule.scope)],
    ['join', joinText(rule.join)],
  ]);
}
