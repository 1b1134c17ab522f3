/**
 * Outbound evaluation: from a metaverse object to the object that a connected system should hold.
 */
import { type CsValue, encodeValues, type Hologram } from '../connector-space/hologram.ts';
import type { MvAttributes, ReferenceSource } from '../metaverse/attributes.ts';
import { textOfScalar } from '../metaverse/encoding.ts';
import type { EvaluationContext } from './expression/compile.ts';
import { type AttributeSource, Reference, type Scalar, type Value } from './expression/value.ts';
import { type Contribution, contributionOf, type FlowInput, References, requireFit } from './flow.ts';
import { mergeContributions, withoutDoubles } from './merge.ts';
import { planOf, type ReadyRule, rulesInScope, type TargetPlan } from './program.ts';
import type { ScopeContext } from './scope.ts';

export interface DesiredObject {
  readonly objectType: string;
  readonly dn: string;
  /** Encoded attributes (`hologram.ts`). */
  readonly encoded: string;
  /** Target attribute -> where the references that it takes are listed. */
  readonly references: ReadonlyMap<string, readonly ReferenceSource[]>;
  /** Attributes that AuthoritativeNull empties; absent when there are none. */
  readonly emptied?: readonly string[];
}

/** What is known of the connected system's object, for flows that leave things as they are. */
export interface KnownTarget {
  readonly dn: string;
  readonly desired: Hologram | undefined;
  readonly imported: Hologram | undefined;
  /** As it is there, with what was sent and not yet seen back; of one that is gone, what was wanted. */
  readonly current: Hologram | undefined;
  /** Where the references come from that it takes. */
  readonly references: ReadonlyMap<string, readonly ReferenceSource[]>;
}

export interface OutboundInput {
  readonly attributes: MvAttributes;
  readonly context: EvaluationContext;
  readonly scope: ScopeContext;
  /** DNs behind reference attributes, for scopes that ask for them. */
  referenceTexts(sources: readonly ReferenceSource[]): readonly string[];
  countReferences(sources: readonly ReferenceSource[]): number;
  /** Attributes of this type of object that rules flowed to once and do not any more: they stay as they are. */
  left(objectType: string): readonly string[];
  /** Read only where something is left as it is. `undefined`: the object is made now. */
  known(): KnownTarget | undefined;
}

/** Which rule decided each target attribute, where anybody wants to know. */
export type Decisions = Map<string, { readonly rule: string; readonly contribution: Contribution }>;

/** Told of every rule before a flow of it is evaluated, where anybody wants to know. */
export type AskedRecorder = (rule: string) => void;

/**
 * What the connected system should hold for a metaverse object; `undefined` when no rule provisions it.
 *
 * @throws {ExpressionError} kind `runtime`.
 * @throws {FlowError}
 */
export function evaluateOutbound(
  rules: readonly ReadyRule[],
  input: OutboundInput,
  decisions?: Decisions,
  asked?: AskedRecorder,
): DesiredObject | undefined {
  const { attributes } = input;
  const texts = (name: string): readonly string[] => {
    const attribute = attributes.get(name);
    if (attribute === undefined) return [];
    return attribute.kind === 'values' ? attribute.values.map(textOfScalar) : input.referenceTexts(attribute.sources);
  };
  const inScope = rulesInScope(rules, texts, input.scope);
  const objectType = inScope.find(({ rule }) => rule.linkType === 'Provision')?.rule.targetObjectType;
  if (objectType === undefined) return undefined;
  const references = new Map<string, readonly ReferenceSource[]>();
  const flowInput = mvFlowInput(input);
  let dn: string | undefined;
  const emptied: string[] = [];
  let encoded = '';
  // Targets come in the order in which a hologram names them.
  const plans = planOf(inScope, objectType, input.left(objectType));
  for (const plan of plans) {
    if (plan.flows.length === 0) {
      // Nobody's any more: it is as the cloud has it, also when it changed there. References are left alone as they lie.
      const values = input.known()?.current?.get(plan.target) ?? [];
      if (values.length > 0) encoded += `${encoded === '' ? '' : ','}${plan.key}:[${encodeValues(values)}]`;
      continue;
    }
    const contribution = decide(plan, flowInput, input, decisions, asked);
    if (contribution === 'empty') emptied.push(plan.target);
    if (contribution === 'empty' || contribution === 'nothing') continue;
    if (contribution instanceof References) {
      references.set(plan.target, contribution.sources);
    } else if (plan.target === 'dn') {
      dn = contribution === 'ignored' ? input.known()?.dn : textOfScalar(contribution[0]!);
    } else if (contribution === 'ignored' && input.known()?.references.has(plan.target) === true) {
      references.set(plan.target, input.known()!.references.get(plan.target)!);
    } else {
      const values = contribution === 'ignored' ? keptValues(plan.target, input) : contribution.map(cloudValue);
      if (values.length > 0) encoded += `${encoded === '' ? '' : ','}${plan.key}:[${encodeValues(values)}]`;
    }
  }
  // Without any flow to it, what has a name keeps it.
  if (dn === undefined && !plans.some(({ target }) => target === 'dn')) dn = input.known()?.dn;
  if (dn === undefined) return undefined;
  return { objectType, dn, encoded: `{${encoded}}`, references, ...(emptied.length === 0 ? {} : { emptied }) };
}

function keptValues(target: string, input: OutboundInput): readonly CsValue[] {
  const there = input.known();
  return there?.desired?.get(target) ?? there?.imported?.get(target) ?? [];
}

/** Asks the flows of one target in their order. */
function decide(
  { target, flows }: TargetPlan,
  flowInput: FlowInput,
  input: OutboundInput,
  decisions: Decisions | undefined,
  asked: AskedRecorder | undefined,
): Contribution {
  let found: Contribution = 'nothing';
  for (const { ready, flow, isMerge } of flows) {
    const isOpen = found === 'nothing' || found === 'ignored';
    if (!isOpen && !(isMerge && found !== 'empty')) break;
    const isKept = flow.executeOnce && input.known() !== undefined;
    asked?.(ready.rule.name);
    const contribution = isKept ? 'ignored' : contributionOf(flow, flowInput, input.context);
    if (contribution === 'nothing') continue;
    if (!isOpen) {
      found = mergeContributions(found, contribution, flow.mergeType);
      requireFit(found, target, ready);
      continue;
    }
    found = isMerge ? withoutDoubles(contribution, flow.mergeType) : contribution;
    requireFit(found, target, ready);
    decisions?.set(target, { rule: ready.rule.name, contribution });
  }
  return found;
}

/** Numbers beyond 2^53 travel as text, bytes as Base64: the wire is JSON. */
function cloudValue(value: Scalar): string | number | boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  return textOfScalar(value);
}

function mvFlowInput(input: OutboundInput): FlowInput {
  const { attributes } = input;
  return {
    source: metaverseSource(input),
    isReference: (name) => attributes.get(name)?.kind === 'references',
    referencesOf: (name) => {
      const attribute = attributes.get(name);
      return attribute?.kind === 'references' ? attribute.sources : [];
    },
  };
}

function metaverseSource(input: OutboundInput): AttributeSource {
  const { attributes } = input;
  const get = (name: string): Value => {
    const attribute = attributes.get(name);
    if (attribute === undefined) return null;
    const values =
      attribute.kind === 'values'
        ? attribute.values
        : input.referenceTexts(attribute.sources).map((dn) => new Reference(dn));
    if (values.length === 0) return null;
    return values.length === 1 ? values[0]! : values;
  };
  return {
    get,
    imported: get,
    count: (name) => {
      const attribute = attributes.get(name);
      if (attribute === undefined) return 0;
      return attribute.kind === 'values' ? attribute.values.length : input.countReferences(attribute.sources);
    },
  };
}
