/**
 * The attributes that the directory takes: those that sync sends to the cloud (identity, mail, address book, on-premises
 * keys), under their cloud names. What is not listed is refused by name, so that a misspelt flow is seen at once.
 */
import type { ObjectType } from './cloud-object.ts';

/** `any`: stored and given back, never interpreted. */
export type AttributeKind = 'text' | 'flag' | 'integer' | 'any' | 'reference';

export interface AttributeDefinition {
  readonly name: string;
  readonly kind: AttributeKind;
  readonly multiValued: boolean;
  /** Longest text in characters. */
  readonly maxLength: number;
  readonly maxValues: number;
  readonly types: readonly ObjectType[];
}

/** Texts that a directory indexes have at most this many characters. */
const indexedLength = 448;
const longLength = 2_048;
const blobLength = 65_536;

const user: readonly ObjectType[] = ['user'];
const group: readonly ObjectType[] = ['group'];
const people: readonly ObjectType[] = ['user', 'contact'];
const everything: readonly ObjectType[] = ['user', 'group', 'contact'];

type Row = readonly [names: string, types: readonly ObjectType[], words: Partial<Omit<AttributeDefinition, 'types'>>];

const text = {} as const;
const long = { maxLength: longLength } as const;
const blob = { maxLength: blobLength } as const;
const texts = { multiValued: true } as const;
const flag = { kind: 'flag' } as const;
const integer = { kind: 'integer' } as const;
const reference = { kind: 'reference' } as const;
const references = { kind: 'reference', multiValued: true } as const;
/** More would not fit an object; mail systems want no more than 300. */
const proxyAddresses = { multiValued: true, maxValues: 332, maxLength: 1_123 } as const;
const certificates = { multiValued: true, maxValues: 15, maxLength: blobLength } as const;

const extensionAttributes = Array.from({ length: 15 }, (_, at) => `extensionAttribute${at + 1}`).join(' ');

const rows: readonly Row[] = [
  ['displayName commonName cn alias mail sourceAnchor', everything, text],
  ['onPremiseSecurityIdentifier onPremisesSecurityIdentifier onPremisesSamAccountName', everything, text],
  ['onPremisesObjectIdentifier dnsDomainName netBiosName', everything, text],
  ['onPremisesDistinguishedName description info legacyExchangeDN', everything, long],
  ['proxyAddresses', everything, proxyAddresses],
  [extensionAttributes, everything, long],
  ['authOrig unauthOrig dLMemSubmitPerms dLMemRejectPerms publicDelegates altRecipient', everything, references],

  ['userPrincipalName onPremisesUserPrincipalName lastPasswordChangeTimestamp', user, text],
  ['userType employeeType employeeHireDate employeeLeaveDateTime preferredDataLocation', user, text],
  ['accountEnabled', user, flag],
  ['certificateUserIds', user, texts],

  ['givenName surname middleName initials title jobTitle department company companyName', people, text],
  ['division employeeId employeeNumber telephoneNumber mobile homePhone pager', people, text],
  ['facsimileTelephoneNumber ipPhone telephoneAssistant city state country countryLetterCode', people, text],
  ['postalCode postOfficeBox physicalDeliveryOfficeName preferredLanguage usageLocation', people, text],
  ['streetAddress url wWWHomePage targetAddress', people, long],
  ['otherTelephone otherMobile otherHomePhone otherPager otherIpPhone', people, texts],
  ['otherFacsimileTelephoneNumber', people, texts],
  ['countryCode', people, integer],
  ['photo thumbnailPhoto employeeOrgData', people, blob],
  ['userCertificate userSMIMECertificate', people, certificates],
  ['manager assistant secretary seeAlso', people, reference],

  ['securityEnabled mailEnabled hideDLMembership', group, flag],
  ['oOFReplyToOriginator reportToOriginator reportToOwner', group, flag],
  ['groupType', group, integer],
  ['managedBy', group, reference],
  ['member owner', group, references],

  ['msExchModeratedByLink msExchBypassModerationLink msExchBypassModerationFromDLMembersLink', everything, references],
  ['msExchCoManagedByLink msExchDelegateListLink msExchTeamMailboxOwners', everything, references],
  ['msExchTeamMailboxSharePointLinkedBy', everything, reference],
];

const definitions = new Map<string, AttributeDefinition>(
  rows.flatMap(([names, types, words]) =>
    names.split(' ').map((name) => [name.toLowerCase(), definitionOf(name, types, words)] as const),
  ),
);

/** Mail and telephony carry dozens more, which only their own systems read. */
const opaque = /^(?:msExch|msRtcSip|msDs|msOrg)[A-Za-z0-9]+$/i;
/** A directory extension: `extension_`, the id of the application that owns it without dashes, the source's name. */
const extension = /^extension_[0-9a-f]{32}_[A-Za-z0-9_-]+$/i;

export const extensionLimits = { values: 100, length: 250 } as const;

/** What is known of the attribute called `name`, in any case; undefined when the directory does not take it. */
export function definitionOfAttribute(name: string): AttributeDefinition | undefined {
  const listed = definitions.get(name.toLowerCase());
  if (listed !== undefined) return listed;
  if (opaque.test(name)) return definitionOf(name, everything, { kind: 'any', multiValued: true, ...blob });
  if (!isExtension(name)) return undefined;
  return definitionOf(name, ['user', 'group'], { kind: 'any', multiValued: true, maxLength: extensionLimits.length });
}

export function isExtension(name: string): boolean {
  return extension.test(name);
}

/** Names of the references of which an object has one at most. */
export const singleReferences: readonly string[] = [...definitions.values()]
  .filter(({ kind, multiValued }) => kind === 'reference' && !multiValued)
  .map(({ name }) => name);

function definitionOf(
  name: string,
  types: readonly ObjectType[],
  words: Partial<Omit<AttributeDefinition, 'types'>>,
): AttributeDefinition {
  return { name, kind: 'text', multiValued: false, maxLength: indexedLength, maxValues: 2_000, types, ...words };
}
