/** Filters by SQL against what filters mean: the evaluator on whole resources. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareOperators, type Filter, printFilter } from '@springline/directory/scim/filter';
import { bindFilter } from '@springline/directory/scim/filter-binding';
import { matchesFilter } from '@springline/directory/scim/filter-evaluator';
import { parseFilter } from '@springline/directory/scim/filter-parser';
import type { ResourceType } from '@springline/directory/scim/resource-type';
import {
  enterpriseUserUrn,
  groupResourceType,
  springlineGroupUrn,
  springlineUserUrn,
  userResourceType,
} from '@springline/directory/scim/schemas';
import { anyFilter } from '@springline/directory/scim/testing/filter-generators';
import { SeededRandom } from '@springline/ports/random';
import fc from 'fast-check';
import {
  type AnyResource,
  type DirectoryWorld,
  group,
  openDirectory,
  type TestConnector,
  user,
} from '../../directory/testing/directory-world.ts';
import { compileFilter } from './filter-sql.ts';
import { groupSearch, userSearch } from './search-maps.ts';

// Case, letters that fold to another length, characters that LIKE would read as patterns, the order beyond U+FFFF.
const words = [
  'Ada',
  'ada',
  'ADA lovelace',
  'Éva',
  'éva',
  'İx',
  'a%',
  'a_',
  '%',
  "o'x",
  'a\\b',
  '\uffee',
  '\u{1f600}',
  '\u{1f600}z',
  ' ',
];

async function fill(world: DirectoryWorld, connector: TestConnector, seed: number): Promise<void> {
  const random = new SeededRandom(seed);
  const word = (): string => words[random.below(words.length)]!;
  const sometimes = (name: string, value: unknown): object => (random.below(2) === 0 ? {} : { [name]: value });
  const people = Array.from({ length: 30 }, (_, at) =>
    user(
      `u${at}`,
      {
        ...sometimes('displayName', word()),
        ...sometimes('title', word()),
        ...sometimes('department', word()),
        ...sometimes('surname', word()),
        ...sometimes('employeeType', word()),
        ...sometimes('telephoneNumber', word()),
        ...sometimes('otherMobile', [word(), 'x']),
        ...sometimes('mail', `Mail${at}@example.com`),
        ...sometimes('proxyAddresses', [`SMTP:p${at}@example.com`, `smtp:q${at}@EXAMPLE.org`, `sip:s${at}@x`]),
        ...sometimes('accountEnabled', false),
        ...sometimes('alias', word()),
      },
      random.below(2) === 0 ? undefined : { manager: { add: [`anchor-u${random.below(30)}`] } },
    ),
  );
  const groups = Array.from({ length: 10 }, (_, at) =>
    group(`g${at}`, [`u${random.below(30)}`, `u${random.below(30)}`, `g${random.below(10)}`], {
      displayName: word(),
      ...sometimes('description', word()),
      ...sometimes('securityEnabled', true),
    }),
  );
  await world.export(connector, people.slice(0, 15));
  world.clock.advance(60_000);
  await world.export(connector, [...people.slice(15), ...groups]);
}

const times = ['2026-11-22T14:00:00Z', '2026-11-22T14:00:30.5Z', '2026-11-22T15:01:00+01:00', '1999-01-01T00:00:00Z'];
const instants = [
  { name: 'meta', sub: 'created' },
  { name: 'meta', sub: 'lastModified' },
];

function userFilters(ids: readonly string[]): fc.Arbitrary<Filter> {
  const enterprise = (name: string, sub?: string) => ({
    urn: enterpriseUserUrn,
    name,
    ...(sub === undefined ? {} : { sub }),
  });
  return anyFilter({
    texts: [
      { name: 'id' },
      { name: 'externalId' },
      { name: 'userName' },
      { name: 'displayName' },
      { name: 'title' },
      { name: 'name', sub: 'familyName' },
      { name: 'emails', sub: 'value' },
      { name: 'emails', sub: 'type' },
      { name: 'groups', sub: 'value' },
      { name: 'groups', sub: 'display' },
      { name: 'groups' },
      enterprise('department'),
      enterprise('manager', 'value'),
      enterprise('manager', 'displayName'),
      // Only the object itself knows these.
      { name: 'userType' },
      { name: 'phoneNumbers', sub: 'value' },
      { name: 'phoneNumbers', sub: 'type' },
      { urn: springlineUserUrn, name: 'alias' },
      { name: 'schemas' },
      { name: 'nothing' },
    ],
    flags: [{ name: 'active' }, { name: 'emails', sub: 'primary' }],
    instants,
    elements: [
      { path: { name: 'emails' }, subs: ['value', 'type', 'unknown'] },
      { path: { name: 'groups' }, subs: ['value', 'display', 'type'] },
      { path: { name: 'phoneNumbers' }, subs: ['value', 'type'] },
      { path: enterprise('manager'), subs: ['value', 'displayName'] },
    ],
    words: [...words, '', 'u1', '@example.com', 'work', 'mobile', 'direct', ...ids],
    times,
  });
}

function groupFilters(ids: readonly string[]): fc.Arbitrary<Filter> {
  return anyFilter({
    texts: [
      { name: 'displayName' },
      { name: 'externalId' },
      { name: 'members' },
      { name: 'members', sub: 'value' },
      { name: 'members', sub: 'type' },
      { name: 'members', sub: 'display' },
      { urn: springlineGroupUrn, name: 'description' },
    ],
    flags: [{ urn: springlineGroupUrn, name: 'securityEnabled' }],
    instants,
    elements: [{ path: { name: 'members' }, subs: ['value', 'type', 'display'] }],
    words: [...words, '', 'User', 'group', ...ids],
    times,
  });
}

async function holds(
  world: DirectoryWorld,
  { tenantId }: TestConnector,
  what: 'Users' | 'Groups',
  type: ResourceType,
): Promise<void> {
  const all: AnyResource[] = (await world.list(tenantId, what, { count: 1000 })).Resources;
  const ids = all.slice(0, 4).map(({ id }) => id);
  const filters = what === 'Users' ? userFilters(ids) : groupFilters(ids);
  await fc.assert(
    fc.asyncProperty(filters, async (filter) => {
      const spoken = printFilter(filter);
      const bound = bindFilter(parseFilter(spoken), type);
      const expected = all.filter((resource) => matchesFilter(bound, resource)).map(({ id }) => id);
      const answer = await world.list(tenantId, what, { filter: spoken, attributes: 'id', count: 1000 });
      assert.deepEqual(
        answer.Resources.map(({ id }: AnyResource) => id),
        expected,
        spoken,
      );
      assert.equal(answer.totalResults, expected.length);
    }),
    { numRuns: 500 },
  );
}

for (const seed of [1, 2]) {
  test(`over random data (${seed}) SQL finds exactly what random filters mean`, async (t) => {
    const world = await openDirectory(t);
    const connector = world.connector();
    await fill(world, world.connector(), seed + 100);
    await fill(world, connector, seed);
    await holds(world, connector, 'Users', userResourceType);
    await holds(world, connector, 'Groups', groupResourceType);
  });
}

test('every operator on every pair of texts finds what it means, in folded and in exact columns', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  await world.export(
    connector,
    words.map((word, at) => ({ ...user(`u${at}`, { title: word }), sourceAnchor: `${word}${at}` })),
  );
  const all: AnyResource[] = (await world.list(connector.tenantId, 'Users')).Resources;
  for (const name of ['title', 'externalId']) {
    for (const op of compareOperators) {
      for (const value of [...words, '', ...words.map((word, at) => `${word}${at}`)]) {
        const spoken = printFilter({ op, path: { name }, value });
        const bound = bindFilter(parseFilter(spoken), userResourceType);
        const expected = all.filter((resource) => matchesFilter(bound, resource)).map(({ id }) => id);
        const answer = await world.list(connector.tenantId, 'Users', { filter: spoken, attributes: 'id' });
        assert.deepEqual(
          answer.Resources.map(({ id }: AnyResource) => id),
          expected,
          spoken,
        );
      }
    }
  }
});

for (const [filter, exact] of [
  ['userName eq "x" and emails.value co "y"', true],
  ['groups[value eq "x" or display pr] or not (active eq true)', true],
  [`${enterpriseUserUrn}:manager.displayName sw "x"`, true],
  ['preferredLanguage eq "en"', false],
  ['userName eq "x" and preferredLanguage eq "en"', false],
  ['userName eq "x" or not (preferredLanguage eq "en")', false],
] as const) {
  test(`${filter} is ${exact ? 'answered by SQL alone' : 'decided on the objects that SQL leaves'}`, () => {
    const compiled = compileFilter(bindFilter(parseFilter(filter), userResourceType), userSearch, 'tenant');
    assert.equal(compiled.residual === undefined, exact);
  });
}

test('no text of a filter gets into the SQL', async (t) => {
  const world = await openDirectory(t);
  const text = `'; drop table directory_objects; --`;
  const quoted = JSON.stringify(text);
  const statements = [
    `userName eq ${quoted} or userName co ${quoted} or userName sw ${quoted} or userName ew ${quoted}`,
    `emails[value eq ${quoted}] or groups.value eq ${quoted} or not (title gt ${quoted})`,
  ].map((filter) =>
    compileFilter(bindFilter(parseFilter(filter), userResourceType), userSearch, text).where.compile(
      world.database.read,
    ),
  );
  const members = compileFilter(
    bindFilter(parseFilter(`members.value eq ${quoted}`), groupResourceType),
    groupSearch,
    text,
  );
  for (const { sql, parameters } of [...statements, members.where.compile(world.database.read)]) {
    assert.doesNotMatch(sql, /drop/);
    assert.ok(parameters.includes(text));
  }
});
