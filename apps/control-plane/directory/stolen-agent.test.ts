/** What somebody with the key of an agent can do to a directory, and what not (rule S13). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultExportLimits } from '@springline/cloud-directory/export-limits';
import { uuidV7 } from '@springline/ports/uuid';
import { directoryCounts } from '../storage/directory/counts.ts';
import {
  type DirectoryWorld,
  group,
  openDirectory,
  type TestConnector,
  user,
  type Wanted,
} from './testing/directory-world.ts';

const hourMs = 60 * 60 * 1000;
const names = (count: number, prefix = 'u'): string[] => Array.from({ length: count }, (_, at) => `${prefix}${at}`);
const remove = (name: string): Wanted => ({ op: 'delete', objectType: 'user', sourceAnchor: `anchor-${name}` });

async function fill(world: DirectoryWorld, connector: TestConnector, count: number): Promise<void> {
  for (let at = 0; at < count; at += 500) {
    const batch = names(count).slice(at, at + 500);
    await world.export(
      connector,
      batch.map((name) => user(name)),
    );
  }
}

/** Codes of the failures, each once. */
async function codesOf(world: DirectoryWorld, connector: TestConnector, operations: readonly Wanted[]) {
  const results = await world.export(connector, operations);
  return [...new Set(results.map(({ error, status }) => error?.code ?? status))];
}

const users = async (world: DirectoryWorld, { tenantId }: TestConnector) =>
  (await directoryCounts(world.database.read, tenantId)).users;

test('S13: deletes beyond a fifth of the users are refused whole, told once, and everything else goes on', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  await fill(world, connector, 100);
  const batch = [...names(21).map(remove), user('new')];
  assert.deepEqual(await codesOf(world, connector, batch), ['deletion-threshold-exceeded', 'created']);
  for (let at = 0; at < 3; at++) await world.export(connector, names(21).map(remove));
  assert.equal(await users(world, connector), 101);
  assert.deepEqual(
    world.news.map(({ action, detail, notice }) => [action, detail['code'], notice?.kind]),
    [['export.limited', 'deletion-threshold-exceeded', 'deletion-threshold-exceeded']],
  );
  const { sources } = await world.ask('listExportSources', connector.tenantId);
  assert.deepEqual(
    sources[0].refused.map(({ what, batches }: { what: string; batches: number }) => [what, batches]),
    [['deletions', 4]],
  );
});

test('S13: many small batches are one large one', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  await fill(world, connector, 100);
  for (const name of names(20)) assert.deepEqual(await codesOf(world, connector, [remove(name)]), ['deleted']);
  assert.deepEqual(await codesOf(world, connector, [remove('u20')]), ['deletion-threshold-exceeded']);
  world.clock.advance(23 * hourMs);
  assert.deepEqual(await codesOf(world, connector, [remove('u20')]), ['deletion-threshold-exceeded']);
  world.clock.advance(hourMs);
  assert.deepEqual(await codesOf(world, connector, [remove('u20')]), ['deleted'], 'a day later they count no more');
});

test('S13: more than 500 deletes are refused, however large the directory is', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  await fill(world, connector, 3_000);
  assert.deepEqual(await codesOf(world, connector, names(500).map(remove)), ['deleted']);
  assert.deepEqual(await codesOf(world, connector, [remove('u500')]), ['deletion-threshold-exceeded']);
});

test('S13: deleting what is gone already counts for nothing', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  await fill(world, connector, 30);
  assert.deepEqual(await codesOf(world, connector, names(400, 'gone').map(remove)), ['deleted']);
  assert.deepEqual(await codesOf(world, connector, names(6).map(remove)), ['deleted']);
});

test('S13: deletes that a person approved pass at once, as many as were approved and no more', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  const { tenantId, connectorId } = connector;
  await fill(world, connector, 1_000);
  const approval = await world.ask('approveDeletions', tenantId, { connectorId, objects: 700 });
  assert.deepEqual(approval, { sourceId: connectorId, objects: 700, until: '2026-11-23T14:00:00.000Z' });
  assert.deepEqual(await codesOf(world, connector, names(500).map(remove)), ['deleted']);
  assert.deepEqual(await codesOf(world, connector, names(700).slice(500).map(remove)), ['deleted']);
  assert.deepEqual(await codesOf(world, connector, names(800).slice(700).map(remove)), ['deletion-threshold-exceeded']);
  assert.deepEqual(
    world.news.map(({ action }) => action),
    ['export.deletions-approved', 'export.limited'],
  );
});

test('S13: accounts are disabled no faster than deleted, other changes go on, and a person may approve', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  const { tenantId, connectorId } = connector;
  await fill(world, connector, 100);
  const disable = (count: number) => names(count).map((name) => user(name, { accountEnabled: false }));
  const batch = [...disable(21), user('u50', { title: 'a' })];
  assert.deepEqual(await codesOf(world, connector, batch), ['deletion-threshold-exceeded', 'updated']);
  assert.deepEqual(await codesOf(world, connector, disable(15)), ['updated']);
  assert.deepEqual(await codesOf(world, connector, disable(15)), ['unchanged'], 'what is disabled counts no more');
  const further = names(21).slice(15).map(remove);
  assert.deepEqual(await codesOf(world, connector, further), ['deletion-threshold-exceeded']);
  await world.ask('approveDeletions', tenantId, { connectorId, objects: 6 });
  assert.deepEqual(await codesOf(world, connector, disable(21)), ['unchanged', 'updated']);
});

test('S13: an approval ends after a day, and can be taken back', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  const { tenantId, connectorId } = connector;
  await fill(world, connector, 100);
  await world.ask('approveDeletions', tenantId, { connectorId, objects: 50 });
  await world.ask('approveDeletions', tenantId, { connectorId, objects: 0 });
  assert.deepEqual(await codesOf(world, connector, names(50).map(remove)), ['deletion-threshold-exceeded']);
  await world.ask('approveDeletions', tenantId, { connectorId, objects: 50 });
  world.clock.advance(24 * hourMs);
  assert.deepEqual(await codesOf(world, connector, names(50).map(remove)), ['deletion-threshold-exceeded']);
});

test('S13: an approval is for its source and its tenant', async (t) => {
  const world = await openDirectory(t);
  const [mine, foreign] = [world.connector(), world.connector()];
  const theirs = world.connector(mine.tenantId);
  await fill(world, mine, 100);
  await world.ask('approveDeletions', mine.tenantId, { connectorId: theirs.connectorId, objects: 50 });
  const unknown = world.ask('approveDeletions', foreign.tenantId, { connectorId: mine.connectorId, objects: 50 });
  await assert.rejects(unknown, { code: 'not-found' });
  assert.deepEqual(await codesOf(world, mine, names(50).map(remove)), ['deletion-threshold-exceeded']);
});

test('S13: creations and changes are limited too, each with one alert', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  const { tenantId } = connector;
  const closely = { creationsPerDay: 10, firstWeekCreationsPerDay: 20, changesPerDay: 5, changesPerObject: 0 };
  const limits = { ...defaultExportLimits, ...closely };
  await world.ask('putExportLimits', tenantId, limits);
  assert.deepEqual(await world.ask('getExportLimits', tenantId), limits);
  await world.export(
    connector,
    names(20).map((name) => user(name)),
  );
  assert.deepEqual(await codesOf(world, connector, [user('more'), user('most')]), ['creation-limit-exceeded']);
  world.clock.advance(8 * 24 * hourMs);
  const added = names(11, 'later').map((name) => user(name));
  assert.deepEqual(await codesOf(world, connector, added), ['creation-limit-exceeded']);
  assert.deepEqual(await codesOf(world, connector, added.slice(1)), ['created']);
  const titles = (text: string) => names(6).map((name) => user(name, { title: text }));
  assert.deepEqual(await codesOf(world, connector, titles('a')), ['change-limit-exceeded']);
  assert.deepEqual(await codesOf(world, connector, titles('a').slice(1)), ['updated']);
  assert.deepEqual(await codesOf(world, connector, titles('b').slice(1)), ['change-limit-exceeded']);
  assert.equal((await world.list(tenantId, 'Users')).totalResults, 30);
  assert.deepEqual(
    world.news.filter(({ notice }) => notice !== undefined).map(({ notice }) => notice?.kind),
    ['creation-limit-exceeded', 'creation-limit-exceeded', 'change-limit-exceeded'],
    'the second of the first kind is a week later',
  );
});

test('S13: every member that is taken away is a change, so that one operation does not empty a large group', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  const closely = { changesPerDay: 30, changesPerObject: 0 };
  await world.ask('putExportLimits', connector.tenantId, { ...defaultExportLimits, ...closely });
  await fill(world, connector, 100);
  await world.export(connector, [group('all', names(40))]);
  const without = (count: number): Wanted => ({
    ...{ op: 'update', objectType: 'group', sourceAnchor: 'anchor-all', attributes: {} },
    references: { member: { add: [], remove: names(count).map((name) => `anchor-${name}`) } },
  });
  assert.deepEqual(await codesOf(world, connector, [without(30)]), ['change-limit-exceeded']);
  assert.deepEqual(
    await codesOf(world, connector, names(20).map(remove)),
    ['deleted'],
    'members that go are no changes',
  );
  assert.deepEqual(await codesOf(world, connector, [without(40)]), ['updated'], 'twenty that are left, and the group');
  assert.deepEqual(await codesOf(world, connector, [user('u50', { title: 'a' })]), ['updated']);
});

test('S13: there is no soft match, so nobody’s object is taken by its name, address or anchor', async (t) => {
  const world = await openDirectory(t);
  const theirs = world.connector();
  const thief = world.connector(theirs.tenantId);
  const [ada] = await world.export(theirs, [
    user('ada', { mail: 'ada@example.com' }),
    group('admins', ['ada']),
    user('gone'),
  ]);
  await world.export(theirs, [remove('gone')]);
  const before = await world.changes(theirs);
  const taken = { userPrincipalName: 'ada@example.com' };
  for (const [operation, code] of [
    [user('thief', taken), 'AttributeValueMustBeUnique'],
    [user('thief', { mail: 'ADA@example.com' }), 'AttributeValueMustBeUnique'],
    [user('thief', { proxyAddresses: ['SMTP:ada@example.com'] }), 'AttributeValueMustBeUnique'],
    [user('ada'), 'object-not-yours'],
    [remove('ada'), 'object-not-yours'],
    [user('gone'), 'object-not-yours'],
    [group('admins', ['thief']), 'object-not-yours'],
    [{ op: 'update', objectType: 'group', sourceAnchor: 'anchor-admins', attributes: {} }, 'object-not-yours'],
  ] as [Wanted, string][]) {
    assert.deepEqual(await codesOf(world, thief, [operation]), [code]);
  }
  const after = await world.changes(theirs);
  assert.deepEqual(after.objects, before.objects);
  assert.ok(ada?.cloudAnchor);
});

test('S13: what people approved is of no use to the agent: it cannot approve by itself', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  await fill(world, connector, 100);
  const approved = names(50).map((name) => ({ ...remove(name), approved: true }));
  await assert.rejects(world.export(connector, approved, uuidV7()), /Unrecognized key/);
});
