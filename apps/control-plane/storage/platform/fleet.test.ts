import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Heartbeat } from '@springline/api/shapes/agent';
import type { AutoUpgrade, ComponentUpgrade } from '@springline/api/shapes/auto-upgrade';
import { componentNames } from '@springline/api/shapes/text';
import type { EpochMs } from '@springline/ports/clock';
import { runControlPlane, startMs, temporaryFolder } from '../../testing/running-control-plane.ts';
import { enrol, send, sign } from '../../testing/signed-agent.ts';
import { openDatabase } from '../sqlite/open.ts';
import { isSameFleet, rowsFrom } from './fleet.ts';
import { platformMigrations } from './migrations.ts';

const now = startMs as EpochMs;

const component = (changes: Partial<ComponentUpgrade> = {}): ComponentUpgrade => ({
  ...{ component: 'connect-sync', version: '2.3.2.0', releaseNumber: 100, step: 'idle' },
  ...changes,
});

const heartbeat = (autoUpgrade: Partial<AutoUpgrade> = {}): Heartbeat => ({
  hostName: 'SYNC-01.Contoso.example',
  components: [],
  autoUpgrade: { state: 'Enabled', channel: 'HUS', components: [component()], ...autoUpgrade },
});

const ended = (result: string): ComponentUpgrade['lastUpgrade'] => ({
  ...{ component: 'connect-sync', from: '2.3.1.0', to: '2.3.2.0', result },
  ...{ startedAt: '2026-11-20T08:00:00.000Z', endedAt: '2026-11-20T08:05:00.000Z' },
});

for (const row of [
  { name: 'a host that is well', said: {}, is: ['well', ''] },
  {
    name: 'a person’s opt-out, before all else',
    said: { state: 'Disabled', channel: 'PKS' },
    is: ['opted-out', 'Disabled'],
  },
  { name: 'the retired channel', said: { channel: 'PKS', state: 'Suspended' }, is: ['on-pks', 'PKS'] },
  {
    name: 'a suspension with a code',
    said: { state: 'Suspended', suspensionReason: 'UpgradeAbortedInsufficientDiskSpace: 3 MiB are free.' },
    is: ['failed', 'UpgradeAbortedInsufficientDiskSpace'],
  },
  {
    name: 'a suspension in words',
    said: { state: 'Suspended', suspensionReason: 'the file is broken' },
    is: ['failed', 'Suspended'],
  },
  {
    name: 'a last upgrade that failed',
    said: { components: [component({ lastUpgrade: ended('UpgradeFailedRollbackSuccess-Probation')! })] },
    is: ['failed', 'UpgradeFailedRollbackSuccess-Probation'],
  },
  {
    name: 'one that somebody halted',
    said: { components: [component({ lastUpgrade: ended('UpgradeAbortedHalted')! })] },
    is: ['well', ''],
  },
  {
    name: 'a release that waits',
    said: { components: [component({ offered: '2.3.20.0', waits: { rule: 'ring-not-open', reason: 'later' } })] },
    is: ['upgrading', 'ring-not-open'],
  },
  ...['not-for-auto-upgrade', 'not-in-policy', 'rollout-aborted', 'recalled'].map((rule) => ({
    name: `a release that nobody gets (${rule})`,
    said: { components: [component({ offered: '2.3.20.0', waits: { rule, reason: 'for nobody' } })] },
    is: ['well', ''],
  })),
] satisfies readonly { name: string; said: Partial<AutoUpgrade>; is: readonly string[] }[]) {
  test(`${row.name} is ${row.is[0]}`, () => {
    const [facts] = rowsFrom(heartbeat(row.said), '1.0', now);
    assert.deepEqual([facts?.standing, facts?.reason], row.is);
  });
}

test('an agent that says nothing of auto-upgrade is a row of its Agent Updater', () => {
  const { autoUpgrade: _, ...silent } = heartbeat();
  const [facts, ...others] = rowsFrom(silent, '1.4.0.0', now);
  assert.deepEqual(others, []);
  assert.deepEqual([facts?.component, facts?.version, facts?.state], ['agent-updater', '1.4.0.0', 'unknown']);
});

test('the same facts on the same day are nothing new, whatever their order', () => {
  const two = heartbeat({ components: [component(), component({ component: 'agent-updater' })] });
  const later = (now + 3_600_000) as EpochMs;
  assert.ok(isSameFleet(rowsFrom(two, '1.0', now), rowsFrom(two, '1.0', later).toReversed()));
  assert.ok(!isSameFleet(rowsFrom(two, '1.0', now), rowsFrom(two, '1.0', (now + 86_400_000) as EpochMs)));
  assert.ok(!isSameFleet(rowsFrom(two, '1.0', now), rowsFrom(heartbeat(), '1.0', now)));
});

test('an agent is in the fleet from its enrolment on, as its heartbeats say, and as revoked in the end', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  const rows = async (query = '') => (await plane.ask('GET', `/hus/v1/fleet${query}`)).json.rows;
  assert.deepEqual(await rows(), [{ agentId: agent.agentId, component: 'agent-updater', group: 'well' }]);
  const body = heartbeat({ state: 'Disabled', components: [component(), component({ component: 'agent-updater' })] });
  for (let beat = 0; beat < 2; beat++) {
    await send(sign(plane, agent, { method: 'POST', path: '/platform/v1/heartbeat', body }));
  }
  assert.equal((await rows('?group=opted-out&text=CONTOSO')).length, 2);
  plane.clock.advance(31 * 86_400_000);
  assert.equal((await rows('?group=not-seen')).length, 2);
  await plane.ask('POST', `/platform/v1/agents/${agent.agentId}/revoke`);
  assert.equal((await rows('?group=revoked')).length, 2);
  assert.equal((await rows('?group=not-seen')).length, 0);
});

type AgentOfBefore = readonly [id: string, state: 'active' | 'revoked', report: string | null];

/** The database of before the fleet had rows, brought up to date. */
async function migrated(t: TestContext, agents: readonly AgentOfBefore[]) {
  const path = join(temporaryFolder(t), 'springline.db');
  const before = platformMigrations.filter(({ name }) => name !== 'platform-0007-fleet');
  const old = await openDatabase(path, before);
  await old.write(async (writer) => {
    for (const [id, state, report] of agents) {
      const host = { host_name: `HOST-${id}`, platform: 'linux-x64', version: '1.0.0.0' };
      const rest = { enrolled_at: now, last_seen_at: null, report, revoked_at: null };
      await writer
        .insertInto('platform_agents')
        .values({ tenant_id: 't', id, key_id: id, public_key: '{}', state, ...host, ...rest })
        .execute();
    }
  });
  await old.close();
  const database = await openDatabase(path, platformMigrations);
  t.after(() => database.close());
  return database;
}

test('one agent is walked page by page, whatever the order', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  const versions = { 'agent-updater': '9.0.0.0', 'cloud-sync': '1.0.0.0', 'connect-sync': '5.0.0.0' } as const;
  const components = (['agent-updater', 'cloud-sync', 'connect-sync'] as const).map((name, at) =>
    component({ component: name, version: versions[name], ...(at === 1 ? { lastUpgrade: ended('Success')! } : {}) }),
  );
  const body = heartbeat({ components });
  await send(sign(plane, agent, { method: 'POST', path: '/platform/v1/heartbeat', body }));
  for (const sort of ['host', 'version', 'last']) {
    for (const order of ['ascending', 'descending']) {
      const seen: string[] = [];
      for (let cursor = ''; ; ) {
        const query = `?agentId=${agent.agentId}&sort=${sort}&order=${order}&limit=1${cursor}`;
        const { json } = await plane.ask('GET', `/hus/v1/fleet${query}`);
        seen.push(...json.rows.map((row: { component: string }) => row.component));
        if (json.next === undefined) break;
        cursor = `&cursor=${json.next}`;
      }
      const names = Object.keys(versions);
      assert.deepEqual(seen, order === 'ascending' ? names : names.toReversed(), `${sort} ${order}`);
    }
  }
});

test('agents of a database of before are rows at once', async (t) => {
  const database = await migrated(t, [
    ['a', 'active', JSON.stringify(heartbeat({ state: 'Disabled', ring: 'canary' }))],
    ['b', 'active', null],
    ['c', 'revoked', null],
  ]);
  const rows = await database.read
    .selectFrom('platform_fleet')
    .select(['agent_id', 'component', 'host_name', 'version_key', 'standing', 'ring'])
    .orderBy('agent_id')
    .execute();
  assert.deepEqual(
    rows.map((row) => Object.values(row)),
    [
      ['a', 'connect-sync', 'host-a', '12131210', 'opted-out', 'canary'],
      ['b', 'agent-updater', 'host-b', '11101010', 'well', ''],
      ['c', 'agent-updater', 'host-c', '11101010', 'revoked', ''],
    ],
  );
});

test('a database of before with more rows than one statement takes is brought up to date', async (t) => {
  const components = componentNames.slice(0, 5).map((name) => component({ component: name }));
  const report = JSON.stringify(heartbeat({ components }));
  const agents = Array.from({ length: 600 }, (_, at): AgentOfBefore => [String(1_000 + at), 'active', report]);
  const database = await migrated(t, agents);
  const { rows } = await database.read
    .selectFrom('platform_fleet')
    .select((eb) => eb.fn.countAll<number>().as('rows'))
    .executeTakeFirstOrThrow();
  assert.equal(rows, 3_000);
});
