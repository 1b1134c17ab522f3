/**
 * The attributes we know by name, and the syntaxes that are more than text.
 *
 * The table covers users, groups, contacts, computers and OUs of Active Directory, and inetOrgPerson, groupOfNames,
 * RFC 2307 and operational attributes elsewhere. It says how to read a value, it refuses nothing: an attribute that is
 * missing here still imports (entry.ts). Where AD and RFC 4519 differ in how many values are allowed (`cn`, `sn`,
 * `mail`, …), the table has AD's answer, and nobody here enforces it.
 */
import type { EpochMs } from '@springline/ports/clock';
import { DirectoryError } from './error.ts';

/** `reference` is a DN. `integer` includes AD's 64-bit ones: read them as BigInt. */
export type AttributeSyntax = 'string' | 'integer' | 'boolean' | 'binary' | 'reference' | 'generalized-time';

export interface AttributeDefinition {
  /** The schema's casing. */
  readonly name: string;
  readonly syntax: AttributeSyntax;
  readonly singleValued: boolean;
}

const single: Readonly<Record<AttributeSyntax, string>> = {
  string: `adminDescription c cn co comment company department displayName
    displayNamePrintable division dNSHostName dc employeeID employeeNumber employeeType entryCSN entryUUID
    extensionAttribute1 extensionAttribute2 extensionAttribute3 extensionAttribute4 extensionAttribute5
    extensionAttribute6 extensionAttribute7 extensionAttribute8 extensionAttribute9 extensionAttribute10
    extensionAttribute11 extensionAttribute12 extensionAttribute13 extensionAttribute14 extensionAttribute15
    facsimileTelephoneNumber gecos generationQualifier givenName gPLink homeDirectory homeDrive homePhone homePostalAddress info initials
    ipPhone l legacyExchangeDN location loginShell mail mailNickname middleName mobile name
    msDS-ExternalDirectoryObjectId msDS-PhoneticDisplayName msDS-preferredDataLocation msExchArchiveName
    msExchAssistantName msExchExtensionAttribute16 msExchHomeServerName msExchImmutableId msExchLitigationHoldOwner
    msExchResourceDisplay msExchRetentionComment msExchRetentionURL msExchUsageLocation
    msRTCSIP-ApplicationOptions msRTCSIP-DeploymentLocator msRTCSIP-Line msRTCSIP-OwnerUrn
    msRTCSIP-PrimaryUserAddress operatingSystem operatingSystemServicePack operatingSystemVersion pager
    personalTitle physicalDeliveryOfficeName postalCode preferredLanguage profilePath rid sAMAccountName scriptPath sn
    st street streetAddress targetAddress telephoneAssistant telephoneNumber textEncodedORAddress title
    userParameters userPrincipalName userSharedFolder userWorkstations wWWHomePage`,
  integer: `accountExpires adminCount badPasswordTime badPwdCount codePage countryCode gidNumber groupType instanceType
    lastLogoff lastLogon lastLogonTimestamp localPolicyFlags lockoutDuration lockoutThreshold lockoutTime logonCount
    lockOutObservationWindow maxPwdAge minPwdAge minPwdLength ms-DS-MachineAccountQuota
    msDS-HABSeniorityIndex msDS-SupportedEncryptionTypes msDS-User-Account-Control-Computed
    msExchELCMailboxFlags msExchMailboxAuditLogAgeLimit msExchModerationFlags msExchRecipientDisplayType
    msExchRecipientTypeDetails msExchRemoteRecipientType msExchResourceCapacity msExchGroupDepartRestriction
    msExchGroupJoinRestriction msRTCSIP-OptionFlags primaryGroupID pwdHistoryLength pwdLastSet sAMAccountType
    shadowExpire shadowFlag shadowInactive shadowLastChange shadowMax shadowMin shadowWarning systemFlags
    uidNumber userAccountControl uSNChanged uSNCreated`,
  boolean: `deliverAndRedirect hideDLMembership isCriticalSystemObject isDeleted isRecycled mDBUseDefaults
    msExchBypassAudit msExchEnableModeration msExchHideFromAddressLists msExchMailboxAuditEnable
    msExchRequireAuthToSendTo msOrg-IsOrganizational msRTCSIP-UserEnabled oOFReplyToOriginator
    reportToOriginator reportToOwner showInAdvancedViewOnly`,
  binary: `dSASignature logonHours msDS-DeviceID mS-DS-ConsistencyGuid mS-DS-CreatorSID msExchArchiveGUID
    msExchBlockedSendersHash msExchDisabledArchiveGUID msExchMailboxGuid msExchMasterAccountSid
    msExchSafeRecipientsHash msExchSafeSendersHash msRTCSIP-OriginatorSid nTSecurityDescriptor objectGUID
    objectSid replUpToDateVector supplementalCredentials thumbnailLogo thumbnailPhoto unicodePwd`,
  reference: `aliasedObjectName altRecipient assistant creatorsName distinguishedName entryDN homeMDB
    lastKnownParent managedBy manager modifiersName msExchTeamMailboxSharePointLinkedBy objectCategory
    pwdPolicySubentry subschemaSubentry`,
  'generalized-time': `createTimestamp modifyTimestamp msExchELCExpirySuspensionEnd
    msExchELCExpirySuspensionStart msExchLitigationHoldDate msExchWhenMailboxCreated pwdAccountLockedTime
    pwdChangedTime whenChanged whenCreated`,
};

const multi: Readonly<Record<AttributeSyntax, string>> = {
  string: `businessCategory carLicense departmentNumber description destinationIndicator host internationaliSDNNumber
    labeledURI mailAlternateAddress memberNisNetgroup memberUid msDS-AllowedToDelegateTo msDS-KeyCredentialLink
    msExchExtensionCustomAttribute1 msExchExtensionCustomAttribute2 msExchExtensionCustomAttribute3
    msExchExtensionCustomAttribute4 msExchExtensionCustomAttribute5 msExchPoliciesExcluded
    msExchPoliciesIncluded msExchResourceMetaData msExchResourceSearchProperties
    msExchSenderHintTranslations msExchUserHoldPolicies networkAddress o objectClass
    otherFacsimileTelephoneNumber otherHomePhone otherIpPhone otherMailbox otherMobile otherPager otherTelephone
    ou personalSignature postalAddress postOfficeBox proxyAddresses registeredAddress roomNumber
    servicePrincipalName serialNumber sshPublicKey structuralObjectClass teletexTerminalIdentifier
    telexNumber uid url userClass x121Address`,
  integer: '',
  boolean: '',
  binary: `audio authorityRevocationList cACertificate certificateRevocationList crossCertificatePair jpegPhoto photo
    replPropertyMetaData sIDHistory tokenGroups userCertificate userPassword userPKCS12 userSMIMECertificate
    x500uniqueIdentifier`,
  reference: `authOrig directReports dLMemRejectPerms dLMemSubmitPerms managedObjects member memberOf
    msExchBypassModerationFromDLMembersBL msExchBypassModerationFromDLMembersLink
    msExchBypassModerationLink msExchCoManagedByLink msExchDelegateListBL msExchDelegateListLink
    msExchModeratedByLink msExchTeamMailboxOwners owner publicDelegates publicDelegatesBL roleOccupant secretary seeAlso
    showInAddressBook unauthOrig uniqueMember`,
  'generalized-time': 'dSCorePropagationData pwdFailureTime pwdGraceUseTime',
};

/** Other names of the same attribute: RFC 4519, RFC 4524, and the OIDs of RFC 4514 section 3. Longer than 3 characters. */
const aliases: Readonly<Record<string, string>> = {
  '0.9.2342.19200300.100.1.1': 'uid',
  '0.9.2342.19200300.100.1.25': 'dc',
  '2.5.4.10': 'o',
  '2.5.4.11': 'ou',
  '2.5.4.3': 'cn',
  '2.5.4.4': 'sn',
  '2.5.4.6': 'c',
  '2.5.4.7': 'l',
  '2.5.4.8': 'st',
  '2.5.4.9': 'street',
  commonname: 'cn',
  countryname: 'c',
  domaincomponent: 'dc',
  friendlycountryname: 'co',
  hometelephonenumber: 'homePhone',
  localityname: 'l',
  mobiletelephonenumber: 'mobile',
  organizationalunitname: 'ou',
  organizationname: 'o',
  pagertelephonenumber: 'pager',
  rfc822mailbox: 'mail',
  stateorprovincename: 'st',
  surname: 'sn',
  userid: 'uid',
};

const definitionsByLowerName = buildTable();

/** The definition of an attribute type in any casing, by any of its names; undefined when the table has none. */
export function attributeDefinition(type: string): AttributeDefinition | undefined {
  return definitionsByLowerName.get(type.toLowerCase());
}

function buildTable(): ReadonlyMap<string, AttributeDefinition> {
  const table = new Map<string, AttributeDefinition>();
  for (const [names, singleValued] of [[single, true] as const, [multi, false] as const]) {
    for (const [syntax, list] of Object.entries(names) as [AttributeSyntax, string][]) {
      for (const name of list.split(/\s+/).filter(Boolean)) {
        table.set(name.toLowerCase(), { name, syntax, singleValued });
      }
    }
  }
  for (const [alias, name] of Object.entries(aliases)) {
    const definition = table.get(name.toLowerCase());
    if (definition !== undefined) table.set(alias, definition);
  }
  return table;
}

const guidText = /^\{?([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})\}?$/i;

/**
 * The text of an objectGUID, lower case. AD stores the first three fields little-endian (MS-DTYP 2.3.4.2), so the text is
 * not the hex of the bytes. @throws {DirectoryError} `guid-invalid` unless there are 16 bytes.
 */
export function guidFromBytes(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new DirectoryError('guid-invalid', `A GUID has 16 bytes; this has ${bytes.length}.`);
  const hex = Buffer.from(swapGuidFields(bytes)).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The 16 bytes of an objectGUID from its text, with or without braces. @throws {DirectoryError} `guid-invalid` */
export function bytesFromGuid(text: string): Uint8Array {
  const fields = guidText.exec(text);
  if (fields === null) {
    throw new DirectoryError(
      'guid-invalid',
      'A GUID is 8-4-4-4-12 hex digits, such as 12345678-9abc-def0-1122-334455667788.',
    );
  }
  return swapGuidFields(Buffer.from(fields.slice(1).join(''), 'hex'));
}

function swapGuidFields(bytes: Uint8Array): Uint8Array {
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  return Uint8Array.from(order, (from) => bytes[from]!);
}

/** The `S-1-…` text of an objectSid (MS-DTYP 2.4.2). @throws {DirectoryError} `sid-invalid` */
export function sidFromBytes(bytes: Uint8Array): string {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view[1] ?? 0;
  if (view[0] !== 1 || count > 15 || view.length !== 8 + 4 * count) {
    throw new DirectoryError(
      'sid-invalid',
      'A SID is the byte 1, a count of at most 15, 6 bytes, and 4 bytes for each of count.',
    );
  }
  const authority = view.readUIntBE(2, 6);
  // MS-DTYP 2.4.2.1: an authority of 2^32 or more is written in hex.
  const parts = [authority < 2 ** 32 ? `${authority}` : `0x${authority.toString(16).toUpperCase().padStart(12, '0')}`];
  for (let at = 8; at < view.length; at += 4) parts.push(`${view.readUInt32LE(at)}`);
  return `S-1-${parts.join('-')}`;
}

/** The bytes of a SID from its text. @throws {DirectoryError} `sid-invalid` */
export function bytesFromSid(text: string): Uint8Array {
  const match = /^S-1-(0x[0-9a-f]{1,12}|[0-9]{1,15})((?:-[0-9]{1,10}){0,15})$/i.exec(text);
  const authority = Number(match?.[1] ?? Number.NaN);
  const parts = (match?.[2] ?? '').split('-').slice(1).map(Number);
  if (!(authority < 2 ** 48) || parts.some((part) => part >= 2 ** 32)) {
    throw new DirectoryError('sid-invalid', 'A SID is S-1-, an authority and at most 15 numbers below 4294967296.');
  }
  const bytes = Buffer.alloc(8 + 4 * parts.length);
  bytes[0] = 1;
  bytes[1] = parts.length;
  bytes.writeUIntBE(authority, 2, 6);
  for (const [index, part] of parts.entries()) bytes.writeUInt32LE(part, 8 + 4 * index);
  return new Uint8Array(bytes);
}

const generalizedTime = /^(\d{4})(\d\d)(\d\d)(\d\d)(?:(\d\d)(\d\d)?)?(?:[.,](\d{1,9}))?(?:Z|([+-])(\d\d)(\d\d)?)$/;

/**
 * An instant from a generalized time (RFC 4517 3.3.13), such as AD's `20240131083000.0Z`. Fractions are cut to the
 * millisecond; a leap second counts as the second after it.
 *
 * @throws {DirectoryError} `time-invalid` for anything else, also for 30 February: there is no NaN on this path.
 */
export function parseGeneralizedTime(text: string): EpochMs {
  const match = generalizedTime.exec(text);
  if (match === null) throw invalidTime('must look like 20240131083000.0Z');
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const offsetMinutes = Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0);
  if (hour > 23 || minute > 59 || second > 60 || Number(match[9] ?? 0) > 23 || Number(match[10] ?? 0) > 59) {
    throw invalidTime('has an hour, minute or second out of range');
  }
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day)
    throw invalidTime('names a day that does not exist');

  // RFC 4517: a fraction belongs to the smallest field that is present.
  const unitMs = match[6] !== undefined ? 1_000 : match[5] !== undefined ? 60_000 : 3_600_000;
  const fractionMs = Math.floor(Number(`0.${match[7] ?? 0}`) * unitMs);
  const offsetMs = (match[8] === '-' ? -1 : 1) * offsetMinutes * 60_000;
  return (date.getTime() + ((hour * 60 + minute) * 60 + second) * 1_000 + fractionMs - offsetMs) as EpochMs;
}

/** AD's text of an instant, in whole seconds: `20240131083000.0Z`. Years 0 to 9999. */
export function formatGeneralizedTime(instant: EpochMs): string {
  return `${new Date(instant).toISOString().slice(0, 19).replace(/[-T:]/g, '')}.0Z`;
}

function invalidTime(complaint: string): DirectoryError {
  return new DirectoryError('time-invalid', `A generalized time ${complaint}.`);
}
