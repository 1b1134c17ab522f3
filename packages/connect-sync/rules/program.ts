/**
 * The rules of one connector for one object type, made ready: scopes compiled, joins described, and what links told
 * from what only flows.
 */
import { systemClock } from '@springline/ports/clock';
import { systemRandom } from '@springline/ports/random';
import type { AttributeSource } from './expression/value.ts';
import { isMerged } from './merge.ts';
import type { AttributeFlow, SyncRule } from './rule.ts';
import type { ConnectorRule, ConnectorRules } from './rule-set-connectors.ts';
import { type CompiledScope, compileScope, type ScopeContext, type TextValues } from './scope.ts';

export interface ReadyRule {
  readonly rule: ConnectorRule;
  readonly isInScope: CompiledScope;
  /** It can link: it makes the target, or it has criteria to find it by. */
  readonly isLinking: boolean;
  /** A metaverse object lives as long as such a rule links to it. */
  readonly keepsAlive: boolean;
  /** Equal for rules that look for the same. */
  readonly criteria: string;
  /** Targets that hold one value; shared by all rules of a server. */
  readonly singleValued: ReadonlySet<string>;
}

export interface PlannedFlow {
  readonly ready: ReadyRule;
  readonly flow: AttributeFlow;
  readonly isMerge: boolean;
  /** Attributes of which one at least must have a value for the flow to contribute; `undefined`: it must be asked. */
  readonly needs: readonly string[] | undefined;
}

/** What may decide one target attribute, in the order in which it is asked. */
export interface TargetPlan {
  readonly target: string;
  /** The target as a key of JSON text. */
  readonly key: string;
  /** None: no rule decides it any more, and what is there stays. */
  readonly flows: readonly PlannedFlow[];
}

const inbound = new WeakMap<ConnectorRules, Map<string, readonly ReadyRule[]>>();
const outbound = new WeakMap<ConnectorRules, Map<string, readonly ReadyRule[]>>();

/** By precedence. */
export function inboundRules(rules: ConnectorRules, connector: string, objectType: string): readonly ReadyRule[] {
  return remembered(inbound, rules, `${objectType}/${connector}`, () => rules.inbound(connector, objectType));
}

/** By precedence. */
export function outboundRules(rules: ConnectorRules, connector: string, mvType: string): readonly ReadyRule[] {
  return remembered(outbound, rules, `${mvType}/${connector}`, () => rules.outbound(connector, mvType));
}

/** The rules that take an object in, by precedence. The same rules are the same list, so that plans can be kept by it. */
export function rulesInScope(
  rules: readonly ReadyRule[],
  texts: TextValues,
  context: ScopeContext,
): readonly ReadyRule[] {
  let mask = '';
  let bits = 0;
  for (let at = 0; at < rules.length; at++) {
    bits = (bits << 1) | (rules[at]!.isInScope(texts, context) ? 1 : 0);
    if (at % 16 !== 15 && at !== rules.length - 1) continue;
    mask += String.fromCharCode(bits);
    bits = 0;
  }
  let byMask = subsets.get(rules);
  if (byMask === undefined) {
    byMask = new Map();
    subsets.set(rules, byMask);
  }
  let found = byMask.get(mask);
  if (found === undefined) {
    found = rules.filter(({ isInScope }) => isInScope(texts, context));
    // As many as there are kinds of objects; what goes beyond is made each time.
    if (byMask.size < subsetLimit) byMask.set(mask, found);
  }
  return found;
}

const subsets = new WeakMap<readonly ReadyRule[], Map<string, readonly ReadyRule[]>>();
const subsetLimit = 4_096;

/**
 * Every target attribute with the flows that may decide it, by target.
 *
 * @param objectType of outbound rules: the type of object that is provisioned, which alone their flows are for.
 * @param left targets that no rule of the type flows to any more.
 */
export function planOf(
  inScope: readonly ReadyRule[],
  objectType?: string,
  left: readonly string[] = [],
): readonly TargetPlan[] {
  let byType = plans.get(inScope);
  if (byType === undefined) {
    byType = new Map();
    plans.set(inScope, byType);
  }
  const key = left.length === 0 ? (objectType ?? '') : JSON.stringify([objectType, left]);
  let plan = byType.get(key);
  if (plan === undefined) {
    const rules = inScope.filter(({ rule }) => objectType === undefined || rule.targetObjectType === objectType);
    plan = makePlan(rules, left);
    byType.set(key, plan);
  }
  return plan;
}

const plans = new WeakMap<readonly ReadyRule[], Map<string, readonly TargetPlan[]>>();

function makePlan(inScope: readonly ReadyRule[], left: readonly string[]): readonly TargetPlan[] {
  const flows = new Map<string, PlannedFlow[]>(left.map((target) => [target, []]));
  for (const ready of inScope) {
    for (const flow of ready.rule.flows) {
      const found = plannedFlow(ready, flow);
      const known = flows.get(flow.target);
      if (known === undefined) flows.set(flow.target, [found]);
      else known.push(found);
    }
  }
  return [...flows.keys()]
    .sort()
    .map((target) => ({ target, key: JSON.stringify(target), flows: withoutRepeats(flows.get(target)!) }));
}

export function plannedFlow(ready: ReadyRule, flow: AttributeFlow): PlannedFlow {
  return { ready, flow, isMerge: isMerged(flow.mergeType), needs: needsOf(flow) };
}

/**
 * An expression that makes nothing of nothing need not be asked about an object that has none of its attributes. Whether
 * it does is tried once.
 */
function needsOf({ source, executeOnce }: AttributeFlow): readonly string[] | undefined {
  if (source.kind !== 'expression' || executeOnce) return undefined;
  const { attributes, imported, counted, parameters, deterministic } = source.expression.dependencies;
  if (!deterministic || counted.length > 0 || parameters.length > 0 || attributes.includes('dn')) return undefined;
  try {
    const made = source.expression.evaluate(emptySource, {
      parameters: new Map(),
      clock: systemClock,
      random: systemRandom,
    });
    return made === null || made === '' ? [...new Set([...attributes, ...imported])] : undefined;
  } catch {
    return undefined; // It fails on nothing, which is for the object to say.
  }
}

const emptySource: AttributeSource = { get: () => null, imported: () => null, count: () => 0 };

/** A flow that says what one before it said has nothing to add; workload rules repeat each other. */
function withoutRepeats(flows: readonly PlannedFlow[]): readonly PlannedFlow[] {
  const said = new Set<string>();
  return flows.filter(({ flow, isMerge }) => {
    const { source } = flow;
    if (isMerge || flow.executeOnce || source.kind === 'constant') return true;
    const text = source.kind === 'direct' ? `[${source.attribute}]` : source.expression.text;
    if (source.kind === 'expression' && !source.expression.dependencies.deterministic) return true;
    const isNew = !said.has(text);
    said.add(text);
    return isNew;
  });
}

function remembered(
  known: WeakMap<ConnectorRules, Map<string, readonly ReadyRule[]>>,
  rules: ConnectorRules,
  key: string,
  find: () => readonly ConnectorRule[],
): readonly ReadyRule[] {
  let ready = known.get(rules);
  if (ready === undefined) {
    ready = new Map();
    known.set(rules, ready);
  }
  let found = ready.get(key);
  if (found === undefined) {
    found = find().map((rule) => makeReady(rule, rules.singleValued));
    ready.set(key, found);
  }
  return found;
}

/** Whether a rule makes its target, or has criteria to find it by. */
export function isLinking({ linkType, join }: SyncRule): boolean {
  return linkType === 'Provision' || join.length > 0;
}

function makeReady(rule: ConnectorRule, singleValued: ReadonlySet<string>): ReadyRule {
  const links = isLinking(rule);
  return {
    rule,
    isInScope: compileScope(rule.scope),
    isLinking: links,
    keepsAlive: links && rule.linkType !== 'Join',
    criteria: JSON.stringify(
      rule.join.map((group) => group.map((clause) => [clause.csAttribute, clause.mvAttribute, clause.caseSensitive])),
    ),
    singleValued,
  };
}
