import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { agentBundles, bundleNames } from './build.ts';

test('every program is one bundle, and the same sources give the same folder', { timeout: 60_000 }, async () => {
  const folder = await agentBundles();
  const before = bundleNames.map((name) => statSync(join(folder, `${name}.mjs`)).mtimeMs);
  assert.equal(await agentBundles(), folder);
  const after = bundleNames.map((name) => statSync(join(folder, `${name}.mjs`)).mtimeMs);
  assert.deepEqual(after, before, 'nothing is built again');
});

// Of the Agent Updater a third are sentences: every result code and readiness gate with its meaning and remedy.
for (const { name, limitBytes } of [
  { name: 'agent-updater', limitBytes: 180_000 },
  { name: 'upgrader', limitBytes: 120_000 },
]) {
  test(`the ${name} is small, has no code from npm, and asks for modules of Node only`, async () => {
    const bundle = join(await agentBundles(), `${name}.mjs`);
    const text = readFileSync(bundle, 'utf8');
    assert.ok(statSync(bundle).size < limitBytes, `${statSync(bundle).size} bytes`);
    for (const library of ['zod', 'ldapts', 'parseDocument', 'node_modules']) {
      assert.equal(text.toLowerCase().includes(library.toLowerCase()), false, library);
    }
    const modules = [...text.matchAll(/\bimport\s*[\w$*{][^"'()]*from\s*["']([^"']+)["']/g)].map(
      ([, module]) => module,
    );
    assert.ok(modules.length > 3);
    for (const module of modules) assert.match(module!, /^node:/);
  });
}
