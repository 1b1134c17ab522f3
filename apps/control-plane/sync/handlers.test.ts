import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Question } from '@springline/api/shapes/sync-question';
import {
  type Answer,
  type RunningControlPlane,
  runControlPlane,
  suiteCleanup,
} from '../testing/running-control-plane.ts';
import { makeToken } from '../testing/second-tenant.ts';
import { enrol, send, sign, type TestAgent } from '../testing/signed-agent.ts';
import { usualLimits } from './question-board.ts';

const self = '/platform/v1/agents/self';
const list = 'abababababab';

/** As the Agent Updater: one heartbeat, so that the host is online. */
async function beat(plane: RunningControlPlane, agent: TestAgent, words: object = {}): Promise<Answer> {
  const body = { hostName: 'sync-1.contoso.example', components: [], ...words };
  return send(sign(plane, agent, { method: 'POST', path: '/platform/v1/heartbeat', body }));
}

async function take(plane: RunningControlPlane, agent: TestAgent): Promise<readonly Question[]> {
  const { status, json, text } = await send(sign(plane, agent, { method: 'POST', path: `${self}/questions` }));
  assert.equal(status, 200, text);
  return json.questions;
}

async function say(
  plane: RunningControlPlane,
  agent: TestAgent,
  questionId: string,
  outcome: unknown,
): Promise<Answer> {
  return send(sign(plane, agent, { method: 'POST', path: `${self}/answers`, body: { questionId, outcome } }));
}

function ask(
  plane: RunningControlPlane,
  agent: TestAgent,
  method: string,
  body: unknown = {},
  token?: string,
): Promise<Answer> {
  const headers = token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } };
  return plane.ask('POST', `/platform/v1/agents/${agent.agentId}/sync/${method}`, { body, ...headers });
}

/** Asks, and plays the host: `outcome` to whatever the question is. */
async function askedAndSaid(
  plane: RunningControlPlane,
  agent: TestAgent,
  words: { method: string; body?: unknown; outcome: unknown },
): Promise<{ answer: Answer; question: Question }> {
  const asked = ask(plane, agent, words.method, words.body);
  const question = await nextQuestion(plane, agent);
  assert.deepEqual((await say(plane, agent, question.id, words.outcome)).json, { accepted: true });
  return { answer: await asked, question };
}

/** The request and the question are on their way at the same time. */
async function nextQuestion(plane: RunningControlPlane, agent: TestAgent): Promise<Question> {
  for (;;) {
    const [question] = await take(plane, agent);
    if (question !== undefined) return question;
  }
}

async function decisions(
  plane: RunningControlPlane,
): Promise<readonly { action: string; actor: string; subject: string; detail: Record<string, unknown> }[]> {
  const { json } = await plane.ask('GET', '/platform/v1/audit?limit=500');
  return json.entries.filter(({ action }: { action: string }) => action.startsWith('sync.'));
}

describe('people look into Connect Sync on a host, and decide there', () => {
  const cleanup = suiteCleanup();
  let plane: RunningControlPlane;
  let agent: TestAgent;
  before(async () => {
    plane = await runControlPlane(cleanup);
    agent = await enrol(plane);
    await beat(plane, agent);
  });

  test('a question goes to the host with its parameters and who asks, and its answer comes back', async () => {
    const body = { text: 'ada', limit: 2 };
    const items = [{ id: 'm1', type: 'person', displayName: 'Ada', connectors: ['contoso.example'] }];
    const { answer, question } = await askedAndSaid(plane, agent, {
      ...{ method: 'search.mv', body, outcome: { kind: 'answer', answer: { items } } },
    });
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.json, { items });
    const { method, parameters, by, withinMs } = question;
    assert.deepEqual(
      { method, parameters, by, withinMs },
      {
        ...{ method: 'search.mv', parameters: body, by: 'token:admin-token', withinMs: 20_000 },
      },
    );
  });

  test('what a newer host adds to an answer is dropped', async () => {
    const outcome = { kind: 'answer', answer: { items: [], next: 'x', news: true } };
    const { answer } = await askedAndSaid(plane, agent, { method: 'search.mv', outcome });
    assert.deepEqual(answer.json, { items: [], next: 'x' });
  });

  test('a heartbeat tells the host to listen while somebody asks', async () => {
    const other = await enrol(plane, { name: 'fabrikam.example', kind: 'openldap' });
    assert.equal((await beat(plane, other)).json.listen, undefined);
    const outcome = { kind: 'answer', answer: [] };
    const asked = ask(plane, other, 'history');
    const question = await nextQuestion(plane, other);
    assert.equal((await beat(plane, other)).json.listen, true);
    await say(plane, other, question.id, outcome);
    assert.deepEqual((await asked).json, []);
  });

  test('what the consent file allows from afar is shown with the agent', async () => {
    await beat(plane, agent, { remote: { read: true, decide: false } });
    const { json } = await plane.ask('GET', '/platform/v1/agents');
    const shown = json.agents.find(({ id }: { id: string }) => id === agent.agentId);
    assert.deepEqual(shown.remote, { read: true, decide: false });
  });

  for (const row of [
    { code: 'not-consented', as: 'not-consented', status: 403 },
    { code: 'unknown-call', as: 'unknown-call', status: 409 },
    { code: 'list-changed', as: 'list-changed', status: 409 },
    { code: 'component-not-running', as: 'component-not-running', status: 409 },
    { code: 'malformed-call', as: 'malformed-request', status: 400 },
    { code: 'call-timeout', as: 'agent-answer-late', status: 504 },
    { code: 'store-damaged', as: 'agent-refused', status: 409 },
  ]) {
    test(`a host’s refusal ${row.code} reaches who asked as ${row.as}, with the host’s sentence`, async () => {
      const outcome = { kind: 'refusal', code: row.code, message: 'do\u0007 this' };
      const { answer } = await askedAndSaid(plane, agent, { method: 'rules', outcome });
      assert.equal(answer.status, row.status);
      assert.equal(answer.json.code, row.as);
      assert.match(answer.json.detail, row.as === 'agent-refused' ? /^store-damaged: do {2}this$/ : /^do {2}this$/);
    });
  }

  test('an answer that is not the method’s is refused without quoting it', async () => {
    const outcome = { kind: 'answer', answer: { items: [{ id: 'm1', type: 'person', displayName: { secret: 1 } }] } };
    const { answer } = await askedAndSaid(plane, agent, { method: 'search.mv', outcome });
    assert.equal(answer.status, 502);
    assert.equal(answer.json.code, 'agent-answer-malformed');
    assert.match(answer.json.detail, /answer\.items\.0\.displayName/);
    assert.doesNotMatch(answer.text, /secret/);
  });

  test('an answer of 4 MiB passes, a larger one is refused before it is read', async () => {
    const cs = (length: number) => ({ kind: 'answer', answer: { items: [], padding: 'x'.repeat(length) } });
    const { answer } = await askedAndSaid(plane, agent, { method: 'search.mv', outcome: cs(4 * 1024 * 1024) });
    assert.equal(answer.status, 200);
    const asked = ask(plane, agent, 'search.mv');
    const { id } = await nextQuestion(plane, agent);
    assert.equal((await say(plane, agent, id, cs(5 * 1024 * 1024))).json.code, 'body-too-large');
    await say(plane, agent, id, { kind: 'refusal', code: 'answer-too-large', message: 'ask for fewer' });
    assert.equal((await asked).json.code, 'agent-refused');
  });

  test('a decision is in the audit trail before the host is told, and again with its end', async () => {
    const before = (await decisions(plane)).length;
    const asked = ask(plane, agent, 'deletes.approve', { list, reason: 'people who left' });
    const question = await nextQuestion(plane, agent);
    const [first, ...none] = (await decisions(plane)).slice(before);
    assert.deepEqual(none, []);
    const subject = `agent:${agent.agentId}`;
    const detail = { questionId: question.id, method: 'deletes.approve', list };
    const { action, actor } = first!;
    assert.deepEqual(
      { action, actor, subject: first!.subject, detail: first!.detail },
      {
        ...{ action: 'sync.decision-asked', actor: 'token:admin-token', subject },
        detail: { ...detail, reason: 'people who left' },
      },
    );
    assert.deepEqual(question.parameters, { list }, 'the reason is no parameter');
    assert.equal(question.reason, 'people who left');
    await say(plane, agent, question.id, { kind: 'answer', answer: { decided: 3, decision: 'approved' } });
    assert.deepEqual((await asked).json, { decided: 3, decision: 'approved' });
    const [, second] = (await decisions(plane)).slice(before);
    assert.equal(second!.action, 'sync.decision-ended');
    assert.deepEqual(second!.detail, { ...detail, result: 'done', decided: 3, decision: 'approved' });
  });

  test('a decision that the host refuses is in the audit trail with the code', async () => {
    const outcome = { kind: 'refusal', code: 'not-consented', message: 'remote.decide is false' };
    await askedAndSaid(plane, agent, { method: 'staging.demote', outcome });
    const last = (await decisions(plane)).at(-1)!;
    assert.equal(last.action, 'sync.decision-ended');
    assert.equal(last.detail['result'], 'not-consented');
  });

  test('reading leaves nothing in the audit trail', async () => {
    const before = (await decisions(plane)).length;
    await askedAndSaid(plane, agent, { method: 'rules', outcome: { kind: 'answer', answer: { rules: [] } } });
    assert.equal((await decisions(plane)).length, before);
  });

  test('whoever may only read asks, and neither decides nor previews', async () => {
    const database = await plane.openDatabase();
    const reader = await makeToken(plane, database, { scopes: ['read'] });
    for (const [method, body] of [
      ['deletes.approve', { list }],
      ['deletes.reject', { list }],
      ['run', {}],
      ['preview', {}],
      ['preview.get', { plan: 'p' }],
      ['preview.commit', { object: 'a1' }],
      ['staging.promote', {}],
      ['staging.demote', {}],
    ] as const) {
      assert.equal((await ask(plane, agent, method, body, reader)).json.code, 'not-authorised', method);
    }
    const asked = ask(plane, agent, 'rules', {}, reader);
    const { id } = await nextQuestion(plane, agent);
    await say(plane, agent, id, { kind: 'answer', answer: { rules: [] } });
    assert.equal((await asked).status, 200);
  });

  test('an agent of another tenant is not found, whoever asks, and nothing is written of it', async () => {
    const database = await plane.openDatabase();
    const stranger = await makeToken(plane, database, { tenant: 'fabrikam' });
    for (const [method, body] of [
      ['search.mv', {}],
      ['deletes.approve', { list }],
    ] as const) {
      const answer = await ask(plane, agent, method, body, stranger);
      assert.equal(answer.status, 404);
      assert.equal(answer.json.code, 'not-found');
    }
    const { json } = await plane.ask('GET', '/platform/v1/audit?limit=100', {
      headers: { authorization: `Bearer ${stranger}` },
    });
    assert.ok(json.entries.every(({ action }: { action: string }) => !action.startsWith('sync.')));
  });

  test('a host cannot answer a question to another host, nor take it', async () => {
    const other = await enrol(plane, { name: 'elsewhere.example', kind: 'openldap' });
    await beat(plane, other);
    const asked = ask(plane, agent, 'rules');
    const { id } = await nextQuestion(plane, agent);
    assert.deepEqual(await take(plane, other), []);
    const forged = await say(plane, other, id, { kind: 'answer', answer: { rules: [] } });
    assert.deepEqual(forged.json, { accepted: false });
    await say(plane, agent, id, { kind: 'refusal', code: 'component-not-running', message: 'starting' });
    assert.equal((await asked).json.code, 'component-not-running');
  });

  test('staging is not promoted by force from afar', async () => {
    const answer = await ask(plane, agent, 'staging.promote', { force: true });
    assert.equal(answer.json.code, 'malformed-request');
    assert.match(answer.json.detail, /force/);
  });
});

test('a host that is silent, revoked or older does not listen, and says so with when it was last seen', async (t) => {
  const plane = await runControlPlane(t, { questionLimits: { ...usualLimits, takenWithinMs: 30, perAgent: 1 } });
  const agent = await enrol(plane);
  const unheard = await ask(plane, agent, 'history');
  assert.equal(unheard.status, 504);
  assert.equal(unheard.json.code, 'agent-not-listening');
  assert.match(unheard.json.detail, /last seen never/);
  await beat(plane, agent);
  const older = await ask(plane, agent, 'history');
  assert.match(older.json.detail, /online and took no question/);
  const seenAt = new Date(plane.clock.now()).toISOString();
  plane.clock.advance(60_000);
  assert.match((await ask(plane, agent, 'history')).json.detail, new RegExp(`last seen ${seenAt}`));
  await beat(plane, agent);
  assert.equal((await plane.ask('POST', `/platform/v1/agents/${agent.agentId}/revoke`)).status, 204);
  assert.match((await ask(plane, agent, 'history')).json.detail, /was revoked/);
});

test('S16: nothing is decided by a host whose identity two hosts use; looking goes on', async (t) => {
  const plane = await runControlPlane(t, { questionLimits: { ...usualLimits, takenWithinMs: 30 } });
  const agent = await enrol(plane);
  const nonces = ['A', 'B', 'C'].map((letter) => letter.repeat(22));
  for (const nonce of nonces) await beat(plane, agent, { continuation: { presented: 'Z'.repeat(22), nonce } });
  const decided = await ask(plane, agent, 'run');
  assert.equal(decided.json.code, 'agent-conflicted', decided.text);
  assert.equal((await ask(plane, agent, 'history')).json.code, 'agent-not-listening');
});

test('too many questions to one host are refused with the time after which to ask again', async (t) => {
  const plane = await runControlPlane(t, { questionLimits: { ...usualLimits, takenWithinMs: 300, perAgent: 1 } });
  const agent = await enrol(plane);
  await beat(plane, agent);
  const answers = await Promise.all([ask(plane, agent, 'history'), ask(plane, agent, 'history')]);
  assert.deepEqual(answers.map(({ status }) => status).sort(), [429, 504]);
  assert.equal(answers.find(({ status }) => status === 429)!.headers.get('retry-after'), '5');
});

test('a control plane that is stopped answers who waits for a host', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  await beat(plane, agent);
  const asked = ask(plane, agent, 'history');
  await nextQuestion(plane, agent);
  await plane.close();
  assert.equal((await asked).json.code, 'overloaded');
});
