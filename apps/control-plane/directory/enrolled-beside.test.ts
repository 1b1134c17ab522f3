/** Two servers of one source behind the real server: enrolled beside each other, leased, swung over. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uuidV7 } from '@springline/ports/uuid';
import { directoryPart } from '../directory-part.ts';
import { type RunningControlPlane, runControlPlane } from '../testing/running-control-plane.ts';
import { makeToken } from '../testing/second-tenant.ts';
import { enrol, newNonce, send, sign, type TestAgent } from '../testing/signed-agent.ts';
import { user } from './testing/directory-world.ts';

const first = { name: 'contoso.example', kind: 'openldap' };
const standby = { name: 'contoso.example standby', kind: 'openldap' };

async function askLease(plane: RunningControlPlane, agent: TestAgent, ask: string) {
  const body = { connectorId: agent.connectorId, bootNonce: agent.agentId, ask };
  return (await send(sign(plane, agent, { method: 'POST', path: '/directory/v1/lease', body }))).json;
}

async function exportAda(plane: RunningControlPlane, agent: TestAgent, title: string, fencing?: number) {
  const lease = fencing === undefined ? {} : { lease: { bootNonce: agent.agentId, fencing } };
  const operations = [user('ada', { title })];
  const body = { connectorId: agent.connectorId, idempotencyKey: uuidV7(), operations, ...lease };
  const { json } = await send(sign(plane, agent, { method: 'POST', path: '/directory/v1/exports', body }));
  return json.code ?? json.results[0].error?.code ?? json.results[0].status;
}

test('S16: a server enrolled beside another takes its objects over when it is promoted', async (t) => {
  const plane = await runControlPlane(t, { directory: directoryPart });
  const active = await enrol(plane, first);
  const staging = await enrol(plane, standby, undefined, first.name);
  const { lease: held } = await askLease(plane, active, 'acquire');
  assert.equal(await exportAda(plane, active, 'Countess', held.fencing), 'created');
  assert.equal(await exportAda(plane, staging, 'x'), 'export-lease-held');
  const changes = { method: 'GET', path: `/directory/v1/changes?connectorId=${staging.connectorId}` };
  assert.equal((await send(sign(plane, staging, changes))).json.objects[0].sourceAnchor, 'anchor-ada');
  assert.equal((await askLease(plane, staging, 'promote')).refusal.code, 'export-lease-held');
  await askLease(plane, active, 'release');
  const { lease: taken } = await askLease(plane, staging, 'acquire');
  assert.equal(await exportAda(plane, staging, 'Duchess', taken.fencing), 'updated');
  assert.equal(await exportAda(plane, active, 'stale', held.fencing), 'export-lease-lost');
  const { sources } = (await plane.ask('GET', '/directory/v1/sources')).json;
  assert.deepEqual(
    sources.map(({ connectors, lease }: { connectors: { name: string }[]; lease: { connector: string } }) => [
      connectors.map(({ name }) => name),
      lease.connector,
    ]),
    [[[first.name, standby.name], standby.name]],
  );
});

test('S16: the lease of a revoked agent is free, and revoking is heard of at once', async (t) => {
  const plane = await runControlPlane(t, { directory: directoryPart });
  const active = await enrol(plane, first);
  const staging = await enrol(plane, standby, undefined, first.name);
  await askLease(plane, active, 'acquire');
  await plane.ask('POST', `/platform/v1/agents/${active.agentId}/revoke`);
  const { held, lease } = await askLease(plane, staging, 'acquire');
  assert.equal(held, true);
  assert.equal(await exportAda(plane, staging, 'x', lease.fencing), 'created');
});

test('S16: a forced take-over is in the audit trail and gives one notice', async (t) => {
  const plane = await runControlPlane(t, { directory: directoryPart });
  const active = await enrol(plane, first);
  const staging = await enrol(plane, standby, undefined, first.name);
  await askLease(plane, active, 'acquire');
  assert.equal((await askLease(plane, staging, 'force')).held, true);
  const { entries } = (await plane.ask('GET', '/platform/v1/audit')).json;
  const { actor, action, subject, detail } = entries.at(-1);
  assert.deepEqual(
    [actor, action, subject, detail.from, detail.forced],
    [`agent:${staging.agentId}`, 'export-lease.taken', `source:${active.connectorId}`, active.agentId, true],
  );
  const { notices } = (await plane.ask('GET', '/platform/v1/notices')).json;
  assert.deepEqual(
    notices.map(({ kind, subject: line }: { kind: string; subject: string }) => [kind, line]),
    [['export-lease-taken', 'sync-1.contoso.example exports in place of sync-1.contoso.example']],
  );
});

test('a lease is kept by heartbeats over the wire', async (t) => {
  const plane = await runControlPlane(t, { directory: directoryPart });
  const active = await enrol(plane, first);
  const staging = await enrol(plane, standby, undefined, first.name);
  await askLease(plane, active, 'acquire');
  const component = {
    component: 'connect-sync',
    version: '1.0.0.0',
    state: 'running',
    since: '2026-11-22T14:00:00.000Z',
  };
  let presented: { presented?: string } = {};
  for (let at = 0; at < 3; at++) {
    plane.clock.advance(4 * 60_000);
    const continuation = { ...presented, nonce: newNonce() };
    const body = { hostName: 'sync-1', components: [component], continuation };
    const { json } = await send(sign(plane, active, { method: 'POST', path: '/platform/v1/heartbeat', body }));
    presented = { presented: json.continuation };
  }
  assert.equal((await askLease(plane, staging, 'promote')).refusal.code, 'export-lease-held');
  plane.clock.advance(5 * 60_000);
  assert.equal((await askLease(plane, staging, 'promote')).held, true);
});

test('S13: only a person puts a server beside another, in their own tenant, by a connector of the same kind', async (t) => {
  const plane = await runControlPlane(t, { directory: directoryPart });
  await enrol(plane, first);
  await enrol(plane, { name: 'lab', kind: 'ldif' });
  await enrol(plane, { name: 'alone', kind: 'openldap' });
  const token = await makeToken(plane, await plane.openDatabase(), { tenant: 'fabrikam' });
  const refusal = async (connector: object, beside: string, bearer = plane.adminToken) => {
    const headers = { authorization: `Bearer ${bearer}` };
    const { json } = await plane.ask('POST', '/platform/v1/enrolments', { body: { connector, beside }, headers });
    return json.detail;
  };
  assert.equal(await refusal(standby, 'nobody'), 'body.beside: there is no connector nobody');
  assert.equal(await refusal(standby, first.name, token), `body.beside: there is no connector ${first.name}`);
  assert.equal(await refusal(standby, 'lab'), 'body.beside: the connector lab is of kind ldif; use that kind');
  assert.match(await refusal(first, first.name), /a connector is not beside itself/);
  assert.match(
    await refusal({ name: 'alone', kind: 'openldap' }, first.name),
    /is there already with a source of its own/,
  );
});

test('S13: an agent that takes a connector over keeps its place beside the other', async (t) => {
  const plane = await runControlPlane(t, { directory: directoryPart });
  const active = await enrol(plane, first);
  await enrol(plane, standby, undefined, first.name);
  const again = await enrol(plane, standby);
  const { lease } = await askLease(plane, active, 'acquire');
  await exportAda(plane, active, 'x', lease.fencing);
  const changes = { method: 'GET', path: `/directory/v1/changes?connectorId=${again.connectorId}` };
  assert.equal((await send(sign(plane, again, changes))).json.objects.length, 1);
});

test('S13: limits and approvals are a person’s, over the wire and per tenant', async (t) => {
  const plane = await runControlPlane(t, { directory: directoryPart });
  const agent = await enrol(plane, first);
  const limits = (await plane.ask('GET', '/directory/v1/export-limits')).json;
  assert.deepEqual(limits.deletions, { prevention: 'enabled', count: 500, percent: 20 });
  const body = { ...limits, deletions: { prevention: 'enabled', count: 0, percent: 20 } };
  assert.equal((await plane.ask('PUT', '/directory/v1/export-limits', { body })).status, 200);
  await exportAda(plane, agent, 'x');
  const remove = async () => {
    const operations = [{ op: 'delete', objectType: 'user', sourceAnchor: 'anchor-ada' }];
    const batch = { connectorId: agent.connectorId, idempotencyKey: uuidV7(), operations };
    const { json } = await send(sign(plane, agent, { method: 'POST', path: '/directory/v1/exports', body: batch }));
    return json.results[0].error?.code ?? json.results[0].status;
  };
  assert.equal(await remove(), 'deletion-threshold-exceeded');
  const token = await makeToken(plane, await plane.openDatabase(), { tenant: 'fabrikam' });
  const headers = { authorization: `Bearer ${token}` };
  assert.equal((await plane.ask('GET', '/directory/v1/export-limits', { headers })).json.deletions.count, 500);
  const approval = { connectorId: agent.connectorId, objects: 1 };
  const stranger = await plane.ask('POST', '/directory/v1/deletion-approvals', { body: approval, headers });
  assert.equal(stranger.json.code, 'not-found');
  assert.equal(await remove(), 'deletion-threshold-exceeded');
  assert.equal((await plane.ask('POST', '/directory/v1/deletion-approvals', { body: approval })).status, 200);
  assert.equal(await remove(), 'deleted');
  const { entries } = (await plane.ask('GET', '/platform/v1/audit')).json;
  assert.deepEqual(
    entries.map(({ action }: { action: string }) => action).filter((action: string) => action.startsWith('export')),
    ['export-limits.changed', 'export.limited', 'export.deletions-approved'],
  );
});
