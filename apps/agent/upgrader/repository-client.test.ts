import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sendBytes, sendEndlessly, sha256 } from '../testing/update-world.ts';
import {
  downloadTransport,
  fetchFirstRoot,
  getIfChanged,
  metadataFetcher,
  type Patience,
} from './repository-client.ts';

const content = randomBytes(1_000_000);
const transport = { path: 'connect-sync/x.tar.zst', length: content.length, sha256: sha256(content) };
const impatient: Patience = { metadataTimeoutMs: 200, stallMs: 100, firstPauseMs: 1 };

interface Served {
  readonly url: string;
  readonly file: string;
  /** Of each request, its Range; and bytes that were sent in all. */
  readonly ranges: (string | undefined)[];
}

async function serving(
  t: TestContext,
  serve: (response: ServerResponse, request: IncomingMessage, time: number) => void,
): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'springline-transport-'));
  const ranges: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    response.on('error', () => undefined);
    ranges.push(request.headers.range);
    serve(response, request, ranges.length);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true });
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, file: join(folder, 'download'), ranges };
}

function download({ url, file }: Served, signal = new AbortController().signal): Promise<void> {
  return downloadTransport(url, transport, file, () => undefined, signal, impatient);
}

/** The first half, and then the line is cut. */
function sendHalf(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': content.length });
  response.write(content.subarray(0, content.length / 2), () => response.destroy());
}

test('a transport arrives whole, and its progress is told', async (t) => {
  const served = await serving(t, (response, request) => sendBytes(response, content, request.headers.range));
  const told: number[] = [];
  const { signal } = new AbortController();
  await downloadTransport(served.url, transport, served.file, (bytes) => told.push(bytes), signal);
  assert.deepEqual(readFileSync(served.file), content);
  assert.equal(told.at(-1), content.length);
});

test('a download that broke off goes on where it stopped, and nothing is sent twice', async (t) => {
  const served = await serving(t, (response, request, time) => {
    if (time === 1) sendHalf(response);
    else sendBytes(response, content, request.headers.range);
  });
  await download(served);
  assert.deepEqual(readFileSync(served.file), content);
  const [first, second, ...more] = served.ranges;
  assert.deepEqual([first, more], [undefined, []]);
  const from = Number(/^bytes=(\d+)-$/.exec(second ?? '')?.[1]);
  assert.ok(from > 0 && from <= content.length / 2, second);
});

test('what an earlier process left is gone on with', async (t) => {
  const served = await serving(t, (response, request) => sendBytes(response, content, request.headers.range));
  writeFileSync(served.file, content.subarray(0, 700_000));
  await download(served);
  assert.deepEqual(served.ranges, ['bytes=700000-']);
  assert.deepEqual(readFileSync(served.file), content);
});

test('what lies there whole is not asked for again', async (t) => {
  const served = await serving(t, (response) => response.writeHead(500).end());
  writeFileSync(served.file, content);
  await download(served);
  assert.deepEqual(served.ranges, []);
});

test('a server that knows no ranges sends everything again, and that is taken', async (t) => {
  const served = await serving(t, (response) => sendBytes(response, content, undefined));
  writeFileSync(served.file, randomBytes(700_000));
  await download(served);
  assert.deepEqual(served.ranges, ['bytes=700000-']);
  assert.deepEqual(readFileSync(served.file), content);
});

for (const [name, left] of [
  ['a part of something else', randomBytes(700_000)],
  ['something else of the same length', randomBytes(content.length)],
  ['something longer', randomBytes(content.length + 1)],
] as const) {
  test(`${name} that lies there is refused, removed, and then fetched anew`, async (t) => {
    const served = await serving(t, (response, request) => sendBytes(response, content, request.headers.range));
    writeFileSync(served.file, left);
    await assert.rejects(download(served), { code: 'hash-mismatch' });
    assert.ok(!existsSync(served.file));
    await download(served);
    assert.deepEqual(readFileSync(served.file), content);
  });
}

test('a transport that never ends is cut at its signed length', async (t) => {
  const sent = { bytes: 0 };
  const served = await serving(t, (response) => sendEndlessly(response, sent));
  await assert.rejects(download(served), { code: 'length-mismatch' });
  assert.ok(!existsSync(served.file));
  // What the sockets of both sides hold comes on top.
  assert.ok(sent.bytes < content.length + 16 * 1024 * 1024, `${sent.bytes} bytes were sent`);
});

test('a server that falls silent is asked again five times, and then given up', async (t) => {
  const served = await serving(t, (response) => void response.writeHead(200).flushHeaders());
  await assert.rejects(download(served), { code: 'repository-unreachable' });
  assert.equal(served.ranges.length, 5);
});

test('a server that falls silent after a part each time is gone on with until the transport is whole', async (t) => {
  const eighth = content.length / 8;
  const served = await serving(t, (response, request) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(start === 0 ? 200 : 206, { 'content-length': content.length - start });
    response.write(content.subarray(start, start + eighth));
  });
  await download(served);
  assert.deepEqual(readFileSync(served.file), content);
  assert.ok(served.ranges.length >= 8);
});

test('a server that drips is given up: what never stops and never ends is a stall too', async (t) => {
  const served = await serving(t, (response, request) => {
    response.writeHead(request.headers.range === undefined ? 200 : 206);
    const drip = setInterval(() => response.write(Buffer.alloc(100)), 5);
    response.on('close', () => clearInterval(drip));
  });
  await assert.rejects(download(served), { code: 'repository-unreachable' });
  assert.equal(served.ranges.length, 5);
});

test('no redirect is followed', async (t) => {
  const served = await serving(t, (response, request) => {
    if (request.url === '/elsewhere') sendBytes(response, content, undefined);
    else response.writeHead(302, { location: '/elsewhere' }).end();
  });
  await assert.rejects(download(served), { code: 'repository-unreachable', message: /answered 302$/ });
  const fetch = metadataFetcher(served.url, 'image');
  const { signal } = new AbortController();
  await assert.rejects(fetch('timestamp.json', 100, signal), { code: 'repository-unreachable', message: /302$/ });
});

test('a download that is stopped ends at once', async (t) => {
  const stop = new AbortController();
  const served = await serving(t, (response) => {
    response.writeHead(200).flushHeaders();
    stop.abort();
  });
  await assert.rejects(download(served, stop.signal));
  assert.equal(served.ranges.length, 1);
});

test('metadata that comes too slowly is given up', async (t) => {
  const served = await serving(t, (response) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(drip));
  });
  const fetch = metadataFetcher(served.url, 'director', impatient);
  await assert.rejects(fetch('timestamp.json', 16_384, new AbortController().signal), {
    code: 'repository-unreachable',
    message: /nothing came in time|broke off/,
  });
});

test('of metadata that never ends one byte more than its limit is taken', async (t) => {
  const sent = { bytes: 0 };
  const served = await serving(t, (response) => sendEndlessly(response, sent));
  const bytes = await metadataFetcher(served.url, 'image')('timestamp.json', 16_384, new AbortController().signal);
  assert.equal(bytes?.length, 16_385);
});

for (const status of [404, 403]) {
  test(`metadata that a server answers ${status} for is not there`, async (t) => {
    const served = await serving(t, (response) => response.writeHead(status).end('no'));
    const { signal } = new AbortController();
    assert.equal(await metadataFetcher(served.url, 'image')('2.root.json', 100, signal), undefined);
    await assert.rejects(fetchFirstRoot(served.url, 'image'), { code: 'repository-unreachable' });
  });
}

test('a server that is not there is told as such', async (t) => {
  const served = await serving(t, (response) => response.destroy());
  await assert.rejects(fetchFirstRoot(served.url, 'image'), { code: 'repository-unreachable', message: /ECONNRESET/ });
});

test('a file that did not change is not sent again, and no mark longer than 256 characters is kept', async (t) => {
  const served = await serving(t, (response, request) => {
    if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end();
    else response.writeHead(200, { etag: request.url === '/long' ? `"${'x'.repeat(300)}"` : '"1"' }).end('new');
  });
  const first = await getIfChanged(`${served.url}/x`, undefined, 100, 1_000);
  assert.deepEqual([Buffer.from(first?.bytes ?? []).toString(), first?.etag], ['new', '"1"']);
  assert.equal(await getIfChanged(`${served.url}/x`, first?.etag, 100, 1_000), undefined);
  assert.equal((await getIfChanged(`${served.url}/long`, undefined, 100, 1_000))?.etag, undefined);
});
