import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { before, describe, test } from 'node:test';
import type { Enrolment } from '@springline/api/enrolment-string';
import type { Route } from '@springline/api/route';
import { type RouteId, routes } from '@springline/api/routes';
import { rememberNonce } from '../storage/platform/nonces.ts';
import { type RunningControlPlane, runControlPlane, suiteCleanup } from '../testing/running-control-plane.ts';
import { sampleRequests } from '../testing/sample-requests.ts';
import { makeToken } from '../testing/second-tenant.ts';
import {
  checkAnswer,
  createEnrolment,
  enrol,
  newAgentKey,
  type SignedRequest,
  send,
  sign,
  type TestAgent,
} from '../testing/signed-agent.ts';

const agentRoutes = (Object.entries(routes) as [RouteId, Route][]).filter(([, { access }]) => access.kind === 'agent');

describe('S15: a signed request counts once, whole, from its own agent', () => {
  const cleanup = suiteCleanup();
  let plane: RunningControlPlane;
  let agent: TestAgent;
  let strangerInOtherTenant: TestAgent;
  let enrolment: Enrolment;

  before(async () => {
    plane = await runControlPlane(cleanup);
    agent = await enrol(plane);
    enrolment = await createEnrolment(plane);
    const token = await makeToken(plane, await plane.openDatabase(), { tenant: 'fabrikam' });
    strangerInOtherTenant = await enrol(plane, { name: 'fabrikam.example', kind: 'openldap' }, token);
  });

  /** Sends and checks: refused with this code, in an answer that the control plane signed for this request. */
  async function refused(request: SignedRequest, code: string): Promise<void> {
    const answer = await send(request);
    assert.equal(answer.json?.code, code, answer.text);
    if (/^springline=:[A-Za-z0-9+/]{86}==:$/.test(request.headers['signature'] ?? '')) {
      checkAnswer(enrolment, request, answer);
    }
  }

  for (const [id, { method, path }] of agentRoutes) {
    const name = `${method} ${path}`;
    const words = (connectorId = agent.connectorId) => ({ method, ...sampleRequests(connectorId)[id] });
    const signed = (over: Partial<Parameters<typeof sign>[2]> = {}) => sign(plane, agent, { ...words(), ...over });
    /** What was signed differs from what is sent. */
    const sentAs = (other: SignedRequest): SignedRequest => ({ ...signed(), headers: other.headers });

    test(`${name} answers its agent, and the answer is signed for that request`, async () => {
      const request = signed();
      const answer = await send(request);
      assert.equal(answer.status, 200, answer.text);
      checkAnswer(enrolment, request, answer);
      assert.throws(() => checkAnswer(enrolment, signed(), answer), { code: 'signature-invalid' });
      assert.throws(() => checkAnswer(enrolment, request, { ...answer, text: `${answer.text} ` }), {
        code: 'signature-invalid',
      });
      assert.throws(() => checkAnswer(enrolment, request, { ...answer, status: 201 }), { code: 'signature-invalid' });
    });

    test(`${name} refuses a signature made for another method, path, query or host`, async () => {
      await refused(sentAs(signed({ method: method === 'GET' ? 'POST' : 'GET' })), 'signature-invalid');
      await refused(sentAs(signed({ path: '/platform/v1/home' })), 'signature-invalid');
      await refused(
        sentAs(signed({ path: `${words().path}${words().path.includes('?') ? '&' : '?'}x=1` })),
        'signature-invalid',
      );
      const elsewhere = { ...plane, url: plane.url.replace('localhost', '127.0.0.1') };
      await refused(sentAs(sign(elsewhere, agent, words())), 'signature-invalid');
    });

    test(`${name} refuses an altered or added body`, async () => {
      const request = signed();
      if (request.body === '') {
        const answer = await sendWithContent(request);
        assert.equal(answer, 400);
        return;
      }
      await refused({ ...request, body: request.body.replace('}', ' }') }, 'signature-invalid');
      const other = signed({ body: {} });
      const digest = { 'content-digest': other.headers['content-digest']! };
      await refused({ ...request, body: other.body, headers: { ...request.headers, ...digest } }, 'signature-invalid');
    });

    for (const header of ['content-digest', 'signature-input', 'signature'] as const) {
      test(`${name} refuses a request without ${header}`, async () => {
        const { [header]: _, ...headers } = signed().headers;
        await refused({ ...signed(), headers }, 'signature-missing');
      });
      test(`${name} refuses a request whose ${header} was altered anywhere`, async () => {
        const original = signed();
        const value = original.headers[header]!;
        // Every 7th character, and the last ones, where encodings have spare bits.
        const places = [...Array(value.length).keys()].filter((i) => i % 7 === 3 || i >= value.length - 5);
        for (const i of places) {
          const altered = value.slice(0, i) + (value[i] === 'B' ? 'C' : 'B') + value.slice(i + 1);
          const answer = await send({ ...original, headers: { ...original.headers, [header]: altered } });
          assert.equal(answer.status, 401, `${altered} -> ${answer.text}`);
        }
        // None of them used the nonce up.
        assert.equal((await send(original)).status, 200);
      });
    }

    test(`${name} refuses a request that it had before`, async () => {
      const request = signed();
      assert.equal((await send(request)).status, 200);
      await refused(request, 'signature-replayed');
    });

    test(`${name} refuses a request from more than five minutes ago or ahead`, async () => {
      const now = Math.floor(plane.clock.now() / 1000);
      for (const created of [now - 301, now + 301]) await refused(signed({ created }), 'signature-stale');
      for (const created of [now - 300, now + 300]) assert.equal((await send(signed({ created }))).status, 200);
    });

    test(`${name} refuses a key that nobody enrolled, and one that claims another's name`, async () => {
      await refused(sign(plane, newAgentKey(), words()), 'agent-unknown');
      await refused(sign(plane, { ...newAgentKey(), keyId: agent.keyId }, words()), 'signature-invalid');
    });

    test(`${name} refuses a revoked agent, and tells only the agent itself`, async () => {
      const leaver = await enrol(plane, { name: `leaver ${id}`, kind: 'ldif' });
      await plane.ask('POST', `/platform/v1/agents/${leaver.agentId}/revoke`);
      await refused(sign(plane, leaver, words()), 'agent-revoked');
      await refused(sign(plane, { ...newAgentKey(), keyId: leaver.keyId }, words()), 'signature-invalid');
    });
  }

  for (const id of ['exportBatch', 'listChanges'] as const) {
    test(`${id} refuses a connector of another agent, of another tenant, and of nobody`, async () => {
      const colleague = await enrol(plane, { name: `colleague ${id}`, kind: 'ldif' });
      const nobodys = sampleRequests()[id];
      for (const { path, body } of [
        sampleRequests(colleague.connectorId)[id],
        sampleRequests(strangerInOtherTenant.connectorId)[id],
        nobodys,
      ]) {
        const { method } = routes[id];
        await refused(sign(plane, agent, { method, path, body }), 'connector-not-yours');
      }
    });
  }

  /** A GET with a body, which fetch does not send. */
  async function sendWithContent({ method, url, headers }: SignedRequest): Promise<number> {
    return new Promise((resolve, reject) => {
      const sent = request(url, { method, headers: { ...headers, 'content-length': 2 } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode!);
      });
      sent.on('error', reject);
      sent.end('{}');
    });
  }
});

test('S15: a request is refused as a replay also after a restart and by a second process', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  const words = { method: 'POST', ...sampleRequests().heartbeat };
  const request = sign(plane, agent, words);
  assert.equal((await send(request)).status, 200);
  const second = await plane.openDatabase();
  const { keyId } = agent;
  const nonce = /nonce="([^"]+)"/.exec(request.headers['signature-input']!)![1]!;
  const use = { keyId, nonce, expiresAt: plane.clock.now() };
  assert.equal(await second.write((writer) => rememberNonce(writer, agent.tenantId, use)), false);
  await second.close();
  await plane.close();
  const restarted = await runControlPlane(t, { home: plane.home, clock: plane.clock });
  // The port is another now, so the signature would not verify: sign for the new one with the old nonce.
  const replay = sign(restarted, agent, { ...words, nonce });
  assert.equal((await send(replay)).json.code, 'signature-replayed');
});

test('S15: forged proxy and certificate headers change nothing', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  const request = sign(plane, newAgentKey(), { method: 'POST', ...sampleRequests().heartbeat });
  const forged = {
    ...request.headers,
    'x-forwarded-host': 'localhost',
    'x-forwarded-proto': 'https',
    'x-client-cert': 'CN=agent',
    'x-agent-id': agent.agentId,
    authorization: `Bearer ${plane.adminToken}`,
  };
  assert.equal((await send({ ...request, headers: forged })).json.code, 'agent-unknown');
});

test('an agent that is revoked while its body arrives is refused', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  const { url, method, headers, body } = sign(plane, agent, { method: 'POST', ...sampleRequests().heartbeat });
  const sent = request(url, { method, headers: { ...headers, 'content-length': Buffer.byteLength(body) } });
  sent.write(body.slice(0, 5));
  // Until the server has taken the headers in: it answers other requests in between.
  await plane.ask('GET', '/healthz');
  await plane.ask('POST', `/platform/v1/agents/${agent.agentId}/revoke`);
  sent.end(body.slice(5));
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  assert.equal(JSON.parse(await text(answer)).code, 'agent-revoked');
});
