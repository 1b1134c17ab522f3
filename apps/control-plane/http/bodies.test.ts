import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { exportBodyLimitBytes } from '@springline/api/shapes/directory';
import { type RunningControlPlane, runControlPlane } from '../testing/running-control-plane.ts';
import { sampleRequests } from '../testing/sample-requests.ts';
import { enrol, send, sign } from '../testing/signed-agent.ts';

const path = '/platform/v1/enrolments';
const good = { connector: { name: 'contoso.example', kind: 'openldap' } };

function post(plane: RunningControlPlane, body: string | Uint8Array, contentType = 'application/json') {
  const headers = { authorization: `Bearer ${plane.adminToken}`, 'content-type': contentType };
  return plane.ask('POST', path, { body, headers } as never);
}

test('a malformed body is refused with the place of the fault and nothing of its content', async (t) => {
  const plane = await runControlPlane(t);
  const rows: [string | Uint8Array, RegExp][] = [
    ['', /^body: not JSON$/],
    ['{"connector":', /^body: not JSON$/],
    ['{"password":"hunter2"} trailing', /^body: not JSON$/],
    ['null', /^body: /],
    ['[]', /^body: /],
    ['{}', /^body\.connector: /],
    ['{"connector":{"name":"x","kind":"hunter2"}}', /^body\.connector\.kind: /],
    ['{"connector":{"name":"","kind":"ldif"}}', /^body\.connector\.name: /],
    [`{"connector":{"name":"${'x'.repeat(257)}","kind":"ldif"}}`, /^body\.connector\.name: /],
    ['{"connector":{"name":"a\\u0000b","kind":"ldif"}}', /^body\.connector\.name: no control characters$/],
    ['{"connector":{"name":"x","kind":"ldif"},"hunter2":1}', /^body: /],
    ['{"connector":{"name":"x","kind":"ldif","__proto__":{"isAdmin":true}}}', /__proto__ is not allowed/],
    ['{"connector":{"name":"x","kind":"ldif","\\u005f_proto__":{"isAdmin":true}}}', /__proto__ is not allowed/],
    [`${'['.repeat(33)}${']'.repeat(33)}`, /^body: deeper than 32 levels$/],
    ['['.repeat(60_000), /^body: deeper than 32 levels$/],
    [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), /^body: not UTF-8$/],
  ];
  for (const [body, detail] of rows) {
    const answer = await post(plane, body);
    assert.equal(answer.status, 400, String(body).slice(0, 60));
    assert.equal(answer.json.code, 'malformed-request');
    assert.match(answer.json.detail, detail);
    assert.doesNotMatch(answer.json.detail, /hunter2": |"hunter2"}/);
  }
  assert.equal((await post(plane, JSON.stringify(good))).status, 201);
});

test('brackets inside a string are no depth', async (t) => {
  const plane = await runControlPlane(t);
  const body = { connector: { name: `"${'['.repeat(100)}\\`, kind: 'ldif' } };
  assert.equal((await post(plane, JSON.stringify(body))).status, 201);
});

test('a body over the limit of its route is refused, by its length and by its count', async (t) => {
  const plane = await runControlPlane(t);
  const limit = 64 * 1024;
  const padded = (size: number) => JSON.stringify(good).padEnd(size, ' ');
  assert.equal((await post(plane, padded(limit))).status, 201);
  assert.equal((await post(plane, padded(limit + 1))).json.code, 'body-too-large');
  const socket = connect(Number(new URL(plane.url).port), '127.0.0.1');
  const head = `POST ${path} HTTP/1.1\r\nHost: ${new URL(plane.url).host}\r\nAuthorization: Bearer ${plane.adminToken}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
  socket.write(`${head}20000\r\n${' '.repeat(0x20000)}\r\n`);
  const answer = await text(socket);
  assert.match(answer, /^HTTP\/1\.1 413 /);
  assert.match(answer, /connection: close/);
});

test('an export may be as large as the contract says, and no larger', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  const { path: exportPath, body } = sampleRequests(agent.connectorId).exportBatch;
  const signed = sign(plane, agent, { method: 'POST', path: exportPath, body });
  const size = exportBodyLimitBytes - Buffer.byteLength(signed.body);
  const large = { ...(body as object), padding: 'x'.repeat(size - ',"padding":""'.length) };
  const atLimit = await send(sign(plane, agent, { method: 'POST', path: exportPath, body: large }));
  assert.match(atLimit.json.detail, /padding/);
  const over = await send(sign(plane, agent, { method: 'POST', path: exportPath, body: { ...large, more: 1 } }));
  assert.equal(over.json.code, 'body-too-large');
});

test('a body in another format is refused', async (t) => {
  const plane = await runControlPlane(t);
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'nonsense']) {
    assert.equal((await post(plane, JSON.stringify(good), type)).json.code, 'unsupported-media-type', type);
  }
  assert.equal((await post(plane, JSON.stringify(good), 'application/json; charset=utf-8')).status, 201);
});

test('a body where none belongs is refused', async (t) => {
  const plane = await runControlPlane(t);
  const answer = await plane.ask('POST', '/platform/v1/sign-in-links', { body: {} });
  assert.equal(answer.json.code, 'malformed-request');
});

test('a stranger is turned away before his body is read', async (t) => {
  const plane = await runControlPlane(t);
  const socket = connect(Number(new URL(plane.url).port), '127.0.0.1');
  const head = `POST /directory/v1/exports HTTP/1.1\r\nHost: ${new URL(plane.url).host}\r\nContent-Type: application/json\r\nContent-Length: 8000000\r\n\r\n`;
  socket.write(head);
  const [first] = (await Promise.race([
    once(socket, 'data'),
    new Promise((_, reject) => setTimeout(() => reject(new Error('no answer')), 5_000).unref()),
  ])) as [Buffer];
  assert.match(first.toString(), /^HTTP\/1\.1 401 /);
  socket.destroy();
});

test('parameters and queries are refused with their place', async (t) => {
  const plane = await runControlPlane(t);
  for (const [url, detail] of [
    ['/platform/v1/audit?limit=0', /^query\.limit: /],
    ['/platform/v1/audit?limit=501', /^query\.limit: /],
    ['/platform/v1/audit?after=-1', /^query\.after: /],
    ['/platform/v1/audit?limit=1&limit=2', /^query\.limit: /],
    ['/platform/v1/audit?unknown=1', /^query: /],
    ['/platform/v1/audit?__proto__=1', /^query: /],
  ] as const) {
    const { status, json } = await plane.ask('GET', url);
    assert.equal(status, 400, url);
    assert.match(json.detail, detail);
  }
  const { json } = await plane.ask('POST', '/platform/v1/agents/UPPER/revoke');
  assert.match(json.detail, /^params\.agentId: /);
});
