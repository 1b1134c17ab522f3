/**
 * Kills a real process with SIGKILL, again and again, while it imports, synchronises and exports, and holds the engine to
 * its promise: no change is lost, nothing is made twice, the store stays whole, and the end is that of an undisturbed run.
 *
 * The store is a file, the cloud is kept here. Two directories change between the runs: one tells what changed as Active
 * Directory does, the other as RFC 4533 does. Instants are steps of the process (statements, questions to the cloud),
 * chosen from a seed; some are a time instead, which may fall anywhere.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { copyFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { serialize } from 'node:v8';
import type { DirectoryEntry } from '@springline/directory/entry';
import { SeededRandom } from '@springline/ports/random';
import { Forest, inetOrgPerson } from './bench-entries.ts';
import { CloudInMemory } from './cloud-in-memory.ts';
import {
  type ChildOrder,
  type ChildWord,
  connectedDirectories,
  type ParentWord,
  type SyncContent,
} from './killed-sync-words.ts';
import { type ModelChange, ModelDirectory } from './model-directory.ts';
import { SyncBench } from './sync-bench.ts';

const phases = ['import', 'synchronise', 'export', 'confirm'] as const;
/** Where a process was when it died, as far as the cloud can tell. */
type Phase = (typeof phases)[number];

interface KillOptions {
  /** Of a store that does not exist yet, and of the files beside it. */
  readonly folder: string;
  readonly kills: number;
  readonly seed: number;
  /** Users of each directory; there is a group for every five. */
  readonly users?: number;
  /** Kills between two runs that go on to the end. */
  readonly killsPerEnd?: number;
  readonly progress?: (kills: number) => void;
}

interface KillReport {
  readonly kills: number;
  readonly runsToTheEnd: number;
  readonly killsByPhase: Readonly<Record<Phase, number>>;
  /** Objects that were made in the cloud. */
  readonly created: number;
}

/** @throws {AssertionError} where a promise was broken. */
export async function killSync(options: KillOptions): Promise<KillReport> {
  const run = new KilledSync(options);
  try {
    return await run.all();
  } finally {
    run.end();
  }
}

type Kill = { readonly at: 'step' | 'question'; readonly step: number } | { readonly at: 'time'; readonly ms: number };

/** How far in a run kills are chosen, of the steps of the last one that ended; some come after its end. */
const reachPercent = 103;

class KilledSync {
  readonly #options: KillOptions;
  readonly #random: SeededRandom;
  readonly #cloud = new CloudInMemory();
  readonly #models: ReadonlyMap<string, ModelDirectory>;
  readonly #history: ReadonlyMap<string, readonly DirectoryEntry[]>[] = [];
  readonly #killsByPhase: Record<Phase, number> = { import: 0, synchronise: 0, export: 0, confirm: 0 };
  readonly #users: number;
  /** Started ahead, because starting takes longer than running. */
  readonly #ready: Promise<ChildProcess>[] = [];
  readonly #living = new Set<ChildProcess>();
  #steps = 400;
  #questionSteps = 9;
  #runMs = 100;
  #ended = 0;
  #lastEnd: Extract<ChildWord, { result: string }> | undefined;
  #runs = 0;

  constructor(options: KillOptions) {
    this.#options = options;
    this.#users = options.users ?? 30;
    this.#random = new SeededRandom(options.seed);
    this.#models = new Map(
      connectedDirectories.map(({ name, kind, baseDn }) => [
        name,
        new ModelDirectory(kind === 'openldap' ? 'openldap' : 'active-directory', baseDn, this.#users),
      ]),
    );
  }

  async all(): Promise<KillReport> {
    const { kills, killsPerEnd = 10 } = this.#options;
    for (const model of this.#models.values()) for (let n = 1; n <= this.#users; n++) this.#change(model, n);
    this.#show();
    let killed = 0;
    // Starting and ending at once: the very first import is disturbed as well.
    while (killed < kills) {
      const before = killed;
      while (killed < kills && killed - before < killsPerEnd) {
        if (await this.#runOnce(this.#nextKill())) killed += 1;
        this.#checkStore();
        if (this.#random.below(4) > 0) this.#changeSome();
      }
      await this.#runToTheEnd();
      await this.#compare();
      this.#changeSome();
      this.#options.progress?.(killed);
    }
    assert.deepEqual(doubles(this.#cloud.created), [], 'nothing is made twice');
    return {
      kills: killed,
      runsToTheEnd: this.#ended,
      killsByPhase: this.#killsByPhase,
      created: this.#cloud.created.length,
    };
  }

  end(): void {
    for (const child of this.#ready) child.catch(() => undefined);
    for (const child of this.#living) child.kill('SIGKILL');
  }

  #nextKill(): Kill {
    const kind = this.#random.below(6);
    if (kind === 0) return { at: 'time', ms: this.#random.below(Math.ceil(this.#runMs)) };
    const [at, steps] = kind < 3 ? (['question', this.#questionSteps] as const) : (['step', this.#steps] as const);
    return { at, step: 1 + this.#random.below(Math.ceil((steps * reachPercent) / 100)) };
  }

  /** Whether the process was killed. */
  async #runOnce(kill: Kill | undefined): Promise<boolean> {
    const child = await this.#nextChild();
    let phase: Phase = 'import';
    let end: Extract<ChildWord, { result: string }> | undefined;
    const startedAt = performance.now();
    child.on('message', (word: ChildWord) => {
      if ('result' in word) end = word;
      if (!('id' in word)) return;
      if (word.question.kind === 'exports') phase = 'export';
      else phase = phase === 'export' || phase === 'confirm' ? 'confirm' : 'synchronise';
      const { question, id } = word;
      const answer =
        question.kind === 'exports'
          ? this.#cloud.sendBatch(question.operations)
          : this.#cloud.readPage(question.cursor);
      // Whoever died before the answer does not get it; what was asked for is done.
      void answer.then(
        (given) => child.connected && child.send({ id, answer: given } satisfies ParentWord, () => undefined),
      );
    });
    // What it said last may come in after its end.
    const silent = new Promise<void>((resolve) => child.once('disconnect', resolve));
    const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once('exit', (_, signal) => resolve(signal)));
    this.#runs += 1;
    const { folder, seed } = this.#options;
    const order: ChildOrder = {
      store: join(folder, 'state.db'),
      content: join(folder, 'content'),
      killAtStep: kill?.at === 'step' ? kill.step : undefined,
      killAtQuestionStep: kill?.at === 'question' ? kill.step : undefined,
      seed: seed + this.#runs,
    };
    child.send({ order } satisfies ParentWord);
    const timer = kill?.at === 'time' ? setTimeout(() => child.kill('SIGKILL'), kill.ms) : undefined;
    const signal = await ended;
    await silent;
    clearTimeout(timer);
    this.#living.delete(child);
    if (signal === 'SIGKILL') {
      this.#killsByPhase[phase] += 1;
      return true;
    }
    assert.ok(end !== undefined, 'the process ended without a word');
    // A run that had little to do says little of how long the next one takes.
    this.#steps = Math.max(end.steps, Math.floor(this.#steps / 2));
    this.#questionSteps = Math.max(end.questionSteps, Math.floor(this.#questionSteps / 2));
    this.#runMs = Math.max(performance.now() - startedAt, this.#runMs / 2);
    this.#lastEnd = end;
    return false;
  }

  /** Twice: what two sides disagree about is settled by the second. Once more for what was held, and approved since. */
  async #runToTheEnd(): Promise<void> {
    for (let run = 0; run < 3; run++) {
      assert.equal(await this.#runOnce(undefined), false);
      if (run > 0 && this.#lastEnd?.result !== 'stopped-deletion-threshold-exceeded') break;
    }
    assert.equal(this.#lastEnd?.result, 'success', JSON.stringify(this.#lastEnd?.records));
    this.#ended += 1;
  }

  async #compare(): Promise<void> {
    const undisturbed = new SyncBench({ directories: connectedDirectories });
    for (const [name, entries] of this.#history.at(-1)!) undisturbed.directory(name).put(...entries);
    await undisturbed.cycle();
    assert.deepEqual(this.#cloud.state(), undisturbed.cloud.state(), 'the end is that of an undisturbed run');
    undisturbed.store.close();
  }

  #checkStore(): void {
    // A copy: what looks at the store itself would mend it.
    const [store, copy] = ['state.db', 'checked.db'].map((name) => join(this.#options.folder, name)) as [
      string,
      string,
    ];
    for (const suffix of ['', '-wal']) {
      rmSync(`${copy}${suffix}`, { force: true });
      if (existsSync(`${store}${suffix}`)) copyFileSync(`${store}${suffix}`, `${copy}${suffix}`);
    }
    const database = new DatabaseSync(copy);
    try {
      const { quick_check: verdict } = database.prepare('PRAGMA quick_check').get() as { quick_check: string };
      assert.equal(verdict, 'ok', 'the store is whole');
    } finally {
      database.close();
    }
  }

  async #nextChild(): Promise<ChildProcess> {
    while (this.#ready.length < 3) this.#ready.push(this.#start());
    return await this.#ready.shift()!;
  }

  #start(): Promise<ChildProcess> {
    const child = fork(new URL('./killed-sync-child.ts', import.meta.url), {
      execArgv: [],
      serialization: 'advanced',
      env: { ...process.env, NODE_COMPILE_CACHE: join(this.#options.folder, 'compiled') },
    });
    this.#living.add(child);
    return new Promise((resolve, reject) => {
      child.once('message', () => {
        child.removeAllListeners('exit');
        resolve(child);
      });
      child.once('exit', () => reject(new Error('the process did not start')));
    });
  }

  #changeSome(): void {
    for (const model of this.#models.values()) for (let count = 0; count < 6; count++) this.#change(model, undefined);
    this.#show();
  }

  #show(): void {
    const content = connectedDirectories.map(({ name, kind, baseDn }) => {
      const witness = kind === 'openldap' ? inetOrgPerson(9_999, baseDn) : new Forest(baseDn).user(9_998);
      return [name, [witness, ...this.#models.get(name)!.entries()]] as const;
    });
    this.#history.push(new Map(content));
    writeFileSync(join(this.#options.folder, 'content'), serialize({ history: this.#history } satisfies SyncContent));
  }

  #change(model: ModelDirectory, given: number | undefined): void {
    const groups = Math.ceil(this.#users / 5);
    const user = given ?? 1 + this.#random.below(this.#users);
    const other = 1 + this.#random.below(this.#users);
    const group = this.#users + 1 + this.#random.below(groups);
    // Few are deleted, so that the delete guard has nothing to say.
    const kind = given === undefined ? this.#random.below(18) : 0;
    const changes: readonly ModelChange[] = [
      {
        kind: 'user',
        n: user,
        title: ['a', 'b', undefined][this.#random.below(3)],
        manager: this.#random.below(2) * other,
      },
      { kind: 'group', n: group, members: [user, other, this.#users + 1 + this.#random.below(groups)] },
      { kind: 'name', n: user, place: 1 + this.#random.below(3) },
      { kind: 'swap', n: user, other },
      { kind: 'delete', n: user },
      { kind: 'replace', n: user },
    ];
    model.apply(changes[kind < 6 ? kind : kind % 2]!);
  }
}

function doubles(anchors: readonly string[]): string[] {
  return anchors.filter((anchor, at) => anchors.indexOf(anchor) !== at);
}
