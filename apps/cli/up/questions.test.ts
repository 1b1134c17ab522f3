import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { agentHome } from '@springline/agent/home';
import { syncCalls } from '@springline/api/shapes/sync';
import { RunningUp, temporaryHome } from '../testing/running-up.ts';

interface Told {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: test data, looked at field by field
  readonly json: any;
}

async function call(up: RunningUp, method: string, path: string, body?: unknown): Promise<Told> {
  const token = readFileSync(join(up.home, 'admin-token'), 'utf8').trim();
  const response = await fetch(`${up.url}/platform/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: await response.json() };
}

test('people look into Connect Sync on a host through the control plane, as far as its consent file says', async (t) => {
  const up = await RunningUp.start(t, temporaryHome(t));
  const { json: listed } = await call(up, 'GET', 'agents');
  const [agent] = listed.agents;
  assert.deepEqual(agent.remote, { read: true, decide: false }, 'what springline up writes on one machine');
  const ask = (method: string, body: unknown = {}) => call(up, 'POST', `agents/${agent.id}/sync/${method}`, body);

  const history = await ask('history', { limit: 3 });
  assert.equal(history.status, 200, JSON.stringify(history.json));
  assert.ok(syncCalls.history.answer.parse(history.json)[0]!.steps.length > 0);

  await t.test('the second question is answered at once: the host still listens', async () => {
    const startedMs = performance.now();
    assert.equal((await ask('deletes.list')).status, 200);
    assert.ok(performance.now() - startedMs < 5_000);
  });

  await t.test('a search of the metaverse finds people, or the host says that it is too old for that', async () => {
    const found = await ask('search.mv', { text: 'a', limit: 2 });
    if (found.status === 200) assert.ok(syncCalls['search.mv'].answer.parse(found.json).items.length > 0);
    else assert.equal(found.json.code, 'unknown-call', JSON.stringify(found.json));
  });

  await t.test('S1: nothing is decided from afar before the administrator of the host consents', async () => {
    const refused = await ask('run', { reason: 'a test' });
    assert.equal(refused.json.code, 'not-consented', JSON.stringify(refused.json));
    assert.match(refused.json.detail, /Its administrator writes "remote:" and below it " {2}decide: true" into /);
    const { consent } = agentHome(up.home);
    writeFileSync(consent, readFileSync(consent, 'utf8').replace('  decide: false', '  decide: true'));
    const ran = await ask('run', { reason: 'a test' });
    assert.equal(ran.status, 200, JSON.stringify(ran.json));
    const { json } = await call(up, 'GET', 'audit?limit=500');
    const decisions = json.entries.filter(({ action }: { action: string }) => action.startsWith('sync.decision-'));
    assert.deepEqual(
      decisions.map((entry: { action: string; detail: Record<string, unknown> }) => [
        entry.action,
        entry.detail['result'] ?? entry.detail['reason'],
      ]),
      [
        ['sync.decision-asked', 'a test'],
        ['sync.decision-ended', 'not-consented'],
        ['sync.decision-asked', 'a test'],
        ['sync.decision-ended', 'done'],
      ],
    );
  });
});
