import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runControlPlane } from '../testing/running-control-plane.ts';

const expected = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

test('S30: every answer has the security headers: data, pages, streams, and refusals of each kind', async (t) => {
  const plane = await runControlPlane(t);
  const token = { authorization: `Bearer ${plane.adminToken}` };
  for (const [name, path, init] of [
    ['data', '/platform/v1/home', { headers: token }],
    ['a page', '/docs', {}],
    ['a stream', '/platform/v1/home/events', { headers: token }],
    ['no credentials', '/platform/v1/home', {}],
    ['not found', '/nothing', {}],
    ['wrong method', '/healthz', { method: 'POST' }],
    ['no valid URL', '/%zz', {}],
    ['unsigned', '/platform/v1/heartbeat', { method: 'POST' }],
    ['another format', '/platform/v1/session', { method: 'POST', body: 'x' }],
  ] as const) {
    const response = await fetch(plane.url + path, init);
    for (const [header, value] of Object.entries(expected)) {
      assert.equal(response.headers.get(header), value, `${name}: ${header}`);
    }
    await response.body?.cancel();
  }
});

test('what is about a tenant is stored by no cache', async (t) => {
  const plane = await runControlPlane(t);
  for (const path of ['/platform/v1/home', '/scim/v2/Users', '/platform/v1/nothing']) {
    assert.equal((await plane.ask('GET', path)).headers.get('cache-control'), 'no-store', path);
  }
});
