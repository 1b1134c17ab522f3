/**
 * What every part of the sync store stands on: prepared statements, transactions and batches, the writer's lease,
 * settings, and names by number.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { KeyedHash } from '@springline/connect-sync/connector-space/keyed-hash';
import type { NameTable } from '@springline/connect-sync/connector-space/store';
import { SyncStoreError } from './sync-store-error.ts';

export type Columns = Record<string, SQLInputValue>;

const leaseSetting = 'writer-lease';
const keySetting = 'hash-key';

export class StoreDatabase {
  protected readonly database: DatabaseSync;
  readonly names: StoredNames;
  readonly #statements = new Map<string, StatementSync>();
  readonly #computed = new Map<string, { readonly changes: number; readonly value: unknown }>();
  /** The writer lease: whoever opened the store last holds it. */
  readonly #lease = randomUUID();
  readonly #hash: KeyedHash;
  #isBatchOpen = false;

  constructor(database: DatabaseSync) {
    this.database = database;
    this.setSetting(leaseSetting, this.#lease);
    const key = this.setting(keySetting) ?? randomBytes(8).toString('base64');
    this.setSetting(keySetting, key);
    this.#hash = new KeyedHash(Buffer.from(key, 'base64'));
    this.names = new StoredNames(this);
  }

  close(): void {
    if (this.#isBatchOpen) this.commitBatch();
    this.database.close();
  }

  transaction<T>(work: () => T): T {
    this.commitBatch();
    this.#begin();
    try {
      const result = work();
      this.database.exec('COMMIT');
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  openBatch(): void {
    if (this.#isBatchOpen) return;
    this.#begin();
    this.#isBatchOpen = true;
  }

  commitBatch(): void {
    if (!this.#isBatchOpen) return;
    this.#isBatchOpen = false;
    try {
      this.database.exec('COMMIT');
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  rollBackBatch(): void {
    if (!this.#isBatchOpen) return;
    this.#isBatchOpen = false;
    this.#rollBack();
  }

  keyOf(text: string): number {
    return this.#hash.of(text);
  }

  setting(key: string): string | undefined {
    return this.get('SELECT value FROM setting WHERE key = ?', key)?.['value'] as string | undefined;
  }

  setSetting(key: string, value: string | null): void {
    if (value === null) this.run('DELETE FROM setting WHERE key = ?', key);
    else
      this.run('INSERT INTO setting VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value', key, value);
  }

  statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  run(sql: string, ...values: SQLInputValue[]): { changes: number | bigint; lastInsertRowid: number | bigint } {
    return this.statement(sql).run(...values);
  }

  get(sql: string, ...values: SQLInputValue[]): Columns | undefined {
    return this.statement(sql).get(...values) as Columns | undefined;
  }

  all(sql: string, ...values: SQLInputValue[]): Columns[] {
    return this.statement(sql).all(...values) as Columns[];
  }

  count(sql: string, ...values: SQLInputValue[]): number {
    return this.get(sql, ...values)!['n'] as number;
  }

  written(): number {
    return this.count('SELECT total_changes() AS n');
  }

  /** What `compute` gives, computed again only after something was written: for what looks through many rows. */
  protected sinceWritten<T>(key: string, compute: () => T): T {
    const changes = this.written();
    const known = this.#computed.get(key);
    if (known?.changes === changes) return known.value as T;
    const value = compute();
    this.#computed.set(key, { changes, value });
    return value;
  }

  /** Something was undone: what stands in memory beside the tables is read again. */
  protected forget(): void {
    this.names.forget();
    this.#computed.clear();
  }

  #begin(): void {
    this.database.exec('BEGIN IMMEDIATE');
    if (this.setting(leaseSetting) === this.#lease) return;
    this.database.exec('ROLLBACK');
    throw new SyncStoreError('store-taken-over', 'another process has opened the store; this one writes no more');
  }

  #rollBack(): void {
    if (this.database.isTransaction) this.database.exec('ROLLBACK');
    this.forget();
  }
}

/** Names of attributes and rules by number, in memory as far as they were asked for. */
class StoredNames implements NameTable {
  readonly #database: StoreDatabase;
  readonly #ids = new Map<string, number>();
  readonly #names = new Map<number, string>();

  constructor(database: StoreDatabase) {
    this.#database = database;
  }

  idOf(name: string): number {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const found = this.#database.get('SELECT id FROM name WHERE text = ?', name)?.['id'] as number | undefined;
    const id = found ?? Number(this.#database.run('INSERT INTO name (text) VALUES (?)', name).lastInsertRowid);
    this.#remember(id, name);
    return id;
  }

  nameOf(id: number): string {
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    const name = this.#database.get('SELECT text FROM name WHERE id = ?', id)?.['text'] as string | undefined;
    if (name === undefined) throw new SyncStoreError('store-damaged', `the store has no name with number ${id}`);
    this.#remember(id, name);
    return name;
  }

  forget(): void {
    this.#ids.clear();
    this.#names.clear();
  }

  #remember(id: number, name: string): void {
    this.#ids.set(name, id);
    this.#names.set(id, name);
  }
}
