/** Rules that can never apply, or that apply and change nothing. */
import { anyObjectType, type SyncRule } from '../rule.ts';
import { contradictionIn } from './contradiction.ts';
import type { RuleFinding } from './finding.ts';
import type { RulesUnderCheck } from './rules-under-check.ts';

export function* linkFindings(check: RulesUnderCheck): Iterable<RuleFinding> {
  for (const rule of check.rules) {
    const contradiction = contradictionIn(rule.scope);
    if (contradiction !== undefined) {
      yield check.finding('error', 'never-applies', rule, contradiction, rule.scope[0]?.[0]);
    }
    const unlinked = rule.direction === 'inbound' ? unlinkedInbound(check, rule) : unlinkedOutbound(check, rule);
    if (unlinked !== undefined) yield check.finding('warning', 'never-applies', rule, unlinked);
    const idle = idleness(rule);
    if (idle !== undefined) yield check.finding('warning', 'no-effect', rule, idle);
  }
}

/** A rule that can link: it makes the target, or it has criteria to find it by. */
const isLinking = (rule: SyncRule): boolean => rule.linkType === 'Provision' || rule.join.length > 0;

function unlinkedInbound(check: RulesUnderCheck, rule: SyncRule): string | undefined {
  const { sourceObjectType, targetObjectType, connectorKind } = rule;
  if (isLinking(rule)) {
    const makesNone = rule.linkType !== 'Provision' && !check.rules.some((it) => makes(it, targetObjectType));
    return makesNone ? `no rule makes a ${targetObjectType} in the metaverse that this one could join` : undefined;
  }
  const isLinked = check.rules.some(
    (it) =>
      it.direction === 'inbound' &&
      isLinking(it) &&
      it.connectorKind === connectorKind &&
      it.sourceObjectType === sourceObjectType &&
      mayBeOne(it.targetObjectType, targetObjectType) &&
      (it.connector === undefined || rule.connector === undefined || it.connector === rule.connector),
  );
  return isLinked
    ? undefined
    : `no rule links ${sourceObjectType} of ${connectorKind} to a ${targetObjectType}: give one the link type Provision, or join criteria`;
}

function unlinkedOutbound(check: RulesUnderCheck, rule: SyncRule): string | undefined {
  const { sourceObjectType, targetObjectType, connectorKind } = rule;
  if (!check.rules.some((it) => makes(it, sourceObjectType))) {
    return `no inbound rule makes a ${sourceObjectType} in the metaverse`;
  }
  const isLinked = check.rules.some(
    (it) =>
      it.direction === 'outbound' &&
      isLinking(it) &&
      it.connectorKind === connectorKind &&
      it.sourceObjectType === sourceObjectType &&
      it.targetObjectType === targetObjectType,
  );
  return isLinked ? undefined : `no outbound rule makes or joins a ${targetObjectType} of ${connectorKind}`;
}

function makes(rule: SyncRule, mvType: string): boolean {
  return rule.direction === 'inbound' && rule.linkType === 'Provision' && mayBeOne(rule.targetObjectType, mvType);
}

function mayBeOne(a: string, b: string): boolean {
  return a === b || a === anyObjectType || b === anyObjectType;
}

function idleness(rule: SyncRule): string | undefined {
  if (rule.linkType === 'StickyJoin' && rule.join.length === 0) {
    return 'StickyJoin keeps alive what it joined, and without join criteria that is nothing';
  }
  return rule.flows.length === 0 && !isLinking(rule) && !rule.enablePasswordSync
    ? 'the rule has no flows and links nothing'
    : undefined;
}
