/**
 * `npm test`: the checks of `npm run check`, then every test file of the repository, two at a time. Paths given as arguments
 * (files or glob patterns) are tested as well. The exit code is Node's: 0 when nothing failed.
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { check } from '../check.ts';

const root = join(import.meta.dirname, '../..');
const testFiles = '{packages,apps,tools,bench}/**/*.test.{ts,tsx}';
const atOnce = 2;
/** For one test; `deadline.ts` has the same for a file. */
const testTimeoutMs = 10 * 60_000;

/** Resolves to the exit code. */
async function runTests(paths: readonly string[]): Promise<number> {
  const files = globSync([testFiles, ...paths], { cwd: root, exclude: (path) => path.endsWith('node_modules') });
  const options = [
    '--test',
    `--test-concurrency=${atOnce}`,
    `--test-timeout=${testTimeoutMs}`,
    '--test-global-setup=tools/services/global-setup.ts',
    '--test-reporter=./tools/test/reporter.ts',
    '--import=./tools/test/deadline.ts',
  ];
  // Tests start thousands of processes that load the same sources: each is compiled once. `npm ci` empties the folder.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/node-compile') };
  const child = spawn(process.execPath, [...options, ...[...new Set(files)].sort()], {
    cwd: root,
    env,
    stdio: 'inherit',
  });
  // Ctrl-C reaches the child by itself; a signal to this process alone would not.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

process.exitCode = (await check()) ? await runTests(process.argv.slice(2)) : 1;
