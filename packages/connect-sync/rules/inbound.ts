/**
 * Inbound evaluation: from the connector space objects of one metaverse object to its attributes. The result depends on
 * what is linked and never on the order in which it came.
 */
import type { CsId } from '../connector-space/store.ts';
import type { MvAttribute, MvAttributes, StoredMvAttributes } from '../metaverse/attributes.ts';
import type { EvaluationContext } from './expression/compile.ts';
import type { Scalar } from './expression/value.ts';
import { type Contribution, contributionOf, type FlowInput, References, requireFit } from './flow.ts';
import { mergeContributions, withoutDoubles } from './merge.ts';
import { type PlannedFlow, plannedFlow, planOf, type ReadyRule } from './program.ts';
import type { AttributeFlow, SyncRule } from './rule.ts';

export interface LinkedObject extends FlowInput {
  readonly row: CsId;
  /** Breaks ties between objects that one rule reads: connector, then anchor. */
  readonly order: string;
  /** The rules that take the object in, by precedence. */
  readonly inScope: readonly ReadyRule[];
  readonly context: EvaluationContext;
}

/**
 * What became of a flow. One that is never named was not evaluated: another had decided.
 * - `asked`: it is evaluated next; another word follows, unless the expression fails.
 * - `won`, `merged`: it gave the values, or some of them. `kept`: what was there stays, for `executeOnce`.
 * - `nothing`, `empty`, `ignored`: NULL, AuthoritativeNull, IgnoreThisFlow.
 */
export type FlowVerdict = 'asked' | 'won' | 'merged' | 'kept' | 'nothing' | 'empty' | 'ignored';

/** Told of flows as they are asked, where anybody wants to know. */
export type FlowRecorder = (object: LinkedObject, rule: SyncRule, flow: AttributeFlow, verdict: FlowVerdict) => void;

interface Candidate {
  readonly object: LinkedObject;
  readonly ready: ReadyRule;
}

/**
 * Attributes of the metaverse object that `objects` make up.
 *
 * @param before what it was; decides where a flow is to be ignored or to happen only once.
 * @param isNew whether the object was made just now.
 * @throws {ExpressionError} kind `runtime`.
 * @throws {FlowError}
 */
export function evaluateInbound(
  objects: readonly LinkedObject[],
  before: StoredMvAttributes | undefined,
  isNew: boolean,
  recorder?: FlowRecorder,
): MvAttributes {
  const attributes = new Map<string, MvAttribute>();
  const kept = { before, isNew, recorder };
  const first = objects[0];
  if (first === undefined) return attributes;
  const plans = objects.length === 1 ? planOf(first.inScope) : jointPlan(objects);
  for (const plan of plans) decide(plan, first, kept, attributes);
  return attributes;
}

/**
 * Attributes of a metaverse object of which only the flows to `targets` are other ones than before.
 *
 * @throws {ExpressionError} kind `runtime`.
 * @throws {FlowError}
 */
export function evaluateTargets(
  objects: readonly LinkedObject[],
  before: StoredMvAttributes,
  targets: ReadonlySet<string>,
): MvAttributes {
  const attributes = new Map<string, MvAttribute>();
  for (const [name, attribute] of before) if (!targets.has(name)) attributes.set(name, attribute);
  const first = objects[0];
  if (first === undefined || targets.size === 0) return attributes;
  const plans = objects.length === 1 ? planOf(first.inScope) : jointPlan(objects);
  const kept = { before, isNew: false, recorder: undefined };
  for (const plan of plans) if (targets.has(plan.target)) decide(plan, first, kept, attributes);
  return attributes;
}

/** What a decision may leave as it was. */
interface Kept {
  readonly before: StoredMvAttributes | undefined;
  readonly isNew: boolean;
  readonly recorder: FlowRecorder | undefined;
}

/** Where several objects contribute, each flow says which it reads. */
type AskedFlow = PlannedFlow & { readonly object?: LinkedObject };

/** Asks the flows of one target in their order; what is decided goes into `attributes`. */
function decide(
  { target, flows }: { readonly target: string; readonly flows: readonly AskedFlow[] },
  only: LinkedObject,
  { before, isNew, recorder }: Kept,
  attributes: Map<string, MvAttribute>,
): void {
  let found: MvAttribute | undefined;
  let isIgnored = false;
  let isEmpty = false;
  for (const { ready, flow, isMerge, needs, object = only } of flows) {
    if (isEmpty || (found !== undefined && !isMerge)) break;
    if (flow.executeOnce && !isNew) {
      const old = before?.get(target);
      if (found === undefined && old?.rule === ready.rule.name) found = old;
      recorder?.(object, ready.rule, flow, 'kept');
      continue;
    }
    if (needs !== undefined && recorder === undefined && hasNone(object, needs)) continue;
    recorder?.(object, ready.rule, flow, 'asked');
    const contribution = contributionOf(flow, object, object.context);
    if (contribution === 'nothing' || contribution === 'ignored' || contribution === 'empty') {
      isIgnored ||= contribution === 'ignored';
      isEmpty = contribution === 'empty' && found === undefined;
      recorder?.(object, ready.rule, flow, contribution);
      continue;
    }
    const isFirst = found === undefined;
    if (found === undefined) {
      const first = isMerge ? withoutDoubles(contribution, flow.mergeType) : contribution;
      requireFit(first, target, ready);
      found = attributeOf(first, object.row, ready.rule.name);
    } else {
      const merged = mergeContributions(contributionIn(found), contribution, flow.mergeType);
      requireFit(merged, target, ready);
      found = attributeOf(merged, found.row, found.rule);
    }
    recorder?.(object, ready.rule, flow, isFirst ? 'won' : 'merged');
  }
  if (found === undefined && isIgnored && !isEmpty) found = before?.get(target);
  if (found !== undefined) attributes.set(target, found);
}

function hasNone({ source, isReference, referencesOf }: LinkedObject, needs: readonly string[]): boolean {
  for (const name of needs) {
    if (isReference(name) ? referencesOf(name).length > 0 : source.get(name) !== null) return false;
  }
  return true;
}

/** The flows of several objects by target: by precedence, then by connector and anchor. */
function jointPlan(
  objects: readonly LinkedObject[],
): readonly { readonly target: string; readonly flows: readonly AskedFlow[] }[] {
  const byTarget = new Map<string, AskedFlow[]>();
  for (const { object, ready } of candidatesOf(objects)) {
    for (const flow of ready.rule.flows) {
      const found = { ...plannedFlow(ready, flow), object };
      const known = byTarget.get(flow.target);
      if (known === undefined) byTarget.set(flow.target, [found]);
      else known.push(found);
    }
  }
  return [...byTarget].map(([target, flows]) => ({ target, flows }));
}

function candidatesOf(objects: readonly LinkedObject[]): readonly Candidate[] {
  const candidates: Candidate[] = [];
  for (const object of objects) for (const ready of object.inScope) candidates.push({ object, ready });
  return candidates.sort(
    (a, b) => a.ready.rule.precedence - b.ready.rule.precedence || (a.object.order < b.object.order ? -1 : 1),
  );
}

function attributeOf(contribution: Contribution, row: CsId, rule: string): MvAttribute {
  return contribution instanceof References
    ? { kind: 'references', sources: contribution.sources, row, rule }
    : { kind: 'values', values: contribution as readonly Scalar[], row, rule };
}

function contributionIn(attribute: MvAttribute): Contribution {
  return attribute.kind === 'values' ? attribute.values : new References(attribute.sources);
}
