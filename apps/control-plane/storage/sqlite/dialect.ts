/**
 * Kysely over one SQLite connection, wherever it lives. The reader answers at once on the main thread; a transaction of
 * the writer sends each statement to its thread. When a transaction begins and ends is the business of
 * `group-commit.ts`.
 */
import {
  type CompiledQuery,
  type ConnectionProvider,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  Transaction,
} from 'kysely';
import type { Tables, Writer } from '../database.ts';
import { StorageError } from '../storage-error.ts';
import type { Connection, StatementResult } from './connection.ts';
import { storageErrorFrom } from './engine-error.ts';
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

/**
 * Makes the transactions of one store. Statements of one transaction go out in the order in which they were asked for,
 * each at once: those that were asked for together cross to the writer's thread together.
 */
export function transactionsOver(thread: WriterThread): () => OpenTransaction {
  const refuse = (): never => {
    throw new TypeError('transactions are begun and ended by the store');
  };
  const driver: Driver = {
    ...{ init: async () => {}, destroy: async () => {}, acquireConnection: refuse, releaseConnection: refuse },
    ...{ beginTransaction: refuse, commitTransaction: refuse, rollbackTransaction: refuse },
  };
  const dialect = dialectOf(driver);
  const config = { dialect };
  const executor = new Kysely<Tables>(config).getExecutor();
  return () => {
    const connection = new WritingConnection(thread);
    const provider: ConnectionProvider = { provideConnection: (consumer) => consumer(connection) };
    const writer = new Transaction<Tables>({
      ...{ config, dialect, driver, executor: executor.withConnectionProvider(provider) },
    });
    return { writer, end: (why) => connection.end(why) };
  };
}

export interface OpenTransaction {
  readonly writer: Writer;
  /** Every later statement of this writer is refused, so that late work writes nothing for others. */
  end(why: string): void;
}

class WritingConnection implements DatabaseConnection {
  readonly #thread: WriterThread;
  #ended: string | undefined;

  constructor(thread: WriterThread) {
    this.#thread = thread;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (this.#ended !== undefined) throw new StorageError('transaction-too-long', this.#ended);
    return queryResult(await this.#thread.run(query.sql, query.parameters));
  }

  streamQuery(): never {
    throw notStreamed();
  }

  end(why: string): void {
    this.#ended ??= why;
  }
}

/** Nobody waits for a connection in the query builder: its own queue has no bound. */
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
