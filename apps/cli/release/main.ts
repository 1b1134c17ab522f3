/**
 * The process that `springline up` starts beside the control plane: `node apps/cli/release/main.ts --home DIR --bundles
 * DIR`. Says `ready` over its channel after the first pass. Exit codes: 0 stopped, 1 failed, 2 misused.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { jsonLog } from '@springline/ports/log';
import { enterHomeScenario } from '../scenario/home.ts';
import { type KeeperPlan, keepSigned } from './keeper.ts';

/** A pass that is under way when we are asked to stop may end; a kill would do no harm either. */
const stopTimeoutMs = 5_000;

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
if (process.send !== undefined) process.on('disconnect', end);

try {
  const log = jsonLog((line) => process.stderr.write(line));
  const plan = planOf(process.argv.slice(2));
  enterScenarioOrSay(plan.home);
  await keepSigned(plan, log, () => process.send?.({ type: 'ready' }), stop.signal);
  process.exit(0);
} catch {
  process.exit(1); // The log's last line says why.
}

function end(): void {
  stop.abort();
  setTimeout(() => process.exit(0), stopTimeoutMs).unref();
}

function enterScenarioOrSay(home: string): void {
  try {
    enterHomeScenario(home);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    throw error;
  }
}

function planOf(words: string[]): KeeperPlan {
  try {
    const { home, bundles } = parseArgs({
      args: words,
      options: { home: { type: 'string' }, bundles: { type: 'string' } },
    }).values;
    if (home !== undefined && bundles !== undefined) return { home: resolve(home), bundles: resolve(bundles) };
  } catch {
    // Said below: there is only one right form.
  }
  process.stderr.write('usage: main.ts --home FOLDER --bundles FOLDER\n');
  process.exit(2);
}
