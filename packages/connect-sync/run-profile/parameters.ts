/**
 * Parameters of expressions (`%Domain.FQDN%`, …) for one object, from the DC components of its DN.
 */
import { parseDn } from '@springline/directory/dn';
import type { Engine } from './engine.ts';

type Parameters = ReadonlyMap<string, string | bigint>;

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
const cached = new WeakMap<Engine, Map<string, Parameters>>();

/** One map per domain and engine, made at the first object of the domain. */
export function parametersFor(engine: Engine, dn: string): Parameters {
  const byDomain = cached.get(engine) ?? new Map<string, Parameters>();
  cached.set(engine, byDomain);
  const labels = domainLabels(dn) ?? domainLabels(engine.directory.baseDn) ?? [];
  const key = labels.join('.');
  let parameters = byDomain.get(key);
  if (parameters === undefined) {
    parameters = domainParameters(engine, labels);
    // Names come from outside: past the limit they are made each time, which is slower and no leak.
    if (byDomain.size < cachedDomainLimit) byDomain.set(key, parameters);
  }
  return parameters;
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

function domainParameters(engine: Engine, labels: readonly string[]): Parameters {
  const netBios = engine.directory.netBiosName ?? (labels[0] ?? '').toUpperCase();
  const domain: [string, string][] = [
    ['FQDN', labels.join('.')],
    ['LDAP', labels.map((label) => `DC=${label}`).join(',')],
    ['Netbios', netBios],
  ];
  return new Map<string, string | bigint>([
    ...domain.map(([name, value]) => [`Domain.${name}`, value] as const),
    ...domain.map(([name, value]) => [`Forest.${name}`, value] as const),
    ['Connector.ID', engine.directory.name],
    ...intrinsic,
  ]);
}
