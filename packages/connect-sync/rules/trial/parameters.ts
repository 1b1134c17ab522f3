/** Parameters that a run gives an object of a directory, from what a test says of it. */
import { parseDn } from '@springline/directory/dn';
import type { Parameters } from './values.ts';

/**
 * `%Domain.…%` and `%Forest.…%` from the DC components at the end of the DN, empty without any; the connector's from its
 * name.
 *
 * @throws {DirectoryError} when the text is no DN.
 */
export function parametersFromDn(dn: string, connector: string): Parameters {
  const labels: string[] = [];
  for (const rdn of parseDn(dn).toReversed()) {
    const [component] = rdn;
    if (rdn.length !== 1 || component?.type.toLowerCase() !== 'dc' || typeof component.value !== 'string') break;
    labels.unshift(component.value);
  }
  const domain: readonly (readonly [string, string])[] = [
    ['FQDN', labels.join('.')],
    ['LDAP', labels.map((label) => `DC=${label}`).join(',')],
    ['Netbios', (labels[0] ?? '').toUpperCase()],
  ];
  return new Map([
    ...domain.map(([name, value]) => [`Domain.${name}`, value] as const),
    ...domain.map(([name, value]) => [`Forest.${name}`, value] as const),
    ['Connector.ID', connector],
    ['Connector.GroupFilteringGroupDn', ''],
  ]);
}
