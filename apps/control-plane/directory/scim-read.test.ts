import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enterpriseUserUrn } from '@springline/directory/scim/schemas';
import { uuidV7 } from '@springline/ports/uuid';
import { ScimRefusal } from './scim-refusal.ts';
import {
  type AnyResource,
  baseUrl,
  type DirectoryWorld,
  group,
  openDirectory,
  user,
  type Wanted,
} from './testing/directory-world.ts';

const refused =
  (scimType: string | undefined, status = 400) =>
  (error: unknown) =>
    error instanceof ScimRefusal && error.scimType === scimType && error.status === status;

async function filled(t: Parameters<typeof openDirectory>[0]) {
  const world = await openDirectory(t);
  const connector = world.connector();
  await world.export(connector, [
    user('ada', {
      givenName: 'Ada',
      surname: 'Lovelace',
      title: 'Countess',
      department: 'Engines',
      mail: 'ada@example.com',
    }),
    user(
      'bob',
      { displayName: 'Éva', proxyAddresses: ['SMTP:bob@example.com', 'smtp:robert@example.org'] },
      { manager: { add: ['anchor-ada'] } },
    ),
    user('eve', { accountEnabled: false, telephoneNumber: '+44 1', displayName: 'zoë' }),
    { op: 'add', objectType: 'contact', sourceAnchor: 'c1', attributes: { displayName: 'ada', mail: 'c@example.net' } },
    group('staff', ['ada', 'bob', 'crew'], { mail: 'staff@example.com' }),
    group('crew', ['eve']),
    {
      op: 'update',
      objectType: 'group',
      sourceAnchor: 'anchor-crew',
      attributes: {},
      references: { member: { add: ['c1'] } },
    },
  ]);
  return { world, ...connector };
}

const names = ({ Resources }: AnyResource): string[] =>
  Resources.map(({ externalId }: AnyResource) => externalId.replace('anchor-', ''));

async function found(world: DirectoryWorld, tenantId: string, filter: string, what: 'Users' | 'Groups' = 'Users') {
  return names(await world.list(tenantId, what, { filter }));
}

test('users and groups are listed in the order in which they came; contacts are neither', async (t) => {
  const { world, tenantId } = await filled(t);
  const users = await world.list(tenantId, 'Users');
  assert.deepEqual(users.schemas, ['urn:ietf:params:scim:api:messages:2.0:ListResponse']);
  assert.deepEqual([users.totalResults, users.startIndex, users.itemsPerPage], [3, 1, 3]);
  assert.deepEqual(names(users), ['ada', 'bob', 'eve']);
  assert.deepEqual(names(await world.list(tenantId, 'Groups')), ['staff', 'crew']);
});

test('a user shows its groups and its manager, a group its members', async (t) => {
  const { world, tenantId } = await filled(t);
  const [ada, bob] = (await world.list(tenantId, 'Users')).Resources;
  const [staff, crew] = (await world.list(tenantId, 'Groups')).Resources;
  assert.deepEqual(bob.groups, [
    { value: staff.id, $ref: `${baseUrl}/Groups/${staff.id}`, display: 'staff', type: 'direct' },
  ]);
  assert.deepEqual(bob[enterpriseUserUrn].manager, {
    value: ada.id,
    $ref: `${baseUrl}/Users/${ada.id}`,
    displayName: 'ada',
  });
  const members = staff.members.map(({ value, type, display }: AnyResource) => [value, type, display]);
  assert.deepEqual(members, [
    [ada.id, 'User', 'ada'],
    [bob.id, 'User', 'Éva'],
    [crew.id, 'Group', 'crew'],
  ]);
  assert.equal(crew.members.length, 1, 'a contact is no SCIM resource');
});

const filters = [
  ['userName eq "ADA@EXAMPLE.COM"', ['ada']],
  ['userName sw "a"', ['ada']],
  ['userName ew "@example.com" and not (userName co "b")', ['ada', 'eve']],
  ['userName gt "b"', ['bob', 'eve']],
  ['externalId eq "anchor-eve"', ['eve']],
  ['externalId eq "ANCHOR-eve"', []],
  ['displayName eq "éva"', ['bob']],
  ['displayName ew "Ë"', ['eve']],
  ['name.givenName eq "ada" or name.familyName eq "x"', ['ada']],
  ['title pr', ['ada']],
  ['title eq null', ['bob', 'eve']],
  ['title ne "countess"', ['bob', 'eve']],
  ['active eq false', ['eve']],
  [`${enterpriseUserUrn}:department sw "eng"`, ['ada']],
  [`${enterpriseUserUrn}:manager pr`, ['bob']],
  [`${enterpriseUserUrn}:manager.displayName eq "ADA"`, ['bob']],
  [`${enterpriseUserUrn} pr`, ['ada', 'bob']],
  ['emails.value eq "Robert@example.org"', ['bob']],
  ['emails co "@example.org"', ['bob']],
  ['emails[type eq "work" and value sw "bob"]', ['bob']],
  ['emails[type eq "work"].value eq "robert@example.org"', ['bob']],
  ['emails[primary eq true and value co "robert"]', []],
  ['emails.value ne "ada@example.com"', ['bob', 'eve']],
  ['not (emails pr)', ['eve']],
  ['groups.display eq "staff"', ['ada', 'bob']],
  ['groups[display eq "crew" and type eq "direct"]', ['eve']],
  ['not (groups.display eq "staff")', ['eve']],
  ['phoneNumbers.value eq "+44 1"', ['eve']],
  ['phoneNumbers[type eq "work"] or title pr', ['ada', 'eve']],
  ['not (phoneNumbers pr) and active eq true and userName co "b"', ['bob']],
  ['meta.resourceType eq "User"', ['ada', 'bob', 'eve']],
  ['meta.lastModified ge "2026-11-22T14:00:00Z"', ['ada', 'bob', 'eve']],
  ['meta.created gt "2026-11-22T14:00:00Z"', []],
  ['shoeSize eq 38', []],
  ['members pr', []],
] as const;

test('users are found by every kind of filter', async (t) => {
  const { world, tenantId } = await filled(t);
  for (const [filter, expected] of filters) {
    await t.test(filter, async () => {
      const answer = await world.list(tenantId, 'Users', { filter });
      assert.deepEqual(names(answer), expected);
      assert.equal(answer.totalResults, expected.length);
    });
  }
});

test('groups are found by their members, their names and what else they show', async (t) => {
  const { world, tenantId } = await filled(t);
  const [ada] = (await world.list(tenantId, 'Users', { filter: 'userName sw "ada"' })).Resources;
  assert.deepEqual(await found(world, tenantId, `members.value eq "${ada.id}"`, 'Groups'), ['staff']);
  assert.deepEqual(await found(world, tenantId, 'members[type eq "Group" and display eq "crew"]', 'Groups'), ['staff']);
  assert.deepEqual(await found(world, tenantId, 'displayName eq "CREW"', 'Groups'), ['crew']);
  const own = 'urn:ietf:params:scim:schemas:extension:springline:2.0:Group:mail';
  assert.deepEqual(await found(world, tenantId, `${own} eq "staff@example.com"`, 'Groups'), ['staff']);
  assert.deepEqual(await found(world, tenantId, `${own} pr or members.value eq "${ada.id}"`, 'Groups'), ['staff']);
});

const pages = [
  [{ startIndex: 2, count: 1 }, ['bob'], 2],
  [{ startIndex: 3 }, ['eve'], 3],
  [{ startIndex: 4 }, [], 4],
  [{ startIndex: 0, count: 2 }, ['ada', 'bob'], 1],
  [{ startIndex: -5, count: 1 }, ['ada'], 1],
  [{ count: 0 }, [], 1],
  [{ count: -1 }, [], 1],
  [{ count: 100_000 }, ['ada', 'bob', 'eve'], 1],
  [{ sortBy: 'userName', sortOrder: 'descending' }, ['eve', 'bob', 'ada'], 1],
  [{ sortBy: 'displayName' }, ['ada', 'eve', 'bob'], 1],
  [{ sortBy: 'title' }, ['ada', 'bob', 'eve'], 1],
  [{ sortBy: 'title', sortOrder: 'descending' }, ['bob', 'eve', 'ada'], 1],
  [{ sortBy: 'userName', sortOrder: 'descending', startIndex: 2, count: 1 }, ['bob'], 2],
] as const;

test('pages are cut and ordered as RFC 7644 3.4.2 says', async (t) => {
  const { world, tenantId } = await filled(t);
  for (const [query, expected, startIndex] of pages) {
    // The second filter is decided object by object; the page must be the same.
    for (const filter of [undefined, 'meta.resourceType eq "User"']) {
      const wanted = { ...query, ...(filter === undefined ? {} : { filter }) };
      await t.test(JSON.stringify(wanted), async () => {
        const answer = await world.list(tenantId, 'Users', wanted);
        assert.deepEqual(names(answer), expected);
        assert.deepEqual(
          [answer.totalResults, answer.startIndex, answer.itemsPerPage],
          [3, startIndex, expected.length],
        );
      });
    }
  }
});

test('what cannot be answered is refused with the keyword of RFC 7644 3.12', async (t) => {
  const world = await openDirectory(t);
  for (const [query, scimType] of [
    [{ filter: 'userName eq' }, 'invalidFilter'],
    [{ filter: 'active gt "x"' }, 'invalidFilter'],
    [{ filter: 'meta.version eq "x"' }, 'invalidFilter'],
    [{ filter: 'groups.$ref pr' }, 'invalidFilter'],
    [{ filter: 'groups[$ref pr]' }, 'invalidFilter'],
    [{ sortBy: 'emails.value' }, 'invalidPath'],
    [{ sortBy: 'shoeSize' }, 'invalidPath'],
    [{ sortBy: 'a b' }, 'invalidPath'],
    [{ attributes: 'a b' }, 'invalidPath'],
  ] as const) {
    await t.test(JSON.stringify(query), async () => {
      await assert.rejects(world.list(uuidV7(), 'Users', query), refused(scimType));
    });
  }
});

test('one resource is read by id, and only what is asked for is shown', async (t) => {
  const { world, tenantId } = await filled(t);
  const [staff] = (await world.list(tenantId, 'Groups', { attributes: 'displayName' })).Resources;
  assert.deepEqual(Object.keys(staff), ['schemas', 'id', 'displayName']);
  const { resource } = await world.get(tenantId, 'Groups', staff.id, { excludedAttributes: 'members' });
  assert.equal(resource.members, undefined);
  assert.equal(resource.externalId, 'anchor-staff');
});

test('members that nobody asked for are not read', async (t) => {
  const { world, tenantId } = await filled(t);
  const [staff] = (await world.list(tenantId, 'Groups')).Resources;
  const statements: string[] = [];
  const { read } = world.database;
  const watched = read.withPlugin({
    transformQuery: ({ node }) => {
      statements.push(JSON.stringify(node));
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  Object.assign(world.database, { read: watched });
  const readsMembers = async (query: object): Promise<boolean> => {
    statements.length = 0;
    await world.get(tenantId, 'Groups', staff.id, { ...query });
    await world.list(tenantId, 'Groups', { ...query });
    return statements.some((statement) => statement.includes('directory_references'));
  };
  assert.equal(await readsMembers({}), true);
  assert.equal(await readsMembers({ excludedAttributes: 'members' }), false);
  assert.equal(await readsMembers({ attributes: 'displayName,meta' }), false);
});

test('the ETag is the version that the resource shows, and changes with what is shown', async (t) => {
  const { world, tenantId, agentId, connectorId } = await filled(t);
  const connector = { tenantId, agentId, connectorId };
  const [ada] = (await world.list(tenantId, 'Users')).Resources;
  const etag = async (): Promise<string> => {
    const { resource, headers } = await world.get(tenantId, 'Users', ada.id);
    assert.equal(headers['etag'], resource.meta.version);
    return headers['etag']!;
  };
  const seen = [await etag()];
  assert.equal(seen[0], ada.meta.version);
  const update = (objectType: string, name: string, words: object): Wanted =>
    ({ op: 'update', objectType, sourceAnchor: `anchor-${name}`, attributes: {}, ...words }) as Wanted;
  for (const operation of [
    update('user', 'ada', { attributes: { title: 'Duchess' } }),
    update('group', 'crew', { references: { member: { add: ['anchor-ada'] } } }),
    update('group', 'crew', { attributes: { displayName: 'Crew' } }),
    update('user', 'ada', { references: { manager: { add: ['anchor-bob'] } } }),
  ]) {
    await world.export(connector, [operation]);
    seen.push(await etag());
  }
  assert.equal(new Set(seen).size, 5);
  await world.export(connector, [update('user', 'eve', { attributes: { title: 'x' } })]);
  assert.equal(await etag(), seen.at(-1), 'another user is another ETag');
});

test('a projection does not change the ETag', async (t) => {
  const { world, tenantId } = await filled(t);
  const [bob] = (await world.list(tenantId, 'Users', { filter: 'userName sw "bob"' })).Resources;
  const { headers } = await world.get(tenantId, 'Users', bob.id, { attributes: 'userName' });
  assert.equal(headers['etag'], bob.meta.version);
});

test('what is deleted, of another type, of another tenant or never was is not found, and all look the same', async (t) => {
  const { world, tenantId, agentId, connectorId } = await filled(t);
  const [ada, bob] = (await world.list(tenantId, 'Users')).Resources;
  await world.export({ tenantId, agentId, connectorId }, [
    { op: 'delete', objectType: 'user', sourceAnchor: 'anchor-ada' },
  ]);
  const messages = new Set<string>();
  for (const [tenant, what, id] of [
    [tenantId, 'Users', ada.id],
    [tenantId, 'Groups', bob.id],
    [uuidV7(), 'Users', bob.id],
    [tenantId, 'Users', 'nobody'],
  ] as const) {
    await assert.rejects(world.get(tenant, what, id), (error) => {
      if (what === 'Users') messages.add((error as Error).message);
      return refused(undefined, 404)(error);
    });
  }
  assert.equal(messages.size, 1);
  assert.deepEqual(names(await world.list(tenantId, 'Users')), ['bob', 'eve']);
  assert.deepEqual(await found(world, tenantId, 'userName pr or phoneNumbers pr'), ['bob', 'eve']);
  const staff = (await world.list(tenantId, 'Groups')).Resources[0];
  assert.deepEqual(
    staff.members.map(({ display }: AnyResource) => display),
    ['Éva', 'crew'],
  );
});

test('no filter reaches into another tenant', async (t) => {
  const { world, tenantId } = await filled(t);
  const stranger = world.connector();
  await world.export(stranger, [user('ada', { telephoneNumber: '1' }), group('other', ['ada'])]);
  const [theirs] = (await world.list(stranger.tenantId, 'Users')).Resources;
  for (const filter of [
    `id eq "${theirs.id}"`,
    'groups.display eq "other"',
    'phoneNumbers.value eq "1"',
    `id eq "${theirs.id}" or phoneNumbers.value eq "1"`,
  ]) {
    assert.deepEqual(await found(world, tenantId, filter), [], filter);
    assert.deepEqual(await found(world, stranger.tenantId, filter), ['ada'], filter);
  }
  assert.deepEqual(await found(world, tenantId, `members.value eq "${theirs.id}"`, 'Groups'), []);
});

test('many groups with many members in one answer are refused until members are left out', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  await world.export(connector, [group('g1'), group('g2')]);
  await world.database.write(async (writer) => {
    await writer.updateTable('directory_objects').set({ reference_count: 50_001 }).execute();
  });
  await assert.rejects(world.list(connector.tenantId, 'Groups'), refused('tooMany'));
  for (const query of [{ excludedAttributes: 'members' }, { attributes: 'displayName' }, { count: 1 }]) {
    assert.equal((await world.list(connector.tenantId, 'Groups', query)).totalResults, 2);
  }
});

test('discovery names this server', async (t) => {
  const { handlers } = await openDirectory(t);
  const config = (await handlers.scimServiceProviderConfig({} as never)) as AnyResource;
  assert.equal(config.meta.location, `${baseUrl}/ServiceProviderConfig`);
  assert.deepEqual(config.filter, { supported: true, maxResults: 1000 });
  const types = (await handlers.scimResourceTypes({} as never)) as AnyResource;
  assert.deepEqual(
    types.Resources.map(({ id }: AnyResource) => id),
    ['User', 'Group'],
  );
  const schemas = (await handlers.scimSchemas({} as never)) as AnyResource;
  assert.equal(schemas.totalResults, 5);
});
