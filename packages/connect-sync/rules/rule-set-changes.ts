/**
 * What differs between two sets of rules, so that a changed rule re-evaluates only what it touches. Rules are compared by
 * content; what is only for people (description, id) makes no difference. Contents can be kept as text, because the
 * rules that were in force before a restart are known by nothing else.
 */
import { createHash } from 'node:crypto';
import type { AttributeFlow, SyncRule } from './rule.ts';
import { sourceText } from './rule-text.ts';

/** A rule that is new, gone or not the same. */
export interface ContentChange {
  readonly name: string;
  /** The connector that the rule stands or stood for; empty for a rule that is not for one. */
  readonly connector: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /**
   * Which objects the rule is for, what it links or its precedence changed: every object of its source type is looked
   * at anew. False: what is linked stays linked, and only `targets` need a new value.
   */
  readonly affectsLinks: boolean;
  /** Target attributes of which the contribution may be another; those of all flows when `affectsLinks`. */
  readonly targets: ReadonlySet<string>;
}

/** As `ContentChange`, with the rules themselves. */
export interface RuleChange extends ContentChange {
  readonly before: SyncRule | undefined;
  readonly after: SyncRule | undefined;
}

/** What of a rule decides about objects. Texts that are equal mean the same. */
export interface RuleContent {
  readonly name: string;
  readonly connector: string;
  readonly decision: string;
  /** By target. */
  readonly flows: ReadonlyMap<string, string>;
}

/** `rule.precedence` is that of the rule as it is written: numbers that only shift change nothing. */
export function contentOf(rule: SyncRule): RuleContent {
  const flows = new Map<string, string>();
  for (const flow of rule.flows) flows.set(flow.target, `${flows.get(flow.target) ?? ''}${flowText(flow)}\n`);
  return { name: rule.name, connector: rule.connector ?? '', decision: decisionOf(rule), flows };
}

/** In the order of `after`, then what is gone. Rules are the same rule when name and connector are. */
export function compareContents(
  before: readonly RuleContent[],
  after: readonly RuleContent[],
): readonly ContentChange[] {
  const known = new Map(before.map((rule) => [keyOf(rule), rule]));
  const changes: ContentChange[] = [];
  for (const rule of after) {
    const change = changeOf(known.get(keyOf(rule)), rule);
    known.delete(keyOf(rule));
    if (change !== undefined) changes.push(change);
  }
  for (const old of known.values()) changes.push(changeOf(old, undefined)!);
  return changes;
}

/** Whether the rules that both have come in the same order. */
export function haveSameOrder(before: readonly RuleContent[], after: readonly RuleContent[]): boolean {
  const common = (rules: readonly RuleContent[], others: readonly RuleContent[]): readonly string[] => {
    const keys = new Set(others.map(keyOf));
    return rules.map(keyOf).filter((key) => keys.has(key));
  };
  const [first, second] = [common(before, after), common(after, before)];
  return first.every((key, index) => key === second[index]);
}

/** What differs between two sets, with their rules. */
export function ruleChanges(before: readonly SyncRule[], after: readonly SyncRule[]): readonly RuleChange[] {
  const byKey = (rules: readonly SyncRule[]): ReadonlyMap<string, SyncRule> =>
    new Map(rules.map((rule) => [keyOf({ name: rule.name, connector: rule.connector ?? '' }), rule]));
  const [old, fresh] = [byKey(before), byKey(after)];
  return compareContents(before.map(contentOf), after.map(contentOf)).map((change) => ({
    ...change,
    before: old.get(keyOf(change)),
    after: fresh.get(keyOf(change)),
  }));
}

/** Contents as text of a size that grows with the number of flows and not with their length. */
export function writeContents(contents: readonly RuleContent[]): string {
  return JSON.stringify(
    contents.map(({ name, connector, decision, flows }) => [
      name,
      connector,
      digestOf(decision),
      [...flows].map(([target, text]) => [target, digestOf(text)]),
    ]),
  );
}

/** Contents that `writeContents` wrote, with digests in the place of texts; undefined for any other text. */
export function readContents(text: string): readonly RuleContent[] | undefined {
  try {
    const rules = JSON.parse(text) as unknown;
    return Array.isArray(rules) && rules.every(isWritten)
      ? rules.map(([name, connector, decision, flows]) => ({ name, connector, decision, flows: new Map(flows) }))
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Contents as `readContents` gives them. */
export function digested(contents: readonly RuleContent[]): readonly RuleContent[] {
  return contents.map(({ name, connector, decision, flows }) => ({
    name,
    connector,
    decision: digestOf(decision),
    flows: new Map([...flows].map(([target, text]) => [target, digestOf(text)])),
  }));
}

type Written = readonly [
  name: string,
  connector: string,
  decision: string,
  flows: readonly (readonly [string, string])[],
];

function isWritten(rule: unknown): rule is Written {
  if (!Array.isArray(rule) || rule.length !== 4) return false;
  const [name, connector, decision, flows] = rule as unknown[];
  const isText = (value: unknown): boolean => typeof value === 'string';
  const isPair = (value: unknown): boolean => Array.isArray(value) && value.length === 2 && value.every(isText);
  return [name, connector, decision].every(isText) && Array.isArray(flows) && flows.every(isPair);
}

const keyOf = ({ name, connector }: Pick<RuleContent, 'name' | 'connector'>): string =>
  JSON.stringify([name, connector]);
const digestOf = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22);

function changeOf(before: RuleContent | undefined, after: RuleContent | undefined): ContentChange | undefined {
  const { name, connector } = (after ?? before)!;
  const [old, fresh] = [before?.flows ?? noFlows, after?.flows ?? noFlows];
  const all = new Set([...old.keys(), ...fresh.keys()]);
  if (before?.decision !== after?.decision) {
    const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
    return { name, connector, kind, affectsLinks: true, targets: all };
  }
  const targets = new Set([...all].filter((target) => old.get(target) !== fresh.get(target)));
  return targets.size === 0 ? undefined : { name, connector, kind: 'changed', affectsLinks: false, targets };
}

const noFlows: ReadonlyMap<string, string> = new Map();

/** Everything but the flows and what is only for people. */
function decisionOf(rule: SyncRule): string {
  const { direction, connectorKind, sourceObjectType, targetObjectType, linkType, precedence } = rule;
  const { connector, requires, enablePasswordSync, disabled, scope, join } = rule;
  return JSON.stringify([
    [direction, connectorKind, sourceObjectType, targetObjectType, linkType, precedence],
    [connector ?? null, requires ?? null, enablePasswordSync, disabled],
    scope.map((group) => group.map(({ attribute, operator, value }) => [attribute, operator, value])),
    join.map((group) =>
      group.map(({ csAttribute, mvAttribute, caseSensitive }) => [csAttribute, mvAttribute, caseSensitive]),
    ),
  ]);
}

function flowText({ source, mergeType, executeOnce }: AttributeFlow): string {
  return JSON.stringify([sourceText(source), mergeType, executeOnce]);
}
