/**
 * The schemas and resource types that this directory shows (RFC 7643 4 and 7): User with the enterprise extension,
 * Group, and our own extension for what a directory knows about where an object comes from. Only attributes that are
 * filled are listed. Everything is read-only: objects are mastered by the systems that agents read.
 */
import type { ResourceType, Schema } from './resource-type.ts';
import { attribute, flag, list, parts, text } from './schema-attribute.ts';

export const userUrn = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const groupUrn = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const enterpriseUserUrn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const springlineUserUrn = 'urn:ietf:params:scim:schemas:extension:springline:2.0:User';
export const springlineGroupUrn = 'urn:ietf:params:scim:schemas:extension:springline:2.0:Group';

const link = (...referenceTypes: string[]) => attribute('$ref', 'reference', 'URL of the resource', { referenceTypes });
const exact = { caseExact: true } as const;

const userSchema: Schema = {
  id: userUrn,
  name: 'User',
  description: 'A person’s account',
  attributes: [
    text('userName', 'The sign-in name: the userPrincipalName', { required: true, uniqueness: 'server' }),
    parts('name', 'The parts of the person’s name', [
      text('familyName', 'Surname'),
      text('givenName', 'Given name'),
      text('middleName', 'Middle name'),
    ]),
    text('displayName', 'The name to show'),
    text('title', 'Job title'),
    text('userType', 'Relation to the organisation, such as Employee'),
    text('preferredLanguage', 'Language, as in Accept-Language'),
    flag('active', 'Whether the account may be used'),
    list('emails', 'Addresses, the primary one first', [
      text('value', 'The address'),
      text('type', 'Always work', { canonicalValues: ['work'] }),
      flag('primary', 'True for one address at most'),
    ]),
    list('phoneNumbers', 'Telephone numbers', [
      text('value', 'The number as the source writes it'),
      text('type', 'What it rings', { canonicalValues: ['work', 'mobile', 'fax', 'pager', 'home', 'other'] }),
    ]),
    list('addresses', 'Postal address', [
      text('streetAddress', 'Street, house and the like; may have several lines'),
      text('locality', 'City'),
      text('region', 'State or province'),
      text('postalCode', 'Postal code'),
      text('country', 'ISO 3166-1 code of two letters'),
      text('type', 'Always work', { canonicalValues: ['work'] }),
    ]),
    list('groups', 'Groups that name the user as a member themselves; nested membership is not unfolded', [
      text('value', 'Id of the group', exact),
      link('Group'),
      text('display', 'displayName of the group'),
      text('type', 'Always direct', { canonicalValues: ['direct'] }),
    ]),
  ],
};

const enterpriseSchema: Schema = {
  id: enterpriseUserUrn,
  name: 'EnterpriseUser',
  description: 'The account’s place in an organisation',
  attributes: [
    text('employeeNumber', 'The organisation’s number for the person'),
    text('organization', 'Company'),
    text('department', 'Department'),
    parts('manager', 'The person’s manager', [
      text('value', 'Id of the manager', exact),
      link('User'),
      text('displayName', 'displayName of the manager'),
    ]),
  ],
};

const groupSchema: Schema = {
  id: groupUrn,
  name: 'Group',
  description: 'A group of users and groups',
  attributes: [
    text('displayName', 'The name to show', { required: true }),
    list('members', 'Members of the group itself; nested membership is not unfolded', [
      text('value', 'Id of the member', exact),
      link('User', 'Group'),
      text('type', 'What the member is', { canonicalValues: ['User', 'Group'] }),
      text('display', 'displayName of the member'),
    ]),
  ],
};

const onPremises = [
  text('sourceAnchor', 'The immutable key of the object in every system that sync touches', exact),
  text('onPremisesSamAccountName', 'sAMAccountName in the source directory'),
  text('onPremisesSecurityIdentifier', 'objectSid in the source directory', exact),
  text('onPremisesDistinguishedName', 'DN in the source directory'),
  text('alias', 'Mail alias'),
];

const springlineUserSchema: Schema = {
  id: springlineUserUrn,
  name: 'SpringlineUser',
  description: 'Where the account comes from',
  attributes: [
    ...onPremises,
    text('onPremisesUserPrincipalName', 'userPrincipalName in the source directory'),
    text('onPremisesDomainName', 'DNS name of the source domain'),
    text('usageLocation', 'ISO 3166-1 code of where services are used'),
    text('country', 'Country as the source writes it'),
  ],
};

const springlineGroupSchema: Schema = {
  id: springlineGroupUrn,
  name: 'SpringlineGroup',
  description: 'Where the group comes from, and its mail',
  attributes: [
    ...onPremises,
    text('description', 'What the group is for'),
    text('mail', 'Primary address'),
    flag('securityEnabled', 'Whether the group can hold rights'),
  ],
};

const common = [
  text('id', 'The directory’s own key', { ...exact, returned: 'always', uniqueness: 'global' }),
  text('externalId', 'The source anchor', exact),
  attribute('schemas', 'reference', 'URNs of the schemas in use', { multiValued: true, returned: 'always' }),
  parts('meta', 'About the resource', [
    text('resourceType', 'Name of the resource type', exact),
    attribute('created', 'dateTime', 'When it came into the directory'),
    attribute('lastModified', 'dateTime', 'When it changed last'),
    attribute('location', 'reference', 'URL of the resource', { referenceTypes: ['uri'] }),
    text('version', 'ETag', exact),
  ]),
];

export const userResourceType: ResourceType = {
  name: 'User',
  endpoint: '/Users',
  description: 'Accounts of people',
  schema: userSchema,
  extensions: [enterpriseSchema, springlineUserSchema],
  common,
};

export const groupResourceType: ResourceType = {
  name: 'Group',
  endpoint: '/Groups',
  description: 'Groups of users and groups',
  schema: groupSchema,
  extensions: [springlineGroupSchema],
  common,
};
