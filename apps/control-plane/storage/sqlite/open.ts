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
import { readerDialect, transactionsOver } from './dialect.ts';
import { storageErrorFrom } from './engine-error.ts';
import { GroupCommit } from './group-commit.ts';
import { WriterThread } from './writer-thread.ts';

export interface DatabaseOptions {
  /** Bound of the file; reaching it is answered like a full disk. Default: the disk. */
  readonly maximumSizeBytes?: number;
  /** A transaction whose work takes longer is rolled back. Default 60,000. */
  readonly transactionLimitMs?: number;
  /** No further write joins others in one commit after this. Default 10: it bounds what the first of them waits. */
  readonly groupLimitMs?: number;
}

export interface SqliteDatabase extends Database {
  /** Calls `listener` after every commit of this process, which may be that of several writes, until the returned function is called. */
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
  const openTransaction = transactionsOver(thread);
  const listeners = new Set<() => void>();
  const writes = new GroupCommit({
    thread,
    openTransaction,
    committed: () => {
      for (const listener of listeners) listener();
    },
    transactionLimitMs: options.transactionLimitMs ?? 60_000,
    groupLimitMs: options.groupLimitMs ?? 10,
    waitingLimit: waitingWritesLimit,
  });
  try {
    // For as long as it takes; whatever fails, closing the thread rolls it back.
    await thread.order('begin');
    await migrate(openTransaction().writer, migrations);
    await thread.order('commit');
    const connection = openReader(path);
    const reading = new Kysely<Tables>({ dialect: readerDialect(connection, path) });
    return databaseOf({ writes, reading, thread, connection, listeners });
  } catch (error) {
    await thread.close();
    throw error;
  }
}

interface Opened {
  readonly writes: GroupCommit;
  readonly reading: Kysely<Tables>;
  readonly thread: WriterThread;
  readonly connection: Connection;
  readonly listeners: Set<() => void>;
}

function databaseOf({ writes, reading, thread, connection, listeners }: Opened): SqliteDatabase {
  let closing: Promise<void> | undefined;
  return {
    read: reading,
    lost: thread.lost,
    async write(work, options) {
      try {
        return await writes.run(work, options);
      } catch (error) {
        throw publicError(error);
      }
    },
    onCommit(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      closing ??= (async () => {
        await reading.destroy();
        // The writer last: it folds the write-ahead log into the file, which a reader may not.
        connection.close();
        await thread.close();
      })();
      return closing;
    },
  };
}

/** The one place where a full disk gets its public code. */
function publicError(error: unknown): unknown {
  const isFull = error instanceof StorageError && error.code === 'database-full';
  return isFull ? new ProblemError('storage-full', undefined, { cause: error }) : error;
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
