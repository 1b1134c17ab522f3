import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeFileAtomic } from '@springline/ports/files';
import { runControlPlane } from '../testing/running-control-plane.ts';
import { makeToken } from '../testing/second-tenant.ts';
import {
  checkAnswer,
  createEnrolment,
  enrol,
  enrolmentRequest,
  newAgentKey,
  send,
  sign,
} from '../testing/signed-agent.ts';

const heartbeat = { method: 'POST', path: '/platform/v1/heartbeat', body: { hostName: 'h', components: [] } };

test('S4: the enrolment string names this server and the key that signs its answers', async (t) => {
  const plane = await runControlPlane(t);
  const enrolment = await createEnrolment(plane);
  assert.equal(enrolment.url, plane.url);
  const request = enrolmentRequest(plane, newAgentKey(), enrolment.token);
  checkAnswer(enrolment, request, await send(request));
});

test('S4: the enrolment string pins the first root of both repositories, whatever root is the current one', async (t) => {
  const plane = await runControlPlane(t);
  const folder = join(plane.home, 'control-plane', 'repository');
  const pins: Record<string, string> = {};
  for (const repository of ['image', 'director']) {
    const first = `{"signed":{"of":"${repository}","version":1}}`;
    writeFileAtomic(join(folder, repository, 'metadata', '1.root.json'), first);
    writeFileAtomic(join(folder, repository, 'metadata', '2.root.json'), '{"signed":{"version":2}}');
    pins[repository] = createHash('sha256').update(first).digest('base64url');
  }
  const { imageRoot, directorRoot } = await createEnrolment(plane);
  assert.deepEqual({ image: imageRoot, director: directorRoot }, pins);
});

test('S4: nobody enrols before there is something to trust: a release has to be published first', async (t) => {
  const plane = await runControlPlane(t, { published: false });
  const metadata = (repository: string) => join(plane.home, 'control-plane', 'repository', repository, 'metadata');
  const body = { connector: { name: 'contoso.example', kind: 'openldap' } };
  const refusal = async () => {
    const { status, json } = await plane.ask('POST', '/platform/v1/enrolments', { body });
    return [status, json.code, json.detail];
  };
  const sentence = (repository: string) =>
    `the ${repository} repository has no 1.root.json; publish a release first: springline release publish`;
  assert.deepEqual(await refusal(), [409, 'repository-missing', sentence('image')]);
  writeFileAtomic(join(metadata('image'), '1.root.json'), '{}');
  assert.deepEqual(await refusal(), [409, 'repository-missing', sentence('director')]);
  writeFileAtomic(join(metadata('director'), '1.root.json'), '');
  assert.deepEqual(await refusal(), [409, 'repository-missing', sentence('director')]);
  writeFileAtomic(join(metadata('director'), '1.root.json'), '{}');
  await createEnrolment(plane);
});

test('S17: of 100 racing enrolments with different keys exactly one becomes an agent', async (t) => {
  const plane = await runControlPlane(t);
  const enrolment = await createEnrolment(plane);
  const requests = Array.from({ length: 100 }, () => enrolmentRequest(plane, newAgentKey(), enrolment.token));
  const answers = await Promise.all(requests.map(send));
  assert.equal(answers.filter(({ status }) => status === 201).length, 1);
  assert.equal(answers.filter(({ json }) => json.code === 'enrolment-token-invalid').length, 99);
  assert.equal((await plane.ask('GET', '/platform/v1/agents')).json.agents.length, 1);
});

test('S17: the key that used a token may repeat it, also at once, and gets the same answer', async (t) => {
  const plane = await runControlPlane(t);
  const enrolment = await createEnrolment(plane);
  const key = newAgentKey();
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => send(enrolmentRequest(plane, key, enrolment.token))),
  );
  const [first] = answers;
  assert.equal(first!.status, 201);
  for (const answer of answers) assert.deepEqual(answer.json, first!.json);
  assert.equal((await plane.ask('GET', '/platform/v1/agents')).json.agents.length, 1);
});

test('S17: a token works for one hour, to the millisecond', async (t) => {
  const plane = await runControlPlane(t);
  const [inTime, late] = [await createEnrolment(plane), await createEnrolment(plane, { name: 'late', kind: 'ldif' })];
  plane.clock.advance(60 * 60_000 - 1);
  assert.equal((await send(enrolmentRequest(plane, newAgentKey(), inTime.token))).status, 201);
  plane.clock.advance(1);
  const answer = await send(enrolmentRequest(plane, newAgentKey(), late.token));
  assert.equal(answer.json.code, 'enrolment-token-invalid');
});

test('S17: enrolling needs the private key of the key that is registered', async (t) => {
  const plane = await runControlPlane(t);
  const enrolment = await createEnrolment(plane);
  const [victim, thief] = [newAgentKey(), newAgentKey()];
  const own = enrolmentRequest(plane, victim, enrolment.token);
  const body = JSON.parse(own.body);
  const underOwnName = sign(plane, thief, { method: 'POST', path: '/platform/v1/agents', body });
  const underItsName = sign(
    plane,
    { ...thief, keyId: victim.keyId },
    { method: 'POST', path: '/platform/v1/agents', body },
  );
  for (const request of [underOwnName, underItsName]) {
    assert.equal((await send(request)).json.code, 'signature-invalid');
  }
  assert.equal((await send(own)).status, 201);
  assert.equal((await send(own)).json.code, 'signature-replayed');
});

test('a key that is no point of the curve is refused as malformed', async (t) => {
  const plane = await runControlPlane(t);
  const enrolment = await createEnrolment(plane);
  const key = newAgentKey();
  const body = JSON.parse(enrolmentRequest(plane, key, enrolment.token).body);
  const zeros = { ...body, publicKey: { ...body.publicKey, x: 'A'.repeat(43) } };
  const answer = await send(sign(plane, key, { method: 'POST', path: '/platform/v1/agents', body: zeros }));
  assert.equal(answer.status, 400);
  assert.match(answer.json.detail, /^body\.publicKey: /);
});

test('S13: taking a connector over keeps its id and revokes the agent that had it', async (t) => {
  const plane = await runControlPlane(t);
  const former = await enrol(plane);
  const next = await enrol(plane);
  assert.equal(next.connectorId, former.connectorId);
  assert.equal((await send(sign(plane, former, heartbeat))).json.code, 'agent-revoked');
  assert.equal((await send(sign(plane, next, heartbeat))).status, 200);
  const { entries } = (await plane.ask('GET', '/platform/v1/audit')).json;
  const revoked = entries.find((entry: { action: string }) => entry.action === 'agent.revoked');
  assert.equal(revoked.subject, `agent:${former.agentId}`);
});

test('a connector keeps its kind', async (t) => {
  const plane = await runControlPlane(t);
  await enrol(plane, { name: 'contoso.example', kind: 'openldap' });
  const body = { connector: { name: 'contoso.example', kind: 'active-directory' } };
  const { status, json } = await plane.ask('POST', '/platform/v1/enrolments', { body });
  assert.equal(status, 400);
  assert.match(json.detail, /openldap/);
});

test('an enrolled host may take a further connector with the key it has', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  const second = await createEnrolment(plane, { name: 'second', kind: 'ldif' });
  const { status, json } = await send(enrolmentRequest(plane, agent, second.token));
  assert.equal(status, 201);
  assert.equal(json.agentId, agent.agentId);
  assert.deepEqual(
    json.connectors.map((connector: { name: string }) => connector.name),
    ['contoso.example', 'second'],
  );
});

test('S13: the key of a revoked agent, and a key of another tenant, cannot be enrolled', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  await plane.ask('POST', `/platform/v1/agents/${agent.agentId}/revoke`);
  const again = await createEnrolment(plane);
  assert.equal((await send(enrolmentRequest(plane, agent, again.token))).json.code, 'agent-revoked');
  const token = await makeToken(plane, await plane.openDatabase(), { tenant: 'fabrikam' });
  const foreign = await enrol(plane, { name: 'fabrikam.example', kind: 'ldif' }, token);
  assert.equal((await send(enrolmentRequest(plane, foreign, again.token))).json.code, 'enrolment-token-invalid');
  // Neither used the token up.
  assert.equal((await send(enrolmentRequest(plane, newAgentKey(), again.token))).status, 201);
});

test('a repeated enrolment of an agent that was revoked since is told so', async (t) => {
  const plane = await runControlPlane(t);
  const enrolment = await createEnrolment(plane);
  const key = newAgentKey();
  const { json } = await send(enrolmentRequest(plane, key, enrolment.token));
  await plane.ask('POST', `/platform/v1/agents/${json.agentId}/revoke`);
  assert.equal((await send(enrolmentRequest(plane, key, enrolment.token))).json.code, 'agent-revoked');
});

test('strangers who try tokens are slowed down, with a signed answer that says for how long', async (t) => {
  const plane = await runControlPlane(t, { limits: { enrolment: { burst: 3, perMinute: 6 } } });
  const enrolment = await createEnrolment(plane);
  const guess = () => enrolmentRequest(plane, newAgentKey(), 'AAAAAAAAAAAAAAAAAAAAAA');
  for (let i = 0; i < 3; i++) assert.equal((await send(guess())).json.code, 'enrolment-token-invalid');
  const request = guess();
  const limited = await send(request);
  assert.equal(limited.json.code, 'rate-limited');
  assert.equal(limited.headers.get('retry-after'), '10');
  checkAnswer(enrolment, request, limited);
  plane.clock.advance(10_000);
  assert.equal((await send(enrolmentRequest(plane, newAgentKey(), enrolment.token))).status, 201);
});
