import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RunningControlPlane, runControlPlane } from '../testing/running-control-plane.ts';

async function cookieOf(plane: RunningControlPlane): Promise<string> {
  const { json } = await plane.ask('POST', '/platform/v1/sign-in-links');
  const body = { linkToken: json.url.split('#')[1] };
  const answer = await plane.ask('POST', '/platform/v1/session', { body, headers: {} });
  return answer.headers.get('set-cookie')!.split(';')[0]!;
}

test('S30: a change with a session cookie must come from the portal itself', async (t) => {
  const plane = await runControlPlane(t);
  const cookie = await cookieOf(plane);
  const post = (headers: Record<string, string>) =>
    plane.ask('POST', '/platform/v1/sign-in-links', { headers: { cookie, ...headers } });
  const otherPort = plane.url.replace(/\d+$/, '1');
  for (const [name, headers] of Object.entries({
    'from another site': { origin: 'https://evil.example' },
    'from another port of this host': { origin: otherPort },
    'by another name of this host': { origin: plane.url.replace('localhost', '127.0.0.1') },
    'from an opaque origin': { origin: 'null' },
    'with neither header': {},
    'from a sibling, as the browser says': { 'sec-fetch-site': 'same-site' },
    'cross-site, as the browser says': { 'sec-fetch-site': 'cross-site', origin: plane.url },
    'typed into the address bar': { 'sec-fetch-site': 'none' },
  })) {
    const answer = await post(headers as Record<string, string>);
    assert.equal(answer.json.code, 'cross-site-request', name);
  }
  assert.equal((await post({ origin: plane.url })).status, 201);
  assert.equal((await post({ 'sec-fetch-site': 'same-origin' })).status, 201);
});

test('reading with a session cookie needs no such header', async (t) => {
  const plane = await runControlPlane(t);
  const cookie = await cookieOf(plane);
  assert.equal((await plane.ask('GET', '/platform/v1/home', { headers: { cookie } })).status, 200);
});

test('S30: another site cannot sign a browser in to an account of its choice', async (t) => {
  const plane = await runControlPlane(t);
  const { json } = await plane.ask('POST', '/platform/v1/sign-in-links');
  const body = { linkToken: json.url.split('#')[1] };
  const from = (origin: string) => plane.ask('POST', '/platform/v1/session', { body, headers: { origin } });
  assert.equal((await from('https://evil.example')).json.code, 'cross-site-request');
  assert.equal((await from(plane.url)).status, 201);
});

test('S30: no answer allows another origin to read it', async (t) => {
  const plane = await runControlPlane(t);
  for (const path of ['/platform/v1/home', '/openapi.json', '/scim/v2/Schemas', '/docs', '/nothing']) {
    const { headers } = await plane.ask('GET', path, { headers: { origin: 'https://evil.example' } });
    assert.equal(headers.get('access-control-allow-origin'), null);
    assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin');
  }
});
