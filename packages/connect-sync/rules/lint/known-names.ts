/**
 * Names that rules may use without another rule speaking of them: types of objects, attributes of the metaverse that the
 * engine or an administrator fills, and parameters.
 */
import type { ConnectorKind } from '../rule.ts';

export const metaverseTypes: readonly string[] = ['person', 'group', 'device'];

/** Types of the connector spaces that are known beforehand. LDAP directories and CSV files have types of their own. */
export const connectorTypes: Partial<Record<ConnectorKind, readonly string[]>> = {
  'active-directory': [
    'user',
    'inetOrgPerson',
    'contact',
    'group',
    'computer',
    'foreignSecurityPrincipal',
    'msDS-Device',
    'container',
    'organizationalUnit',
    'domainDNS',
  ],
  cloud: ['user', 'group', 'contact', 'device'],
};

export const parameterNames: readonly string[] = [
  'Domain.Netbios',
  'Domain.FQDN',
  'Domain.LDAP',
  'Forest.Netbios',
  'Forest.FQDN',
  'Forest.LDAP',
  'Connector.ID',
  'Connector.GroupFilteringGroupDn',
  'ADS_UF_ACCOUNTDISABLE',
  'ADS_GROUP_TYPE_GLOBAL_GROUP',
  'ADS_GROUP_TYPE_DOMAIN_LOCAL_GROUP',
  'ADS_GROUP_TYPE_LOCAL_GROUP',
  'ADS_GROUP_TYPE_UNIVERSAL_GROUP',
  'ADS_GROUP_TYPE_SECURITY_ENABLED',
];

/** Attributes of the metaverse that have a meaning though no standard rule writes them. */
export const specialAttributes: readonly string[] = ['cloudMastered', 'userType', 'preferredDataLocation'];
