/**
 * The main thread's side of the writer: sends statements, matches answers, and fails everything that waits when the
 * thread ends unasked.
 */
import { Worker } from 'node:worker_threads';
import { StorageError } from '../storage-error.ts';
import type { ConnectionSettings, StatementResult, TransactionOrder } from './connection.ts';
import { storageErrorFrom } from './engine-error.ts';
import { openingId, type WriterAnswer, type WriterRequest } from './writer.ts';

/** A transaction's rows are small; the bound keeps a mistake from taking the host's memory. */
const resourceLimits = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 4, stackSizeMb: 1 };

interface Waiting {
  resolve(result: StatementResult): void;
  reject(error: StorageError): void;
}

export class WriterThread {
  /** Settles when the thread ended unasked; the store can only be read from then on. */
  readonly lost: Promise<StorageError>;
  readonly #path: string;
  readonly #worker: Worker;
  readonly #waitingById = new Map<number, Waiting>();
  /** Sent at the end of the turn, in one message. */
  #outbox: WriterRequest[] = [];
  #nextId = openingId + 1;
  #end: StorageError | undefined;
  #closing = false;

  private constructor(settings: ConnectionSettings) {
    this.#path = settings.path;
    this.#worker = new Worker(new URL('./writer.ts', import.meta.url), {
      workerData: settings,
      resourceLimits,
      env: {},
      stdin: false,
    });
    this.#worker.on('message', (answers: readonly WriterAnswer[]) => {
      for (const answer of answers) this.#settle(answer);
    });
    this.lost = new Promise((resolve) => {
      let cause: unknown;
      this.#worker.on('error', (error) => {
        cause = error;
      });
      this.#worker.on('exit', () => {
        this.#end = new StorageError('writer-lost', 'the writer of the database ended; start the process again', {
          cause,
        });
        for (const waiting of this.#waitingById.values()) waiting.reject(this.#end);
        this.#waitingById.clear();
        if (!this.#closing) resolve(this.#end);
      });
    });
  }

  /** Starts the thread and opens the file. @throws {StorageError} when it cannot be opened. */
  static async start(settings: ConnectionSettings): Promise<WriterThread> {
    const thread = new WriterThread(settings);
    await new Promise<StatementResult>((resolve, reject) => {
      thread.#waitingById.set(openingId, { resolve, reject });
    });
    return thread;
  }

  run(sql: string, parameters: readonly unknown[]): Promise<StatementResult> {
    return this.#ask((id) => ({ id, sql, parameters }));
  }

  async order(order: TransactionOrder): Promise<void> {
    await this.#ask((id) => ({ id, order }));
  }

  /** As `order`, without an answer: if it fails, the transaction is rolled back, and its commit will fail. */
  tell(order: TransactionOrder): void {
    if (this.#end === undefined) this.#post({ order });
  }

  /** Ends the thread after everything that was sent before. */
  async close(): Promise<void> {
    if (this.#end !== undefined || this.#closing) return;
    this.#closing = true;
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve));
    await this.#ask((id) => ({ id, order: 'close' }));
    await ended;
  }

  #ask(request: (id: number) => WriterRequest): Promise<StatementResult> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waitingById.set(id, { resolve, reject });
      this.#post(request(id));
    });
  }

  #post(request: WriterRequest): void {
    this.#outbox.push(request);
    if (this.#outbox.length === 1) queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    const requests = this.#outbox;
    this.#outbox = [];
    try {
      this.#worker.postMessage(requests);
    } catch {
      // Something in one of them cannot be sent at all: the others go alone, in their order.
      for (const request of requests) this.#sendAlone(request);
    }
  }

  #sendAlone(request: WriterRequest): void {
    try {
      this.#worker.postMessage([request]);
    } catch (cause) {
      const waiting = this.#waitingById.get(request.id!);
      this.#waitingById.delete(request.id!);
      waiting?.reject(new StorageError('database-failed', 'a parameter of a statement cannot be stored', { cause }));
    }
  }

  #settle(answer: WriterAnswer): void {
    const waiting = this.#waitingById.get(answer.id);
    this.#waitingById.delete(answer.id);
    if ('result' in answer) waiting?.resolve(answer.result);
    else waiting?.reject(storageErrorFrom(answer.failure, this.#path));
  }
}
