/** Types of objects, connectors and precedence numbers that exist. */
import { anyObjectType, type SyncRule } from '../rule.ts';
import type { RuleFinding } from './finding.ts';
import { connectorTypes, metaverseTypes } from './known-names.ts';
import { meant } from './meant.ts';
import type { RulesUnderCheck } from './rules-under-check.ts';

/** Precedence of an administrator's own rules; numbers from 100 belong to the product. */
export const ownPrecedence = { first: 1, last: 99 } as const;

export function* typeFindings(check: RulesUnderCheck): Iterable<RuleFinding> {
  for (const rule of check.rules) {
    const { first, last } = ownPrecedence;
    if (!rule.standard && (rule.precedence < first || rule.precedence > last)) {
      const message = `a rule of your own has a precedence from ${first} to ${last}; this one has ${rule.precedence}`;
      yield check.finding('error', 'own-precedence', rule, message);
    }
    const [mvType, csType] = typesOf(rule);
    if (!metaverseTypes.includes(mvType) && mvType !== anyObjectType) {
      const message = `the metaverse has no type ${mvType}; ${meant(mvType, metaverseTypes, 'list')}`;
      yield check.finding('error', 'unknown-object-type', rule, message);
    }
    const known = connectorTypes[rule.connectorKind];
    if (known !== undefined && !known.includes(csType)) {
      const message = `${rule.connectorKind} has no type ${csType} that is read; ${meant(csType, known, 'list')}`;
      yield check.finding('warning', 'unknown-object-type', rule, message);
    }
    yield* connectorFindings(check, rule);
  }
}

function* connectorFindings(check: RulesUnderCheck, rule: SyncRule): Iterable<RuleFinding> {
  const { connectors } = check;
  if (rule.requires !== undefined && rule.connectorKind !== 'active-directory') {
    const message = `requires is about the schema of Active Directory; ${rule.connectorKind} has none`;
    yield check.finding('warning', 'no-effect', rule, message);
  }
  if (connectors === undefined || rule.connector === undefined) return;
  const named = connectors.find(({ name }) => name === rule.connector);
  if (named === undefined) {
    const names = connectors.map(({ name }) => name);
    const message = `there is no connector ${rule.connector}; ${meant(rule.connector, names, 'list')}`;
    yield check.finding('error', 'unknown-connector', rule, message);
  } else if (named.kind !== rule.connectorKind) {
    const message = `the connector ${rule.connector} is of kind ${named.kind}, and the rule is for ${rule.connectorKind}`;
    yield check.finding('error', 'unknown-connector', rule, message);
  }
}

function typesOf(rule: SyncRule): readonly [mvType: string, csType: string] {
  const { direction, sourceObjectType, targetObjectType } = rule;
  return direction === 'inbound' ? [targetObjectType, sourceObjectType] : [sourceObjectType, targetObjectType];
}
