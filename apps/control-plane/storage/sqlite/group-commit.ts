/**
 * Who writes next, and with whom. Works are run one after the other in the order of asking. A work that comes when
 * nothing is under way has a transaction to itself; those that came meanwhile share the next one, so that many wait for
 * one flush to the disk instead of each for its own. Nobody is told of success, or of failure, before the commit.
 *
 * Within a group each work is inside a savepoint: one that throws, or outlives the time limit, takes back its own
 * changes and nobody else's. When the group's transaction itself ends badly (the disk is full, say), every work of it is
 * run again in a transaction to itself, so that each gets the outcome that it would have had alone.
 *
 * Works that may interleave and come one behind the other run at the same time inside one savepoint: their statements
 * cross to the writer's thread together. When one of them fails, that is taken back, and they run one by one.
 *
 * Cost: a group of n works is one flush and two crossings to the writer's thread, beside those of the works' own
 * statements. Memory: at most `waitingLimit` works wait.
 */
import { ProblemError } from '@springline/api/problem';
import type { WriteOptions, Writer } from '../database.ts';
import { StorageError } from '../storage-error.ts';
import type { OpenTransaction } from './dialect.ts';
import type { WriterThread } from './writer-thread.ts';

type Work<T> = (writer: Writer) => Promise<T>;

interface Waiting {
  readonly work: Work<unknown>;
  readonly mayInterleave: boolean;
  settle(outcome: Outcome): void;
}

type Outcome =
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: unknown };

interface GroupCommitOptions {
  readonly thread: WriterThread;
  readonly openTransaction: () => OpenTransaction;
  /** Called after each commit in which a work succeeded. */
  readonly committed: () => void;
  readonly transactionLimitMs: number;
  /** No further work of a group begins after this; it waits for the next one. Bounds what the first of them waits. */
  readonly groupLimitMs: number;
  readonly waitingLimit: number;
}

const groupLimit = 64;
const busyAttempts = 4;

export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #waiting: Waiting[] = [];
  #isRunning = false;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /**
   * Resolves when what `work` wrote is durable; rejects with what it threw when nothing of it is there.
   *
   * @throws {ProblemError} `overloaded` when too many wait already.
   * @throws {StorageError} `transaction-too-long`, `writer-lost`, and those of statements.
   */
  run<T>(work: Work<T>, { mayInterleave = false }: WriteOptions = {}): Promise<T> {
    if (this.#waiting.length >= this.#options.waitingLimit) {
      return Promise.reject(
        new ProblemError('overloaded', 'too many writes are waiting', { headers: { 'retry-after': '5' } }),
      );
    }
    return new Promise<T>((resolve, reject) => {
      const settle = (outcome: Outcome): void => {
        // The value is that of this very work.
        if (outcome.kind === 'done') resolve(outcome.value as T);
        else reject(outcome.error);
      };
      this.#waiting.push({ work, mayInterleave, settle });
      if (!this.#isRunning) void this.#runAll();
    });
  }

  async #runAll(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      const group = this.#waiting.slice(0, groupLimit);
      this.#waiting = this.#waiting.slice(groupLimit);
      if (group.length === 1) {
        await this.#runAlone(group[0]!);
        continue;
      }
      await this.#runTogether(group);
      // Whoever was just answered may have more to write: with a turn to ask, it is in the next group and not behind it.
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#isRunning = false;
  }

  async #runAlone({ work, settle }: Waiting): Promise<void> {
    settle(await whileBusy(() => this.#transaction(work)));
  }

  async #transaction(work: Work<unknown>): Promise<Outcome> {
    const { thread, committed } = this.#options;
    let outcome: Outcome;
    try {
      await thread.order('begin');
      outcome = await this.#attempt(work);
      if (outcome.kind === 'done') await thread.order('commit');
      else await thread.order('rollback');
    } catch (error) {
      // Whatever is left of it; when even that fails, the writer is gone.
      await thread.order('rollback').catch(() => {});
      return { kind: 'failed', error };
    }
    if (outcome.kind === 'done') committed();
    return outcome;
  }

  async #runTogether(group: readonly Waiting[]): Promise<void> {
    const { thread, committed } = this.#options;
    const begun = await whileBusy(() => outcomeOf(thread.order('begin')));
    if (begun.kind === 'failed') {
      for (const { settle } of group) settle(begun);
      return;
    }
    const outcomes = await this.#attemptAll(group);
    // Those whose time had not come are the next to run.
    this.#waiting = [...group.slice(outcomes.length), ...this.#waiting];
    // Also when all of them failed: what they threw counts only if the transaction that they saw was in order.
    const isLocked = outcomes.some((outcome) => outcome.kind === 'failed' && isBusy(outcome.error));
    const end = await outcomeOf(thread.order(isLocked ? 'rollback' : 'commit'));
    if (isLocked || end.kind === 'failed') {
      await thread.order('rollback').catch(() => {});
      for (const waiting of group.slice(0, outcomes.length)) await this.#runAlone(waiting);
      return;
    }
    if (outcomes.some(({ kind }) => kind === 'done')) committed();
    for (const [at, outcome] of outcomes.entries()) group[at]!.settle(outcome);
  }

  /** In order; of the first at least, and of as many as begin in time. */
  async #attemptAll(group: readonly Waiting[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    const startedMs = performance.now();
    while (outcomes.length < group.length) {
      outcomes.push(...(await this.#attemptNext(group.slice(outcomes.length))));
      if (performance.now() - startedMs >= this.#options.groupLimitMs) break;
    }
    return outcomes;
  }

  /** The first of `rest`, or as many of the first as may interleave and succeed together. */
  async #attemptNext(rest: readonly Waiting[]): Promise<readonly Outcome[]> {
    const firstOther = rest.findIndex(({ mayInterleave }) => !mayInterleave);
    const together = firstOther < 0 ? rest : rest.slice(0, firstOther);
    if (together.length < 2) return [await this.#attemptInSavepoint(rest[0]!)];
    const { thread } = this.#options;
    thread.tell('savepoint');
    const outcomes = await Promise.all(together.map(({ work }) => this.#attempt(work)));
    if (outcomes.every(({ kind }) => kind === 'done')) {
      thread.tell('release');
      return outcomes;
    }
    thread.tell('undo');
    const oneByOne: Outcome[] = [];
    for (const waiting of together) oneByOne.push(await this.#attemptInSavepoint(waiting));
    return oneByOne;
  }

  async #attemptInSavepoint({ work }: Waiting): Promise<Outcome> {
    const { thread } = this.#options;
    thread.tell('savepoint');
    const outcome = await this.#attempt(work);
    thread.tell(outcome.kind === 'done' ? 'release' : 'undo');
    return outcome;
  }

  /** Runs the work with a writer of its own, which can write nothing once the work has ended. */
  async #attempt(work: Work<unknown>): Promise<Outcome> {
    const { openTransaction, transactionLimitMs } = this.#options;
    const { writer, end } = openTransaction();
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      late.reject(
        new StorageError('transaction-too-long', `a transaction did not end within ${transactionLimitMs} ms`),
      );
    }, transactionLimitMs);
    // A work that throws before it promises anything is one that failed.
    const outcome = await outcomeOf(Promise.race([(async () => work(writer))(), late.promise]));
    clearTimeout(timer);
    end(outcome.kind === 'done' ? 'the transaction is over' : 'the transaction was rolled back');
    return outcome;
  }
}

async function outcomeOf(promise: Promise<unknown>): Promise<Outcome> {
  try {
    return { kind: 'done', value: await promise };
  } catch (error) {
    return { kind: 'failed', error };
  }
}

/** The one place where a lock of another process is waited for. */
async function whileBusy(attempt: () => Promise<Outcome>): Promise<Outcome> {
  for (let attempts = 1; ; attempts++) {
    const outcome = await attempt();
    if (outcome.kind === 'done' || !isBusy(outcome.error) || attempts >= busyAttempts) return outcome;
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof StorageError && error.code === 'database-busy';
}
