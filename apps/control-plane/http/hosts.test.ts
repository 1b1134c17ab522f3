import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { type RunningControlPlane, runControlPlane } from '../testing/running-control-plane.ts';

/** Sends these bytes and gives the status of the answer. */
async function statusOf(plane: RunningControlPlane, head: string): Promise<number> {
  const socket = connect(Number(new URL(plane.url).port), '127.0.0.1');
  socket.end(`${head}\r\nConnection: close\r\n\r\n`);
  const [, status] = /^HTTP\/1\.1 (\d+)/.exec(await text(socket)) ?? [];
  return Number(status);
}

test('S30: the server answers to its own names only, so that no DNS trick makes it somebody else’s', async (t) => {
  const plane = await runControlPlane(t, { publicUrl: 'https://sync.example.org' });
  const { port } = new URL(plane.url);
  const get = (host: string) => statusOf(plane, `GET /healthz HTTP/1.1\r\nHost: ${host}`);
  for (const host of [
    `localhost:${port}`,
    `LOCALHOST:${port}`,
    `127.0.0.1:${port}`,
    `[::1]:${port}`,
    'sync.example.org',
  ]) {
    assert.equal(await get(host), 200, host);
  }
  for (const host of [
    'localhost',
    'localhost:1',
    `evil.example:${port}`,
    `localhost.evil.example:${port}`,
    `127.0.0.2:${port}`,
    `2130706433:${port}`,
    'sync.example.org:8443',
    'sync.example.org.',
    `x@localhost:${port}`,
  ]) {
    assert.equal(await get(host), 421, host);
  }
});

test('S30: two Host headers, none, or a whole URL as the path are refused', async (t) => {
  const plane = await runControlPlane(t);
  const { host } = new URL(plane.url);
  const two = `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nHost: evil.example`;
  assert.equal(await statusOf(plane, two), 421);
  assert.equal(await statusOf(plane, 'GET /healthz HTTP/1.1'), 400);
  const absolute = `GET http://evil.example/healthz HTTP/1.1\r\nHost: ${host}`;
  assert.equal(await statusOf(plane, absolute), 400);
});
