/**
 * Cloud objects as SCIM resources (RFC 7643 4). What an object does not say itself, such as the groups of a user, comes
 * in beside it; without it the resource is the object's own part, which is what filters in memory look at.
 */
import { createHash } from 'node:crypto';
import {
  enterpriseUserUrn,
  groupUrn,
  springlineGroupUrn,
  springlineUserUrn,
  userUrn,
} from '@springline/directory/scim/schemas';
import { mailAddressesOf } from './addresses.ts';
import { type Attributes, type CloudObject, flagOf, textOf, textsOf } from './cloud-object.ts';
import { displayNameOf, isActive, personText } from './scim-names.ts';

/** A resource as JSON. Absent attributes are not there; nothing is null. */
export type ScimResource = { schemas: string[] } & Record<string, unknown>;

/** The end of a link, as it is shown. */
export interface Linked {
  readonly id: string;
  readonly displayName: string | undefined;
}

/** What other objects say of a user. */
export interface UserLinks {
  readonly groups: readonly Linked[];
  readonly manager: Linked | undefined;
}

export type Member = Linked & { readonly type: 'user' | 'group' };

const noLinks: UserLinks = { groups: [], manager: undefined };

/** A user. `baseUrl` is the service's, without a slash at its end. */
export function userResource(object: CloudObject, baseUrl: string, links: UserLinks = noLinks): ScimResource {
  const { attributes } = object;
  const enterprise = present({
    employeeNumber: personText(attributes, 'employeeNumber'),
    organization: personText(attributes, 'organization'),
    department: personText(attributes, 'department'),
    manager: links.manager && {
      value: links.manager.id,
      $ref: `${baseUrl}/Users/${links.manager.id}`,
      ...present({ displayName: links.manager.displayName }),
    },
  });
  const own = present({
    ...onPremisesOf(object),
    onPremisesUserPrincipalName: textOf(attributes, 'onPremisesUserPrincipalName'),
    onPremisesDomainName: textOf(attributes, 'dnsDomainName'),
    usageLocation: textOf(attributes, 'usageLocation'),
    country: textOf(attributes, 'country'),
  });
  const fields = present({
    id: object.id,
    externalId: object.sourceAnchor,
    userName: personText(attributes, 'userName'),
    name: filled({
      familyName: personText(attributes, 'familyName'),
      givenName: personText(attributes, 'givenName'),
      middleName: personText(attributes, 'middleName'),
    }),
    displayName: displayNameOf('user', attributes),
    title: personText(attributes, 'title'),
    userType: personText(attributes, 'userType'),
    preferredLanguage: personText(attributes, 'preferredLanguage'),
    active: isActive(attributes),
    emails: list(
      mailAddressesOf(attributes).map(({ address, primary }) => ({ value: address, type: 'work', primary })),
    ),
    phoneNumbers: list(phoneNumbersOf(attributes)),
    addresses: list(addressesOf(attributes)),
    groups: list(links.groups.map((group) => linkTo(group, 'Groups', baseUrl, { type: 'direct' }))),
    [enterpriseUserUrn]: filled(enterprise),
    [springlineUserUrn]: own,
    meta: metaOf(object, 'User', `${baseUrl}/Users/${object.id}`, etagOf(object, links)),
  });
  return { schemas: [userUrn, enterpriseUserUrn, springlineUserUrn], ...fields };
}

/** A group; without `members` they are not shown. */
export function groupResource(object: CloudObject, baseUrl: string, members: readonly Member[] = []): ScimResource {
  const { attributes } = object;
  const fields = present({
    id: object.id,
    externalId: object.sourceAnchor,
    displayName: displayNameOf('group', attributes),
    members: list(
      members.map((member) =>
        member.type === 'user'
          ? linkTo(member, 'Users', baseUrl, { type: 'User' })
          : linkTo(member, 'Groups', baseUrl, { type: 'Group' }),
      ),
    ),
    [springlineGroupUrn]: present({
      ...onPremisesOf(object),
      description: textOf(attributes, 'description'),
      mail: textOf(attributes, 'mail'),
      securityEnabled: flagOf(attributes, 'securityEnabled'),
    }),
    meta: metaOf(object, 'Group', `${baseUrl}/Groups/${object.id}`, etagOf(object)),
  });
  return { schemas: [groupUrn, springlineGroupUrn], ...fields };
}

/**
 * The weak ETag of what is shown (RFC 7644 3.14). A user's groups and manager belong to other objects, so they go in by
 * digest; a group's version covers its members, but not how they are called.
 */
export function etagOf(object: Pick<CloudObject, 'version'>, links: UserLinks = noLinks): string {
  if (links.groups.length === 0 && links.manager === undefined) return `W/"${object.version}"`;
  const digest = createHash('sha256').update(JSON.stringify(links)).digest('hex').slice(0, 12);
  return `W/"${object.version}-${digest}"`;
}

function onPremisesOf({ sourceAnchor, attributes }: CloudObject) {
  return {
    sourceAnchor,
    onPremisesSamAccountName: textOf(attributes, 'onPremisesSamAccountName'),
    onPremisesSecurityIdentifier: textOf(attributes, 'onPremisesSecurityIdentifier', 'onPremiseSecurityIdentifier'),
    onPremisesDistinguishedName: textOf(attributes, 'onPremisesDistinguishedName'),
    alias: textOf(attributes, 'alias'),
  };
}

const phoneAttributes: readonly (readonly [type: string, attribute: string])[] = [
  ['work', 'telephoneNumber'],
  ['work', 'otherTelephone'],
  ['mobile', 'mobile'],
  ['mobile', 'otherMobile'],
  ['home', 'homePhone'],
  ['home', 'otherHomePhone'],
  ['fax', 'facsimileTelephoneNumber'],
  ['fax', 'otherFacsimileTelephoneNumber'],
  ['pager', 'pager'],
  ['pager', 'otherPager'],
  ['other', 'ipPhone'],
  ['other', 'otherIpPhone'],
];

function phoneNumbersOf(attributes: Attributes): { value: string; type: string }[] {
  return phoneAttributes.flatMap(([type, name]) => textsOf(attributes, name).map((value) => ({ value, type })));
}

function addressesOf(attributes: Attributes): Record<string, unknown>[] {
  const country = textOf(attributes, 'countryLetterCode') ?? textOf(attributes, 'country');
  const address = present({
    streetAddress: textOf(attributes, 'streetAddress'),
    locality: textOf(attributes, 'city'),
    region: textOf(attributes, 'state'),
    postalCode: textOf(attributes, 'postalCode'),
    // ISO 3166-1 alpha-2 (RFC 7643 4.1.2); a country written out is in our own extension.
    country: country?.length === 2 ? country.toUpperCase() : undefined,
  });
  return Object.keys(address).length === 0 ? [] : [{ ...address, type: 'work' }];
}

function linkTo(to: Linked, collection: 'Users' | 'Groups', baseUrl: string, words: { type: string }) {
  return { value: to.id, $ref: `${baseUrl}/${collection}/${to.id}`, ...present({ display: to.displayName }), ...words };
}

function metaOf(object: CloudObject, resourceType: string, location: string, version: string) {
  return {
    resourceType,
    created: new Date(object.createdAt).toISOString(),
    lastModified: new Date(object.changedAt).toISOString(),
    location,
    version,
  };
}

/** Without what is undefined. */
function present(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function filled(fields: Readonly<Record<string, unknown>>): Record<string, unknown> | undefined {
  const left = present(fields);
  return Object.keys(left).length === 0 ? undefined : left;
}

const list = <T>(values: readonly T[]): readonly T[] | undefined => (values.length === 0 ? undefined : values);
