/**
 * Fuzzes one target in a thread of its own, watches it, and keeps what it finds. A finding is an error that the target does
 * not allow, an input that takes too long, or the end of the thread (memory, a call of `process.exit`, an error nobody awaited).
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { loadTarget } from './fuzz-target.ts';
import type { FuzzReport, FuzzTask } from './fuzz-worker.ts';
import { allocateSharedInput, openSharedInput } from './shared-input.ts';

const heapLimitMb = 512;
const watchEveryMs = 100;

export interface CampaignLimits {
  readonly seed: number;
  readonly limitMs: number;
  readonly inputLimit: number;
  /** One input may take this long. */
  readonly hangMs: number;
}

export interface Finding {
  readonly input: Uint8Array;
  readonly error: string;
  /** Where the input was saved; it is tried first in the next campaign of this target. */
  readonly path: string;
}

export interface CampaignResult {
  readonly name: string;
  readonly inputs: number;
  readonly finding?: Finding;
}

/** Runs until the first finding or a limit. Findings are kept in `<keptFolder>/<name>/`. Throws when the target cannot be loaded. */
export async function fuzzTarget(path: string, keptFolder: string, limits: CampaignLimits): Promise<CampaignResult> {
  const { name } = await loadTarget(path);
  const folder = join(keptFolder, name);
  const memory = allocateSharedInput();
  const firstInputs = existsSync(folder) ? readdirSync(folder).map((file) => readFileSync(join(folder, file))) : [];
  const { seed, limitMs, inputLimit } = limits;
  const task: FuzzTask = { path, seed, limitMs, inputLimit, firstInputs, shared: memory };
  const shared = openSharedInput(memory);
  const { inputs, finding: error } = await watched(task, shared, limits.hangMs);
  if (error === undefined) return { name, inputs };
  const input = shared.read();
  return { name, inputs, finding: { input, error, path: keep(folder, input) } };
}

function watched(task: FuzzTask, shared: ReturnType<typeof openSharedInput>, hangMs: number): Promise<FuzzReport> {
  const worker = new Worker(new URL('./fuzz-worker.ts', import.meta.url), {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: heapLimitMb },
  });
  return new Promise((resolve) => {
    let seenCount = 0;
    let seenAt = performance.now();
    const watch = setInterval(() => {
      if (shared.count() !== seenCount) {
        seenCount = shared.count();
        seenAt = performance.now();
      } else if (seenCount > 0 && performance.now() - seenAt > hangMs) {
        finish({ inputs: seenCount, finding: `no answer within ${hangMs} ms` });
      }
    }, watchEveryMs);
    const finish = (report: FuzzReport) => {
      clearInterval(watch);
      resolve(report);
      void worker.terminate();
    };
    worker.on('message', finish);
    worker.on('error', (error) => finish({ inputs: shared.count(), finding: `outside of run(): ${String(error)}` }));
    worker.on('exit', (code) =>
      finish({ inputs: shared.count(), finding: `the thread ended by itself, code ${code}` }),
    );
  });
}

function keep(folder: string, input: Uint8Array): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, createHash('sha256').update(input).digest('hex').slice(0, 16));
  writeFileSync(path, input);
  return path;
}
