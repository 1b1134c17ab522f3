import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { runControlPlane } from '../testing/running-control-plane.ts';

const limits = { headersTimeoutMs: 300, requestTimeoutMs: 600 };

for (const [name, head] of [
  ['headers that never end', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: '],
  [
    'a body that never comes',
    'POST /platform/v1/session HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n',
  ],
] as const) {
  test(`a client with ${name} is cut off with 408`, async (t) => {
    const plane = await runControlPlane(t, { limits });
    const { host, port } = new URL(plane.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(head.startsWith('POST') ? `${head}Host: ${host}\r\n\r\n{` : head);
    const answer = await text(socket);
    assert.match(answer, /^HTTP\/1\.1 408 /);
    assert.match(answer, /"code":"request-timeout"/);
    assert.equal((await plane.ask('GET', '/healthz')).status, 200);
  });
}

test('headers without end are refused by their size', async (t) => {
  const plane = await runControlPlane(t);
  const socket = connect(Number(new URL(plane.url).port), '127.0.0.1');
  socket.write(`GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`);
  const answer = await text(socket);
  assert.match(answer, /^HTTP\/1\.1 431 /);
  assert.match(answer, /"code":"headers-too-large"/);
});

test('what is no HTTP is refused as malformed', async (t) => {
  const plane = await runControlPlane(t);
  const socket = connect(Number(new URL(plane.url).port), '127.0.0.1');
  socket.write('\x16\x03\x01\x02\x00\x01 a TLS hello\r\n\r\n');
  assert.match(await text(socket), /^HTTP\/1\.1 400 .*"code":"malformed-request"/s);
});
