/**
 * `npm run check`: what can be said about the source without running it. Types, lint and format, unused code, import rules.
 * Prints each verdict with its time and the full output of those that fail; the exit code is 1 when one did.
 */
import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const atOnce = 2;

/** Longest first, so that both cores end at about the same time. */
const checks: readonly { readonly name: string; readonly command: readonly [string, ...string[]] }[] = [
  { name: 'types', command: ['tsc', '-p', '.'] },
  { name: 'unused code', command: ['knip', '--no-config-hints'] },
  { name: 'lint and format', command: ['biome', 'check', '.'] },
  {
    name: 'imports',
    command: ['node', '--test', '--test-reporter=./tools/test/reporter.ts', 'tools/imports/imports.test.ts'],
  },
];

/** Runs every check, also after one has failed. Resolves to whether all passed. */
export async function check(): Promise<boolean> {
  const waiting = [...checks];
  let passed = true;
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const started = performance.now();
      const { ok, output } = await outcome(next.command);
      const seconds = ((performance.now() - started) / 1_000).toFixed(1);
      process.stdout.write(`${ok ? '✔' : '✖'} ${next.name} (${seconds} s)\n${ok ? '' : output}`);
      passed &&= ok;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return passed;
}

/** The commands come from `node_modules/.bin`, also when this was not started by npm. */
function outcome([command, ...args]: readonly [string, ...string[]]): Promise<{ ok: boolean; output: string }> {
  const path = [join(root, 'node_modules/.bin'), process.env['PATH'] ?? ''].join(delimiter);
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => output.push(bytes));
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ ok: false, output: `${error.message}\n` }));
    child.on('close', (code) => resolve({ ok: code === 0, output: Buffer.concat(output).toString('utf8') }));
  });
}

if (import.meta.main) process.exitCode = (await check()) ? 0 : 1;
