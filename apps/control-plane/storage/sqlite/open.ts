/**
 * The embedded store: one SQLite file in WAL mode with `synchronous = FULL`, so that what was acknowledged survives a
 * kill and a power cut. Writes go to one connection in a thread of its own; reads run here on a second, read-only one.
 */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { ProblemError } from '@springline/api/problem';
import { Kysely } from 'kysely';
import type { Database, Tables } from '../database.ts';
import { type Migration, migrate } from '../migration.ts';
import { StorageError } from '../storage-error.ts';
import { Connection } from './connection.ts';
import { readerDialect, writerDialect } from './dialect.ts';
import { storageErrorFrom } from './engine-error.ts';
import { Turns } from './turns.ts';
import { WriterThread } from './writer-thread.ts';

export interface DatabaseOptions {
  /** Bound of the file; reaching it is answered like a full disk. Default: the disk. */
  readonly maximumSizeBytes?: number;
  /** A transaction whose work takes longer is rolled back. Default 60,000. */
  readonly transactionLimitMs?: number;
}

export interface SqliteDatabase extends Database {
  /** Calls `listener` after every commit of this process, until the returned function is called. */
  onCommit(listener: () => void): () => void;
  /** Settles when the writer ended unasked: nothing can be written any more. */
  readonly lost: Promise<StorageError>;
}

const pageSizeBytes = 4096;
const waitingWritesLimit = 1_000;
const writerCacheKib = 8 * 1024;
const readerCacheKib = 16 * 1024;
const writerRowLimit = 250_000;
const readerRowLimit = 1_000_000;
const busyTimeoutMs = 5_000;
const busyAttempts = 4;

/**
 * Opens the database at `path`, makes it when missing, and brings its schema up to date.
 *
 * @throws {StorageError} `database-unreadable`, `database-corrupt`, `database-newer`, `database-full`.
 */
export async function openDatabase(
  path: string,
  migrations: readonly Migration[],
  options: DatabaseOptions = {},
): Promise<SqliteDatabase> {
  makeFile(path);
  const maximumPages = Math.ceil((options.maximumSizeBytes ?? 0) / pageSizeBytes);
  const thread = await WriterThread.start({
    path,
    readOnly: false,
    cacheKib: writerCacheKib,
    busyTimeoutMs,
    maximumPages,
    rowLimit: writerRowLimit,
  });
  const writing = new Kysely<Tables>({ dialect: writerDialect(thread, new Turns(waitingWritesLimit)) });
  try {
    await writing.transaction().execute((writer) => migrate(writer, migrations));
    const connection = openReader(path);
    const reading = new Kysely<Tables>({ dialect: readerDialect(connection, path) });
    return databaseOf({ writing, reading, thread, connection }, options.transactionLimitMs ?? 60_000);
  } catch (error) {
    await thread.close();
    throw error;
  }
}

interface Opened {
  readonly writing: Kysely<Tables>;
  readonly reading: Kysely<Tables>;
  readonly thread: WriterThread;
  readonly connection: Connection;
}

function databaseOf({ writing, reading, thread, connection }: Opened, transactionLimitMs: number): SqliteDatabase {
  let closing: Promise<void> | undefined;
  const listeners = new Set<() => void>();
  return {
    read: reading,
    lost: thread.lost,
    async write(work) {
      const result = await retryWhileBusy(() =>
        writing.transaction().execute((writer) => within(transactionLimitMs, work(writer))),
      );
      for (const listener of listeners) listener();
      return result;
    },
    onCommit(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      closing ??= (async () => {
        await writing.destroy();
        await reading.destroy();
        // The writer last: it folds the write-ahead log into the file, which a reader may not.
        connection.close();
        await thread.close();
      })();
      return closing;
    },
  };
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new StorageError('transaction-too-long', `a transaction did not end within ${limitMs} ms`));
  }, limitMs);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** The one place where a lock of another process is waited for, and where a full disk gets its public code. */
async function retryWhileBusy<T>(attempt: () => Promise<T>): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      if (error.code === 'database-full') throw new ProblemError('storage-full', undefined, { cause: error });
      if (error.code !== 'database-busy' || attempts >= busyAttempts) throw error;
    }
  }
}

function openReader(path: string): Connection {
  try {
    return new Connection({
      path,
      readOnly: true,
      cacheKib: readerCacheKib,
      busyTimeoutMs,
      maximumPages: 0,
      rowLimit: readerRowLimit,
    });
  } catch (error) {
    throw storageErrorFrom(error as Error & { errcode?: number }, path);
  }
}

/** Only the owner may read it; the engine gives its log and index files the same mode. */
function makeFile(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    closeSync(openSync(path, 'a', 0o600));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code === 'ENOSPC' ? 'database-full' : 'database-unreadable';
    throw new StorageError(code, `${path} cannot be opened for reading and writing: ${(cause as Error).message}`, {
      cause,
    });
  }
}
