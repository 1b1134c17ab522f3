/**
 * Rows of the connector spaces: what imports know of objects, what synchronisation has still to do with them, their
 * links, exports and faults. Anchors and DNs are looked up in flat memory, filled at first use: about 1 s for a million
 * rows.
 */
import type { SQLInputValue } from 'node:sqlite';
import { anchorKey, FlatIndex } from '@springline/connect-sync/connector-space/flat-index';
import type { StoredHologram } from '@springline/connect-sync/connector-space/hologram';
import { KeyIndex } from '@springline/connect-sync/connector-space/key-index';
import { placeholderType } from '@springline/connect-sync/connector-space/placeholder';
import type {
  Anchor,
  ConnectorId,
  CsId,
  CsRow,
  ExportState,
  LinkKind,
  MvId,
  NewRow,
  ObjectFault,
  PendingExportFilter,
  PendingImport,
  RowSearch,
} from '@springline/connect-sync/connector-space/store';
import { normaliseDn } from '@springline/directory/dn';
import { type Columns, StoreDatabase } from './store-database.ts';

const rowColumns = `cs.id AS id, cs.connector AS connector, cs.anchor AS anchor, cs.dn AS dn, cs.dn_key IS NULL AS transient,
  cs.type AS type, cs.hologram AS hologram, p.kind AS pending_import, p.synchronized AS synchronized, l.mv AS mv,
  l.kind AS link, e.desired AS desired, e.unconfirmed AS unconfirmed, e.pending AS pending_export,
  e.reference_sources AS reference_sources, e.guard AS guard, e.kept AS kept, f.fault AS fault,
  (SELECT group_concat(attribute) FROM reference_count WHERE row = cs.id AND count > 0) AS reference_attributes`;
const rowTables = `cs LEFT JOIN pending_import p ON p.cs = cs.id LEFT JOIN link l ON l.cs = cs.id
  LEFT JOIN export e ON e.cs = cs.id LEFT JOIN fault f ON f.cs = cs.id`;
const selectRow = `SELECT ${rowColumns} FROM ${rowTables}`;
const selectPending = `SELECT ${rowColumns} FROM pending_import p CROSS JOIN cs ON cs.id = p.cs
  LEFT JOIN link l ON l.cs = cs.id LEFT JOIN export e ON e.cs = cs.id LEFT JOIN fault f ON f.cs = cs.id`;

const none: readonly string[] = [];

/** What waits for its export: each query goes on with AND. */
const pendingRows = "export e CROSS JOIN cs ON cs.id = e.cs WHERE e.pending <> 'none'";
/** What takes something away and was not decided on. */
const takesAway = `export e CROSS JOIN cs ON cs.id = e.cs WHERE (e.pending = 'delete' OR e.guard = 'clears')
  AND (e.pending = 'delete' AND e.guard IS NOT 'approved' OR e.pending = 'update' AND e.guard = 'clears')`;
const undecidedReferences = `reference r CROSS JOIN cs ON cs.id = r.row LEFT JOIN export g ON g.cs = r.row
  WHERE r.state = 'pending-delete' AND g.guard IS NOT 'approved' AND g.desired IS NOT NULL`;

/** Nothing else is there for the row by that attribute, or comes. */
const losesAll = `NOT EXISTS (SELECT 1 FROM reference s WHERE s.row = r.row AND s.attribute = r.attribute
  AND s.state NOT IN ('pending-delete', 'sent-delete'))`;

const losers = `SELECT r.row AS row, r.attribute AS attribute, cs.type AS type FROM ${undecidedReferences} AND cs.connector = ?`;

const pendingExportIds = `SELECT e.cs AS id FROM export e JOIN cs ON cs.id = e.cs
    WHERE e.pending <> 'none' AND cs.connector = ? UNION
  SELECT r.row FROM reference r JOIN cs ON cs.id = r.row
    WHERE r.state IN ('pending-add', 'pending-delete') AND cs.connector = ?`;

export class RowTables extends StoreDatabase {
  readonly #anchors = new Map<ConnectorId, FlatIndex>();
  #dns: KeyIndex | undefined;

  connector(name: string, kind: string): ConnectorId {
    this.run(
      'INSERT INTO connector (name, kind) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET kind = excluded.kind',
      name,
      kind,
    );
    return this.get('SELECT id FROM connector WHERE name = ?', name)!['id'] as ConnectorId;
  }

  connectors(): readonly { readonly id: ConnectorId; readonly name: string }[] {
    return this.all('SELECT id, name FROM connector ORDER BY id').map(({ id, name }) => ({
      id: id as ConnectorId,
      name: name as string,
    }));
  }

  dropConnector(id: ConnectorId): void {
    for (const { row } of this.all('SELECT id AS row FROM cs WHERE connector = ?', id)) this.deleteRow(row as CsId);
    this.#anchors.delete(id);
    this.setSetting(`fault-retries/${id}`, null);
    this.run('DELETE FROM connector WHERE id = ?', id);
  }

  anchors(connector: ConnectorId): FlatIndex {
    let index = this.#anchors.get(connector);
    if (index === undefined) {
      const count = this.count('SELECT count(*) AS n FROM cs WHERE connector = ? AND anchor IS NOT NULL', connector);
      index = new FlatIndex(count);
      index.beginRead();
      const rows = this.statement(
        'SELECT id, anchor, fingerprint FROM cs WHERE connector = ? AND anchor IS NOT NULL',
      ).iterate(connector);
      for (const found of rows as IterableIterator<Columns>) {
        const anchor = bytesOf(found['anchor'] as Anchor);
        index.set(anchorKey(anchor), found['id'] as CsId, found['fingerprint'] as Uint8Array | null);
      }
      this.#anchors.set(connector, index);
    }
    return index;
  }

  row(id: CsId): CsRow | undefined {
    return this.#asRow(this.get(`${selectRow} WHERE cs.id = ?`, id));
  }

  rowByAnchor(connector: ConnectorId, anchor: Anchor): CsRow | undefined {
    const index = this.anchors(connector);
    const slot = index.find(anchorKey(bytesOf(anchor)));
    return slot < 0 ? undefined : this.row(index.idAt(slot));
  }

  rowByDn(connector: ConnectorId, dnKey: string): CsRow | undefined {
    const id = this.idByDn(connector, dnKey);
    return id === undefined ? undefined : this.row(id);
  }

  idByDn(connector: ConnectorId, dnKey: string): CsId | undefined {
    const key = this.#dnNumber(connector, dnKey);
    const dns = this.#dnIndex();
    if (dns.hasSeveral(key)) return dns.all(key).find((id) => this.#hasDn(id, connector, dnKey)) as CsId | undefined;
    // A lone match counts: by chance another name meets it once in 2^53, and who does not know the key of the hash cannot aim.
    const only = dns.first(key);
    return only === 0 ? undefined : (only as CsId);
  }

  insertRow(row: NewRow): CsId {
    const key = this.#dnNumber(row.connector, row.dnKey);
    // Before the row is there: read in afterwards, the index would have it twice.
    const dns = this.#dnIndex();
    const { lastInsertRowid } = this.run(
      'INSERT INTO cs (connector, anchor, dn_key, type, dn, fingerprint, hologram) VALUES (?, ?, ?, ?, ?, ?, ?)',
      row.connector,
      row.anchor,
      key,
      row.type,
      row.dn,
      row.fingerprint,
      row.hologram,
    );
    const id = Number(lastInsertRowid) as CsId;
    dns.add(key, id);
    if (row.anchor !== null) {
      this.anchors(row.connector).set(anchorKey(bytesOf(row.anchor)), id, row.fingerprint);
    }
    return id;
  }

  setFingerprint(id: CsId, fingerprint: Uint8Array | null): void {
    const sql = 'UPDATE cs SET fingerprint = ? WHERE id = ? RETURNING connector, anchor';
    const { connector, anchor } = this.get(sql, fingerprint, id)!;
    if (anchor === null) return;
    const index = this.anchors(connector as ConnectorId);
    const slot = index.find(anchorKey(bytesOf(anchor as Anchor)));
    if (slot >= 0) index.setFingerprint(slot, fingerprint);
  }

  replaceImported(id: CsId, row: NewRow): void {
    const key = this.#dnNumber(row.connector, row.dnKey);
    this.#releaseDn(id, key);
    this.run(
      'UPDATE cs SET anchor = ?, dn_key = ?, type = ?, dn = ?, fingerprint = ?, hologram = ? WHERE id = ?',
      row.anchor,
      key,
      row.type,
      row.dn,
      row.fingerprint,
      row.hologram,
      id,
    );
    if (row.anchor !== null) {
      this.anchors(row.connector).set(anchorKey(bytesOf(row.anchor)), id, row.fingerprint);
    }
  }

  updateImported(id: CsId, change: Partial<Pick<CsRow, 'anchor' | 'type' | 'hologram'>>): void {
    if (change.anchor !== undefined) this.#moveAnchor(id, change.anchor);
    if (change.type !== undefined)
      this.run('UPDATE cs SET type = ? WHERE id = ? AND type <> ?', change.type, id, change.type);
    if (change.hologram !== undefined) this.run('UPDATE cs SET hologram = ? WHERE id = ?', change.hologram, id);
  }

  makeTransient(id: CsId): void {
    this.#releaseDn(id, Number.NaN);
    const connector = this.get('SELECT connector, anchor FROM cs WHERE id = ?', id);
    this.run('UPDATE cs SET dn_key = NULL, fingerprint = NULL WHERE id = ?', id);
    if (connector?.['anchor'] == null) return;
    const index = this.anchors(connector['connector'] as ConnectorId);
    const slot = index.find(anchorKey(bytesOf(connector['anchor'] as Anchor)));
    if (slot >= 0) index.setFingerprint(slot, null);
  }

  becomePlaceholder(id: CsId): void {
    this.#forgetObject(id);
    this.run('UPDATE cs SET type = ?, fingerprint = NULL, hologram = NULL WHERE id = ?', placeholderType, id);
  }

  deleteRow(id: CsId): void {
    this.#releaseDn(id, Number.NaN);
    this.#forgetObject(id);
    this.run('DELETE FROM cs WHERE id = ?', id);
  }

  #forgetObject(id: CsId): void {
    this.#moveAnchor(id, null);
    for (const table of ['pending_import', 'link', 'export', 'fault', 'reference_queue', 'seeker']) {
      this.run(`DELETE FROM ${table} WHERE cs = ?`, id);
    }
    this.run('DELETE FROM reference WHERE row = ?', id);
    this.run('DELETE FROM reference_count WHERE row = ?', id);
  }

  stageImport(id: CsId, kind: Exclude<PendingImport, 'none'>, synchronized: StoredHologram | null): void {
    this.run(
      'INSERT INTO pending_import VALUES (?, ?, ?) ON CONFLICT (cs) DO UPDATE SET kind = excluded.kind',
      id,
      kind,
      synchronized,
    );
  }

  unstageImport(id: CsId): void {
    this.run('DELETE FROM pending_import WHERE cs = ?', id);
  }

  unstageImports(ids: readonly CsId[]): void {
    this.run('DELETE FROM pending_import WHERE cs IN (SELECT value FROM json_each(?))', JSON.stringify(ids));
  }

  pendingImport(id: CsId): PendingImport {
    return (this.get('SELECT kind FROM pending_import WHERE cs = ?', id)?.['kind'] ?? 'none') as PendingImport;
  }

  pendingImports(connector: ConnectorId, after: number, limit: number): readonly CsRow[] {
    return this.rows(
      `${selectPending} WHERE p.cs > ? AND cs.connector = ? ORDER BY p.cs LIMIT ?`,
      after,
      connector,
      limit,
    );
  }

  stagedDeletes(connector: ConnectorId, after: number, limit: number): readonly CsRow[] {
    return this.rows(
      `${selectPending} WHERE p.cs > ? AND p.kind = 'delete' AND cs.connector = ? ORDER BY p.cs LIMIT ?`,
      after,
      connector,
      limit,
    );
  }

  countPendingImports(connector: ConnectorId): number {
    return this.count(
      'SELECT count(*) AS n FROM pending_import p CROSS JOIN cs ON cs.id = p.cs WHERE cs.connector = ?',
      connector,
    );
  }

  stageAll(connector: ConnectorId): void {
    this.run(
      "INSERT OR IGNORE INTO pending_import SELECT id, 'update', NULL FROM cs WHERE connector = ? AND anchor IS NOT NULL",
      connector,
    );
  }

  stageAllGone(connector: ConnectorId): void {
    this.run(
      `INSERT INTO pending_import SELECT id, 'delete', hologram FROM cs WHERE connector = ? AND anchor IS NOT NULL
        ON CONFLICT (cs) DO UPDATE SET kind = 'delete', synchronized = ifnull(pending_import.synchronized, excluded.synchronized)`,
      connector,
    );
  }

  link(id: CsId, connector: ConnectorId, mv: MvId, kind: LinkKind): void {
    this.run(
      'INSERT INTO link VALUES (?, ?, ?, ?) ON CONFLICT (cs) DO UPDATE SET mv = excluded.mv, kind = excluded.kind',
      id,
      mv,
      connector,
      kind,
    );
  }

  unlink(id: CsId): void {
    this.run('DELETE FROM link WHERE cs = ?', id);
  }

  linkedRows(id: MvId): readonly CsRow[] {
    return this.rows(
      `SELECT ${rowColumns} FROM link l JOIN cs ON cs.id = l.cs LEFT JOIN pending_import p ON p.cs = cs.id
        LEFT JOIN export e ON e.cs = cs.id LEFT JOIN fault f ON f.cs = cs.id WHERE l.mv = ? ORDER BY cs.id`,
      id,
    );
  }

  hasLinks(connector: ConnectorId): boolean {
    return this.get('SELECT 1 AS found FROM link WHERE connector = ? LIMIT 1', connector) !== undefined;
  }

  counterpart(id: CsId, connector: ConnectorId): CsId | undefined {
    return this.get(
      'SELECT o.cs AS id FROM link l JOIN link o ON o.mv = l.mv WHERE l.cs = ? AND o.connector = ?',
      id,
      connector,
    )?.['id'] as CsId | undefined;
  }

  setExport(id: CsId, state: Partial<ExportState>): void {
    const { desired, unconfirmed, pendingExport, referenceSources, guard, kept } = state;
    const whole = [pendingExport, desired, unconfirmed, referenceSources, guard, kept];
    if (!whole.includes(undefined)) {
      this.run(
        `INSERT INTO export VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (cs) DO UPDATE SET pending = excluded.pending,
          desired = excluded.desired, unconfirmed = excluded.unconfirmed, reference_sources = excluded.reference_sources,
          guard = excluded.guard, kept = excluded.kept`,
        id,
        ...(whole as (string | null)[]),
      );
      return;
    }
    this.run("INSERT OR IGNORE INTO export (cs, pending) VALUES (?, 'none')", id);
    const changes = Object.entries({
      pending: pendingExport,
      desired,
      unconfirmed,
      reference_sources: referenceSources,
      guard,
      kept,
    }).filter(([, value]) => value !== undefined) as [string, string | null][];
    if (changes.length === 0) return;
    this.run(
      `UPDATE export SET ${changes.map(([name]) => `${name} = ?`).join(', ')} WHERE cs = ?`,
      ...changes.map(([, value]) => value),
      id,
    );
  }

  setFault(id: CsId, fault: ObjectFault | null): void {
    if (fault === null) this.run('DELETE FROM fault WHERE cs = ?', id);
    else
      this.run(
        'INSERT INTO fault VALUES (?, ?) ON CONFLICT (cs) DO UPDATE SET fault = excluded.fault',
        id,
        JSON.stringify(fault),
      );
  }

  pendingExportTypes(connector: ConnectorId): readonly string[] {
    return this.all(
      `SELECT DISTINCT cs.type AS type FROM ${pendingRows} AND e.pending <> 'delete' AND cs.connector = ?`,
      connector,
    ).map((found) => found['type'] as string);
  }

  pendingExportIds(connector: ConnectorId, { isDelete, type }: PendingExportFilter): readonly CsId[] {
    return this.all(
      `SELECT e.cs AS id FROM ${pendingRows} AND (e.pending = 'delete') = ? AND cs.connector = ? AND cs.type = ifnull(?, cs.type)
        ORDER BY e.cs`,
      isDelete ? 1 : 0,
      connector,
      type ?? null,
    ).map((found) => found['id'] as CsId);
  }

  pendingExportPage(connector: ConnectorId, after: number, limit: number): readonly CsRow[] {
    return this.all(
      `SELECT id FROM (${pendingExportIds}) WHERE id > ? ORDER BY id LIMIT ?`,
      connector,
      connector,
      after,
      limit,
    ).map((found) => this.row(found['id'] as CsId)!);
  }

  countPendingExports(connector: ConnectorId): number {
    return this.sinceWritten(`pending exports ${connector}`, () =>
      this.count(`SELECT count(*) AS n FROM (${pendingExportIds})`, connector, connector),
    );
  }

  hasUndecidedRemovals(connector: ConnectorId): boolean {
    const found = this.count(
      `SELECT EXISTS (SELECT 1 FROM ${takesAway} AND cs.connector = ?)
        OR EXISTS (SELECT 1 FROM ${undecidedReferences} AND cs.connector = ?) AS n`,
      connector,
      connector,
    );
    return found === 1;
  }

  undecidedDeletes(connector: ConnectorId): ReadonlyMap<string, number> {
    const found = this.all(
      `SELECT cs.type AS type, count(*) AS n FROM ${takesAway} AND e.pending = 'delete' AND cs.connector = ?
        GROUP BY cs.type`,
      connector,
    );
    return new Map(found.map(({ type, n }) => [type as string, n as number]));
  }

  undecidedRemovals(connector: ConnectorId, attribute?: string): readonly { row: CsId; removed: number }[] {
    return this.all(
      `SELECT r.row AS row, count(*) AS n FROM ${undecidedReferences} AND cs.connector = ?
        AND r.attribute = ifnull(?, r.attribute) GROUP BY r.row ORDER BY r.row`,
      connector,
      attribute === undefined ? null : this.names.idOf(attribute),
    ).map(({ row, n }) => ({ row: row as CsId, removed: n as number }));
  }

  countDeparted(connector: ConnectorId): number {
    return this.count(
      `SELECT count(*) AS n FROM ${takesAway} AND e.pending = 'delete' AND e.guard = 'departed' AND cs.connector = ?`,
      connector,
    );
  }

  clearedReferences(
    connector: ConnectorId,
    except: string,
  ): readonly { type: string; attribute: string; count: number }[] {
    return this.all(
      `SELECT type, attribute, count(*) AS n FROM (${losers} AND r.attribute <> ? GROUP BY r.row, r.attribute) AS r
        WHERE ${losesAll} GROUP BY type, attribute`,
      connector,
      this.names.idOf(except),
    ).map(({ type, attribute, n }) => ({
      type: type as string,
      attribute: this.names.nameOf(attribute as number),
      count: n as number,
    }));
  }

  rowsClearedOf(connector: ConnectorId, type: string, attribute: string): readonly CsId[] {
    return this.all(
      `SELECT row FROM (${losers} AND r.attribute = ? AND cs.type = ? GROUP BY r.row, r.attribute) AS r
        WHERE ${losesAll} ORDER BY row`,
      connector,
      this.names.idOf(attribute),
      type,
    ).map(({ row }) => row as CsId);
  }

  countReferring(connector: ConnectorId, type: string, attribute: string): number {
    return this.count(
      `SELECT count(DISTINCT r.row) AS n FROM reference r CROSS JOIN cs ON cs.id = r.row
        WHERE r.attribute = ? AND r.state <> 'pending-add' AND cs.connector = ? AND cs.type = ?`,
      this.names.idOf(attribute),
      connector,
      type,
    );
  }

  clearingRows(connector: ConnectorId, after: number, limit: number): readonly CsRow[] {
    return this.rows(
      `${selectRow} WHERE cs.id IN (SELECT e.cs FROM ${takesAway} AND e.pending = 'update' AND cs.connector = ? AND e.cs > ?
        ORDER BY e.cs LIMIT ?) ORDER BY cs.id`,
      connector,
      after,
      limit,
    );
  }

  countHolding(connector: ConnectorId, type: string, attribute: string): number {
    // The attribute as the key of encoded values: within a value the quotation marks are escaped.
    return this.count(
      `SELECT count(*) AS n FROM cs LEFT JOIN export e ON e.cs = cs.id
        WHERE cs.connector = ? AND cs.type = ? AND instr(ifnull(e.unconfirmed, cs.hologram), ?) > 0`,
      connector,
      type,
      `${JSON.stringify(attribute)}:[`,
    );
  }

  countRows(connector: ConnectorId, type?: string): number {
    return type === undefined
      ? this.count('SELECT count(*) AS n FROM cs WHERE connector = ?', connector)
      : this.count('SELECT count(*) AS n FROM cs WHERE connector = ? AND type = ?', connector, type);
  }

  faults(connector: ConnectorId | undefined, limit: number, after = 0): readonly CsRow[] {
    return this.rows(
      `SELECT ${rowColumns} FROM fault f JOIN cs ON cs.id = f.cs LEFT JOIN pending_import p ON p.cs = cs.id
        LEFT JOIN link l ON l.cs = cs.id LEFT JOIN export e ON e.cs = cs.id
        WHERE f.cs > ? AND cs.connector = ifnull(?, cs.connector) ORDER BY f.cs LIMIT ?`,
      after,
      connector ?? null,
      limit,
    );
  }

  countFaults(): number {
    return this.count('SELECT count(*) AS n FROM fault');
  }

  importedIds(connector: ConnectorId): readonly CsId[] {
    return this.all('SELECT id FROM cs WHERE connector = ? AND anchor IS NOT NULL ORDER BY id', connector).map(
      (found) => found['id'] as CsId,
    );
  }

  countImported(connector: ConnectorId): number {
    return this.count('SELECT count(*) AS n FROM cs WHERE connector = ? AND anchor IS NOT NULL', connector);
  }

  countPresent(connector: ConnectorId): ReadonlyMap<string, number> {
    return this.sinceWritten(`present ${connector}`, () => {
      const found = this.all(
        'SELECT type, count(*) AS n FROM cs WHERE connector = ? AND anchor IS NOT NULL GROUP BY type',
        connector,
      );
      return new Map(found.map((row) => [row['type'] as string, row['n'] as number]));
    });
  }

  searchRows(connector: ConnectorId, wanted: RowSearch, after: number, limit: number): readonly CsRow[] {
    const where = `${searches[wanted.by]} AND cs.connector = ? AND cs.id > ? ORDER BY cs.id LIMIT ?`;
    const words = wanted.by === 'text' ? [`%${wanted.text.replaceAll(/[\\%_]/g, '\\$&')}%`] : [];
    return this.rows(`${selectRow} WHERE ${where}`, ...words, connector, after, limit);
  }

  protected override forget(): void {
    super.forget();
    this.#anchors.clear();
    this.#dns = undefined;
  }

  protected rows(sql: string, ...values: SQLInputValue[]): CsRow[] {
    return this.all(sql, ...values).map((found) => this.#asRow(found)!);
  }

  #asRow(found: Columns | undefined): CsRow | undefined {
    if (found === undefined) return undefined;
    return {
      id: found['id'],
      connector: found['connector'],
      anchor: found['anchor'],
      dn: found['dn'],
      isTransient: found['transient'] === 1,
      type: found['type'],
      hologram: found['hologram'],
      pendingImport: found['pending_import'] ?? 'none',
      synchronized: found['synchronized'],
      mv: found['mv'],
      link: found['link'],
      desired: found['desired'],
      unconfirmed: found['unconfirmed'],
      pendingExport: found['pending_export'] ?? 'none',
      referenceSources: found['reference_sources'],
      guard: found['guard'],
      kept: found['kept'],
      fault: found['fault'] == null ? null : JSON.parse(found['fault'] as string),
      referenceAttributes: this.#namesIn(found['reference_attributes'] as string | null),
    } as unknown as CsRow;
  }

  #namesIn(ids: string | null): readonly string[] {
    if (ids === null) return none;
    return ids.split(',').map((id) => this.names.nameOf(Number(id)));
  }

  #dnIndex(): KeyIndex {
    if (this.#dns === undefined) {
      const index = new KeyIndex(this.count('SELECT count(*) AS n FROM cs'));
      const rows = this.statement('SELECT id, dn_key FROM cs WHERE dn_key IS NOT NULL').iterate();
      for (const found of rows as IterableIterator<Columns>)
        index.add(found['dn_key'] as number, found['id'] as number);
      this.#dns = index;
    }
    return this.#dns;
  }

  #dnNumber(connector: ConnectorId, dnKey: string): number {
    return this.keyOf(`${connector} ${dnKey}`);
  }

  #hasDn(id: number, connector: ConnectorId, dnKey: string): boolean {
    const found = this.get('SELECT connector, dn FROM cs WHERE id = ?', id);
    return (
      found?.['connector'] === connector && (found['dn'] === dnKey || normaliseDn(found['dn'] as string) === dnKey)
    );
  }

  /** The row's DN is not found any more, unless it is `kept`. */
  #releaseDn(id: CsId, kept: number): void {
    const old = this.get('SELECT dn_key FROM cs WHERE id = ?', id)?.['dn_key'] as number | null | undefined;
    if (old === kept) return;
    if (old != null) this.#dnIndex().delete(old, id);
    if (!Number.isNaN(kept)) this.#dnIndex().add(kept, id);
  }

  #moveAnchor(id: CsId, anchor: Anchor | null): void {
    const found = this.get('SELECT connector, anchor, fingerprint FROM cs WHERE id = ?', id);
    if (found === undefined) return;
    const old = found['anchor'] as Anchor | null;
    if (old === anchor) return;
    const index = this.anchors(found['connector'] as ConnectorId);
    if (old !== null) index.delete(anchorKey(bytesOf(old)));
    if (anchor !== null) index.set(anchorKey(bytesOf(anchor)), id, found['fingerprint'] as Uint8Array | null);
    this.run('UPDATE cs SET anchor = ? WHERE id = ?', anchor, id);
  }
}

const searches: Readonly<Record<RowSearch['by'], string>> = {
  text: "cs.dn LIKE ? ESCAPE '\\'",
  'pending-import': 'p.cs IS NOT NULL',
  'pending-export':
    "(e.pending <> 'none' OR EXISTS (SELECT 1 FROM reference r WHERE r.row = cs.id AND r.state IN ('pending-add', 'pending-delete')))",
  error: 'f.cs IS NOT NULL',
  disconnected: 'l.cs IS NULL AND cs.anchor IS NOT NULL',
  transient: 'cs.dn_key IS NULL',
  all: 'cs.anchor IS NOT NULL',
};

function bytesOf(anchor: Anchor): Uint8Array {
  return typeof anchor === 'string' ? Buffer.from(anchor) : anchor;
}
