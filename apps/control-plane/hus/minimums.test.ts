/** Whom minimum versions count, over the wire: agents, recorded servers and PKS clients of two tenants. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Minimums } from '@springline/api/shapes/campaign';
import { type RunningControlPlane, runControlPlane, type TestOptions } from '../testing/running-control-plane.ts';
import { enrol, send, sign, type TestAgent } from '../testing/signed-agent.ts';

/** Connect Sync 2.3.2.0 by 10 December 2026; the clock stands at 22 November. */
const notice = {
  campaignId: 'december',
  name: 'December',
  revisions: [
    {
      revision: 1,
      publishedAt: '2026-11-22T00:00:00Z',
      title: 'Upgrade by 10 December 2026',
      deadline: { date: '2026-12-10', zone: 'UTC' },
      minimums: [{ component: 'connect-sync', version: '2.3.2.0', effect: 'notify' }],
    },
  ],
};

interface Scene {
  readonly plane: RunningControlPlane;
  /** Tokens by tenant. */
  readonly tokens: Readonly<Record<'default' | 'A' | 'B', string>>;
  minimums(tenant: 'default' | 'A' | 'B'): Promise<Minimums>;
  record(tenant: 'A' | 'B', ...servers: readonly Record<string, unknown>[]): Promise<void>;
  heartbeat(agent: TestAgent, hostName: string, words?: Record<string, unknown>): Promise<void>;
  asksPks(hostName: string, version: string): Promise<void>;
}

async function scene(t: TestContext, options: TestOptions = {}): Promise<Scene> {
  const plane = await runControlPlane(t, options);
  const opened = await plane.ask('POST', '/hus/v1/campaigns', { body: notice });
  assert.equal(opened.status, 200, opened.text);
  const added = async (name: string): Promise<string> =>
    (await plane.ask('POST', '/platform/v1/tenants', { body: { name } })).json.token.secret;
  const tokens = { default: plane.adminToken, A: await added('A'), B: await added('B') };
  const bearer = (tenant: keyof typeof tokens) => ({ authorization: `Bearer ${tokens[tenant]}` });
  return {
    plane,
    tokens,
    minimums: async (tenant) => (await plane.ask('GET', '/hus/v1/minimums', { headers: bearer(tenant) })).json,
    async record(tenant, ...servers) {
      const body = {
        servers: servers.map((server) => ({ component: 'connect-sync', version: '2.1.20.0', ...server })),
      };
      const { status, text } = await plane.ask('PUT', '/hus/v1/recorded-servers', { body, headers: bearer(tenant) });
      assert.equal(status, 200, text);
    },
    async heartbeat(agent, hostName, words) {
      const component = { component: 'connect-sync', version: '2.1.20.0', releaseNumber: 100, step: 'idle' };
      const autoUpgrade = { state: 'Enabled', channel: 'HUS', components: [component], ...words };
      const body = { hostName, components: [], autoUpgrade };
      const { status, text } = await send(sign(plane, agent, { method: 'POST', path: '/platform/v1/heartbeat', body }));
      assert.equal(status, 200, text);
    },
    async asksPks(hostName, version) {
      const body = { productKey: 'AAAAA-BBBBB-CCCCC-DDDDD-EEEEE', component: 'connect-sync', version, hostName };
      await plane.ask('POST', '/pks/v1/upgrade', { body, headers: {} });
      // Answered once sightings are written.
      await plane.ask('GET', '/hus/v1/pks');
    },
  };
}

const rows = ({ servers }: Minimums) =>
  servers.map(({ tenant, hostName, group, source, components }) => [
    ...[tenant, hostName, group, source, components[0]!.version],
  ]);
const counts = ({ minimums: [first] }: Minimums) => [first!.ok, first!.below, first!.moved];

test('the operator sees every tenant’s servers with its name, and a tenant its own and never another’s', async (t) => {
  const { plane, tokens, minimums, record, heartbeat } = await scene(t);
  await heartbeat(await enrol(plane, { name: 'a.example', kind: 'openldap' }, tokens.A), 'agent-of-a');
  await heartbeat(await enrol(plane, { name: 'b.example', kind: 'openldap' }, tokens.B), 'agent-of-b', {
    state: 'Disabled',
  });
  await record('A', { hostName: 'listed-of-a' }, { hostName: 'good-of-a', version: '2.3.6.0' });
  await record('B', { hostName: 'listed-of-b', state: 'Disabled' });
  const ofA = await minimums('A');
  const ofB = await minimums('B');
  const all = await minimums('default');
  assert.deepEqual(rows(ofA), [
    ['A', 'agent-of-a', 'upgrading', 'agent', '2.1.20.0'],
    ['A', 'listed-of-a', 'upgrading', 'recorded', '2.1.20.0'],
  ]);
  assert.deepEqual(rows(ofB), [
    ['B', 'agent-of-b', 'opted-out', 'agent', '2.1.20.0'],
    ['B', 'listed-of-b', 'opted-out', 'recorded', '2.1.20.0'],
  ]);
  assert.ok(!JSON.stringify(ofB).includes('of-a'), 'nothing of A reaches B');
  assert.deepEqual(rows(all), [...rows(ofB), ...rows(ofA)]);
  assert.deepEqual(
    [counts(ofA), counts(ofB), counts(all)],
    [
      [1, 2, 0],
      [0, 2, 0],
      [1, 4, 0],
    ],
  );
  for (const each of [ofA, ofB, all]) {
    const inGroups = Object.values(each.groups).reduce((sum, count) => sum + count, 0);
    assert.deepEqual([inGroups, each.serversTotal], [each.servers.length, each.servers.length]);
  }
  assert.deepEqual(
    Object.entries(all.groups).map(([, count]) => count),
    Object.keys(all.groups).map((group) => ofA.groups[group as 'failed'] + ofB.groups[group as 'failed']),
  );
});

test('an agent beats what was recorded of its host, until it is revoked', async (t) => {
  const { plane, tokens, minimums, record, heartbeat } = await scene(t);
  await record('A', { hostName: 'SYNC-1', version: '2.0.0.0' }, { hostName: 'sync-1', component: 'health-ad-ds' });
  const agent = await enrol(plane, { name: 'a.example', kind: 'openldap' }, tokens.A);
  await heartbeat(agent, 'sync-1');
  assert.deepEqual(rows(await minimums('A')), [['A', 'sync-1', 'upgrading', 'agent', '2.1.20.0']]);
  const headers = { authorization: `Bearer ${tokens.A}` };
  await plane.ask('POST', `/platform/v1/agents/${agent.agentId}/revoke`, { headers });
  assert.deepEqual(rows(await minimums('A')), [['A', 'SYNC-1', 'upgrading', 'recorded', '2.0.0.0']]);
});

test('a server that nobody has seen names whom to ask; one that moved is counted as moved', async (t) => {
  const { minimums, record } = await scene(t);
  const owner = 'Robin Ashe, proseware operations';
  await record(
    'A',
    { hostName: 'dr-1', lastSeenAt: '2026-09-01T00:00:00Z', owner },
    { hostName: 'old-1', movedTo: 'cloud-sync' },
  );
  const { servers, minimums: all } = await minimums('A');
  assert.deepEqual(
    servers.map((server) => [server.hostName, server.group, server.owner, server.components[0]!.why]),
    [['dr-1', 'not-seen', owner, 'last seen on 2026-09-01']],
  );
  assert.deepEqual([all[0]!.ok, all[0]!.below, all[0]!.moved], [0, 1, 1]);
});

test('a host that asks PKS joins what its tenant recorded, for the operator, and is not counted twice', async (t) => {
  const { minimums, record, asksPks } = await scene(t);
  await record('A', { hostName: 'Sync-1', owner: 'Robin Ashe' });
  await asksPks('sync-1', '2.2.1.0');
  await asksPks('sync-2', '2.2.1.0');
  const all = await minimums('default');
  assert.deepEqual(rows(all), [
    ['A', 'Sync-1', 'on-pks', 'recorded', '2.2.1.0'],
    ['unknown', 'sync-2', 'on-pks', 'recorded', '2.2.1.0'],
  ]);
  assert.deepEqual(counts(all), [0, 2, 0]);
  // A product key says nothing of whose a host is: who guesses its name learns nothing.
  await record('B', { hostName: 'sync-2', version: '2.3.6.0' });
  assert.deepEqual(rows(await minimums('B')), []);
  assert.deepEqual(rows(await minimums('A')), [['A', 'Sync-1', 'upgrading', 'recorded', '2.1.20.0']]);
});

test('a host that came over from PKS is its agent and nothing else', async (t) => {
  const { plane, tokens, minimums, record, heartbeat, asksPks } = await scene(t);
  await record('A', { hostName: 'sync-1' });
  await asksPks('sync-1', '2.1.20.0');
  await asksPks('sync-2', '2.1.20.0');
  for (const host of ['sync-1', 'sync-2']) {
    await heartbeat(await enrol(plane, { name: `${host}.example`, kind: 'openldap' }, tokens.A), host);
  }
  assert.deepEqual(rows(await minimums('default')), [
    ['A', 'sync-1', 'upgrading', 'agent', '2.1.20.0'],
    ['A', 'sync-2', 'upgrading', 'agent', '2.1.20.0'],
  ]);
});

test('who looks again and again has nothing counted again, and sees at once what their own people changed', async (t) => {
  const { plane, tokens, minimums, record, heartbeat } = await scene(t, { countsKeptMs: 600_000 });
  const agent = await enrol(plane, { name: 'a.example', kind: 'openldap' }, tokens.A);
  await heartbeat(agent, 'sync-1');
  assert.deepEqual(counts(await minimums('A')), [0, 1, 0]);
  assert.deepEqual(counts(await minimums('default')), [0, 1, 0]);
  assert.deepEqual(counts(await minimums('B')), [0, 0, 0]);
  await heartbeat(agent, 'sync-1', {
    components: [{ component: 'connect-sync', version: '2.3.6.0', releaseNumber: 1, step: 'idle' }],
  });
  assert.deepEqual(counts(await minimums('A')), [0, 1, 0], 'kept');
  await record('A', { hostName: 'listed-1' });
  assert.deepEqual(counts(await minimums('A')), [1, 1, 0], 'its own list');
  assert.deepEqual(counts(await minimums('default')), [0, 1, 0], 'no change of its own');
  const headers = { authorization: `Bearer ${tokens.A}` };
  await plane.ask('POST', `/platform/v1/agents/${agent.agentId}/revoke`, { headers });
  assert.deepEqual(counts(await minimums('A')), [0, 1, 0], 'its own agent');
  const harder = { ...notice.revisions[0], revision: 2, publishedAt: '2026-11-22T12:00:00Z', title: 'Upgrade now' };
  const revised = await plane.ask('POST', '/hus/v1/campaigns', {
    body: { ...notice, revisions: [...notice.revisions, harder] },
  });
  assert.equal(revised.status, 200, revised.text);
  assert.deepEqual(counts(await minimums('default')), [0, 1, 0]);
  assert.equal((await minimums('default')).campaign?.title, 'Upgrade now');
});

test('S19: no tenant hides a stranger’s host on PKS by what it records, nor by an agent of that name', async (t) => {
  const { plane, tokens, minimums, record, heartbeat, asksPks } = await scene(t);
  await asksPks('sync-1', '2.1.20.0');
  const lie = { version: '2.3.6.0', lastSeenAt: '2026-11-22T14:00:00Z' };
  await record('A', { hostName: 'sync-1', ...lie, movedTo: 'cloud-sync' });
  plane.clock.advance(86_400_000);
  await record('A', { hostName: 'sync-1', ...lie, lastSeenAt: '2026-11-23T14:00:00Z', movedTo: 'cloud-sync' });
  assert.deepEqual(rows(await minimums('default')), [['A', 'sync-1', 'on-pks', 'recorded', '2.1.20.0']]);
  // One that never says that it is on the Hybrid Upgrade Service has not come over.
  const components = [{ component: 'connect-sync', version: '2.3.6.0', releaseNumber: 1, step: 'idle' }];
  const agent = await enrol(plane, { name: 'a.example', kind: 'openldap' }, tokens.A);
  await heartbeat(agent, 'sync-1', { channel: 'PKS', components });
  assert.deepEqual(rows(await minimums('default')), [['unknown', 'sync-1', 'on-pks', 'recorded', '2.1.20.0']]);
});
