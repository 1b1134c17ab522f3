/** Attributes and parameters that nothing else knows: nearly always a name that is spelt wrong. */
import { attributeDefinition } from '@springline/directory/schema';
import { anyObjectType, type SyncRule } from '../rule.ts';
import { readsOfFlow, readsOfRule } from '../rule-reads.ts';
import type { RuleFinding } from './finding.ts';
import { parameterNames, specialAttributes } from './known-names.ts';
import { meant, nearest } from './meant.ts';
import type { RulesUnderCheck } from './rules-under-check.ts';

export function* attributeFindings(check: RulesUnderCheck): Iterable<RuleFinding> {
  const names = new NamesInUse(check.rules);
  for (const rule of check.rules) {
    yield* parameterFindings(check, rule);
    yield* rule.direction === 'inbound' ? inboundFindings(check, rule, names) : outboundFindings(check, rule, names);
    for (const flow of rule.flows) {
      const { source } = flow;
      if (source.kind !== 'expression' || flow.executeOnce) continue;
      if (!source.expression.dependencies.deterministic && /\b(?:Guid|RandomNum)\s*\(/.test(source.expression.text)) {
        const message = `${flow.target} gets another value with each evaluation; executeOnce: true gives it once`;
        yield check.finding('warning', 'unsteady-value', rule, message, flow);
      }
    }
  }
}

/** What rules write and read, as the vocabulary for guesses. */
class NamesInUse {
  /** Attributes of the metaverse by type. */
  readonly metaverse = new Map<string, Set<string>>();
  /** Attributes that standard rules read, by kind of connector. */
  readonly read = new Map<string, Set<string>>();
  /** Attributes that standard outbound rules write, by kind of connector and type. */
  readonly written = new Map<string, Set<string>>();

  constructor(rules: readonly SyncRule[]) {
    for (const rule of rules) {
      const targets = rule.flows.map(({ target }) => target);
      if (rule.direction === 'inbound') addAll(this.metaverse, rule.targetObjectType, targets);
      if (!rule.standard) continue;
      if (rule.direction === 'outbound') addAll(this.written, spaceOf(rule), targets);
      else addAll(this.read, rule.connectorKind, namesRead(rule));
    }
  }

  readonly #known = new Map<string, ReadonlySet<string>>();

  ofMetaverse(type: string): ReadonlySet<string> {
    let known = this.#known.get(type);
    if (known === undefined) {
      const types = type === anyObjectType ? [...this.metaverse.keys()] : [type, anyObjectType];
      known = new Set([...specialAttributes, ...types.flatMap((it) => [...(this.metaverse.get(it) ?? [])])]);
      this.#known.set(type, known);
    }
    return known;
  }
}

function* inboundFindings(check: RulesUnderCheck, rule: SyncRule, names: NamesInUse): Iterable<RuleFinding> {
  const known = names.ofMetaverse(rule.targetObjectType);
  for (const clause of rule.join.flat()) {
    if (known.has(clause.mvAttribute)) continue;
    const message = `no rule writes ${clause.mvAttribute} of ${rule.targetObjectType}, so nothing joins by it; ${meant(clause.mvAttribute, [...known], 'nothing')}`;
    yield check.finding('warning', 'unknown-attribute', rule, trimmed(message), clause);
  }
  // Only Active Directory's schema is known; other sources have the attributes that their owner gave them.
  if (rule.standard || rule.connectorKind !== 'active-directory') return;
  const vocabulary = names.read.get(rule.connectorKind) ?? new Set<string>();
  const parts = partsReading(rule);
  for (const name of namesRead(rule)) {
    if (vocabulary.has(name) || name === 'dn') continue;
    const definition = attributeDefinition(name);
    const guess = definition === undefined ? nearest(name, vocabulary) : definition.name;
    if (guess === undefined || guess === name) continue;
    const message = `Active Directory has no attribute ${name} by this spelling; did you mean ${guess}?`;
    yield check.finding('warning', 'unknown-attribute', rule, message, parts.get(name));
  }
}

function* outboundFindings(check: RulesUnderCheck, rule: SyncRule, names: NamesInUse): Iterable<RuleFinding> {
  const known = names.ofMetaverse(rule.sourceObjectType);
  const parts = partsReading(rule);
  for (const name of namesRead(rule)) {
    if (known.has(name) || name === 'dn') continue;
    const message = `no inbound rule writes ${name} of ${rule.sourceObjectType}, so it is always absent; ${meant(name, [...known], 'nothing')}`;
    yield check.finding('warning', 'unknown-attribute', rule, trimmed(message), parts.get(name));
  }
  const written = names.written.get(spaceOf(rule));
  if (rule.standard || written === undefined) return;
  for (const flow of rule.flows) {
    const guess = written.has(flow.target) ? undefined : nearest(flow.target, written);
    if (guess === undefined) continue;
    const message = `${flow.target} is no attribute that the standard rules write; did you mean ${guess}?`;
    yield check.finding('warning', 'unknown-attribute', rule, message, flow);
  }
}

function* parameterFindings(check: RulesUnderCheck, rule: SyncRule): Iterable<RuleFinding> {
  const known = new Set(parameterNames);
  for (const name of readsOfRule(rule).parameters) {
    if (known.has(name)) continue;
    const message = `%${name}% is not a parameter of the product; ${meant(name, parameterNames, 'nothing') || 'it must be configured'}`;
    const part = rule.flows.find((flow) => readsOfFlow(flow).parameters.has(name));
    yield check.finding('warning', 'unknown-parameter', rule, message, part);
  }
}

function namesRead(rule: SyncRule): ReadonlySet<string> {
  const { values, imported, counted } = readsOfRule(rule);
  return new Set([...values, ...imported, ...counted]);
}

/** The first clause or flow of the rule that reads each attribute. */
function partsReading(rule: SyncRule): ReadonlyMap<string, object> {
  const parts = new Map<string, object>();
  const add = (name: string, part: object): void => {
    if (!parts.has(name)) parts.set(name, part);
  };
  for (const clause of rule.scope.flat()) add(clause.attribute, clause);
  for (const flow of rule.flows) {
    const { values, imported, counted } = readsOfFlow(flow);
    for (const name of [...values, ...imported, ...counted]) add(name, flow);
  }
  return parts;
}

const spaceOf = (rule: SyncRule): string => `${rule.connectorKind}/${rule.targetObjectType}`;
const trimmed = (message: string): string => message.replace(/; $/, '');

function addAll(sets: Map<string, Set<string>>, key: string, names: Iterable<string>): void {
  const set = sets.get(key) ?? new Set();
  for (const name of names) set.add(name);
  sets.set(key, set);
}
