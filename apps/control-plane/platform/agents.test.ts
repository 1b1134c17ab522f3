import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SyncStatus } from '@springline/api/shapes/agent';
import { runControlPlane } from '../testing/running-control-plane.ts';
import { makeToken } from '../testing/second-tenant.ts';
import { enrol, send, sign } from '../testing/signed-agent.ts';

const at = '2026-11-22T13:59:00.000Z';
const components = [
  { component: 'connect-sync', version: '1.2.3.0', state: 'running', since: at, rssBytes: 90_000_000 },
  { component: 'agent-updater', version: '1.3.0.0', state: 'running', since: at },
];
const sync: SyncStatus = {
  connector: 'contoso.example',
  source: 'ldap://directory.contoso.example',
  cycleInProgress: false,
  objects: { users: 3, groups: 1, contacts: 0 },
  pendingExports: 0,
  heldDeletes: 0,
  errorCount: 70,
  errors: [
    {
      sourceAnchor: 'a1',
      displayName: 'Ada',
      code: 'AttributeValueMustBeUnique',
      message: 'proxyAddresses is taken',
      firstSeenAt: at,
      lastSeenAt: at,
      retryCount: 2,
    },
  ],
};
const heartbeat = { method: 'POST', path: '/platform/v1/heartbeat', body: { hostName: 'sync-1', components, sync } };

test('a heartbeat shows on the list of agents and on the home page', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  const { json: before } = await plane.ask('GET', '/platform/v1/agents');
  assert.equal(before.agents[0].state, 'offline');
  assert.equal(before.agents[0].lastSeenAt, undefined);
  const { json: answer } = await send(sign(plane, agent, heartbeat));
  assert.deepEqual(answer, { serverTime: '2026-11-22T14:00:00.000Z', nextInMs: 10_000 });
  const { json } = await plane.ask('GET', '/platform/v1/agents');
  assert.deepEqual(json.agents, [
    {
      id: agent.agentId,
      hostName: 'sync-1',
      platform: 'linux-x64',
      version: '1.3.0.0',
      state: 'online',
      enrolledAt: '2026-11-22T14:00:00.000Z',
      lastSeenAt: '2026-11-22T14:00:00.000Z',
      fingerprint: agent.keyId,
      components,
      sync,
    },
  ]);
  const { json: home } = await plane.ask('GET', '/platform/v1/home');
  assert.deepEqual(home.agents, json.agents);
  assert.equal(home.errorCount, 70);
  assert.deepEqual(home.errors, [{ ...sync.errors[0], agentId: agent.agentId, hostName: 'sync-1' }]);
});

test('an agent is offline after three intervals without a heartbeat', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  await send(sign(plane, agent, heartbeat));
  const state = async () => (await plane.ask('GET', '/platform/v1/agents')).json.agents[0].state;
  plane.clock.advance(29_999);
  assert.equal(await state(), 'online');
  plane.clock.advance(1);
  assert.equal(await state(), 'offline');
});

test('a revoked agent is shown as revoked, and its errors count no more', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  await send(sign(plane, agent, heartbeat));
  assert.equal((await plane.ask('POST', `/platform/v1/agents/${agent.agentId}/revoke`)).status, 204);
  const { json } = await plane.ask('GET', '/platform/v1/home');
  assert.equal(json.agents[0].state, 'revoked');
  assert.equal(json.errorCount, 0);
});

test('revoking twice is done once, and revoking nobody is not found', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  const path = `/platform/v1/agents/${agent.agentId}/revoke`;
  assert.equal((await plane.ask('POST', path)).status, 204);
  assert.equal((await plane.ask('POST', path)).status, 204);
  const { entries } = (await plane.ask('GET', '/platform/v1/audit')).json;
  assert.equal(entries.filter((entry: { action: string }) => entry.action === 'agent.revoked').length, 1);
  const nobody = await plane.ask('POST', '/platform/v1/agents/01920000-0000-7000-8000-000000000001/revoke');
  assert.equal(nobody.json.code, 'not-found');
});

test('two tenants never see each other', async (t) => {
  const plane = await runControlPlane(t);
  const token = await makeToken(plane, await plane.openDatabase(), { tenant: 'fabrikam' });
  const fabrikam = { authorization: `Bearer ${token}` };
  const [ours, theirs] = [await enrol(plane), await enrol(plane, undefined, token)];
  // The same connector name in both: neither took the other's over.
  assert.notEqual(ours.connectorId, theirs.connectorId);
  for (const agent of [ours, theirs]) assert.equal((await send(sign(plane, agent, heartbeat))).status, 200);
  for (const path of ['/platform/v1/agents', '/platform/v1/home', '/platform/v1/audit', '/platform/v1/session']) {
    const [own, other] = [await plane.ask('GET', path), await plane.ask('GET', path, { headers: fabrikam })];
    for (const id of [ours.agentId, ours.tenantId]) assert.ok(!other.text.includes(id), `${path} shows ${id}`);
    for (const id of [theirs.agentId, theirs.tenantId]) assert.ok(!own.text.includes(id), `${path} shows ${id}`);
  }
  const revoke = `/platform/v1/agents/${ours.agentId}/revoke`;
  assert.equal((await plane.ask('POST', revoke, { headers: fabrikam })).status, 404);
  const { json: link } = await plane.ask('POST', '/platform/v1/sign-in-links', { headers: fabrikam });
  const body = { linkToken: link.url.split('#')[1] };
  const { json: session } = await plane.ask('POST', '/platform/v1/session', { body, headers: {} });
  assert.equal(session.tenant.name, 'fabrikam');
});

test('the audit trail is paged, oldest first', async (t) => {
  const plane = await runControlPlane(t);
  for (const name of ['a', 'b', 'c']) await enrol(plane, { name, kind: 'ldif' });
  const { json: first } = await plane.ask('GET', '/platform/v1/audit?limit=3');
  assert.deepEqual(
    first.entries.map((entry: { sequence: number }) => entry.sequence),
    [1, 2, 3],
  );
  assert.equal(first.more, true);
  const { json: rest } = await plane.ask('GET', '/platform/v1/audit?after=3&limit=500');
  assert.equal(rest.entries[0].sequence, 4);
  assert.equal(rest.more, false);
});
