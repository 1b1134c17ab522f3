/**
 * Names that rules may use without another rule speaking of them: types of objects, attributes of the metaverse that the
 * engine or an administrator fills, parameters; and which attributes have several values.
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

/** Attributes with several values, in the metaverse and in the cloud, in lower case. */
const multiValued: ReadonlySet<string> = new Set(
  `altRecipient authOrig unauthOrig dLMemRejectPerms dLMemSubmitPerms member owner publicDelegates
  cloudPublicDelegates registeredUsersReference certificateUserIds sIDHistory userCertificate userSMIMECertificate
  deviceKey otherFacsimileTelephoneNumber otherHomePhone otherIpPhone otherMobile otherPager otherTelephone
  proxyAddresses postalAddress roomNumber servicePrincipalName businessCategory`
    .toLowerCase()
    .split(/\s+/),
);
/** Mail and telephony have dozens more of either sort, and extensions are what their owner made them. */
const undecided = /^(?:cloudMSExch|msExch|msRTCSIP|msDs|msOrg|extension_)/i;

/** Whether an attribute that `known` rules write has several values; undefined when that is not known. */
export function isMultiValued(attribute: string, known: ReadonlySet<string>): boolean | undefined {
  if (multiValued.has(attribute.toLowerCase())) return true;
  return undecided.test(attribute) || !known.has(attribute) ? undefined : false;
}
