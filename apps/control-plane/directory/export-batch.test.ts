import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from '@springline/api/problem';
import { anyBatches, ExportModel, type ModelState } from '@springline/cloud-directory/testing/export-model';
import { uuidV7 } from '@springline/ports/uuid';
import fc from 'fast-check';
import { directoryCounts } from '../storage/directory/counts.ts';
import {
  type DirectoryWorld,
  group,
  openDirectory,
  type TestConnector,
  user,
  type Wanted,
} from './testing/directory-world.ts';

const failsWith = (code: string) => (error: unknown) => error instanceof ProblemError && error.code === code;

/** Everything that the connector masters, by anchor. */
async function stateOf(world: DirectoryWorld, connector: TestConnector): Promise<ModelState> {
  const state: ModelState = {};
  for (let cursor: string | undefined; ; ) {
    const page = await world.changes(connector, { limit: 2, ...(cursor === undefined ? {} : { cursor }) });
    for (const { sourceAnchor, objectType, deleted, attributes, references } of page.objects) {
      assert.equal(deleted, false);
      for (const anchors of Object.values<string[]>(references)) anchors.sort();
      state[sourceAnchor] = { type: objectType, attributes, references };
    }
    if (!page.more) return state;
    cursor = page.cursor;
  }
}

test('what was exported is read back as it was sent', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  const attributes = {
    title: 'Countess',
    proxyAddresses: ['SMTP:ada@example.com', 'sip:ada@example.com'],
    countryCode: 826,
  };
  const results = await world.export(connector, [
    user('ada', attributes),
    user('eve', {}, { manager: { add: ['anchor-ada'] } }),
    group('staff', ['ada', 'eve']),
    { op: 'add', objectType: 'contact', sourceAnchor: 'c1', attributes: { mail: 'c@example.net' } },
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['created', 'created', 'created', 'created'],
  );
  const state = await stateOf(world, connector);
  assert.deepEqual(state['anchor-ada'], {
    type: 'user',
    attributes: { userPrincipalName: 'ada@example.com', displayName: 'ada', accountEnabled: true, ...attributes },
    references: {},
  });
  assert.deepEqual(state['anchor-eve']?.references, { manager: ['anchor-ada'] });
  assert.deepEqual(state['anchor-staff']?.references, { member: ['anchor-ada', 'anchor-eve'] });
  assert.deepEqual(await directoryCounts(world.database.read, connector.tenantId), {
    users: 2,
    groups: 1,
    contacts: 1,
  });
});

test('rules hold against what is stored and not only within a batch', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  const [ada] = await world.export(connector, [user('ada', { mail: 'a@example.com' }), group('staff', ['ada'])]);
  const errorOf = async (operation: Wanted) => {
    const [result] = await world.export(connector, [operation]);
    return [result?.error?.code, result?.error?.attribute, result?.error?.conflictsWith];
  };
  const upn = user('eve', { userPrincipalName: 'ADA@example.com' });
  assert.deepEqual(await errorOf(upn), ['AttributeValueMustBeUnique', 'userPrincipalName', ada!.cloudAnchor]);
  const address = user('eve', { proxyAddresses: ['smtp:A@example.com'] });
  assert.deepEqual(await errorOf(address), ['AttributeValueMustBeUnique', 'proxyAddresses', ada!.cloudAnchor]);
  const type = { ...user('ada'), objectType: 'group', attributes: { displayName: 'x' } } as Wanted;
  assert.deepEqual(await errorOf(type), ['ObjectTypeMismatch', undefined, ada!.cloudAnchor]);
  const [again] = await world.export(connector, [user('ada', { mail: 'a@example.com' })]);
  assert.equal(again!.status, 'unchanged');
  const [restored] = await world
    .export(connector, [
      { op: 'delete', objectType: 'user', sourceAnchor: 'anchor-ada' },
      user('eve'),
      user('ada', { title: 'Countess' }),
    ])
    .then((results) => results.slice(2));
  assert.deepEqual([restored!.status, restored!.cloudAnchor], ['created', ada!.cloudAnchor]);
  assert.deepEqual((await stateOf(world, connector))['anchor-staff']?.references, {});
});

test('an object of another connector is left alone, and its tenant sees nothing of the attempt', async (t) => {
  const world = await openDirectory(t);
  const first = world.connector();
  const second = world.connector(first.tenantId);
  await world.export(first, [user('ada')]);
  const attempts: Wanted[] = [
    user('ada', { title: 'x' }),
    { op: 'delete', objectType: 'user', sourceAnchor: 'anchor-ada' },
  ];
  const results = await world.export(second, attempts);
  assert.deepEqual(
    results.map(({ error }) => error?.code),
    ['object-not-yours', 'object-not-yours'],
  );
  assert.deepEqual(Object.keys(await stateOf(world, first)), ['anchor-ada']);
  assert.deepEqual(await stateOf(world, second), {});
});

test('S13: an agent exports to no connector but its own', async (t) => {
  const world = await openDirectory(t);
  const mine = world.connector();
  const theirs = world.connector(mine.tenantId);
  for (const connectorId of [theirs.connectorId, uuidV7()]) {
    await assert.rejects(world.export({ ...mine, connectorId }, [user('ada')]), failsWith('connector-not-yours'));
    await assert.rejects(world.changes({ ...mine, connectorId }), failsWith('connector-not-yours'));
  }
  const elsewhere = { ...mine, tenantId: uuidV7() };
  await assert.rejects(world.export(elsewhere, [user('ada')]), failsWith('connector-not-yours'));
  assert.deepEqual(world.changed, []);
});

test('two tenants never meet: the same anchors and names, and neither sees, counts or names the other', async (t) => {
  const world = await openDirectory(t);
  const [first, second] = [world.connector(), world.connector()];
  const batch = [user('ada', { mail: 'a@example.com' }), group('staff', ['ada'])];
  const ids = new Set<string>();
  for (const connector of [first, second]) {
    const results = await world.export(connector, batch);
    for (const { status, cloudAnchor } of results) {
      assert.equal(status, 'created');
      ids.add(cloudAnchor!);
    }
  }
  assert.equal(ids.size, 4);
  await world.export(first, [
    { op: 'delete', objectType: 'user', sourceAnchor: 'anchor-ada' },
    { op: 'update', objectType: 'group', sourceAnchor: 'anchor-staff', attributes: { displayName: 'Gone' } },
  ]);
  const state = await stateOf(world, second);
  assert.deepEqual(Object.keys(state).sort(), ['anchor-ada', 'anchor-staff']);
  assert.deepEqual(state['anchor-staff']?.references, { member: ['anchor-ada'] });
  assert.deepEqual(await directoryCounts(world.database.read, first.tenantId), { users: 0, groups: 1, contacts: 0 });
  assert.deepEqual(await directoryCounts(world.database.read, second.tenantId), { users: 1, groups: 1, contacts: 0 });
});

test('a batch that is sent again is answered from the record and carried out once', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  const key = uuidV7();
  const batch = [user('ada'), user('eve', { shoeSize: 1 }), group('staff', ['ada', 'nobody'])];
  const first = await world.export(connector, batch, key);
  await world.export(connector, [{ op: 'delete', objectType: 'user', sourceAnchor: 'anchor-ada' }]);
  assert.deepEqual(await world.export(connector, batch, key), first);
  assert.deepEqual(Object.keys(await stateOf(world, connector)), ['anchor-staff'], 'the replay restored nothing');
  assert.deepEqual(world.changed, [connector.tenantId, connector.tenantId]);
});

test('a key that was used for another batch is refused, and nothing of that batch is done', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  const key = uuidV7();
  await world.export(connector, [user('ada')], key);
  await assert.rejects(world.export(connector, [user('eve')], key), failsWith('idempotency-mismatch'));
  assert.deepEqual(Object.keys(await stateOf(world, connector)), ['anchor-ada']);
  const other = world.connector(connector.tenantId);
  const [result] = await world.export(other, [user('eve')], key);
  assert.equal(result!.status, 'created', 'keys of two agents are two keys');
});

test('of two batches at the same time that want one name, one gets it', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  const other = world.connector(connector.tenantId);
  const wanted = (name: string) => [user(name, { userPrincipalName: 'boss@example.com' })];
  const results = await Promise.all([
    world.export(connector, wanted('ada')),
    world.export(other, wanted('eve')),
    world.export(connector, wanted('bob')),
  ]);
  const codes = results.map(([result]) => result?.error?.code ?? result?.status).sort();
  assert.deepEqual(codes, ['AttributeValueMustBeUnique', 'AttributeValueMustBeUnique', 'created']);
});

test('one batch delivered twice at the same time is carried out once', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  const key = uuidV7();
  const batch = [user('ada'), group('staff', ['ada'])];
  const [one, two] = await Promise.all([world.export(connector, batch, key), world.export(connector, batch, key)]);
  assert.deepEqual(one, two);
  assert.deepEqual(await directoryCounts(world.database.read, connector.tenantId), {
    users: 1,
    groups: 1,
    contacts: 0,
  });
  assert.equal(world.changed.length, 1);
});

test('a batch that fails half-way leaves nothing, not even its record', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  const key = uuidV7();
  let fails = true;
  const { database } = world;
  const failing: typeof database = {
    ...database,
    read: database.read,
    close: () => database.close(),
    write: (work) =>
      database.write(async (writer) => {
        const result = await work(writer);
        if (fails) throw new Error('the power went');
        return result;
      }),
  };
  Object.assign(world.deps, { database: failing });
  const { directoryHandlers } = await import('./handlers.ts');
  Object.assign(world.handlers, directoryHandlers(world.deps));
  await assert.rejects(world.export(connector, [user('ada')], key), /the power went/);
  assert.deepEqual(await directoryCounts(database.read, connector.tenantId), { users: 0, groups: 0, contacts: 0 });
  fails = false;
  const [result] = await world.export(connector, [user('ada')], key);
  assert.equal(result!.status, 'created');
});

test('any sequence of batches leaves in the database what the plain model leaves, and the feed tells of it', async (t) => {
  const world = await openDirectory(t);
  await fc.assert(
    fc.asyncProperty(anyBatches, async (batches) => {
      const connector = world.connector();
      const model = new ExportModel();
      // A second reader follows by the feed alone.
      const followed: ModelState = {};
      let cursor: string | undefined;
      for (const batch of batches) {
        const operations = batch.map((operation) =>
          operation.op === 'delete'
            ? { ...operation }
            : {
                ...operation,
                attributes: Object.fromEntries(operation.attributes),
                references: Object.fromEntries(operation.references),
              },
        );
        const results = await world.export(connector, operations);
        assert.deepEqual(
          results.map(({ status }) => status),
          model.export(batch),
        );
        for (let more = true; more; ) {
          const page = await world.changes(connector, { limit: 2, ...(cursor === undefined ? {} : { cursor }) });
          for (const { sourceAnchor, objectType, deleted, attributes, references } of page.objects) {
            for (const anchors of Object.values<string[]>(references)) anchors.sort();
            if (!deleted) followed[sourceAnchor] = { type: objectType, attributes, references };
            else if (followed[sourceAnchor]?.type === objectType) delete followed[sourceAnchor];
          }
          ({ cursor, more } = page);
        }
        assert.deepEqual(followed, model.state());
      }
      assert.deepEqual(await stateOf(world, connector), model.state());
    }),
    { numRuns: 60 },
  );
});
