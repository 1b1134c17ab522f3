/**
 * The thread in which a target runs. It works until its time or its number of inputs is over, or until the first finding.
 * Before each input it leaves the bytes in memory that it shares with `campaign.ts`, so that the input is known even when
 * the target never returns or takes the whole thread down.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { SeededRandom } from '@springline/ports/random';
import { type FuzzTarget, loadTarget } from './fuzz-target.ts';
import { mutate } from './mutate.ts';
import { openSharedInput } from './shared-input.ts';

/** What the thread is started with. */
export interface FuzzTask {
  readonly path: string;
  readonly seed: number;
  readonly limitMs: number;
  readonly inputLimit: number;
  /** Tried as they are, before anything else: inputs that were findings once. */
  readonly firstInputs: readonly Uint8Array[];
  readonly shared: SharedArrayBuffer;
}

/** What it says at its end. `finding` is the error's text. */
export interface FuzzReport {
  readonly inputs: number;
  readonly finding?: string;
}

await fuzzHere(workerData as FuzzTask);

async function fuzzHere(task: FuzzTask): Promise<void> {
  const target = await loadTarget(task.path);
  const shared = openSharedInput(task.shared);
  let inputs = 0;
  for (const input of inputsFor(target, task)) {
    shared.write(input);
    inputs += 1;
    const finding = await tryInput(target, input);
    if (finding !== undefined) return report({ inputs, finding });
  }
  report({ inputs });
}

/** Old findings, the seeds themselves, then mutations until the limit. */
function* inputsFor(target: FuzzTarget, task: FuzzTask): Generator<Uint8Array> {
  const seeds = target.seeds.map((seed) => (typeof seed === 'string' ? Buffer.from(seed) : seed));
  yield* task.firstInputs;
  yield* seeds;
  const random = new SeededRandom(task.seed);
  const end = performance.now() + task.limitMs;
  for (let made = 0; made < task.inputLimit && performance.now() < end; made += 1) yield mutate(seeds, random);
}

async function tryInput(target: FuzzTarget, input: Uint8Array): Promise<string | undefined> {
  try {
    // A copy, because a target may write into what it is given. Only awaited where needed: most targets are synchronous.
    const running = target.run(Uint8Array.from(input));
    if (running !== undefined) await running;
    return undefined;
  } catch (error) {
    if (target.allowed(error)) return undefined;
    return error instanceof Error ? (error.stack ?? error.message) : `thrown: ${String(error)}`;
  }
}

function report(message: FuzzReport): void {
  parentPort?.postMessage(message);
}
