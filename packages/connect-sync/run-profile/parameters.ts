/**
 * Parameters of expressions and scopes (`%Domain.FQDN%`, …) for one object, from the DC components of its DN; and what
 * else an evaluation may ask about the object.
 */
import { normaliseDn, parseDn } from '@springline/directory/dn';
import type { Clock } from '@springline/ports/clock';
import type { Random } from '@springline/ports/random';
import type { CsId } from '../connector-space/store.ts';
import type { EvaluationContext } from '../rules/expression/compile.ts';
import type { ScopeContext } from '../rules/scope.ts';
import type { Directory, Engine } from './engine.ts';

export type Parameters = ReadonlyMap<string, string | bigint>;

/** Constants of AD that rules may name (MS-ADTS 2.2.12, 2.2.16). */
const intrinsic: readonly (readonly [string, bigint])[] = [
  ['ADS_UF_ACCOUNTDISABLE', 0x2n],
  ['ADS_GROUP_TYPE_GLOBAL_GROUP', 0x2n],
  ['ADS_GROUP_TYPE_DOMAIN_LOCAL_GROUP', 0x4n],
  ['ADS_GROUP_TYPE_LOCAL_GROUP', 0x4n],
  ['ADS_GROUP_TYPE_UNIVERSAL_GROUP', 0x8n],
  ['ADS_GROUP_TYPE_SECURITY_ENABLED', 0x80000000n],
];

const cachedDomainLimit = 1_000;
const cached = new WeakMap<Directory, Map<string, Parameters>>();

/** The object that rules are evaluated for; parameters are made when a rule asks for them. */
export class ObjectContext implements EvaluationContext, ScopeContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly #engine: Engine;
  #directory: Directory | undefined;
  #row = 0 as CsId;
  #dn = '';
  #parameters: Parameters | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.clock = engine.clock;
    this.random = engine.random;
  }

  /** @param directory absent for an object of the cloud. */
  load(directory: Directory | undefined, row: CsId, dn: string): this {
    this.#directory = directory;
    this.#row = row;
    this.#dn = dn;
    this.#parameters = undefined;
    return this;
  }

  get parameters(): Parameters {
    this.#parameters ??= this.#directory === undefined ? new Map(intrinsic) : parametersFor(this.#directory, this.#dn);
    return this.#parameters;
  }

  /** Direct membership, as the connector space has it. */
  isMemberOf(groupDn: string): boolean {
    if (this.#directory === undefined) return false;
    const { store } = this.#engine;
    const group = store.idByDn(this.#directory.connector, normaliseDn(groupDn));
    if (group === undefined) return false;
    return memberAttributes.some((attribute) => {
      const state = store.reference(group, attribute, this.#row);
      return state !== undefined && state !== 'gone';
    });
  }
}

export const memberAttributes = ['member', 'uniqueMember'] as const;

/** One map per domain, made at the first object of the domain. */
export function parametersFor(directory: Directory, dn: string): Parameters {
  const byDomain = cached.get(directory) ?? new Map<string, Parameters>();
  cached.set(directory, byDomain);
  const suffix = dn.slice(domainStart(dn));
  let parameters = byDomain.get(suffix);
  if (parameters === undefined) {
    parameters = domainParameters(directory, domainLabels(suffix) ?? domainLabels(directory.baseDn) ?? []);
    // Names come from outside: past the limit they are made each time, which is slower and no leak.
    if (byDomain.size < cachedDomainLimit && suffix.length < 1_024) byDomain.set(suffix, parameters);
  }
  return parameters;
}

/** Where the plain DC components at the end of a DN begin; whatever is written in another way is read in full. */
function domainStart(dn: string): number {
  let start = dn.length;
  for (;;) {
    const comma = dn.lastIndexOf(',', start - 2);
    const component = dn.slice(comma + 1, start);
    if (comma < 0 || dn[comma - 1] === '\\' || !/^ ?dc=[a-z0-9-]+,?$/i.test(component)) break;
    start = comma + 1;
  }
  return start === dn.length ? 0 : start;
}

/** Values of the DC components at the end of a DN; `undefined` when it ends in none. */
function domainLabels(dn: string): readonly string[] | undefined {
  const labels: string[] = [];
  for (const rdn of parseDn(dn).toReversed()) {
    const [component] = rdn;
    if (rdn.length !== 1 || component?.type.toLowerCase() !== 'dc' || typeof component.value !== 'string') break;
    labels.unshift(component.value);
  }
  return labels.length === 0 ? undefined : labels;
}

function domainParameters(directory: Directory, labels: readonly string[]): Parameters {
  const netBios = directory.netBiosName ?? (labels[0] ?? '').toUpperCase();
  const domain: [string, string][] = [
    ['FQDN', labels.join('.')],
    ['LDAP', labels.map((label) => `DC=${label}`).join(',')],
    ['Netbios', netBios],
  ];
  return new Map<string, string | bigint>([
    ...domain.map(([name, value]) => [`Domain.${name}`, value] as const),
    ...domain.map(([name, value]) => [`Forest.${name}`, value] as const),
    ['Connector.ID', directory.name],
    ['Connector.GroupFilteringGroupDn', directory.filterGroupDn ?? ''],
    ...intrinsic,
  ]);
}
