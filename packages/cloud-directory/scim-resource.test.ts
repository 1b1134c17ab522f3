import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bindFilter } from '@springline/directory/scim/filter-binding';
import { matchesFilter } from '@springline/directory/scim/filter-evaluator';
import { parseFilter } from '@springline/directory/scim/filter-parser';
import { resolveAttribute, type SchemaAttribute } from '@springline/directory/scim/resource-type';
import { groupResourceType, userResourceType } from '@springline/directory/scim/schemas';
import type { EpochMs } from '@springline/ports/clock';
import { type AttributeValue, attributesFrom, type CloudObject, type ObjectType } from './cloud-object.ts';
import { etagOf, groupResource, userResource } from './scim-resource.ts';
import { searchKeysOf } from './search-keys.ts';

const baseUrl = 'https://id.example.com/scim/v2';

function object(type: ObjectType, values: Record<string, AttributeValue>): CloudObject {
  return {
    id: 'o1',
    type,
    sourceAnchor: 'eFY0Erya8N4RIjNEVWZ3iA==',
    connectorId: 'c1',
    attributes: attributesFrom(Object.entries(values)),
    referenceCount: 0,
    version: 7,
    createdAt: Date.UTC(2026, 0, 1) as EpochMs,
    changedAt: Date.UTC(2026, 10, 22, 14) as EpochMs,
    deletedAt: undefined,
  };
}

const ada = object('user', {
  userPrincipalName: 'Ada@example.com',
  displayName: 'Ada Lovelace',
  givenName: 'Ada',
  surname: 'Lovelace',
  mail: 'ada@example.com',
  proxyAddresses: ['SMTP:ada@example.com', 'smtp:countess@example.org', 'sip:ada@example.com'],
  accountEnabled: false,
  jobTitle: 'Countess',
  department: 'Engines',
  companyName: 'Babbage & Co',
  employeeId: '701984',
  telephoneNumber: '+44 20 1',
  mobile: '+44 7 2',
  otherMobile: ['+44 7 3'],
  streetAddress: '12 St James’s Square',
  city: 'London',
  state: 'Greater London',
  postalCode: 'SW1Y',
  country: 'United Kingdom',
  countryLetterCode: 'gb',
  preferredLanguage: 'en-GB',
  usageLocation: 'GB',
  onPremisesSamAccountName: 'ada',
  onPremiseSecurityIdentifier: 'S-1-5-21-1',
  alias: 'ada',
  msExchHideFromAddressLists: true,
});
const links = {
  groups: [{ id: 'g1', displayName: 'Staff' }],
  manager: { id: 'u2', displayName: 'Charles' },
};

test('a user is shown with the attributes of RFC 7643, the enterprise extension and our own', () => {
  assert.deepEqual(userResource(ada, baseUrl, links), {
    schemas: [
      'urn:ietf:params:scim:schemas:core:2.0:User',
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
      'urn:ietf:params:scim:schemas:extension:springline:2.0:User',
    ],
    id: 'o1',
    externalId: 'eFY0Erya8N4RIjNEVWZ3iA==',
    userName: 'Ada@example.com',
    name: { familyName: 'Lovelace', givenName: 'Ada' },
    displayName: 'Ada Lovelace',
    title: 'Countess',
    preferredLanguage: 'en-GB',
    active: false,
    emails: [
      { value: 'ada@example.com', type: 'work', primary: true },
      { value: 'countess@example.org', type: 'work', primary: false },
    ],
    phoneNumbers: [
      { value: '+44 20 1', type: 'work' },
      { value: '+44 7 2', type: 'mobile' },
      { value: '+44 7 3', type: 'mobile' },
    ],
    addresses: [
      {
        streetAddress: '12 St James’s Square',
        locality: 'London',
        region: 'Greater London',
        postalCode: 'SW1Y',
        country: 'GB',
        type: 'work',
      },
    ],
    groups: [{ value: 'g1', $ref: `${baseUrl}/Groups/g1`, display: 'Staff', type: 'direct' }],
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': {
      employeeNumber: '701984',
      organization: 'Babbage & Co',
      department: 'Engines',
      manager: { value: 'u2', $ref: `${baseUrl}/Users/u2`, displayName: 'Charles' },
    },
    'urn:ietf:params:scim:schemas:extension:springline:2.0:User': {
      sourceAnchor: 'eFY0Erya8N4RIjNEVWZ3iA==',
      onPremisesSamAccountName: 'ada',
      onPremisesSecurityIdentifier: 'S-1-5-21-1',
      alias: 'ada',
      usageLocation: 'GB',
      country: 'United Kingdom',
    },
    meta: {
      resourceType: 'User',
      created: '2026-01-01T00:00:00.000Z',
      lastModified: '2026-11-22T14:00:00.000Z',
      location: `${baseUrl}/Users/o1`,
      version: etagOf(ada, links),
    },
  });
});

test('a group is shown with its members and what kind they are', () => {
  const staff = object('group', { displayName: 'Staff', mail: 'staff@example.com', securityEnabled: true });
  const members = [
    { id: 'u1', displayName: 'Ada', type: 'user' as const },
    { id: 'g2', displayName: undefined, type: 'group' as const },
  ];
  assert.deepEqual(groupResource(staff, baseUrl, members), {
    schemas: [
      'urn:ietf:params:scim:schemas:core:2.0:Group',
      'urn:ietf:params:scim:schemas:extension:springline:2.0:Group',
    ],
    id: 'o1',
    externalId: 'eFY0Erya8N4RIjNEVWZ3iA==',
    displayName: 'Staff',
    members: [
      { value: 'u1', $ref: `${baseUrl}/Users/u1`, display: 'Ada', type: 'User' },
      { value: 'g2', $ref: `${baseUrl}/Groups/g2`, type: 'Group' },
    ],
    'urn:ietf:params:scim:schemas:extension:springline:2.0:Group': {
      sourceAnchor: 'eFY0Erya8N4RIjNEVWZ3iA==',
      mail: 'staff@example.com',
      securityEnabled: true,
    },
    meta: {
      resourceType: 'Group',
      created: '2026-01-01T00:00:00.000Z',
      lastModified: '2026-11-22T14:00:00.000Z',
      location: `${baseUrl}/Groups/o1`,
      version: 'W/"7"',
    },
  });
});

test('every attribute that is shown is in a schema', () => {
  const shown = (resource: object, type: typeof userResourceType): void => {
    for (const [name, value] of Object.entries(resource)) {
      const urn = name.startsWith('urn:');
      if (urn)
        assert.ok(
          type.extensions.some(({ id }) => id === name),
          name,
        );
      const fields = urn ? Object.entries(value) : [[name, value] as const];
      for (const [field, held] of fields) {
        const found = resolveAttribute(type, urn ? { urn: name, name: field } : { name: field });
        assert.ok(found, `${name} ${field}`);
        for (const part of [held].flat()) check(part, found.definition);
      }
    }
  };
  const check = (value: unknown, definition: SchemaAttribute): void => {
    if (typeof value !== 'object' || value === null) return;
    const known = definition.subAttributes?.map(({ name }) => name) ?? [];
    for (const name of Object.keys(value)) assert.ok(known.includes(name), `${definition.name}.${name}`);
  };
  shown(userResource(ada, baseUrl, links), userResourceType);
  shown(
    groupResource(object('group', { displayName: 'x' }), baseUrl, [{ id: 'u', displayName: 'd', type: 'user' }]),
    groupResourceType,
  );
});

test('who is not said to be disabled is active', () => {
  assert.equal(userResource(object('user', { userPrincipalName: 'a@b' }), baseUrl)['active'], true);
});

test('a country that is no code of two letters is not shown as one', () => {
  const { addresses } = userResource(object('user', { city: 'Bonn', country: 'Germany' }), baseUrl) as {
    addresses?: unknown;
  };
  assert.deepEqual(addresses, [{ locality: 'Bonn', type: 'work' }]);
});

test('the ETag of a user changes with the groups and the manager and what they are called', () => {
  const tags = [
    etagOf(ada),
    etagOf(ada, links),
    etagOf(ada, { ...links, manager: undefined }),
    etagOf(ada, { ...links, groups: [{ id: 'g1', displayName: 'Crew' }] }),
    etagOf({ version: 8 }, links),
  ];
  assert.equal(new Set(tags).size, tags.length);
  for (const tag of tags) assert.match(tag, /^W\/"[0-9a-f-]+"$/);
});

test('search keys hold what the resource shows', () => {
  const keys = searchKeysOf(ada);
  const shown = userResource(ada, baseUrl);
  for (const [attribute, key] of [
    ['userName', keys.userNameKey],
    ['displayName', keys.displayNameKey],
    ['name.givenName', keys.givenNameKey],
    ['name.familyName', keys.familyNameKey],
    ['title', keys.titleKey],
    ['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department', keys.departmentKey],
    ['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber', keys.employeeNumberKey],
  ] as const) {
    const filter = parseFilter(`${attribute} eq ${JSON.stringify(key)}`);
    assert.ok(matchesFilter(bindFilter(filter, userResourceType), shown), attribute);
  }
  assert.equal(keys.active, false);
});
