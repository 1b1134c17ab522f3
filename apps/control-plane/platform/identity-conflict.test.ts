import assert from 'node:assert/strict';
import { test } from 'node:test';
import { directoryPart } from '../directory-part.ts';
import { type RunningControlPlane, runControlPlane } from '../testing/running-control-plane.ts';
import { makeToken } from '../testing/second-tenant.ts';
import { enrol, newNonce, send, sign, type TestAgent } from '../testing/signed-agent.ts';

interface Home {
  presented?: string;
  nonce: string;
}

const newHome = (): Home => ({ nonce: newNonce() });

/** A heartbeat of one home of an agent; the home keeps what it was given, unless the answer is lost. */
async function beat(plane: RunningControlPlane, agent: TestAgent, home: Home, words: { isLost?: boolean } = {}) {
  const body = { hostName: 'sync-1', components: [], continuation: { ...home } };
  const answer = await send(sign(plane, agent, { method: 'POST', path: '/platform/v1/heartbeat', body }));
  assert.equal(answer.status, 200, answer.text);
  const { continuation } = answer.json;
  if (continuation !== undefined && words.isLost !== true)
    Object.assign(home, { presented: continuation, nonce: newNonce() });
  return answer.json as { continuation?: string; conflictedSince?: string };
}

const actionsOf = async (plane: RunningControlPlane) =>
  (await plane.ask('GET', '/platform/v1/audit')).json.entries.map(({ action }: { action: string }) => action);
const viewOf = async (plane: RunningControlPlane) => (await plane.ask('GET', '/platform/v1/agents')).json.agents[0];

test('S16: two hosts with one identity are found out, told once, and neither gets the export lease', async (t) => {
  const plane = await runControlPlane(t, { directory: directoryPart });
  const agent = await enrol(plane);
  const original = newHome();
  await beat(plane, agent, original);
  const copy = { ...original };
  for (let at = 0; at < 5; at++) assert.equal((await beat(plane, agent, original)).conflictedSince, undefined);
  const found = await beat(plane, agent, copy);
  assert.equal(found.conflictedSince, '2026-11-22T14:00:00.000Z');
  assert.equal(found.continuation, undefined);
  for (const home of [original, copy, copy]) {
    assert.equal((await beat(plane, agent, home)).conflictedSince, '2026-11-22T14:00:00.000Z');
    const { connectorId } = agent;
    const body = { connectorId, bootNonce: agent.agentId, ask: 'acquire', continuation: home.presented };
    const { json } = await send(sign(plane, agent, { method: 'POST', path: '/directory/v1/lease', body }));
    assert.deepEqual([json.held, json.refusal.code], [false, 'agent-conflicted']);
  }
  assert.equal((await viewOf(plane)).conflictedSince, '2026-11-22T14:00:00.000Z');
  assert.deepEqual(
    (await actionsOf(plane)).filter((action: string) => action.startsWith('agent.conf')),
    ['agent.conflicted'],
  );
  const { notices } = (await plane.ask('GET', '/platform/v1/notices')).json;
  assert.deepEqual(
    notices.map(({ kind }: { kind: string }) => kind),
    ['agent-conflicted'],
  );
});

test('S16: a batch of a conflicted agent is refused, with a lease and without', async (t) => {
  const plane = await runControlPlane(t, { directory: directoryPart });
  const agent = await enrol(plane);
  const home = newHome();
  await beat(plane, agent, home);
  const { connectorId, agentId } = agent;
  const ask = { connectorId, bootNonce: agentId, ask: 'acquire', continuation: home.presented };
  const { json: lease } = await send(sign(plane, agent, { method: 'POST', path: '/directory/v1/lease', body: ask }));
  assert.equal(lease.held, true);
  await beat(plane, agent, newHome());
  for (const held of [{}, { lease: { bootNonce: agentId, fencing: lease.lease.fencing } }]) {
    const operations = [{ op: 'delete', objectType: 'user', sourceAnchor: 'a' }];
    const body = { connectorId, idempotencyKey: agentId, operations, ...held };
    const { status, json } = await send(sign(plane, agent, { method: 'POST', path: '/directory/v1/exports', body }));
    assert.deepEqual([status, json.code], [409, 'agent-conflicted']);
  }
});

test('S16: after a person resolved it the home that is heard goes on, and the other one conflicts again', async (t) => {
  const plane = await runControlPlane(t, { directory: directoryPart });
  const agent = await enrol(plane);
  const original = newHome();
  await beat(plane, agent, original);
  const copy = { ...original };
  await beat(plane, agent, original);
  await beat(plane, agent, copy);
  await beat(plane, agent, copy);
  await beat(plane, agent, original);
  const path = `/platform/v1/agents/${agent.agentId}/resolve-conflict`;
  assert.equal((await plane.ask('POST', path)).status, 204);
  assert.equal((await plane.ask('POST', path)).status, 204, 'without a conflict nothing is done');
  assert.equal((await viewOf(plane)).conflictedSince, undefined);
  for (let at = 0; at < 3; at++) assert.equal((await beat(plane, agent, original)).conflictedSince, undefined);
  assert.notEqual((await beat(plane, agent, copy)).conflictedSince, undefined);
  assert.deepEqual(
    (await actionsOf(plane)).filter((action: string) => action.startsWith('agent.conf')),
    ['agent.conflicted', 'agent.conflict-resolved', 'agent.conflicted'],
  );
});

test('S16: a lost answer raises no false conflict', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  const home = newHome();
  for (const isLost of [true, true, false, true, false, false, true, false]) {
    assert.equal((await beat(plane, agent, home, { isLost })).conflictedSince, undefined);
  }
});

const plainBeat = { method: 'POST', path: '/platform/v1/heartbeat', body: { hostName: 'sync-1', components: [] } };

test('S16: an agent of a version without continuations is in no conflict, before it is upgraded', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  const home = newHome();
  for (let round = 0; round < 2; round++) {
    const { json } = await send(sign(plane, agent, plainBeat));
    assert.deepEqual(Object.keys(json).sort(), ['nextInMs', 'serverTime']);
  }
  for (let round = 0; round < 2; round++) assert.equal((await beat(plane, agent, home)).conflictedSince, undefined);
});

test('S16: to leave the continuation out hides no second copy, whatever version it tells', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  await beat(plane, agent, newHome());
  const since = '2026-11-22T14:00:00.000Z';
  const components = [{ component: 'agent-updater', version: '0.0.0.1', state: 'running', since }];
  const { json } = await send(sign(plane, agent, { ...plainBeat, body: { hostName: 'sync-1', components } }));
  assert.notEqual(json.conflictedSince, undefined);
  assert.ok((await actionsOf(plane)).includes('agent.conflicted'));
});

test('S16: a host put back to a version without continuations goes on once a person resolved it', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  await beat(plane, agent, newHome());
  await send(sign(plane, agent, plainBeat));
  await plane.ask('POST', `/platform/v1/agents/${agent.agentId}/resolve-conflict`);
  for (let round = 0; round < 2; round++) {
    assert.equal((await send(sign(plane, agent, plainBeat))).json.conflictedSince, undefined);
  }
});

test('S16: nobody resolves the conflict of another tenant', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  await beat(plane, agent, newHome());
  await beat(plane, agent, newHome());
  const token = await makeToken(plane, await plane.openDatabase(), { tenant: 'fabrikam' });
  const headers = { authorization: `Bearer ${token}` };
  const path = `/platform/v1/agents/${agent.agentId}/resolve-conflict`;
  assert.equal((await plane.ask('POST', path, { headers })).json.code, 'not-found');
  assert.notEqual((await viewOf(plane)).conflictedSince, undefined);
});
