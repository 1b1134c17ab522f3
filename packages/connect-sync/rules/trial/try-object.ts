/**
 * One object through the rules, as if a directory held it alone and nobody had seen it before: which rules take it in,
 * what the metaverse makes of it, what goes to the cloud directory. The same evaluation as in a run.
 */

import { decodeHologram } from '../../connector-space/hologram.ts';
import { isReferenceAttribute } from '../../connector-space/object-view.ts';
import type { CsId } from '../../connector-space/store.ts';
import type { MvAttribute, MvAttributes, ReferenceSource } from '../../metaverse/attributes.ts';
import { textOfScalar } from '../../metaverse/encoding.ts';
import type { EvaluationContext } from '../expression/compile.ts';
import { referenceKey } from '../expression/reference-key.ts';
import { Reference, type Scalar, type Value } from '../expression/value.ts';
import { evaluateInbound } from '../inbound.ts';
import { isObjectError, type ObjectError } from '../object-error.ts';
import { type Decisions, evaluateOutbound } from '../outbound.ts';
import { inboundRules, outboundRules, type ReadyRule, rulesInScope } from '../program.ts';
import type { ConnectorKind, SyncRule } from '../rule.ts';
import type { RuleSet } from '../rule-set.ts';
import type { ConnectorRules } from '../rule-set-connectors.ts';
import type { ScopeContext } from '../scope.ts';
import { objectOf, valuesOf } from './object.ts';

export interface TrialObject {
  readonly connectorKind: ConnectorKind;
  /** Name of the connector, for rules that are for one alone. */
  readonly connector?: string;
  readonly objectType: string;
  /** Typed as the connector space has them; `dn` among them. */
  readonly attributes: ReadonlyMap<string, Value>;
  /** DNs of groups that have the object as a direct member. */
  readonly memberOf: readonly string[];
}

export interface TrialAttribute {
  readonly values: readonly Scalar[];
  /** Name of the rule that gave it; of several that merge the first. */
  readonly rule: string | undefined;
}

export interface TrialSide {
  readonly type: string;
  readonly attributes: ReadonlyMap<string, TrialAttribute>;
}

export interface Trial {
  /** Inbound rules that take the object in, by precedence. */
  readonly inScope: readonly SyncRule[];
  /** Undefined when no rule makes a metaverse object of it. */
  readonly metaverse?: TrialSide;
  /** Undefined when no rule provisions it. */
  readonly cloud?: TrialSide;
  /** The expression that failed the object; beside it stands what came before. */
  readonly failure?: ObjectError;
}

/** What the connector of an object is called that names none. */
export const unnamedConnector = 'directory';
const cloudConnector = 'cloud';
const onlyRow = 1 as CsId;

/** An expression that fails is part of what is found, and nothing that is thrown. */
export function tryObject(set: RuleSet, object: TrialObject, context: EvaluationContext): Trial {
  const connector = object.connector ?? unnamedConnector;
  const rules = set.forConnectors([
    { name: connector, kind: object.connectorKind },
    { name: cloudConnector, kind: 'cloud' },
  ]);
  const scope = scopeContext(object, context);
  const source = objectOf(object.attributes);
  const texts = (name: string): readonly string[] => valuesOf(source.get(name)).map(textOfScalar);
  const ready = rulesInScope(inboundRules(rules, connector, object.objectType), texts, scope);
  const inScope = ready.map(({ rule }) => rule);
  const type = inScope.find(({ linkType }) => linkType === 'Provision')?.targetObjectType;
  if (type === undefined) return { inScope };
  let found: Trial = { inScope };
  try {
    const attributes = inbound(ready, object, context);
    found = { inScope, metaverse: { type, attributes: shownAttributes(attributes, object) } };
    const cloud = outbound(rules, type, attributes, object, context);
    return cloud === undefined ? found : { ...found, cloud };
  } catch (error) {
    if (isObjectError(error)) return { ...found, failure: error };
    throw error;
  }
}

function scopeContext({ memberOf }: TrialObject, { parameters }: EvaluationContext): ScopeContext {
  const groups = new Set(memberOf.map((dn) => referenceKey(new Reference(dn))));
  return { parameters, isMemberOf: (dn) => groups.has(referenceKey(new Reference(dn))) };
}

function inbound(inScope: readonly ReadyRule[], object: TrialObject, context: EvaluationContext): MvAttributes {
  const { attributes } = object;
  const referencesOf = (attribute: string): readonly ReferenceSource[] =>
    attributes.has(attribute) ? [{ row: onlyRow, attribute }] : [];
  const linked = { row: onlyRow, order: '', inScope, source: objectOf(attributes), context };
  return evaluateInbound([{ ...linked, isReference: isReferenceAttribute, referencesOf }], undefined, true);
}

function outbound(
  rules: ConnectorRules,
  type: string,
  attributes: MvAttributes,
  object: TrialObject,
  context: EvaluationContext,
): TrialSide | undefined {
  const decisions: Decisions = new Map();
  const referenceTexts = (sources: readonly ReferenceSource[]): readonly string[] =>
    referencesFrom(sources, object).map(textOfScalar);
  const input = {
    ...{ attributes, context, referenceTexts, scope: scopeContext(object, context), known: () => undefined },
    left: () => [],
    countReferences: (sources: readonly ReferenceSource[]) => referenceTexts(sources).length,
  };
  const desired = evaluateOutbound(outboundRules(rules, cloudConnector, type), input, decisions);
  if (desired === undefined) return undefined;
  const given = new Map<string, readonly Scalar[]>([['dn', [desired.dn]]]);
  for (const [name, values] of decodeHologram(desired.encoded)) {
    given.set(
      name,
      values.map((value) => (typeof value === 'number' ? BigInt(value) : value)),
    );
  }
  for (const [name, sources] of desired.references) given.set(name, referencesFrom(sources, object));
  const shown = [...given].map(([name, values]) => [name, { values, rule: decisions.get(name)?.rule }] as const);
  return { type: desired.objectType, attributes: new Map(shown) };
}

function shownAttributes(attributes: MvAttributes, object: TrialObject): TrialSide['attributes'] {
  const valuesOfMv = (attribute: MvAttribute): readonly Scalar[] =>
    attribute.kind === 'values' ? attribute.values : referencesFrom(attribute.sources, object);
  return new Map([...attributes].map(([name, each]) => [name, { values: valuesOfMv(each), rule: each.rule }]));
}

function referencesFrom(sources: readonly ReferenceSource[], { attributes }: TrialObject): readonly Scalar[] {
  return sources.flatMap(({ attribute }) => valuesOf(attributes.get(attribute) ?? null));
}
