import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from '@springline/api/problem';
import { uuidV7 } from '@springline/ports/uuid';
import { startNewEpoch } from '../storage/directory/epochs.ts';
import { parseChangeCursor, printChangeCursor } from './change-cursor.ts';
import {
  type DirectoryWorld,
  group,
  openDirectory,
  type TestConnector,
  user,
  type Wanted,
} from './testing/directory-world.ts';

const expired = (error: unknown) => error instanceof ProblemError && error.code === 'cursor-expired';
const remove = (name: string): Wanted => ({ op: 'delete', objectType: 'user', sourceAnchor: `anchor-${name}` });
const set = (name: string, title: string): Wanted => ({
  op: 'update',
  objectType: 'user',
  sourceAnchor: `anchor-${name}`,
  attributes: { title },
});

/** Anchors in the order told, with a minus in front of the deleted. */
async function told(world: DirectoryWorld, connector: TestConnector, query: { cursor?: string; limit?: number } = {}) {
  const { objects, cursor, more } = await world.changes(connector, query);
  const names = objects.map(
    ({ sourceAnchor, deleted }) => `${deleted ? '-' : ''}${sourceAnchor.replace('anchor-', '')}`,
  );
  return { names, cursor, more };
}

test('an empty directory is told in full at once, and its cursor is good from then on', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  const { names, cursor, more } = await told(world, connector);
  assert.deepEqual([names, more], [[], false]);
  await world.export(connector, [user('ada')]);
  assert.deepEqual((await told(world, connector, { cursor })).names, ['ada']);
});

test('a cursor tells what changed since, in the order of the changes, and nothing twice', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  await world.export(connector, [user('ada'), user('bob'), user('eve')]);
  const first = await told(world, connector);
  assert.deepEqual(first.names, ['ada', 'bob', 'eve']);
  await world.export(connector, [set('bob', 'x'), remove('ada'), set('eve', 'y'), set('bob', 'z')]);
  const second = await told(world, connector, { cursor: first.cursor });
  assert.deepEqual(second.names.sort(), ['-ada', 'bob', 'eve']);
  assert.deepEqual((await told(world, connector, { cursor: second.cursor })).names, []);
});

test('an unchanged update and a failed one are no change', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  await world.export(connector, [user('ada', { title: 'x' })]);
  const { cursor } = await told(world, connector);
  await world.export(connector, [set('ada', 'x'), set('nobody', 'x'), user('ada', { shoeSize: '1' })]);
  assert.deepEqual((await told(world, connector, { cursor })).names, []);
});

test('the deletion of a member is a change of the group', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  await world.export(connector, [user('ada'), user('eve'), group('staff', ['ada', 'eve'])]);
  const { cursor } = await told(world, connector);
  await world.export(connector, [remove('ada')]);
  const { objects } = await world.changes(connector, { cursor });
  const staff = objects.find(({ sourceAnchor }) => sourceAnchor === 'anchor-staff');
  assert.deepEqual(staff.references, { member: ['anchor-eve'] });
  const ada = objects.find(({ sourceAnchor }) => sourceAnchor === 'anchor-ada');
  assert.deepEqual([ada.deleted, ada.attributes, ada.references], [true, {}, {}]);
});

test('a full read gives live objects only, also on its later pages', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  await world.export(connector, [user('ada'), user('bob'), user('eve'), user('zoe')]);
  await world.export(connector, [remove('zoe'), remove('bob')]);
  const first = await told(world, connector, { limit: 1 });
  const second = await told(world, connector, { limit: 1, cursor: first.cursor });
  assert.deepEqual([first.names, first.more, second.names, second.more], [['ada'], true, ['eve'], false]);
});

test('what changes while somebody pages through is told, before or again', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  await world.export(connector, [user('ada'), user('bob'), user('eve'), user('ian')]);
  const first = await told(world, connector, { limit: 2 });
  assert.deepEqual(first.names, ['ada', 'bob']);
  await world.export(connector, [set('ada', 'x'), remove('bob'), remove('ian'), user('new')]);
  const rest: string[] = [];
  let { cursor, more } = first;
  while (more) {
    const page = await told(world, connector, { limit: 2, cursor });
    rest.push(...page.names);
    ({ cursor, more } = page);
  }
  assert.equal(rest[0], 'eve');
  assert.deepEqual(rest.slice(1).sort(), ['-bob', '-ian', 'ada', 'new']);
});

test('a connector is told of its own objects only', async (t) => {
  const world = await openDirectory(t);
  const mine = world.connector();
  const theirs = world.connector(mine.tenantId);
  await world.export(mine, [user('ada')]);
  await world.export(theirs, [group('staff', ['ada'])]);
  assert.deepEqual((await told(world, mine)).names, ['ada']);
  const { objects } = await world.changes(theirs);
  assert.deepEqual(objects[0].references, { member: ['anchor-ada'] }, 'a reference may cross connectors');
});

test('a page of large groups ends early and goes on', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  await world.export(
    connector,
    Array.from({ length: 5 }, (_, at) => group(`g${at}`)),
  );
  // Pages go by what a group says it holds, which spares the test to fill it.
  await world.database.write(async (writer) => {
    await writer.updateTable('directory_objects').set({ reference_count: 40_000 }).execute();
  });
  const seen: string[][] = [];
  for (let cursor: string | undefined, more = true; more; ) {
    const page = await told(world, connector, cursor === undefined ? {} : { cursor });
    seen.push(page.names);
    ({ cursor, more } = page);
  }
  assert.deepEqual(seen, [['g0', 'g1'], ['g2', 'g3'], ['g4']]);
});

test('cursors of another life, of the future, and texts that are none are expired', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  await world.export(connector, [user('ada')]);
  const { cursor } = await told(world, connector);
  const { epoch, sequence } = parseChangeCursor(cursor)!;
  const bad = [
    printChangeCursor({ epoch: uuidV7(), sequence, start: undefined }),
    printChangeCursor({ epoch, sequence: sequence + 1, start: undefined }),
    printChangeCursor({ epoch, sequence: 0, start: sequence + 1 }),
    '',
    'x',
    `${epoch}.-1`,
    `${epoch}.1e3`,
    `${epoch}.${'9'.repeat(40)}`,
  ];
  for (const text of bad) await assert.rejects(told(world, connector, { cursor: text }), expired, text);
  await world.database.write((writer) => startNewEpoch(writer, connector.tenantId));
  await assert.rejects(told(world, connector, { cursor }), expired);
  assert.deepEqual((await told(world, connector)).names, ['ada']);
});
