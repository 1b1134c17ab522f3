import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import {
  type Cleanup,
  type RunningControlPlane,
  runControlPlane,
  temporaryFolder,
} from '../testing/running-control-plane.ts';
import { loadPortal } from './portal.ts';

const index = `<!doctype html><title>Springline</title>${'<p>text</p>'.repeat(100)}`;
const script = 'console.log("springline");'.repeat(100);

function portalFolder(t: Cleanup): string {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), index);
  writeFileSync(join(folder, 'assets', 'index-BX2kd9_z.js'), script);
  writeFileSync(join(folder, 'assets', 'index-BX2kd9_z.js.map'), '{"sources":["secret.ts"]}');
  writeFileSync(join(folder, 'favicon.svg'), '<svg/>');
  return folder;
}

/** As a browser: fetch would take compressed answers apart by itself. */
async function get(plane: RunningControlPlane, path: string, headers: Record<string, string> = {}, method = 'GET') {
  const { port } = new URL(plane.url);
  const sent = request({ port, host: 'localhost', path, method, headers });
  sent.end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: answer.statusCode, headers: answer.headers, bytes: await buffer(answer) };
}

test('the portal is served with types, hashes and the content security policy', async (t) => {
  const plane = await runControlPlane(t, { portal: portalFolder(t) });
  const page = await get(plane, '/');
  assert.equal(page.status, 200);
  assert.equal(page.bytes.toString(), index);
  assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
  assert.equal(page.headers['cache-control'], 'no-cache');
  assert.match(page.headers['content-security-policy'] as string, /^default-src 'none'; script-src 'self';/);
  const asset = await get(plane, '/assets/index-BX2kd9_z.js');
  assert.equal(asset.headers['content-type'], 'text/javascript; charset=utf-8');
  assert.equal(asset.headers['cache-control'], 'public, max-age=31536000, immutable');
  const again = await get(plane, '/assets/index-BX2kd9_z.js', { 'if-none-match': asset.headers.etag! });
  assert.equal(again.status, 304);
  assert.equal(again.bytes.length, 0);
  const head = await get(plane, '/assets/index-BX2kd9_z.js', {}, 'HEAD');
  assert.equal(head.headers['content-length'], String(script.length));
});

test('files come compressed to who takes them so', async (t) => {
  const plane = await runControlPlane(t, { portal: portalFolder(t) });
  const by = (accepted: string) => get(plane, '/assets/index-BX2kd9_z.js', { 'accept-encoding': accepted });
  const brotli = await by('gzip, deflate, br');
  assert.equal(brotli.headers['content-encoding'], 'br');
  assert.equal(brotliDecompressSync(brotli.bytes).toString(), script);
  const gzip = await by('gzip, br;q=0');
  assert.equal(gzip.headers['content-encoding'], 'gzip');
  assert.equal(gunzipSync(gzip.bytes).toString(), script);
  const plain = await by('identity');
  assert.equal(plain.headers['content-encoding'], undefined);
  for (const answer of [brotli, gzip, plain]) assert.equal(answer.headers.vary, 'accept-encoding');
});

test('a page of the portal’s own router is the index; an API path, a script’s request and a missing file are not', async (t) => {
  const plane = await runControlPlane(t, { portal: portalFolder(t) });
  const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
  for (const path of [
    '/sign-in',
    '/agents/01920000-0000-7000-8000-000000000001',
    '/health',
    '/connect-sync?tab=runs',
  ]) {
    assert.equal((await get(plane, path, html)).bytes.toString(), index, path);
  }
  for (const path of [
    '/platform/v1/nothing',
    '/scim/v2/Nothing',
    '/docs/nothing',
    '/assets/gone-12345678.js',
    '/a.map',
  ]) {
    assert.equal((await get(plane, path, html)).status, 404, path);
  }
  assert.equal((await get(plane, '/sign-in', { accept: 'application/json' })).status, 404);
  assert.equal((await get(plane, '/sign-in', html, 'POST')).status, 404);
});

test('nothing beside the portal’s files can be had: no way up, no link out, no source map', async (t) => {
  const folder = portalFolder(t);
  symlinkSync('/etc/hostname', join(folder, 'hostname.txt'));
  const plane = await runControlPlane(t, { portal: folder });
  for (const path of [
    '/../admin-token',
    '/..%2f..%2fetc/hostname',
    '/%2e%2e/%2e%2e/etc/hostname',
    '/assets/..%5c..%5cindex.html',
    '/hostname.txt',
    '/assets/index-BX2kd9_z.js.map',
    '//etc/hostname',
    '/index.html%00.js',
  ]) {
    assert.equal((await get(plane, path)).status, 404, path);
  }
});

test('a folder that holds no portal is refused with what to do', async (t) => {
  const folder = temporaryFolder(t);
  await assert.rejects(loadPortal(folder), /has no index\.html; build the portal first/);
  await assert.rejects(loadPortal(join(folder, 'missing')), { code: 'portal-unreadable' });
});

test('without a portal the API and its page are served all the same', async (t) => {
  const plane = await runControlPlane(t);
  assert.equal((await get(plane, '/')).status, 404);
  assert.equal((await get(plane, '/docs')).status, 200);
});
