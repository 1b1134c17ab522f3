/**
 * The vectors under `conformance/rollout`, in Node and in a real Chromium, and 100,000 random cases in both (`ROLLOUT_CASES`
 * says how many): an agent, the control plane and the portal must never disagree about who may install what.
 *
 * The page loads the very source files, as modules, with their types taken away and nothing else done to them.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join, normalize } from 'node:path';
import { test } from 'node:test';
import { type CaseJson, type DecisionJson, decideJson } from '@springline/auto-upgrade/rollout/testing/case';
import { decisionsDigest } from '@springline/auto-upgrade/rollout/testing/random-case';
import { requireService } from '@springline/tools/services/catalogue';
import { chromium, type Page } from 'playwright-core';

const repository = join(import.meta.dirname, '..');
const conformance = join(repository, 'conformance', 'rollout');
const origin = 'http://rollout.test';
const folder = '/packages/auto-upgrade/rollout/testing';
const randomCases = { seed: 1_000, count: Number(process.env['ROLLOUT_CASES'] ?? 100_000) };

interface Vector extends CaseJson {
  readonly name: string;
  readonly decision: DecisionJson;
}

/** What the page has loaded. */
interface Loaded {
  decideJson(json: CaseJson): DecisionJson;
  decisionsDigest(seed: number, count: number): string;
}

const vectors = JSON.parse(readFileSync(join(conformance, 'vectors.golden.json'), 'utf8')) as readonly Vector[];

test('every vector has its decision in Node', () => {
  assert.ok(vectors.length > 250, `${vectors.length} vectors`);
  for (const { name, decision, ...json } of vectors) assert.deepEqual(decideJson(json), decision, name);
});

test('the file of vectors is the one that its generator writes', () => {
  execFileSync(process.execPath, [join(conformance, 'generate.ts'), '--check']);
});

test(`Chromium decides as Node does: every vector, and ${randomCases.count} random cases`, async (t) => {
  const service = await requireService(t, 'chromium');
  if (service === undefined) return;
  const browser = await chromium.launch({ executablePath: service.executablePath, args: [...service.args] });
  try {
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(String(error)));
    await serveSources(page);
    await page.goto(`${origin}/`);
    await page.waitForFunction(() => Reflect.has(globalThis, 'loaded'), undefined, { timeout: 30_000 });
    const decided = await page.evaluate((text) => {
      const { decideJson } = Reflect.get(globalThis, 'loaded') as Loaded;
      return JSON.stringify((JSON.parse(text) as CaseJson[]).map(decideJson));
    }, JSON.stringify(vectors));
    const decisions = JSON.parse(decided) as DecisionJson[];
    for (const [at, { name, decision }] of vectors.entries()) assert.deepEqual(decisions[at], decision, name);
    const digest = await page.evaluate(({ seed, count }) => {
      const { decisionsDigest } = Reflect.get(globalThis, 'loaded') as Loaded;
      return decisionsDigest(seed, count);
    }, randomCases);
    assert.equal(digest, decisionsDigest(randomCases.seed, randomCases.count));
    assert.deepEqual(faults, []);
  } finally {
    await browser.close();
  }
});

/** Answers a page with sources of this repository; nothing leaves the machine. */
async function serveSources(page: Page): Promise<void> {
  const modules = [`${folder}/case.ts`, `${folder}/random-case.ts`].map((path) => `import(${JSON.stringify(path)})`);
  const script = `globalThis.loaded = Object.assign({}, ...(await Promise.all([${modules.join(', ')}])));`;
  const html = `<!doctype html><script type="module">${script}</script>`;
  await page.route('**/*', async (route) => {
    const path = normalize(new URL(route.request().url()).pathname);
    if (path === '/') return route.fulfill({ contentType: 'text/html', body: html });
    if (!path.startsWith('/packages/auto-upgrade/') || !path.endsWith('.ts')) return route.fulfill({ status: 404 });
    const source = readFileSync(join(repository, path), 'utf8');
    return route.fulfill({ contentType: 'text/javascript', body: stripTypeScriptTypes(source) });
  });
}
