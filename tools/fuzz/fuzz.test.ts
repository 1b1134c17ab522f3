import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type TestContext, test } from 'node:test';
import { SeededRandom } from '@springline/ports/random';
import { type CampaignLimits, fuzzTarget } from './campaign.ts';
import { findTargetFiles } from './fuzz-target.ts';
import { inputLimitBytes, mutate } from './mutate.ts';

const root = join(import.meta.dirname, '../..');
const limits: CampaignLimits = { seed: 1, limitMs: 60_000, inputLimit: 20_000, hangMs: 500 };

function plant(t: TestContext, run: string): { path: string; kept: string } {
  const folder = mkdtempSync(join(tmpdir(), 'springline-fuzz-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'planted.fuzz.ts');
  const allowed = `(error) => error instanceof SyntaxError`;
  writeFileSync(
    path,
    `export const fuzz = { name: 'planted', seeds: ['{"a":[1]}'], run: ${run}, allowed: ${allowed} };`,
  );
  return { path, kept: join(folder, 'kept') };
}

const failsOnTwoBrackets = `(input) => {
  if (Buffer.from(input).includes('[[')) throw new TypeError('planted bug');
}`;

test('a planted bug is found, and its input is kept', async (t) => {
  const { path, kept } = plant(t, failsOnTwoBrackets);
  const { finding } = await fuzzTarget(path, kept, limits);
  assert.ok(finding);
  assert.match(finding.error, /TypeError: planted bug/);
  assert.ok(Buffer.from(finding.input).includes('[['));
  assert.deepEqual(Uint8Array.from(readFileSync(finding.path)), finding.input);
});

test('the same seed finds the same input again, another seed another one', async (t) => {
  const { path, kept } = plant(t, failsOnTwoBrackets);
  const first = await fuzzTarget(path, kept, limits);
  rmSync(kept, { recursive: true });
  const again = await fuzzTarget(path, kept, limits);
  assert.deepEqual(again, first);
  rmSync(kept, { recursive: true });
  const other = await fuzzTarget(path, kept, { ...limits, seed: 2 });
  assert.notDeepEqual(other.finding?.input, first.finding?.input);
});

test('a kept finding is tried before anything else', async (t) => {
  const { path, kept } = plant(t, failsOnTwoBrackets);
  const first = await fuzzTarget(path, kept, limits);
  const again = await fuzzTarget(path, kept, { ...limits, seed: 99, inputLimit: 0 });
  assert.equal(again.inputs, 1);
  assert.deepEqual(again.finding, first.finding);
});

test('a refusal by design is no finding', async (t) => {
  const { path, kept } = plant(t, '(input) => { JSON.parse(Buffer.from(input).toString()); }');
  assert.deepEqual(await fuzzTarget(path, kept, limits), { name: 'planted', inputs: limits.inputLimit + 1 });
});

for (const row of [
  { name: 'never returns', run: '(input) => { if (input.length > 9) for (;;); }', error: /no answer within 500 ms/ },
  {
    name: 'never settles',
    run: '(input) => input.length > 9 ? new Promise((resolve) => setTimeout(resolve, 1e6)) : undefined',
    error: /no answer within 500 ms/,
  },
  {
    name: 'rejects later',
    run: `async (input) => { if (input.length > 9) throw new RangeError('later'); }`,
    error: /RangeError: later/,
  },
  {
    name: 'ends the thread',
    run: '(input) => { if (input.length > 9) process.exit(7); }',
    error: /ended by itself, code 7/,
  },
  {
    name: 'eats all memory',
    run: '(input) => { const all = []; while (input.length > 9) all.push(new Array(1e6).fill(all.length)); }',
    error: /outside of run\(\).*memory/,
  },
]) {
  test(`a target that ${row.name} is a finding with the input that did it`, async (t) => {
    const { path, kept } = plant(t, row.run);
    const { finding } = await fuzzTarget(path, kept, {
      ...limits,
      hangMs: row.name === 'eats all memory' ? 60_000 : 500,
    });
    assert.match(finding?.error ?? '', row.error);
    assert.ok((finding?.input.length ?? 0) > 9);
  });
}

test('mutations stay within the limit and leave the seeds as they are', () => {
  const seeds = [Buffer.alloc(inputLimitBytes, 'x'), Buffer.from('y'), Buffer.alloc(0)];
  const before = seeds.map((seed) => Buffer.from(seed));
  const random = new SeededRandom(7);
  for (let made = 0; made < 2_000; made += 1) assert.ok(mutate(seeds, random).length <= inputLimitBytes);
  assert.deepEqual(seeds, before);
});

for (const path of findTargetFiles(root)) {
  test(`${relative(root, path)} stands its seeds and a thousand mutations`, async () => {
    const { finding } = await fuzzTarget(path, join(root, '.cache/fuzz'), {
      ...limits,
      inputLimit: 1_000,
      hangMs: 10_000,
    });
    assert.equal(finding, undefined);
  });
}
