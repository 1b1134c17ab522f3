/**
 * Inbound evaluation: from the connector space objects of one metaverse object to its attributes. Pure, and from
 * nothing each time, so that the result depends on what is linked and never on the order in which it came.
 */
import type { CsId } from '../connector-space/store.ts';
import type { MvAttribute, MvAttributes } from '../metaverse/attributes.ts';
import type { EvaluationContext } from './expression/compile.ts';
import { contributionOf, type FlowInput } from './flow.ts';
import type { SyncRule } from './rule.ts';
import { isInScope, type TextValues } from './scope.ts';

export interface LinkedObject extends FlowInput {
  readonly row: CsId;
  /** Breaks ties between objects that one rule reads: connector, then anchor. */
  readonly order: string;
  /** Rules for the object's connector and type, by precedence. */
  readonly rules: readonly SyncRule[];
  readonly texts: TextValues;
  readonly context: EvaluationContext;
}

/** The rules that take the object in, by precedence. */
export function rulesInScope(object: Pick<LinkedObject, 'rules' | 'texts'>): readonly SyncRule[] {
  return object.rules.filter((rule) => isInScope(rule.scope, object.texts));
}

/** Whether a rule can link: it makes the target, or it has criteria to find it by. */
export function isLinking(rule: SyncRule): boolean {
  return rule.linkType === 'Provision' || rule.join.length > 0;
}

/**
 * Attributes of the metaverse object that `objects` make up.
 *
 * @throws {ExpressionError} kind `runtime`.
 */
export function evaluateInbound(objects: readonly LinkedObject[]): MvAttributes {
  const candidates = objects
    .flatMap((object) => rulesInScope(object).map((rule) => ({ object, rule })))
    .sort((a, b) => a.rule.precedence - b.rule.precedence || (a.object.order < b.object.order ? -1 : 1));
  const attributes = new Map<string, MvAttribute>();
  const decided = new Set<string>();
  for (const { object, rule } of candidates) {
    for (const flow of rule.flows) {
      if (decided.has(flow.target)) continue;
      const contribution = contributionOf(flow, object, object.context);
      if (contribution.kind === 'nothing') continue;
      decided.add(flow.target);
      const provenance = { row: object.row, rule: rule.name };
      if (contribution.kind !== 'empty') attributes.set(flow.target, { ...contribution, ...provenance });
    }
  }
  return attributes;
}
