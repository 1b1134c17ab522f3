import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { buildPortal, portalSources } from './build.ts';

/** What a person's browser fetches before the first page shows, in bytes after brotli. */
const firstRouteBudgetBytes = 250_000;

let folder: string;
let environment: string | undefined;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'springline-portal-'));
  environment = process.env['NODE_ENV'];
  await buildPortal(folder);
});
after(() => rm(folder, { recursive: true }));

test('the first route stays within its budget', async () => {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sizes = await Promise.all(files.map(async (file) => brotliCompressSync(await readFile(file)).length));
  const sumBytes = sizes.reduce((sum, size) => sum + size, 0);
  assert.ok(sumBytes > 50_000 && sumBytes <= firstRouteBudgetBytes, `${sumBytes} bytes`);
});

test('the page holds no inline script and no inline style', async () => {
  const html = await readFile(join(folder, 'index.html'), 'utf8');
  for (const [, attributes, text] of html.matchAll(/<script([^>]*)>([^<]*)<\/script>/g)) {
    assert.match(attributes ?? '', / src="\//);
    assert.equal(text, '');
  }
  assert.doesNotMatch(html, /<style|style=|\son[a-z]+=/);
});

test('building leaves the environment of its caller as it was', () => {
  assert.equal(process.env['NODE_ENV'], environment);
});

test('the build depends on the portal, the contract and the versions of the libraries', async () => {
  const sources = portalSources();
  assert.ok(sources.includes(import.meta.dirname));
  const [contract] = sources.filter((path) => path.endsWith(join('packages', 'api')));
  assert.ok(contract !== undefined && (await readdir(contract)).includes('routes.ts'));
  assert.ok(sources.some((path) => path.endsWith('package-lock.json')));
});
