/**
 * Kysely over one SQLite connection, wherever it lives. The reader answers at once on the main thread; the writer sends
 * each statement to its thread and lends its connection to one transaction at a time, in the order of asking.
 */
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { StorageError } from '../storage-error.ts';
import type { Connection, StatementResult } from './connection.ts';
import { storageErrorFrom } from './engine-error.ts';
import type { Turns } from './turns.ts';
import type { WriterThread } from './writer-thread.ts';

/** Statements see what is committed when they run; there is no transaction over several of them. */
export function readerDialect(connection: Connection, path: string): Dialect {
  const reading: DatabaseConnection = {
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      try {
        return queryResult(connection.run(query.sql, query.parameters));
      } catch (error) {
        throw storageErrorFrom(error as Error & { errcode?: number }, path);
      }
    },
    streamQuery() {
      throw notStreamed();
    },
  };
  const refuse = async (): Promise<never> => {
    throw new TypeError('reads have no transactions; read within a write where several statements must agree');
  };
  return dialectOf({
    init: async () => {},
    acquireConnection: async () => reading,
    releaseConnection: async () => {},
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    // The connection was opened before the dialect, and outlives it.
    destroy: async () => {},
  });
}

export function writerDialect(thread: WriterThread, turns: Turns): Dialect {
  return dialectOf({
    init: async () => {},
    async acquireConnection() {
      await turns.take();
      return new WritingConnection(thread);
    },
    releaseConnection: async () => turns.pass(),
    // Immediate: the lock is taken at the start, so a transaction never fails half-way for want of it.
    beginTransaction: async () => void (await thread.run('BEGIN IMMEDIATE', [])),
    commitTransaction: async () => void (await thread.run('COMMIT', [])),
    async rollbackTransaction(connection) {
      // First, so that work which outlived its time limit writes nothing behind the rollback.
      (connection as WritingConnection).end();
      await thread.rollBack();
    },
    destroy: async () => {},
  });
}

class WritingConnection implements DatabaseConnection {
  readonly #thread: WriterThread;
  #ended = false;

  constructor(thread: WriterThread) {
    this.#thread = thread;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (this.#ended) throw new StorageError('transaction-too-long', 'the transaction was rolled back');
    return queryResult(await this.#thread.run(query.sql, query.parameters));
  }

  streamQuery(): never {
    throw notStreamed();
  }

  end(): void {
    this.#ended = true;
  }
}

/** Turns are taken in the driver: the query builder's own queue has no bound. */
class Adapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

function dialectOf(driver: Driver): Dialect {
  return {
    createDriver: () => driver,
    createAdapter: () => new Adapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (database) => new SqliteIntrospector(database),
  };
}

function queryResult<R>({ rows, changes, insertId }: StatementResult): QueryResult<R> {
  return {
    rows: rows as R[],
    ...(changes === undefined ? {} : { numAffectedRows: changes }),
    ...(insertId === undefined ? {} : { insertId }),
  };
}

const notStreamed = () => new TypeError('rows are paged by key here, not streamed');
