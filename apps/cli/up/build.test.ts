import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { agentBundles, bundledComponents } from './build.ts';

test('every component is one bundle, and the same sources give the same folder', { timeout: 60_000 }, async () => {
  const folder = await agentBundles();
  const before = bundledComponents.map((component) => statSync(join(folder, `${component}.mjs`)).mtimeMs);
  assert.equal(await agentBundles(), folder);
  const after = bundledComponents.map((component) => statSync(join(folder, `${component}.mjs`)).mtimeMs);
  assert.deepEqual(after, before, 'nothing is built again');
});

test('the Agent Updater is small, has no code from npm, and asks for modules of Node only', async () => {
  const bundle = join(await agentBundles(), 'agent-updater.mjs');
  const text = readFileSync(bundle, 'utf8');
  assert.ok(statSync(bundle).size < 60_000, `${statSync(bundle).size} bytes`);
  for (const library of ['zod', 'ldapts', 'parseDocument', 'node_modules']) {
    assert.equal(text.toLowerCase().includes(library.toLowerCase()), false, library);
  }
  const modules = [...text.matchAll(/\bfrom\s*["']([^"']+)["']/g)].map(([, name]) => name);
  assert.ok(modules.length > 3);
  for (const name of modules) assert.match(name!, /^node:/);
});
