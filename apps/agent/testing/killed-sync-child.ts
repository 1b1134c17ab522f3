/**
 * The process that `killed-sync.ts` kills: one cycle on a store in a file, with directories from a file and a cloud that
 * the parent keeps. Counts what it does to the store and to the cloud, and dies at the step that it is told.
 */
import { readFileSync } from 'node:fs';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { deserialize } from 'node:v8';
import { loadRuleSet } from '@springline/connect-sync/rules/out-of-box/load';
import type { ExportedResult } from '@springline/connect-sync/run-profile/export';
import { decideHeldDeletes } from '@springline/connect-sync/run-profile/held-deletes';
import type { CloudPage } from '@springline/connect-sync/run-profile/import-cloud';
import type { CloudInMemory } from './cloud-in-memory.ts';
import {
  type ChildOrder,
  type ChildWord,
  connectedDirectories,
  type ParentWord,
  type SyncContent,
} from './killed-sync-words.ts';
import { SyncBench } from './sync-bench.ts';

let steps = 0;
let questionSteps = 0;
let lastStep = Number.POSITIVE_INFINITY;
let lastQuestionStep = Number.POSITIVE_INFINITY;

function step(): void {
  steps += 1;
  if (steps === lastStep) process.kill(process.pid, 'SIGKILL');
}

function questionStep(): void {
  step();
  questionSteps += 1;
  if (questionSteps === lastQuestionStep) process.kill(process.pid, 'SIGKILL');
}

/** Before and after every statement that may change something. */
for (const [prototype, name] of [
  [StatementSync.prototype, 'run'],
  [DatabaseSync.prototype, 'exec'],
] as const) {
  const original = (prototype as unknown as Record<string, (...given: unknown[]) => unknown>)[name]!;
  Object.assign(prototype, {
    [name](this: unknown, ...given: unknown[]) {
      step();
      const result = original.apply(this, given);
      step();
      return result;
    },
  });
}

const waiting = new Map<number, (answer: unknown) => void>();
let asked = 0;

/** Asks the parent; the step behind the question is one at which the answer is lost. */
function ask(question: Extract<ChildWord, { id: number }>['question']): Promise<unknown> {
  questionStep();
  asked += 1;
  const id = asked;
  const answer = new Promise((resolve) => waiting.set(id, resolve));
  process.send!({ id, question } satisfies ChildWord, questionStep);
  return answer.then((given) => {
    questionStep();
    return given;
  });
}

const reach: Pick<CloudInMemory, 'sendBatch' | 'readPage'> = {
  sendBatch: async (operations) => (await ask({ kind: 'exports', operations })) as readonly ExportedResult[],
  readPage: async (cursor) => (await ask({ kind: 'page', cursor })) as CloudPage | null,
};

async function run({ store, content, killAtStep, killAtQuestionStep, seed }: ChildOrder): Promise<void> {
  lastQuestionStep = killAtQuestionStep ?? Number.POSITIVE_INFINITY;
  lastStep = killAtStep ?? Number.POSITIVE_INFINITY;
  const { history } = deserialize(readFileSync(content)) as SyncContent;
  const bench = new SyncBench({ file: store, directories: connectedDirectories, reach, seed });
  for (const { name, manner } of connectedDirectories) {
    const directory = bench.directory(name);
    directory.manner = manner;
    for (const entries of history) directory.remember(entries.get(name)!);
    directory.put(...history.at(-1)!.get(name)!);
  }
  // Changes of many disturbed runs come together to what the delete guard holds. Somebody approves it each time.
  decideHeldDeletes(bench.engine, 'approved');
  const { result, steps: done } = await bench.cycle();
  bench.store.close();
  process.send!({ result, steps, questionSteps, records: done } satisfies ChildWord, () => process.disconnect());
}

// The rules are parsed while nobody waits for it.
loadRuleSet();
process.on('message', (word: ParentWord) => {
  if ('answer' in word) waiting.get(word.id)?.(word.answer);
  else void run(word.order);
});
process.send!({ ready: true } satisfies ChildWord);
