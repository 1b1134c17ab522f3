/**
 * One connection to the SQLite file, with the settings that both the writer and the reader need and a bounded cache of
 * prepared statements. Runs in the writer's thread too, so it imports nothing but the engine.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

export interface ConnectionSettings {
  readonly path: string;
  readonly readOnly: boolean;
  /** Page cache in KiB. */
  readonly cacheKib: number;
  /** How long a statement waits for a lock of another connection. */
  readonly busyTimeoutMs: number;
  /** Upper bound of the file in pages of 4 KiB; 0 for none. */
  readonly maximumPages: number;
  /** A statement that gives more rows than this is a mistake, and ended. */
  readonly rowLimit: number;
}

export interface StatementResult {
  readonly rows: unknown[];
  /** Absent for statements that return rows. */
  readonly changes?: bigint;
  readonly insertId?: bigint;
}

/**
 * What begins, ends and divides a transaction. `undo` takes back what was written since `savepoint`; both `release` and
 * `undo` end that part. `rollback` is for any moment: some errors have ended the transaction already.
 */
export type TransactionOrder = 'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'undo';

const statementByOrder: Record<Exclude<TransactionOrder, 'rollback'>, string> = {
  // Immediate: the lock is taken at the start, so a transaction never fails half-way for want of it.
  begin: 'BEGIN IMMEDIATE',
  commit: 'COMMIT',
  savepoint: 'SAVEPOINT work',
  release: 'RELEASE work',
  undo: 'ROLLBACK TO work; RELEASE work',
};

const statementCacheLimit = 200;
const walSizeLimitBytes = 64 * 1024 * 1024;

export class Connection {
  readonly #database: DatabaseSync;
  readonly #readOnly: boolean;
  readonly #rowLimit: number;
  /** By SQL text, least recently used first. */
  readonly #statements = new Map<string, { readonly statement: StatementSync; readonly returnsRows: boolean }>();

  /** Opens the file; the writer makes it when missing. Throws the engine's error. */
  constructor(settings: ConnectionSettings) {
    this.#rowLimit = settings.rowLimit;
    this.#readOnly = settings.readOnly;
    this.#database = new DatabaseSync(settings.path, {
      readOnly: settings.readOnly,
      enableForeignKeyConstraints: true,
      timeout: settings.busyTimeoutMs,
      defensive: true,
    });
    try {
      this.#database.exec(`PRAGMA cache_size = -${settings.cacheKib}`);
      if (!settings.readOnly) {
        this.#database.exec('PRAGMA journal_mode = WAL');
        this.#database.exec('PRAGMA synchronous = FULL');
        this.#database.exec(`PRAGMA journal_size_limit = ${walSizeLimitBytes}`);
        if (settings.maximumPages > 0) this.#database.exec(`PRAGMA max_page_count = ${settings.maximumPages}`);
      }
      // Reads the header, so that a file that is no database is refused here and not at the first request.
      this.#database.prepare('SELECT count(*) FROM sqlite_schema').get();
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  run(sql: string, parameters: readonly unknown[]): StatementResult {
    this.#requireTransaction();
    const { statement, returnsRows } = this.#prepared(sql);
    const values = parameters as SQLInputValue[];
    if (returnsRows) return { rows: this.#rows(statement.iterate(...values)) };
    const { changes, lastInsertRowid } = statement.run(...values);
    return { rows: [], changes: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  order(order: TransactionOrder): void {
    if (order === 'rollback') {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      return;
    }
    if (order !== 'begin') this.#requireTransaction();
    this.#database.exec(statementByOrder[order]);
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  /**
   * Statements are sent without waiting for the one before: when that one ended the transaction, the next must not be
   * carried out, and be durable, by itself.
   */
  #requireTransaction(): void {
    if (!this.#readOnly && !this.#database.isTransaction) throw new Error('the transaction has ended');
  }

  /** One by one: rows without end would take the memory of the thread before anybody could stop them. */
  #rows(results: Iterable<unknown>): unknown[] {
    const rows: unknown[] = [];
    for (const row of results) {
      if (rows.length >= this.#rowLimit) throw new RangeError(`a statement gave more than ${this.#rowLimit} rows`);
      rows.push(row);
    }
    return rows;
  }

  #prepared(sql: string): { readonly statement: StatementSync; readonly returnsRows: boolean } {
    const known = this.#statements.get(sql);
    if (known !== undefined) {
      this.#statements.delete(sql);
      this.#statements.set(sql, known);
      return known;
    }
    const statement = this.#database.prepare(sql);
    const prepared = { statement, returnsRows: statement.columns().length > 0 };
    if (this.#statements.size >= statementCacheLimit) {
      this.#statements.delete(this.#statements.keys().next().value!);
    }
    this.#statements.set(sql, prepared);
    return prepared;
  }
}
