/** The published tree over real HTTP. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, truncateSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { test } from 'node:test';
import { writeFileAtomic } from '@springline/ports/files';
import {
  type Cleanup,
  type RunningControlPlane,
  runControlPlane,
  temporaryFolder,
} from '../testing/running-control-plane.ts';

const timestampPath = '/repository/director/metadata/timestamp.json';
const targetPath = '/repository/image/targets/connect-sync/1.2.3.0/connect-sync-1.2.3.0-linux-x64.tar.zst';
const target = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 251));

interface Tree {
  readonly plane: RunningControlPlane;
  readonly folder: string;
}

async function published(t: Cleanup): Promise<Tree> {
  const home = temporaryFolder(t);
  const folder = join(home, 'control-plane', 'repository');
  const write = (path: string, bytes: string | Uint8Array) => writeFileAtomic(join(folder, path), bytes);
  write('director/metadata/timestamp.json', '{"signatures":[],"signed":{"version":1}}');
  write('image/metadata/3.targets.json', '{"signatures":[],"signed":{"version":3}}');
  write(targetPath.slice('/repository/'.length), target);
  return { plane: await runControlPlane(t, { home }), folder };
}

async function get({ plane }: Tree, path: string, headers: Record<string, string> = {}, method = 'GET') {
  const { port } = new URL(plane.url);
  const sent = request({ port, host: 'localhost', path, method, headers });
  sent.end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: answer.statusCode, headers: answer.headers, bytes: await buffer(answer) };
}

/** Sends these bytes and gives all that comes back until the connection ends. */
async function raw({ plane }: Tree, head: string): Promise<string> {
  const socket = connect(Number(new URL(plane.url).port), '127.0.0.1');
  socket.end(head);
  return text(socket);
}

test('metadata is served to anybody: the timestamp for now, versioned files for ever', async (t) => {
  const tree = await published(t);
  const timestamp = await get(tree, timestampPath);
  assert.equal(timestamp.status, 200);
  assert.equal(timestamp.bytes.toString(), '{"signatures":[],"signed":{"version":1}}');
  assert.equal(timestamp.headers['content-type'], 'application/json');
  assert.equal(timestamp.headers['cache-control'], 'no-cache');
  const digest = createHash('sha256').update(timestamp.bytes).digest('base64url').slice(0, 22);
  assert.equal(timestamp.headers.etag, `"${digest}"`);
  const targets = await get(tree, '/repository/image/metadata/3.targets.json');
  assert.equal(targets.headers['cache-control'], 'public, max-age=31536000, immutable');
  const head = await get(tree, timestampPath, {}, 'HEAD');
  assert.deepEqual([head.status, head.headers['content-length'], head.bytes.length], [200, '40', 0]);
});

test('a check that finds nothing new costs 350 bytes at most, in both directions together', async (t) => {
  const tree = await published(t);
  const { etag } = (await get(tree, timestampPath)).headers;
  const { host } = new URL(tree.plane.url);
  const asked = `GET ${timestampPath} HTTP/1.1\r\nHost: ${host}\r\nIf-None-Match: ${etag}\r\n\r\n`;
  const answered = await raw(tree, asked);
  assert.match(answered, /^HTTP\/1\.1 304 Not Modified\r\n/);
  assert.match(answered, /\r\n\r\n$/);
  const bytes = asked.length + answered.length;
  assert.ok(bytes <= 350, `${bytes} bytes: ${answered}`);
});

test('a connection is kept for the next check, also after a 304 that does not say so', async (t) => {
  const tree = await published(t);
  const { etag } = (await get(tree, timestampPath)).headers;
  const { host } = new URL(tree.plane.url);
  const asked = `GET ${timestampPath} HTTP/1.1\r\nHost: ${host}\r\nIf-None-Match: ${etag}\r\n\r\n`;
  assert.equal((await raw(tree, asked.repeat(3))).match(/HTTP\/1\.1 304/g)?.length, 3);
  const last = asked.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n');
  const socket = connect(Number(new URL(tree.plane.url).port), '127.0.0.1');
  socket.write(last);
  assert.match(await text(socket), /^HTTP\/1\.1 304 .*\r\nConnection: close\r\n/s);
});

test('what is published while the control plane runs is served', async (t) => {
  const tree = await published(t);
  const first = await get(tree, timestampPath);
  writeFileAtomic(join(tree.folder, 'director/metadata/timestamp.json'), '{"signed":{"version":2}}');
  let now = first;
  const deadlineMs = performance.now() + 5_000;
  while (now.headers.etag === first.headers.etag && performance.now() < deadlineMs) {
    now = await get(tree, timestampPath, { 'if-none-match': first.headers.etag! });
  }
  assert.deepEqual([now.status, now.bytes.toString()], [200, '{"signed":{"version":2}}']);
});

test('a target comes whole, by range, and goes on where it was cut', async (t) => {
  const tree = await published(t);
  const whole = await get(tree, targetPath);
  assert.deepEqual([whole.status, whole.bytes.equals(target)], [200, true]);
  assert.equal(whole.headers['accept-ranges'], 'bytes');
  assert.equal(whole.headers['cache-control'], 'public, max-age=31536000, immutable');
  assert.equal(whole.headers['content-type'], 'application/octet-stream');
  const { etag } = whole.headers;
  const rest = await get(tree, targetPath, { range: 'bytes=100000-', 'if-range': etag! });
  assert.equal(rest.status, 206);
  assert.equal(rest.headers['content-range'], 'bytes 100000-299999/300000');
  assert.ok(rest.bytes.equals(target.subarray(100_000)));
  const other = await get(tree, targetPath, { range: 'bytes=100000-', 'if-range': '"other"' });
  assert.deepEqual([other.status, other.bytes.length], [200, 300_000]);
  const beyond = await get(tree, targetPath, { range: 'bytes=300000-' });
  assert.deepEqual([beyond.status, beyond.headers['content-range']], [416, 'bytes */300000']);
  const again = await get(tree, targetPath, { 'if-none-match': etag! });
  assert.deepEqual([again.status, again.bytes.length], [304, 0]);
  const head = await get(tree, targetPath, { range: 'bytes=1-2' }, 'HEAD');
  assert.deepEqual([head.status, head.headers['content-length']], [200, '300000']);
});

test('S30: whatever a published file holds, no browser takes it for a page or a script', async (t) => {
  const tree = await published(t);
  writeFileAtomic(join(tree.folder, 'image/targets/evil.html'), '<script>alert(1)</script>');
  for (const path of ['/repository/image/targets/evil.html', timestampPath, '/repository/image/targets/missing']) {
    const { headers } = await get(tree, path);
    assert.equal(headers['x-content-type-options'], 'nosniff', path);
    assert.equal(headers['content-security-policy'], 'sandbox', path);
    assert.doesNotMatch(headers['content-type']!, /html|script/, path);
  }
});

test('nothing beside the published files can be had', async (t) => {
  const tree = await published(t);
  const { home } = tree.plane;
  const { folder } = tree;
  writeFileAtomic(join(folder, 'commit.json'), '{}');
  writeFileAtomic(join(folder, 'image/targets/.hidden'), 'secret');
  symlinkSync(join(home, 'admin-token'), join(folder, 'image/targets/token'));
  symlinkSync(home, join(folder, 'image/targets/home'));
  mkdirSync(join(folder, 'image/targets/folder'));
  for (const path of [
    '/repository/image/targets/../../../../admin-token',
    '/repository/image/targets/..%2f..%2f..%2f..%2fadmin-token',
    '/repository/image/targets/%2e%2e/%2e%2e/%2e%2e/%2e%2e/admin-token',
    '/repository/image/targets/..\\..\\..\\..\\admin-token',
    '/repository/../../admin-token',
    '/repository//etc/passwd',
    '/repository/image/targets//etc/passwd',
    '/repository/image/targets/token',
    '/repository/image/targets/home/admin-token',
    '/repository/image/targets/folder',
    '/repository/image/targets/folder/',
    '/repository/image/targets/.hidden',
    '/repository/image/targets/token%00',
    '/repository/commit.json',
    '/repository/image/metadata/root.json',
    '/repository/image/metadata/2.root.json',
    '/repository/',
    `${timestampPath}?agent=1`,
    '/%72epository/director/metadata/timestamp.json',
  ]) {
    const { status, bytes, headers } = await get(tree, path);
    assert.equal(status, 404, path);
    assert.equal(JSON.parse(bytes.toString()).code, 'not-found', path);
    assert.equal(headers['cache-control'], 'no-store', path);
  }
  const { host } = new URL(tree.plane.url);
  const nul = await raw(tree, `GET /repository/image/targets/a\0b HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  assert.match(nul, /^HTTP\/1\.1 400 /);
});

test('only reading is possible, under the server’s own names', async (t) => {
  const tree = await published(t);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const { status, headers } = await get(tree, timestampPath, {}, method);
    assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'], method);
  }
  assert.equal((await get(tree, timestampPath, { host: 'evil.example' })).status, 421);
  const url = `${tree.plane.url}${timestampPath}`;
  assert.match(await raw(tree, `GET ${url} HTTP/1.1\r\nHost: evil.example\r\n\r\n`), /^HTTP\/1\.1 4(00|21) /);
});

test('S21: who checks is neither asked nor noted', async (t) => {
  const logged: unknown[] = [];
  const note = (...words: unknown[]): void => void logged.push(words);
  const log = { debug: note, info: note, warn: note, error: note };
  const home = temporaryFolder(t);
  writeFileAtomic(join(home, 'control-plane/repository/director/metadata/timestamp.json'), '{}');
  const plane = await runControlPlane(t, { home, log });
  logged.length = 0;
  const { status, headers } = await plane.ask('GET', timestampPath, { headers: { 'user-agent': 'SYNC-01' } });
  assert.equal(status, 200);
  for (const name of ['set-cookie', 'x-request-id', 'vary']) assert.equal(headers.get(name), null, name);
  assert.deepEqual(logged, []);
  const metrics = (await plane.ask('GET', '/metrics')).text;
  assert.match(metrics, /springline_http_requests_total\{route="repository",status="200"\} 1\n/);
  assert.doesNotMatch(metrics, /SYNC-01/);
});

test('a target that becomes shorter while it is sent breaks the answer off', async (t) => {
  const tree = await published(t);
  const large = join(tree.folder, 'image/targets/large.tar.zst');
  writeFileAtomic(large, '');
  truncateSync(large, 64 * 1024 * 1024);
  const { port } = new URL(tree.plane.url);
  const sent = request({ port, host: 'localhost', path: '/repository/image/targets/large.tar.zst' });
  sent.end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  truncateSync(large, 1024);
  await assert.rejects(buffer(answer), { code: 'ECONNRESET' });
  assert.equal((await get(tree, timestampPath)).status, 200);
});

test('the control plane ends although a client keeps its connection', async (t) => {
  const tree = await published(t);
  const socket = connect(Number(new URL(tree.plane.url).port), '127.0.0.1');
  const { host } = new URL(tree.plane.url);
  socket.write(`GET ${timestampPath} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  await once(socket, 'data');
  const ended = once(socket, 'close');
  await tree.plane.close();
  await ended;
});
