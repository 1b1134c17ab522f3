/**
 * The sync engine's store on node:sqlite: one file per agent (`<home>/agent/connect-sync/state.db`), WAL, synchronous
 * FULL at every commit. Statements are prepared once. About 1 KB on disk per object with its hologram.
 */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { backup, DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type {
  ConnectorId,
  CsId,
  CsRow,
  CycleRecord,
  MvId,
  MvRow,
  ReferenceRow,
  ReferenceState,
  StagedRow,
  SyncStore,
} from '@springline/connect-sync/connector-space/store';

/** Raised with every change of the schema; a release says which one it needs. */
export const schemaVersion = 1;
const leaseSetting = 'writer-lease';

const schema = `
CREATE TABLE connector (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL);
CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE cs (
  id INTEGER PRIMARY KEY, connector INTEGER NOT NULL REFERENCES connector(id), anchor TEXT, dn TEXT NOT NULL,
  dn_key TEXT NOT NULL, type TEXT NOT NULL, hologram TEXT, pending_import TEXT NOT NULL DEFAULT 'none',
  mv INTEGER, link TEXT, desired TEXT, unconfirmed TEXT, pending_export TEXT NOT NULL DEFAULT 'none',
  fault TEXT, guard TEXT, fingerprint TEXT);
CREATE UNIQUE INDEX cs_anchor ON cs (connector, anchor) WHERE anchor IS NOT NULL;
CREATE UNIQUE INDEX cs_dn ON cs (connector, dn_key);
CREATE INDEX cs_mv ON cs (mv) WHERE mv IS NOT NULL;
CREATE INDEX cs_pending_import ON cs (connector, id) WHERE pending_import <> 'none';
CREATE INDEX cs_pending_export ON cs (connector, id) WHERE pending_export <> 'none';
CREATE INDEX cs_fault ON cs (id) WHERE fault IS NOT NULL;
CREATE TABLE reference (
  row INTEGER NOT NULL, attribute TEXT NOT NULL, target INTEGER NOT NULL, state TEXT NOT NULL,
  PRIMARY KEY (row, attribute, target)) WITHOUT ROWID;
CREATE INDEX reference_target ON reference (target, row);
CREATE INDEX reference_pending ON reference (row) WHERE state IN ('pending-add', 'pending-delete');
CREATE TABLE mv (id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, type TEXT NOT NULL, attributes TEXT NOT NULL);
CREATE TABLE mv_join (
  attribute TEXT NOT NULL, value TEXT NOT NULL, mv INTEGER NOT NULL,
  PRIMARY KEY (attribute, value, mv)) WITHOUT ROWID;
CREATE INDEX mv_join_mv ON mv_join (mv);
CREATE TABLE queue (mv INTEGER PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE cycle (
  number INTEGER PRIMARY KEY, started INTEGER NOT NULL, ended INTEGER, result TEXT NOT NULL, steps TEXT NOT NULL);
`;

/** The store cannot be used. `code` is stable; the message says what to do. */
export class SyncStoreError extends Error {
  override readonly name = 'SyncStoreError';
  readonly code: 'store-newer' | 'store-damaged' | 'store-unusable' | 'store-taken-over';

  constructor(
    code: 'store-newer' | 'store-damaged' | 'store-unusable' | 'store-taken-over',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
  }
}

const columns: Readonly<Record<keyof Omit<CsRow, 'id' | 'connector'>, string>> = {
  anchor: 'anchor',
  dn: 'dn',
  dnKey: 'dn_key',
  type: 'type',
  hologram: 'hologram',
  fingerprint: 'fingerprint',
  pendingImport: 'pending_import',
  mv: 'mv',
  link: 'link',
  desired: 'desired',
  unconfirmed: 'unconfirmed',
  pendingExport: 'pending_export',
  fault: 'fault',
  guard: 'guard',
};

type Columns = Record<string, SQLInputValue>;

/**
 * Opens the store, making it when missing, and becomes its only writer: a process that opened it before can write no
 * more, also when it is still there.
 *
 * @param isProven it was closed whole a moment ago; reading it through would only take time.
 * @throws {SyncStoreError} `store-newer`, `store-damaged`, `store-unusable`.
 */
export function openSyncStore(path: string, { isProven = false } = {}): SqliteSyncStore {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    database.exec(
      'PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000; PRAGMA cache_size=-4096;',
    );
    const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number };
    if (version > schemaVersion) {
      throw new SyncStoreError('store-newer', `${path} was written by a newer version; start that version again`);
    }
    // A cycle that was killed ended then; nobody will end it now.
    if (version > 0) database.exec("UPDATE cycle SET ended = started, result = 'call-failure' WHERE ended IS NULL");
    if (version === 0) database.exec(`BEGIN; ${schema} PRAGMA user_version=${schemaVersion}; COMMIT;`);
    if (!isProven) {
      const { quick_check: verdict } = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
      if (verdict !== 'ok') throw damagedStore(path, new Error(verdict));
    }
    return new SqliteSyncStore(database);
  } catch (cause) {
    database?.close();
    if (cause instanceof SyncStoreError) throw cause;
    const reason = reasonOf(cause);
    throw /malformed|not a database|corrupt/i.test(reason)
      ? damagedStore(path, cause)
      : new SyncStoreError(
          'store-unusable',
          `${path} cannot be opened: ${reason}. Check the folder's rights and free space.`,
          { cause },
        );
  }
}

/** Copies a store that another process may be writing to, as it was at one instant. Replaces `to`. */
export async function copySyncStore(from: string, to: string): Promise<void> {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${to}${suffix}`, { force: true });
  const database = new DatabaseSync(from, { readOnly: true });
  try {
    await backup(database, to);
  } finally {
    database.close();
  }
}

function damagedStore(path: string, cause: unknown): SyncStoreError {
  return new SyncStoreError(
    'store-damaged',
    `${path} is damaged (${reasonOf(cause)}). Move it away and start again: the store is rebuilt from the directory and the cloud.`,
    { cause },
  );
}

/** One line: the check of a whole database answers with several. */
function reasonOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).replaceAll(/\s*\n\s*/g, ' ');
}

export class SqliteSyncStore implements SyncStore {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  /** The writer lease: whoever opened the store last holds it. */
  readonly #lease = randomUUID();

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.setSetting(leaseSetting, this.#lease);
  }

  close(): void {
    this.#database.close();
  }

  transaction<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      this.#requireLease();
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #requireLease(): void {
    if (this.setting(leaseSetting) === this.#lease) return;
    throw new SyncStoreError('store-taken-over', 'another process has opened the store; this one writes no more');
  }

  connector(name: string, kind: string): ConnectorId {
    this.#run(
      'INSERT INTO connector (name, kind) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET kind = excluded.kind',
      name,
      kind,
    );
    return this.#get('SELECT id FROM connector WHERE name = ?', name)!['id'] as ConnectorId;
  }

  setting(key: string): string | undefined {
    return this.#get('SELECT value FROM setting WHERE key = ?', key)?.['value'] as string | undefined;
  }

  setSetting(key: string, value: string | null): void {
    if (value === null) this.#run('DELETE FROM setting WHERE key = ?', key);
    else
      this.#run('INSERT INTO setting VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value', key, value);
  }

  row(id: CsId): CsRow | undefined {
    return asRow(this.#get('SELECT * FROM cs WHERE id = ?', id));
  }

  rowByAnchor(connector: ConnectorId, anchor: string): CsRow | undefined {
    return asRow(this.#get('SELECT * FROM cs WHERE connector = ? AND anchor = ?', connector, anchor));
  }

  rowByDn(connector: ConnectorId, dnKey: string): CsRow | undefined {
    return asRow(this.#get('SELECT * FROM cs WHERE connector = ? AND dn_key = ?', connector, dnKey));
  }

  insertRow(row: StagedRow): CsId {
    const { lastInsertRowid } = this.#run(
      'INSERT INTO cs (connector, anchor, dn, dn_key, type, hologram, fingerprint, pending_import) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      row.connector,
      row.anchor,
      row.dn,
      row.dnKey,
      row.type,
      row.hologram,
      row.fingerprint,
      row.pendingImport,
    );
    return Number(lastInsertRowid) as CsId;
  }

  updateRow(id: CsId, change: Partial<Omit<CsRow, 'id' | 'connector'>>): void {
    const names = Object.keys(change) as (keyof typeof columns)[];
    if (names.length === 0) return;
    const values = names.map((name) => {
      const value = change[name];
      return typeof value === 'object' && value !== null ? JSON.stringify(value) : (value as SQLInputValue);
    });
    this.#run(`UPDATE cs SET ${names.map((name) => `${columns[name]} = ?`).join(', ')} WHERE id = ?`, ...values, id);
  }

  deleteRow(id: CsId): void {
    this.#run('DELETE FROM reference WHERE row = ?', id);
    this.#run('DELETE FROM cs WHERE id = ?', id);
  }

  pendingImports(connector: ConnectorId, after: number, limit: number): readonly CsRow[] {
    return this.#rows(
      "SELECT * FROM cs WHERE connector = ? AND id > ? AND pending_import <> 'none' ORDER BY id LIMIT ?",
      connector,
      after,
      limit,
    );
  }

  pendingExports(connector: ConnectorId): readonly CsRow[] {
    return this.#rows("SELECT * FROM cs WHERE connector = ? AND pending_export <> 'none' ORDER BY id", connector);
  }

  countPendingExports(connector: ConnectorId): number {
    return this.#count(
      "SELECT count(*) AS n FROM (SELECT id FROM cs WHERE connector = ? AND pending_export <> 'none' UNION SELECT r.row FROM reference r JOIN cs ON cs.id = r.row WHERE r.state IN ('pending-add', 'pending-delete') AND cs.connector = ?)",
      connector,
      connector,
    );
  }

  hasPendingDeletes(connector: ConnectorId): boolean {
    const found = this.#count(
      "SELECT EXISTS (SELECT 1 FROM cs WHERE connector = ? AND pending_export <> 'none' AND pending_export = 'delete') OR EXISTS (SELECT 1 FROM reference r JOIN cs ON cs.id = r.row WHERE r.state IN ('pending-add', 'pending-delete') AND r.state = 'pending-delete' AND cs.connector = ?) AS n",
      connector,
      connector,
    );
    return found === 1;
  }

  requeueAll(connector: ConnectorId): void {
    this.#run(
      "UPDATE cs SET pending_import = 'update' WHERE connector = ? AND pending_import = 'none' AND hologram IS NOT NULL",
      connector,
    );
  }

  countRows(connector: ConnectorId, type?: string): number {
    return type === undefined
      ? this.#count('SELECT count(*) AS n FROM cs WHERE connector = ?', connector)
      : this.#count('SELECT count(*) AS n FROM cs WHERE connector = ? AND type = ?', connector, type);
  }

  faults(connector: ConnectorId | undefined, limit: number): readonly CsRow[] {
    return connector === undefined
      ? this.#rows('SELECT * FROM cs WHERE fault IS NOT NULL ORDER BY id LIMIT ?', limit)
      : this.#rows('SELECT * FROM cs WHERE fault IS NOT NULL AND connector = ? ORDER BY id LIMIT ?', connector, limit);
  }

  countFaults(): number {
    return this.#count('SELECT count(*) AS n FROM cs WHERE fault IS NOT NULL');
  }

  importedIds(connector: ConnectorId): readonly CsId[] {
    return this.#all('SELECT id FROM cs WHERE connector = ? AND anchor IS NOT NULL ORDER BY id', connector).map(
      (found) => found['id'] as CsId,
    );
  }

  countImported(connector: ConnectorId): number {
    return this.#count('SELECT count(*) AS n FROM cs WHERE connector = ? AND anchor IS NOT NULL', connector);
  }

  countPresent(connector: ConnectorId): ReadonlyMap<string, number> {
    const found = this.#all(
      'SELECT type, count(*) AS n FROM cs WHERE connector = ? AND (hologram IS NOT NULL OR unconfirmed IS NOT NULL) GROUP BY type',
      connector,
    );
    return new Map(found.map((row) => [row['type'] as string, row['n'] as number]));
  }

  references(id: CsId): readonly ReferenceRow[] {
    return this.#all(
      'SELECT attribute, target, state FROM reference WHERE row = ? ORDER BY attribute, target',
      id,
    ) as unknown as ReferenceRow[];
  }

  setReference(id: CsId, attribute: string, target: CsId, state: ReferenceState): void {
    this.#run(
      'INSERT INTO reference VALUES (?, ?, ?, ?) ON CONFLICT (row, attribute, target) DO UPDATE SET state = excluded.state',
      id,
      attribute,
      target,
      state,
    );
  }

  dropReference(id: CsId, attribute: string, target: CsId): void {
    this.#run('DELETE FROM reference WHERE row = ? AND attribute = ? AND target = ?', id, attribute, target);
  }

  referrers(target: CsId): readonly CsId[] {
    return this.#all('SELECT DISTINCT row FROM reference WHERE target = ?', target).map(
      (found) => found['row'] as CsId,
    );
  }

  redirectReferences(from: CsId, to: CsId): void {
    this.#run('UPDATE OR IGNORE reference SET target = ? WHERE target = ?', to, from);
    this.#run('DELETE FROM reference WHERE target = ?', from);
  }

  rowsWithPendingReferences(connector: ConnectorId): readonly CsId[] {
    return this.#all(
      "SELECT DISTINCT r.row AS row FROM reference r JOIN cs ON cs.id = r.row WHERE r.state IN ('pending-add', 'pending-delete') AND cs.connector = ? ORDER BY r.row",
      connector,
    ).map((found) => found['row'] as CsId);
  }

  mvObject(id: MvId): MvRow | undefined {
    return this.#get('SELECT id, uuid, type, attributes FROM mv WHERE id = ?', id) as MvRow | undefined;
  }

  insertMvObject(uuid: string, type: string): MvId {
    return Number(
      this.#run("INSERT INTO mv (uuid, type, attributes) VALUES (?, ?, '{}')", uuid, type).lastInsertRowid,
    ) as MvId;
  }

  updateMvObject(id: MvId, attributes: string, joinValues: ReadonlyMap<string, readonly string[]>): void {
    this.#run('UPDATE mv SET attributes = ? WHERE id = ?', attributes, id);
    this.#run('DELETE FROM mv_join WHERE mv = ?', id);
    for (const [attribute, values] of joinValues) {
      for (const value of values) this.#run('INSERT OR IGNORE INTO mv_join VALUES (?, ?, ?)', attribute, value, id);
    }
  }

  deleteMvObject(id: MvId): void {
    this.#run('DELETE FROM mv_join WHERE mv = ?', id);
    this.#run('DELETE FROM queue WHERE mv = ?', id);
    this.#run('DELETE FROM mv WHERE id = ?', id);
  }

  findMvObjects(type: string, attribute: string, value: string): readonly MvId[] {
    return this.#all(
      "SELECT j.mv AS id FROM mv_join j JOIN mv ON mv.id = j.mv WHERE j.attribute = ? AND j.value = ? AND (? = '*' OR mv.type = ?) ORDER BY j.mv LIMIT 2",
      attribute,
      value,
      type,
      type,
    ).map((found) => found['id'] as MvId);
  }

  linkedRows(id: MvId): readonly CsRow[] {
    return this.#rows('SELECT * FROM cs WHERE mv = ? ORDER BY id', id);
  }

  enqueue(id: MvId): void {
    this.#run('INSERT OR IGNORE INTO queue VALUES (?)', id);
  }

  dequeueBatch(limit: number): readonly MvId[] {
    return this.#all('SELECT mv FROM queue ORDER BY mv LIMIT ?', limit).map((found) => found['mv'] as MvId);
  }

  dropFromQueue(id: MvId): void {
    this.#run('DELETE FROM queue WHERE mv = ?', id);
  }

  countQueue(): number {
    return this.#count('SELECT count(*) AS n FROM queue');
  }

  lastCycle(): CycleRecord | undefined {
    return this.cycles(1)[0];
  }

  startCycle(startedAt: number): number {
    return Number(
      this.#run("INSERT INTO cycle (started, result, steps) VALUES (?, 'in-progress', '[]')", startedAt)
        .lastInsertRowid,
    );
  }

  saveCycle(cycle: CycleRecord): void {
    this.#run(
      'UPDATE cycle SET ended = ?, result = ?, steps = ? WHERE number = ?',
      cycle.endedAt ?? null,
      cycle.result,
      JSON.stringify(cycle.steps),
      cycle.number,
    );
  }

  cycles(limit: number): readonly CycleRecord[] {
    return this.#all('SELECT * FROM cycle ORDER BY number DESC LIMIT ?', limit).map((found) => ({
      number: found['number'] as number,
      startedAt: found['started'] as CycleRecord['startedAt'],
      ...(found['ended'] === null ? {} : { endedAt: found['ended'] as CycleRecord['startedAt'] }),
      result: found['result'] as string,
      steps: JSON.parse(found['steps'] as string) as CycleRecord['steps'],
    }));
  }

  purgeCycles(before: number): number {
    return Number(this.#run('DELETE FROM cycle WHERE ended < ?', before).changes);
  }

  search(text: string, limit: number): readonly MvRow[] {
    return this.#all(
      "SELECT id, uuid, type, attributes FROM mv WHERE attributes LIKE ? ESCAPE '\\' ORDER BY id LIMIT ?",
      `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`,
      limit,
    ) as unknown as MvRow[];
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #run(sql: string, ...values: SQLInputValue[]): { changes: number | bigint; lastInsertRowid: number | bigint } {
    return this.#statement(sql).run(...values);
  }

  #get(sql: string, ...values: SQLInputValue[]): Columns | undefined {
    return this.#statement(sql).get(...values) as Columns | undefined;
  }

  #all(sql: string, ...values: SQLInputValue[]): Columns[] {
    return this.#statement(sql).all(...values) as Columns[];
  }

  #rows(sql: string, ...values: SQLInputValue[]): CsRow[] {
    return this.#all(sql, ...values).map((found) => asRow(found)!);
  }

  #count(sql: string, ...values: SQLInputValue[]): number {
    return this.#get(sql, ...values)!['n'] as number;
  }
}

function asRow(found: Columns | undefined): CsRow | undefined {
  if (found === undefined) return undefined;
  return {
    id: found['id'],
    connector: found['connector'],
    anchor: found['anchor'],
    dn: found['dn'],
    dnKey: found['dn_key'],
    type: found['type'],
    hologram: found['hologram'],
    fingerprint: found['fingerprint'],
    pendingImport: found['pending_import'],
    mv: found['mv'],
    link: found['link'],
    desired: found['desired'],
    unconfirmed: found['unconfirmed'],
    pendingExport: found['pending_export'],
    fault: found['fault'] === null ? null : JSON.parse(found['fault'] as string),
    guard: found['guard'],
  } as unknown as CsRow;
}
