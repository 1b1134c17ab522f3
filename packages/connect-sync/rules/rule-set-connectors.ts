/**
 * The rules of a configuration as they stand for the connectors of one server. A rule that names no connector stands
 * once for each connector of its kind. Such a group keeps together: within it, the connector that was added first comes
 * first, and one that is added later comes last. So the numbers behind it shift, and two servers agree only if their
 * connectors were added in the same order.
 */
import { createHash } from 'node:crypto';
import type { ConnectorKind, SchemaFeature, SyncRule } from './rule.ts';
import { withoutRedundantFlows } from './rule-redundancy.ts';
import {
  type ContentChange,
  compareContents,
  contentOf,
  digested,
  haveSameOrder,
  type RuleContent,
  readContents,
  writeContents,
} from './rule-set-changes.ts';
import { attributesReadBy, groupBy, joinAttributesOf, objectTypesOf } from './rule-set-reads.ts';
import { singleValuedTargets } from './several-values.ts';

export interface RuleConnector {
  readonly name: string;
  readonly kind: ConnectorKind;
  /** Extensions that the schema of the forest has; every extension when it is not known. */
  readonly features?: ReadonlySet<SchemaFeature>;
}

/**
 * A rule for one connector. Its `precedence` is a number of its own, which no other rule of the server has, and its
 * `flows` leave out those that an earlier rule makes superfluous.
 */
export interface ConnectorRule extends SyncRule {
  readonly connector: string;
  /** The rule as it is written. */
  readonly written: SyncRule;
}

export class ConnectorRules {
  /** By precedence, lower first. */
  readonly rules: readonly ConnectorRule[];
  /** Changes whenever a rule does, a connector, or the order of connectors. */
  readonly digest: string;
  /** Targets that hold one value for certain; more fail the object. */
  readonly singleValued: ReadonlySet<string>;
  readonly #inbound: ReadonlyMap<string, readonly ConnectorRule[]>;
  readonly #outbound: ReadonlyMap<string, readonly ConnectorRule[]>;

  constructor(rules: readonly SyncRule[], digest: string, connectors: readonly RuleConnector[]) {
    this.rules = withoutRedundantFlows(numbered(rules, connectors));
    this.singleValued = singleValuedTargets(this.rules);
    const shape = connectors.map(({ name, kind, features }) => [name, kind, features ? [...features].sort() : null]);
    this.digest = createHash('sha256')
      .update(JSON.stringify([digest, shape]))
      .digest('hex');
    this.#inbound = groupBy(this.rules, 'inbound', (rule) => `${rule.sourceObjectType}/${rule.connector}`);
    this.#outbound = groupBy(this.rules, 'outbound', (rule) => `${rule.sourceObjectType}/${rule.connector}`);
  }

  /** By precedence. */
  inbound(connector: string, objectType: string): readonly ConnectorRule[] {
    return this.#inbound.get(`${objectType}/${connector}`) ?? [];
  }

  /** By precedence. */
  outbound(connector: string, mvType: string): readonly ConnectorRule[] {
    return this.#outbound.get(`${mvType}/${connector}`) ?? [];
  }

  /** Connector space types that some inbound rule of the connector is for. */
  objectTypes(connector: string): ReadonlySet<string> {
    return objectTypesOf(this.#of(connector));
  }

  /** Every attribute that some inbound rule of the connector reads; nothing else is asked for. */
  attributesRead(connector: string): ReadonlySet<string> {
    return attributesReadBy(this.#of(connector));
  }

  /** What the rules say, as text to be kept: `changedSince` compares with it after a restart. */
  contents(): string {
    return writeContents(this.#contents());
  }

  /**
   * What differs from the rules of which `contents` were kept. Undefined when everything may: the text is not one of
   * ours, or rules that both have come in another order, so that another of them wins.
   */
  changedSince(contents: string): readonly ContentChange[] | undefined {
    const before = readContents(contents);
    const after = digested(this.#contents());
    return before === undefined || !haveSameOrder(before, after) ? undefined : compareContents(before, after);
  }

  /** Metaverse attributes by which objects are joined. */
  joinAttributes(): ReadonlySet<string> {
    return joinAttributesOf(this.rules);
  }

  /** Of the rules as they are written: neither a number that shifts nor a flow that is left out changes anything. */
  #contents(): readonly RuleContent[] {
    return this.rules.map(({ written, connector }) => contentOf({ ...written, connector }));
  }

  #of(connector: string): readonly ConnectorRule[] {
    return this.rules.filter((rule) => rule.connector === connector);
  }
}

/**
 * Every rule keeps the number it was written with, unless the rules before it need that many. Rules of one written
 * precedence are in the order of their connectors.
 */
function numbered(rules: readonly SyncRule[], connectors: readonly RuleConnector[]): readonly ConnectorRule[] {
  const standing = rules
    .flatMap((rule) =>
      connectors
        .map((connector, order) => ({ rule, connector, order }))
        .filter(({ connector }) => isFor(rule, connector)),
    )
    .sort((a, b) => a.rule.precedence - b.rule.precedence || a.order - b.order);
  let last = Number.NEGATIVE_INFINITY;
  return standing.map(({ rule, connector }) => {
    last = Math.max(rule.precedence, last + 1);
    return { ...rule, precedence: last, connector: connector.name, written: rule };
  });
}

function isFor(rule: SyncRule, connector: RuleConnector): boolean {
  if (rule.connectorKind !== connector.kind) return false;
  if (rule.connector !== undefined && rule.connector !== connector.name) return false;
  return rule.requires === undefined || connector.features === undefined || connector.features.has(rule.requires);
}
