/**
 * All rules of one configuration, ordered once and looked up by what they are for. `forConnectors` gives the rules as
 * they stand for the connectors that a server really has.
 */
import { createHash } from 'node:crypto';
import type { RulePlaces } from './parse.ts';
import type { ConnectorKind, SyncRule } from './rule.ts';
import { orderRules } from './rule-order.ts';
import { type RuleChange, ruleChanges } from './rule-set-changes.ts';
import { ConnectorRules, type RuleConnector } from './rule-set-connectors.ts';
import { attributesReadBy, groupBy, joinAttributesOf, objectTypesOf } from './rule-set-reads.ts';

export class RuleSet {
  /** The rules in force by precedence, lower first. */
  readonly rules: readonly SyncRule[];
  /** Rules that are switched off, by precedence. */
  readonly disabled: readonly SyncRule[];
  /** Changes whenever a rule does. */
  readonly digest: string;
  /** Where rules and their parts stand, for messages. */
  readonly places: RulePlaces;
  readonly #inbound: ReadonlyMap<string, readonly SyncRule[]>;
  readonly #outbound: ReadonlyMap<string, readonly SyncRule[]>;

  /**
   * `texts` are the rule files that `rules` were parsed from; they make the digest. `places` are for messages.
   *
   * @throws {RuleSetError} when two rules have the same name or id, or a precedence that leaves their order open.
   */
  constructor(rules: readonly SyncRule[], texts: readonly string[], places: RulePlaces = new Map()) {
    this.places = places;
    const ordered = orderRules(rules, places);
    this.rules = ordered.filter((rule) => !rule.disabled);
    this.disabled = ordered.filter((rule) => rule.disabled);
    this.digest = createHash('sha256').update(JSON.stringify(texts)).digest('hex');
    this.#inbound = groupBy(this.rules, 'inbound', (rule) => `${rule.connectorKind}/${rule.sourceObjectType}`);
    this.#outbound = groupBy(this.rules, 'outbound', (rule) => rule.sourceObjectType);
  }

  inbound(kind: ConnectorKind, objectType: string): readonly SyncRule[] {
    return this.#inbound.get(`${kind}/${objectType}`) ?? [];
  }

  outbound(mvType: string): readonly SyncRule[] {
    return this.#outbound.get(mvType) ?? [];
  }

  /** Connector space types that some inbound rule of the kind is for. */
  objectTypes(kind: ConnectorKind): ReadonlySet<string> {
    return objectTypesOf(this.rules.filter((rule) => rule.connectorKind === kind));
  }

  /** Every attribute of the directory that some inbound rule of the kind reads; nothing else is asked for. */
  attributesRead(kind: ConnectorKind): ReadonlySet<string> {
    return attributesReadBy(this.rules.filter((rule) => rule.connectorKind === kind));
  }

  /** Metaverse attributes by which objects are joined. */
  joinAttributes(): ReadonlySet<string> {
    return joinAttributesOf(this.rules);
  }

  /**
   * The rules as they stand for these connectors, in the order in which the connectors were added: one numbered rule for
   * each connector that a rule is for. Rules that no connector has a use for are left out.
   */
  forConnectors(connectors: readonly RuleConnector[]): ConnectorRules {
    return new ConnectorRules(this.rules, this.digest, connectors);
  }

  /** What differs, by content, between the rules in force here and those of another set that takes their place. */
  changedFlows(other: RuleSet): readonly RuleChange[] {
    return ruleChanges(this.rules, other.rules);
  }
}
