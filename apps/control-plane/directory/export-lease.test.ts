import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from '@springline/api/problem';
import { exportLeaseMs } from '@springline/cloud-directory/export-lease';
import type { EpochMs } from '@springline/ports/clock';
import { uuidV7 } from '@springline/ports/uuid';
import { voidSources } from '../storage/directory/sources.ts';
import { renewByHeartbeat } from './export-lease.ts';
import {
  type DirectoryWorld,
  openDirectory,
  type TestConnector,
  user,
  type Wanted,
} from './testing/directory-world.ts';

const failsWith = (code: string) => (error: unknown) => error instanceof ProblemError && error.code === code;
const title = (name: string, text: string): Wanted => ({
  ...{ op: 'update', objectType: 'user', sourceAnchor: `anchor-${name}` },
  attributes: { title: text },
});

const minuteMs = 60_000;

/** The number under which the connector exports. */
async function take(world: DirectoryWorld, connector: TestConnector, ask: 'acquire' | 'promote' | 'force' = 'acquire') {
  const answer = await world.lease(connector, ask);
  assert.equal(answer.held, true, answer.refusal?.message);
  return answer.lease!.fencing;
}

const exportWith = (world: DirectoryWorld, connector: TestConnector, operation: Wanted, fencing?: number) =>
  world.export(connector, [operation], uuidV7(), fencing);

test('S16: one of two servers of a source exports, and the other is refused with the holder’s name', async (t) => {
  const world = await openDirectory(t);
  const active = world.connector();
  const staging = world.beside(active);
  const fencing = await take(world, active);
  const refused = await world.lease(staging, 'acquire');
  assert.equal(refused.held, false);
  assert.equal(refused.refusal?.code, 'export-lease-held');
  assert.equal(refused.lease?.agentId, active.agentId);
  assert.equal((await exportWith(world, active, user('ada'), fencing))[0]?.status, 'created');
  await assert.rejects(exportWith(world, staging, user('eve')), failsWith('export-lease-held'));
  await assert.rejects(exportWith(world, staging, user('eve'), fencing), failsWith('export-lease-lost'));
});

test('S16: servers of different sources export at the same time', async (t) => {
  const world = await openDirectory(t);
  const first = world.connector();
  const other = world.connector(first.tenantId);
  const numbers = [await take(world, first), await take(world, other)];
  assert.equal((await exportWith(world, first, user('ada'), numbers[0]))[0]?.status, 'created');
  assert.equal((await exportWith(world, other, user('eve'), numbers[1]))[0]?.status, 'created');
});

test('S16: two sources that read the same directory are one too many, until the first is not heard any more', async (t) => {
  const world = await openDirectory(t);
  const first = world.connector();
  const second = world.connector(first.tenantId);
  const source = { source: 'openldap:dc=contoso,dc=example' };
  assert.equal((await world.lease(first, 'acquire', source)).held, true);
  for (const ask of ['acquire', 'promote', 'force'] as const) {
    assert.equal((await world.lease(second, ask, source)).refusal?.code, 'export-source-elsewhere');
  }
  const elsewhere = world.connector();
  assert.equal((await world.lease(elsewhere, 'acquire', source)).held, true, 'another tenant is another world');
  world.clock.advance(exportLeaseMs);
  assert.equal((await world.lease(second, 'acquire', source)).held, true);
});

test('S16: a server that went back to sleep is told by its old number', async (t) => {
  const world = await openDirectory(t);
  const active = world.connector();
  const staging = world.beside(active);
  const old = await take(world, active);
  await exportWith(world, active, user('ada'), old);
  world.clock.advance(exportLeaseMs);
  const fresh = await take(world, staging, 'promote');
  assert.ok(fresh > old);
  await assert.rejects(exportWith(world, active, title('ada', 'stale'), old), failsWith('export-lease-lost'));
  await assert.rejects(exportWith(world, active, title('ada', 'stale')), failsWith('export-lease-held'));
  assert.equal((await world.lease(active, 'acquire')).refusal?.code, 'export-lease-held');
  assert.equal((await exportWith(world, staging, title('ada', 'fresh'), fresh))[0]?.status, 'updated');
});

test('a promoted server masters what the server before it exported, and sees it before', async (t) => {
  const world = await openDirectory(t);
  const active = world.connector();
  const staging = world.beside(active);
  const number = await take(world, active);
  const [ada] = await exportWith(world, active, user('ada'), number);
  await exportWith(world, active, user('eve'), number);
  const seen = await world.changes(staging);
  assert.deepEqual(
    seen.objects.map(({ sourceAnchor }) => sourceAnchor),
    ['anchor-ada', 'anchor-eve'],
  );
  await exportWith(world, active, title('ada', 'Countess'), number);
  assert.equal((await world.changes(staging, { cursor: seen.cursor })).objects[0].attributes.title, 'Countess');
  assert.equal((await world.lease(active, 'release')).held, false);
  const taken = await take(world, staging);
  const [again] = await exportWith(world, staging, user('ada'), taken);
  assert.equal(again?.cloudAnchor, ada?.cloudAnchor);
  const gone: Wanted = { op: 'delete', objectType: 'user', sourceAnchor: 'anchor-eve' };
  assert.equal((await exportWith(world, staging, gone, taken))[0]?.status, 'deleted');
  assert.deepEqual((await world.changes(active)).objects.length, 1, 'and the former one sees it in turn');
});

test('S13: a staging server reads nothing of another source', async (t) => {
  const world = await openDirectory(t);
  const ours = world.connector();
  const theirs = world.connector(ours.tenantId);
  await world.export(theirs, [user('eve')]);
  assert.deepEqual((await world.changes(world.beside(ours))).objects, []);
});

test('S16: force takes the lease at once; that is told, and the loser’s next batch is refused', async (t) => {
  const world = await openDirectory(t);
  const active = world.connector();
  const staging = world.beside(active);
  const old = await take(world, active);
  assert.equal((await world.lease(staging, 'promote')).refusal?.code, 'export-lease-held');
  await take(world, staging, 'force');
  await assert.rejects(exportWith(world, active, user('ada'), old), failsWith('export-lease-lost'));
  assert.deepEqual(
    world.news.map(({ action, detail, notice }) => [action, detail['forced'], notice?.kind]),
    [['export-lease.taken', true, 'export-lease-taken']],
  );
});

test('S16: a process that was started anew takes over from its past, whose batches are refused', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  const old = await take(world, connector);
  const anew = { bootNonce: uuidV7() };
  const { held, lease } = await world.lease(connector, 'acquire', anew);
  assert.equal(held, true);
  assert.ok(lease!.fencing > old);
  await assert.rejects(exportWith(world, connector, user('ada'), old), failsWith('export-lease-lost'));
  assert.deepEqual(world.news, [], 'and nobody is bothered with it');
});

test('an agent of a version without leases exports as before, and holds the lease by that', async (t) => {
  const world = await openDirectory(t);
  const old = world.connector();
  const staging = world.beside(old);
  await world.export(old, [user('ada')]);
  assert.equal((await world.lease(staging, 'acquire')).refusal?.code, 'export-lease-held');
  await world.export(old, [title('ada', 'x')]);
  // Upgraded, and rolled back again: once the newer process is not heard any more.
  const number = await take(world, old);
  await exportWith(world, old, title('ada', 'y'), number);
  world.clock.advance(exportLeaseMs);
  await world.export(old, [title('ada', 'z')]);
  await assert.rejects(exportWith(world, old, title('ada', 'y'), number), failsWith('export-lease-lost'));
});

test('a batch that was carried out is answered from the record, also when the lease has passed on', async (t) => {
  const world = await openDirectory(t);
  const active = world.connector();
  const staging = world.beside(active);
  const number = await take(world, active);
  const key = uuidV7();
  const first = await world.export(active, [user('ada')], key, number);
  await take(world, staging, 'force');
  assert.deepEqual(await world.export(active, [user('ada')], key, number), first);
  const renewed = await take(world, active, 'force');
  assert.deepEqual(await world.export(active, [user('ada')], key, renewed), first, 'nor does another lease matter');
});

test('heartbeats of a running server keep its lease, and those of one that stages or hangs do not', async (t) => {
  const world = await openDirectory(t);
  const active = world.connector();
  const staging = world.beside(active);
  await take(world, active);
  const running = {
    component: 'connect-sync',
    version: '1.0.0.0',
    state: 'running',
    since: '2026-11-22T14:00:00.000Z',
  } as const;
  const continuation = { nonce: 'A'.repeat(22) };
  const heard = async (words: object = {}, component: object = running): Promise<boolean> => {
    const body = { components: [component], continuation, ...words } as Parameters<typeof renewByHeartbeat>[2];
    world.clock.advance(2 * minuteMs);
    await renewByHeartbeat(world.database, active, body, world.clock.now() as EpochMs);
    world.clock.advance(2 * minuteMs);
    return (await world.lease(staging, 'look')).lease?.live === true;
  };
  for (let at = 0; at < 4; at++) assert.equal(await heard(), true);
  for (const [words, component] of [
    [{ sync: { staging: true } }, running],
    [{}, { ...running, state: 'failing' }],
    [{ continuation: undefined }, running],
  ] as const) {
    await take(world, active);
    assert.equal(await heard(words, component), true);
    assert.equal(await heard(words, component), false);
  }
  await renewByHeartbeat(world.database, active, { components: [running], continuation }, world.clock.now());
  assert.equal((await world.lease(staging, 'look')).lease?.live, false, 'what ended is not renewed');
  assert.equal((await world.lease(staging, 'promote')).held, true);
});

test('S16: a batch that leaves its lease out takes none from a live process of the same agent', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  const fencing = await take(world, connector);
  await assert.rejects(exportWith(world, connector, user('eve')), failsWith('export-lease-lost'));
  assert.equal((await exportWith(world, connector, user('ada'), fencing))[0]?.status, 'created');
  world.clock.advance(exportLeaseMs);
  const [put] = await exportWith(world, connector, user('bob'));
  assert.equal(put?.status, 'created', 'a host that was put back to a version without leases exports in the end');
});

test('S16: an agent that was given a continuation exports nothing without a lease', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  world.standings.set(connector.agentId, { continuation: 'A'.repeat(22) });
  await assert.rejects(exportWith(world, connector, user('eve')), failsWith('export-lease-lost'));
  assert.equal((await world.lease(connector, 'look')).lease, undefined);
});

test('heartbeats of an agent that knows of no leases keep the one that it took by sending', async (t) => {
  const world = await openDirectory(t);
  const active = world.connector();
  const staging = world.beside(active);
  await exportWith(world, active, user('ada'));
  world.clock.advance(4 * minuteMs);
  const since = '2026-11-22T14:00:00.000Z';
  const components = [{ component: 'connect-sync', version: '1.0.0.0', state: 'running', since }] as const;
  await renewByHeartbeat(world.database, active, { components: [...components] }, world.clock.now());
  world.clock.advance(4 * minuteMs);
  assert.equal((await world.lease(staging, 'look')).lease?.live, true);
});

test('S16: a home that is behind gets no lease', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  const continuation = 'A'.repeat(22);
  world.standings.set(connector.agentId, { continuation });
  for (const words of [{}, { continuation: 'B'.repeat(22) }]) {
    for (const ask of ['acquire', 'promote', 'force', 'release'] as const) {
      assert.equal((await world.lease(connector, ask, words)).refusal?.code, 'continuation-stale');
    }
  }
  assert.equal((await world.lease(connector, 'acquire', { continuation })).held, true);
});

test('S8: on a restored database every lease is asked for anew, under a higher number', async (t) => {
  const world = await openDirectory(t);
  const connector = world.connector();
  const staging = world.beside(connector);
  const old = await take(world, connector);
  await world.ask('approveDeletions', connector.tenantId, { connectorId: connector.connectorId, objects: 9 });
  await world.database.write((writer) => voidSources(writer, connector.tenantId));
  await assert.rejects(exportWith(world, connector, user('ada'), old), failsWith('export-lease-lost'));
  assert.equal((await world.lease(staging, 'acquire')).held, false, 'the server before is asked for first');
  assert.ok((await take(world, connector)) > old);
  const { sources } = await world.ask('listExportSources', connector.tenantId);
  assert.equal(sources[0].approvedDeletions, undefined);
});

test('S13: an agent asks for the lease of no connector but its own', async (t) => {
  const world = await openDirectory(t);
  const mine = world.connector();
  const theirs = world.connector(mine.tenantId);
  for (const ask of ['look', 'acquire', 'promote', 'force', 'release'] as const) {
    await assert.rejects(
      world.lease({ ...mine, connectorId: theirs.connectorId }, ask),
      failsWith('connector-not-yours'),
    );
    await assert.rejects(world.lease({ ...mine, tenantId: uuidV7() }, ask), failsWith('connector-not-yours'));
  }
});

test('people see who exports, and in which source', async (t) => {
  const world = await openDirectory(t);
  const active = world.connector();
  const staging = world.beside(active);
  const other = world.connector(active.tenantId);
  const fencing = await take(world, active);
  const { sources } = await world.ask('listExportSources', active.tenantId);
  const shown = sources.map(
    ({ id, connectors, lease }: { id: string; connectors: { id: string }[]; lease?: object }) => [
      id,
      connectors.map((connector) => connector.id),
      lease,
    ],
  );
  assert.deepEqual(shown, [
    [
      active.sourceId,
      [active.connectorId, staging.connectorId],
      {
        ...{ agentId: active.agentId, hostName: `host-${active.agentId.slice(-4)}`, fencing, live: true },
        connector: `connector-${active.connectorId.slice(-4)}`,
        ...{ since: '2026-11-22T14:00:00.000Z', expiresAt: '2026-11-22T14:05:00.000Z' },
      },
    ],
    [other.sourceId, [other.connectorId], undefined],
  ]);
  assert.deepEqual((await world.ask('listExportSources', uuidV7())).sources, []);
});
