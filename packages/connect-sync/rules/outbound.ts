/**
 * Outbound evaluation: from a metaverse object to the object that a connected system should hold. Pure.
 */
import type { Hologram } from '../connector-space/hologram.ts';
import type { CsId } from '../connector-space/store.ts';
import type { MvAttributes } from '../metaverse/attributes.ts';
import { textOfScalar } from '../metaverse/encoding.ts';
import type { EvaluationContext } from './expression/compile.ts';
import type { AttributeSource, Scalar, Value } from './expression/value.ts';
import { type Contribution, contributionOf } from './flow.ts';
import type { SyncRule } from './rule.ts';
import { isInScope } from './scope.ts';

export interface DesiredObject {
  readonly objectType: string;
  readonly dn: string;
  readonly attributes: Hologram;
  /** Target attribute -> the row and attribute whose references it takes. */
  readonly references: ReadonlyMap<string, { readonly row: CsId; readonly attribute: string }>;
}

/**
 * What the connected system should hold for a metaverse object; `undefined` when no rule provisions it.
 *
 * @throws {ExpressionError} kind `runtime`.
 */
export function evaluateOutbound(
  rules: readonly SyncRule[],
  attributes: MvAttributes,
  context: EvaluationContext,
): DesiredObject | undefined {
  const texts = (name: string): readonly string[] => {
    const attribute = attributes.get(name);
    return attribute?.kind === 'values' ? attribute.values.map(textOfScalar) : [];
  };
  const inScope = rules.filter((rule) => isInScope(rule.scope, texts));
  const objectType = inScope.find((rule) => rule.linkType === 'Provision')?.targetObjectType;
  if (objectType === undefined) return undefined;
  const input = {
    source: metaverseSource(attributes),
    isReference: (name: string) => attributes.get(name)?.kind === 'references',
  };
  const winners = new Map<string, Contribution>();
  for (const flow of inScope.filter((rule) => rule.targetObjectType === objectType).flatMap((rule) => rule.flows)) {
    if (winners.has(flow.target)) continue;
    const contribution = contributionOf(flow, input, context);
    if (contribution.kind !== 'nothing') winners.set(flow.target, contribution);
  }
  return desiredFrom(objectType, winners, attributes);
}

function desiredFrom(
  objectType: string,
  winners: ReadonlyMap<string, Contribution>,
  mv: MvAttributes,
): DesiredObject | undefined {
  const attributes = new Map<string, readonly (string | number | boolean)[]>();
  const references = new Map<string, { row: CsId; attribute: string }>();
  let dn: string | undefined;
  for (const [target, contribution] of winners) {
    if (contribution.kind === 'values') {
      if (target === 'dn') dn = textOfScalar(contribution.values[0]!);
      else attributes.set(target, contribution.values.map(cloudValue));
    } else if (contribution.kind === 'references') {
      const from = mv.get(contribution.attribute);
      if (from?.kind === 'references') references.set(target, { row: from.row, attribute: from.attribute });
    }
  }
  return dn === undefined ? undefined : { objectType, dn, attributes, references };
}

/** Numbers beyond 2^53 travel as text, bytes as Base64: the wire is JSON. */
function cloudValue(value: Scalar): string | number | boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  return textOfScalar(value);
}

function metaverseSource(attributes: MvAttributes): AttributeSource {
  const get = (name: string): Value => {
    const attribute = attributes.get(name);
    if (attribute?.kind !== 'values') return null;
    return attribute.values.length === 1 ? attribute.values[0]! : attribute.values;
  };
  return {
    get,
    imported: get,
    // A reference attribute that is there has at least one value.
    count: (name) => {
      const attribute = attributes.get(name);
      return attribute === undefined ? 0 : attribute.kind === 'values' ? attribute.values.length : 1;
    },
  };
}
