/**
 * The sync engine's store on node:sqlite: one file per agent (`<home>/agent/connect-sync/state.db`), WAL, synchronous
 * FULL at every commit. Statements are prepared once. About 2.5 KB on disk per object with its copies.
 */
import { rmSync } from 'node:fs';
import { backup, DatabaseSync } from 'node:sqlite';
import { KeyIndex } from '@springline/connect-sync/connector-space/key-index';
import type {
  CsId,
  CycleKind,
  CycleRecord,
  MvId,
  MvRow,
  SyncStore,
} from '@springline/connect-sync/connector-space/store';
import { ReferenceTables } from './reference-tables.ts';
import type { Columns } from './store-database.ts';
import { schema, schemaVersion, sinceVersion2 } from './sync-schema.ts';
import { SyncStoreError } from './sync-store-error.ts';

const keptSettings = "key LIKE 'directory-facts%' OR key IN ('last-change-at', 'cloud-targets')";

/**
 * Opens the store, making it when missing, and becomes its only writer: a process that opened it before can write no
 * more, also when it is still there. A store of a build before version 2 is emptied: all of it is read again.
 *
 * @param isProven it was closed whole a moment ago; reading it through would only take time.
 * @throws {SyncStoreError} `store-newer`, `store-damaged`, `store-unusable`.
 */
export function openSyncStore(path: string, { isProven = false } = {}): SqliteSyncStore {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    database.exec(
      `PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000;
       PRAGMA cache_size=-8192; PRAGMA wal_autocheckpoint=4000;`,
    );
    const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number };
    if (version > schemaVersion) {
      throw new SyncStoreError('store-newer', `${path} was written by a newer version; start that version again`);
    }
    if (version === 2) database.exec(`BEGIN; ${sinceVersion2} PRAGMA user_version=${schemaVersion}; COMMIT;`);
    else if (version === 0) database.exec(`BEGIN; ${schema} PRAGMA user_version=${schemaVersion}; COMMIT;`);
    else if (version < schemaVersion) makeAnew(database);
    // A cycle that was killed ended then; nobody will end it now.
    database.exec("UPDATE cycle SET ended = started, result = 'call-failure' WHERE ended IS NULL");
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
    // Held at one instant: a backup of what is being written to begins anew with each change.
    database.exec('BEGIN');
    database.prepare('SELECT count(*) FROM setting').get();
    await backup(database, to);
  } finally {
    database.close();
  }
}

/** Everything but what no directory and no cloud could tell again. */
function makeAnew(database: DatabaseSync): void {
  const settings = database.prepare(`SELECT key, value FROM setting WHERE ${keptSettings}`).all() as {
    key: string;
    value: string;
  }[];
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all() as { name: string }[];
  // Tables that other tables name go in any order; node:sqlite would otherwise refuse.
  database.exec('PRAGMA foreign_keys=OFF; BEGIN');
  for (const { name } of tables) database.exec(`DROP TABLE "${name}"`);
  database.exec(`${schema} PRAGMA user_version=${schemaVersion};`);
  const insert = database.prepare('INSERT INTO setting VALUES (?, ?)');
  for (const { key, value } of settings) insert.run(key, value);
  database.exec('COMMIT');
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

/** The metaverse, the queues and the run history, on top of rows and references. */
export class SqliteSyncStore extends ReferenceTables implements SyncStore {
  /** The join index in flat memory; read in at first use. */
  #joins: KeyIndex | undefined;

  mvObject(id: MvId): MvRow | undefined {
    return this.get('SELECT id, uuid, type, attributes FROM mv WHERE id = ?', id) as unknown as MvRow | undefined;
  }

  mvByUuid(uuid: string): MvRow | undefined {
    return this.get('SELECT id, uuid, type, attributes FROM mv WHERE uuid = ?', uuid) as unknown as MvRow | undefined;
  }

  insertMvObject(uuid: string, type: string, attributes: Uint8Array): MvId {
    return Number(
      this.run('INSERT INTO mv (uuid, type, attributes) VALUES (?, ?, ?)', uuid, type, attributes).lastInsertRowid,
    ) as MvId;
  }

  updateMvObject(id: MvId, attributes: Uint8Array): void {
    this.run('UPDATE mv SET attributes = ? WHERE id = ?', attributes, id);
  }

  deleteMvObject(id: MvId): void {
    this.run('DELETE FROM queue WHERE mv = ?', id);
    this.run('DELETE FROM mv WHERE id = ?', id);
  }

  countMvObjects(type?: string): number {
    return type === undefined
      ? this.count('SELECT count(*) AS n FROM mv')
      : this.count('SELECT count(*) AS n FROM mv WHERE type = ?', type);
  }

  mvObjects(after: number, limit: number): readonly MvRow[] {
    return this.all(
      'SELECT id, uuid, type, attributes FROM mv WHERE id > ? ORDER BY id LIMIT ?',
      after,
      limit,
    ) as unknown as MvRow[];
  }

  searchMv(text: string, after: number, limit: number): readonly MvRow[] {
    const found: MvRow[] = [];
    const wanted = foldAscii(Buffer.from(text));
    const rows = this.statement('SELECT id, uuid, type, attributes FROM mv WHERE id > ? ORDER BY id').iterate(after);
    for (const row of rows as unknown as Iterable<MvRow>) {
      if (foldAscii(row.attributes).includes(wanted)) found.push(row);
      if (found.length >= limit) break;
    }
    return found;
  }

  addJoinKey(key: number, mv: MvId): void {
    // Before the key is there: read in afterwards, the index would have it twice.
    const index = this.#joinIndex();
    const { changes } = this.run('INSERT OR IGNORE INTO mv_join VALUES (?, ?)', mv, key);
    if (changes !== 0) index.add(key, mv);
  }

  dropJoinKey(key: number, mv: MvId): void {
    this.run('DELETE FROM mv_join WHERE mv = ? AND key = ?', mv, key);
    this.#joinIndex().delete(key, mv);
  }

  clearJoinKeys(): void {
    this.run('DELETE FROM mv_join');
    this.#joins = undefined;
  }

  findByJoinKey(key: number, limit: number): readonly MvId[] {
    return this.#joinIndex().all(key, limit) as MvId[];
  }

  addSeeker(key: number, id: CsId): void {
    this.run('INSERT OR IGNORE INTO seeker VALUES (?, ?)', key, id);
  }

  dropSeeker(id: CsId): void {
    this.run('DELETE FROM seeker WHERE cs = ?', id);
  }

  seekers(key: number): readonly CsId[] {
    return this.all('SELECT cs FROM seeker WHERE key = ?', key).map((found) => found['cs'] as CsId);
  }

  hasSeekers(): boolean {
    return this.get('SELECT 1 AS found FROM seeker LIMIT 1') !== undefined;
  }

  enqueue(id: MvId): void {
    this.run('INSERT OR IGNORE INTO queue VALUES (?)', id);
  }

  dequeueBatch(limit: number): readonly MvId[] {
    return this.all('SELECT mv FROM queue ORDER BY mv LIMIT ?', limit).map((found) => found['mv'] as MvId);
  }

  dropFromQueue(id: MvId): void {
    this.run('DELETE FROM queue WHERE mv = ?', id);
  }

  countQueue(): number {
    return this.count('SELECT count(*) AS n FROM queue');
  }

  lastCycle(): CycleRecord | undefined {
    return this.cycles(1)[0];
  }

  startCycle(startedAt: number, kind: CycleKind): number {
    return Number(
      this.run("INSERT INTO cycle (kind, started, result, steps) VALUES (?, ?, 'in-progress', '[]')", kind, startedAt)
        .lastInsertRowid,
    );
  }

  saveCycle(cycle: CycleRecord): void {
    this.run(
      'UPDATE cycle SET ended = ?, result = ?, steps = ? WHERE number = ?',
      cycle.endedAt ?? null,
      cycle.result,
      JSON.stringify(cycle.steps),
      cycle.number,
    );
  }

  cycles(limit: number, before = Number.MAX_SAFE_INTEGER): readonly CycleRecord[] {
    return this.all('SELECT * FROM cycle WHERE number < ? ORDER BY number DESC LIMIT ?', before, limit).map(
      (found) => ({
        number: found['number'] as number,
        kind: found['kind'] as CycleKind,
        startedAt: found['started'] as CycleRecord['startedAt'],
        ...(found['ended'] === null ? {} : { endedAt: found['ended'] as CycleRecord['startedAt'] }),
        result: found['result'] as string,
        steps: JSON.parse(found['steps'] as string) as CycleRecord['steps'],
      }),
    );
  }

  purgeCycles(before: number): number {
    return Number(this.run('DELETE FROM cycle WHERE ended < ?', before).changes);
  }

  protected override forget(): void {
    super.forget();
    this.#joins = undefined;
  }

  #joinIndex(): KeyIndex {
    if (this.#joins === undefined) {
      const index = new KeyIndex(this.count('SELECT count(*) AS n FROM mv_join'));
      for (const found of this.statement('SELECT mv, key FROM mv_join').iterate() as IterableIterator<Columns>) {
        index.add(found['key'] as number, found['mv'] as number);
      }
      this.#joins = index;
    }
    return this.#joins;
  }
}

/** Bytes as text with ASCII letters in lower case; other letters are compared as they are. */
function foldAscii(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  return text.replaceAll(/[A-Z]+/g, (letters: string) => letters.toLowerCase());
}
