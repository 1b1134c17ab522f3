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

/** What `index.html` names, and itself. */
async function firstRouteFiles(): Promise<readonly string[]> {
  const html = await readFile(join(folder, 'index.html'), 'utf8');
  return ['index.html', ...[...html.matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, path]) => path!)];
}

test('the first route stays within its budget', async () => {
  const names = await firstRouteFiles();
  assert.ok(names.some((name) => /^assets\/libraries-.*\.js$/.test(name)));
  const sizes = await Promise.all(
    names.map(async (name) => brotliCompressSync(await readFile(join(folder, name))).length),
  );
  const sumBytes = sizes.reduce((sum, size) => sum + size, 0);
  assert.ok(sumBytes > 50_000 && sumBytes <= firstRouteBudgetBytes, `${sumBytes} bytes`);
});

test('the pages of Upgrades and Connect Sync are fetched when they are opened, and not before', async () => {
  const first = await firstRouteFiles();
  const lazy = (await readdir(join(folder, 'assets'))).filter((name) => !first.includes(`assets/${name}`));
  for (const page of [
    ...['rollouts-page', 'new-rollout-page', 'fleet-page', 'minimums-page', 'audit-page', 'pks-page'],
    ...['servers-page', 'connectors-page', 'runs-page', 'pending-page', 'preview-page', 'connector-space-page'],
    ...['metaverse-page', 'rules-page', 'deletes-page', 'staging-page'],
  ]) {
    assert.ok(
      lazy.some((name) => name.startsWith(`${page}-`)),
      page,
    );
  }
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
  assert.ok(sources.some((path) => path.endsWith(join('auto-upgrade', 'rollout'))));
  assert.ok(sources.some((path) => path.endsWith('package-lock.json')));
});
