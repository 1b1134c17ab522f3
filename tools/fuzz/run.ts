/**
 * `npm run fuzz -- [TARGET] [--seconds N] [--seed N]`: mutates the seeds of every `*.fuzz.ts` file, or of one, and reports
 * what its parser should not do. Exit code 0 nothing found, 1 a finding, 2 misused. Findings lie in `.cache/fuzz/TARGET/`
 * and are tried first from then on, until they pass.
 */
import { randomInt } from 'node:crypto';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { type CampaignResult, fuzzTarget } from './campaign.ts';
import { findTargetFiles, loadTarget } from './fuzz-target.ts';

const root = join(import.meta.dirname, '../..');
const defaultSeconds = 30;
const hangMs = 10_000;
const previewBytes = 200;

class Misuse extends Error {
  override readonly name = 'Misuse';
}

async function main(): Promise<number> {
  const { target, seconds, seed } = readArguments();
  const paths = await selectTargets(target);
  let found = false;
  for (const path of paths) {
    const limits = { seed, limitMs: seconds * 1_000, inputLimit: Number.POSITIVE_INFINITY, hangMs };
    const result = await fuzzTarget(path, join(root, '.cache/fuzz'), limits);
    process.stdout.write(describe(result, seed));
    found ||= result.finding !== undefined;
  }
  return found ? 1 : 0;
}

function readArguments(): { target: string | undefined; seconds: number; seed: number } {
  try {
    const { values, positionals } = parseArgs({
      options: { seconds: { type: 'string' }, seed: { type: 'string' } },
      allowPositionals: true,
    });
    if (positionals.length > 1) throw new Misuse('one target at most');
    const seconds = wholeNumber('--seconds', values.seconds, 24 * 60 * 60) ?? defaultSeconds;
    const seed = wholeNumber('--seed', values.seed, 2 ** 32 - 1) ?? randomInt(2 ** 32);
    return { target: positionals[0], seconds, seed };
  } catch (error) {
    // parseArgs throws TypeErrors whose message says which option was wrong.
    throw new Misuse(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function wholeNumber(option: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,10}$/.test(text) || Number(text) > most) throw new Misuse(`${option} is a whole number up to ${most}`);
  return Number(text);
}

async function selectTargets(wanted: string | undefined): Promise<string[]> {
  const paths = findTargetFiles(root);
  if (wanted === undefined) return paths;
  const names = await Promise.all(paths.map(async (path) => (await loadTarget(path)).name));
  const selected = paths.filter((_, at) => names[at] === wanted);
  if (selected.length === 0) throw new Misuse(`no target ${wanted}; there are: ${names.join(', ')}`);
  return selected;
}

function describe({ name, inputs, finding }: CampaignResult, seed: number): string {
  const done = `${name}: ${inputs} inputs, seed ${seed}`;
  if (finding === undefined) return `✔ ${done}\n`;
  const bytes = Buffer.from(finding.input);
  const preview = JSON.stringify(bytes.subarray(0, previewBytes).toString('latin1'));
  const size = `${bytes.length} bytes${bytes.length > previewBytes ? `, the first ${previewBytes}` : ''}`;
  return `✖ ${done}\n${finding.error}\ninput (${size}): ${preview}\nsaved as ${relative(process.cwd(), finding.path)}\n`;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof Misuse)) throw error;
  process.stderr.write(`${error.message}\nusage: npm run fuzz -- [TARGET] [--seconds N] [--seed N]\n`);
  process.exitCode = 2;
}
