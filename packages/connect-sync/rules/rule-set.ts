/**
 * All rules of one configuration, ordered once and looked up by what they are for.
 */
import { createHash } from 'node:crypto';
import { orderRules } from './parse.ts';
import type { AttributeFlow, ConnectorKind, SyncRule } from './rule.ts';

export class RuleSet {
  /** By precedence, lower first. */
  readonly rules: readonly SyncRule[];
  /** Changes whenever a rule does; a change calls for a full import and a full synchronisation. */
  readonly digest: string;
  readonly #inbound: ReadonlyMap<string, readonly SyncRule[]>;
  readonly #outbound: ReadonlyMap<string, readonly SyncRule[]>;

  /** `texts` are the rule files that `rules` were parsed from; they make the digest. */
  constructor(rules: readonly SyncRule[], texts: readonly string[]) {
    this.rules = orderRules(rules);
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
    const inbound = this.rules.filter((rule) => rule.direction === 'inbound' && rule.connectorKind === kind);
    return new Set(inbound.map((rule) => rule.sourceObjectType));
  }

  /** Every attribute of the directory that some inbound rule of the kind reads; nothing else is asked for. */
  attributesRead(kind: ConnectorKind): ReadonlySet<string> {
    const names = new Set<string>();
    for (const rule of this.rules) {
      if (rule.direction !== 'inbound' || rule.connectorKind !== kind) continue;
      for (const clause of rule.scope.flat()) names.add(clause.attribute);
      for (const clause of rule.join.flat()) names.add(clause.csAttribute);
      for (const flow of rule.flows) for (const name of attributesOf(flow)) names.add(name);
    }
    names.delete('dn');
    return names;
  }

  /** Metaverse attributes by which objects are joined. */
  joinAttributes(): ReadonlySet<string> {
    return new Set(this.rules.flatMap((rule) => rule.join.flat().map((clause) => clause.mvAttribute)));
  }
}

function attributesOf(flow: AttributeFlow): readonly string[] {
  const { source } = flow;
  if (source.kind === 'direct') return [source.attribute];
  if (source.kind === 'constant') return [];
  const { attributes, imported, counted } = source.expression.dependencies;
  return [...attributes, ...imported, ...counted];
}

function groupBy(
  rules: readonly SyncRule[],
  direction: SyncRule['direction'],
  keyOf: (rule: SyncRule) => string,
): ReadonlyMap<string, readonly SyncRule[]> {
  const groups = new Map<string, SyncRule[]>();
  for (const rule of rules) {
    if (rule.direction !== direction) continue;
    const group = groups.get(keyOf(rule));
    if (group === undefined) groups.set(keyOf(rule), [rule]);
    else group.push(rule);
  }
  return groups;
}
