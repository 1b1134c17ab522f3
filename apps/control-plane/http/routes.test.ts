import assert from 'node:assert/strict';
import { request } from 'node:http';
import { before, describe, test } from 'node:test';
import type { Route } from '@springline/api/route';
import { scopes } from '@springline/api/route';
import { type RouteId, routes } from '@springline/api/routes';
import { type RunningControlPlane, runControlPlane, suiteCleanup } from '../testing/running-control-plane.ts';
import { sampleRequests } from '../testing/sample-requests.ts';
import { makeToken } from '../testing/second-tenant.ts';

const table = Object.entries(routes) as [RouteId, Route][];
const samples = sampleRequests();

describe('every route refuses whom it must', () => {
  const cleanup = suiteCleanup();
  let plane: RunningControlPlane;
  const tokenByMissingScope = new Map<string, string>();
  let expired: string;

  before(async () => {
    plane = await runControlPlane(cleanup);
    const database = await plane.openDatabase();
    for (const scope of scopes) {
      const others = scopes.filter((other) => other !== scope);
      tokenByMissingScope.set(scope, await makeToken(plane, database, { scopes: others }));
    }
    expired = await makeToken(plane, database, { lifetimeMs: 0 });
  });

  for (const [id, { method, access, path, contentType }] of table) {
    const sample = samples[id];
    const codeOf = (answer: { json: { code?: string; detail?: string } }) => answer.json.code ?? answer.json.detail;

    if (access.kind === 'person') {
      test(`${method} ${path} refuses a request without credentials`, async () => {
        const answer = await plane.ask(method, sample.path, { ...sample, headers: {} });
        assert.equal(answer.status, 401);
        assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
        if (contentType !== 'application/scim+json') assert.equal(codeOf(answer), 'not-authenticated');
      });
      test(`${method} ${path} refuses a token that nobody gave out, one that ended, and one in another scheme`, async () => {
        for (const authorization of [
          `Bearer ${'A'.repeat(43)}`,
          `Bearer ${expired}`,
          `Basic ${plane.adminToken}`,
          plane.adminToken,
          'Bearer',
        ]) {
          const answer = await plane.ask(method, sample.path, { ...sample, headers: { authorization } });
          assert.equal(answer.status, 401, authorization.slice(0, 10));
        }
      });
      test(`${method} ${path} refuses a cookie of no session`, async () => {
        const headers = { cookie: `springline_session=${'A'.repeat(43)}`, origin: plane.url };
        assert.equal((await plane.ask(method, sample.path, { ...sample, headers })).status, 401);
      });
      test(`${method} ${path} refuses a token without the scope ${access.scope}`, async () => {
        const headers = { authorization: `Bearer ${tokenByMissingScope.get(access.scope)}` };
        const answer = await plane.ask(method, sample.path, { ...sample, headers });
        assert.equal(answer.status, 403);
        if (contentType !== 'application/scim+json') assert.equal(codeOf(answer), 'not-authorised');
      });
    }

    if (access.kind === 'agent' || access.kind === 'enrolment') {
      test(`${method} ${path} refuses an unsigned request, also with the admin token`, async () => {
        for (const headers of [{}, { authorization: `Bearer ${plane.adminToken}` }]) {
          const answer = await plane.ask(method, sample.path, { ...sample, headers });
          assert.equal(answer.status, 401);
          assert.equal(codeOf(answer), 'signature-missing');
        }
      });
    }

    if (access.kind === 'none' && method === 'GET') {
      test(`${method} ${path} answers anybody, and says nothing of a tenant`, async () => {
        const anonymous = await plane.ask(method, sample.path, { headers: {} });
        assert.equal(anonymous.status, 200);
        assert.equal(anonymous.text, (await plane.ask(method, sample.path)).text);
      });
    }

    test(`${method} ${path} refuses a name that is not this server's`, async () => {
      const { status } = await requestAs(plane, method, sample.path, 'evil.example');
      assert.equal(status, 421);
    });
  }
});

/** With a Host header of its own, which fetch does not allow. */
async function requestAs(plane: RunningControlPlane, method: string, path: string, host: string) {
  const { port } = new URL(plane.url);
  return new Promise<{ status: number }>((resolve, reject) => {
    const headers = { host, authorization: `Bearer ${plane.adminToken}` };
    const sent = request({ port, host: '127.0.0.1', method, path, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve({ status: answer.statusCode! }));
    });
    sent.on('error', reject);
    sent.end();
  });
}
