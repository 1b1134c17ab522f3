/**
 * References between rows of the connector spaces, one row each, with their state: one member changed in a large group
 * is one row changed.
 */
import type { ConnectorId, CsId, ReferenceRow, ReferenceState } from '@springline/connect-sync/connector-space/store';
import { RowTables } from './row-tables.ts';

export class ReferenceTables extends RowTables {
  references(id: CsId, attribute?: string): readonly ReferenceRow[] {
    const found =
      attribute === undefined
        ? this.all('SELECT attribute, target, state FROM reference WHERE row = ? ORDER BY attribute, target', id)
        : this.all(
            'SELECT attribute, target, state FROM reference WHERE row = ? AND attribute = ? ORDER BY target',
            id,
            this.names.idOf(attribute),
          );
    return found.map((reference) => this.#asReference(reference));
  }

  referencesTo(id: CsId, target: CsId): readonly ReferenceRow[] {
    return this.all(
      'SELECT attribute, target, state FROM reference INDEXED BY reference_target WHERE target = ? AND row = ?',
      target,
      id,
    ).map((reference) => this.#asReference(reference));
  }

  #asReference(found: Record<string, unknown>): ReferenceRow {
    return {
      attribute: this.names.nameOf(found['attribute'] as number),
      target: found['target'] as CsId,
      state: found['state'] as ReferenceState,
    };
  }

  pendingReferences(id: CsId): readonly ReferenceRow[] {
    return this.all(
      `SELECT attribute, target, state FROM reference INDEXED BY reference_pending
        WHERE row = ? AND state IN ('pending-add', 'pending-delete') ORDER BY attribute, target`,
      id,
    ).map((reference) => this.#asReference(reference));
  }

  countStoredReferences(id: CsId, attribute: string): number {
    return this.count(
      'SELECT count(*) AS n FROM reference WHERE row = ? AND attribute = ?',
      id,
      this.names.idOf(attribute),
    );
  }

  countAllReferences(connector: ConnectorId, attribute: string): number {
    return this.count(
      'SELECT count(*) AS n FROM reference r CROSS JOIN cs ON cs.id = r.row WHERE r.attribute = ? AND cs.connector = ?',
      this.names.idOf(attribute),
      connector,
    );
  }

  reference(id: CsId, attribute: string, target: CsId): ReferenceState | undefined {
    return this.get(
      'SELECT state FROM reference WHERE row = ? AND attribute = ? AND target = ?',
      id,
      this.names.idOf(attribute),
      target,
    )?.['state'] as ReferenceState | undefined;
  }

  countReferences(id: CsId, attribute: string): number {
    const found = this.get(
      'SELECT count FROM reference_count WHERE row = ? AND attribute = ?',
      id,
      this.names.idOf(attribute),
    );
    return (found?.['count'] ?? 0) as number;
  }

  adjustReferenceCount(id: CsId, attribute: string, by: number): void {
    this.run(
      `INSERT INTO reference_count VALUES (?, ?, ?)
        ON CONFLICT (row, attribute) DO UPDATE SET count = count + excluded.count`,
      id,
      this.names.idOf(attribute),
      by,
    );
  }

  referenceAttributes(id: CsId): readonly string[] {
    return this.all('SELECT attribute FROM reference_count WHERE row = ? AND count > 0', id).map((found) =>
      this.names.nameOf(found['attribute'] as number),
    );
  }

  setReference(id: CsId, attribute: string, target: CsId, state: ReferenceState): void {
    this.run(
      'INSERT INTO reference VALUES (?, ?, ?, ?) ON CONFLICT (row, attribute, target) DO UPDATE SET state = excluded.state',
      id,
      this.names.idOf(attribute),
      target,
      state,
    );
  }

  dropReference(id: CsId, attribute: string, target: CsId): void {
    this.run(
      'DELETE FROM reference WHERE row = ? AND attribute = ? AND target = ?',
      id,
      this.names.idOf(attribute),
      target,
    );
  }

  referrers(target: CsId): readonly CsId[] {
    return this.all('SELECT DISTINCT row FROM reference WHERE target = ?', target).map((found) => found['row'] as CsId);
  }

  redirectReferences(from: CsId, to: CsId): void {
    // Whoever names both would name one of them twice.
    this.run(
      `UPDATE reference_count SET count = count - 1 WHERE (row, attribute) IN
        (SELECT f.row, f.attribute FROM reference f JOIN reference t
          ON t.row = f.row AND t.attribute = f.attribute AND t.target = ?
          WHERE f.target = ? AND f.state <> 'gone' AND t.state <> 'gone')`,
      to,
      from,
    );
    // What was taken away under one name and is there under the other was brought to where it leads, and stays there.
    this.run(
      `UPDATE reference SET state = 'moved' WHERE target = ? AND state = 'gone' AND EXISTS
        (SELECT 1 FROM reference f
          WHERE f.row = reference.row AND f.attribute = reference.attribute AND f.target = ? AND f.state <> 'gone')`,
      to,
      from,
    );
    this.run('UPDATE OR IGNORE reference SET target = ? WHERE target = ?', to, from);
    this.run('DELETE FROM reference WHERE target = ?', from);
  }

  moveReferences(target: CsId, connector: ConnectorId): void {
    this.run(
      `UPDATE reference SET state = 'moved' WHERE target = ? AND state = 'confirmed' AND EXISTS
        (SELECT 1 FROM link l JOIN link c ON c.mv = l.mv AND c.connector = ?
          WHERE l.cs = reference.row AND l.connector <> c.connector
            AND NOT EXISTS (SELECT 1 FROM reference_queue q WHERE q.cs = c.cs))`,
      target,
      connector,
    );
  }

  rowsWithPendingReferences(connector: ConnectorId): readonly CsId[] {
    return this.all(
      `SELECT DISTINCT r.row AS row FROM reference r CROSS JOIN cs ON cs.id = r.row
        WHERE r.state IN ('pending-add', 'pending-delete') AND cs.connector = ? ORDER BY r.row`,
      connector,
    ).map((found) => found['row'] as CsId);
  }

  unsettledReferences(after: number, limit: number): readonly (ReferenceRow & { readonly row: CsId })[] {
    return this.all(
      `SELECT row, attribute, target, state FROM reference INDEXED BY reference_unsettled WHERE state IN ('new', 'gone', 'moved') AND row IN
        (SELECT DISTINCT row FROM reference WHERE state IN ('new', 'gone', 'moved') AND row > ? ORDER BY row LIMIT ?)
        ORDER BY row`,
      after,
      limit,
    ).map((found) => ({
      row: found['row'] as CsId,
      attribute: this.names.nameOf(found['attribute'] as number),
      target: found['target'] as CsId,
      state: found['state'] as ReferenceState,
    }));
  }

  seedReferences(id: CsId, attribute: string, from: CsId, fromAttribute: string, connector: ConnectorId): void {
    this.run(
      `INSERT OR IGNORE INTO reference SELECT ?, ?, o.cs, 'pending-add' FROM reference r JOIN link l ON l.cs = r.target
        JOIN link o ON o.mv = l.mv AND o.connector = ? WHERE r.row = ? AND r.attribute = ? AND r.state <> 'gone'
        ORDER BY o.cs`,
      id,
      this.names.idOf(attribute),
      connector,
      from,
      this.names.idOf(fromAttribute),
    );
  }

  hasReferences(id: CsId): boolean {
    return this.get('SELECT 1 AS found FROM reference WHERE row = ? LIMIT 1', id) !== undefined;
  }

  counterpartsOfReferences(id: CsId, attribute: string, connector: ConnectorId): readonly CsId[] {
    return this.all(
      `SELECT DISTINCT o.cs AS id FROM reference r JOIN link l ON l.cs = r.target
        JOIN link o ON o.mv = l.mv AND o.connector = ? WHERE r.row = ? AND r.attribute = ? AND r.state <> 'gone'`,
      connector,
      id,
      this.names.idOf(attribute),
    ).map((found) => found['id'] as CsId);
  }

  enqueueAllReferences(connector: ConnectorId, type: string): void {
    this.run(
      `INSERT OR IGNORE INTO reference_queue SELECT cs.id FROM cs JOIN link l ON l.cs = cs.id
        WHERE cs.connector = ? AND cs.type = ?`,
      connector,
      type,
    );
  }

  enqueueReferences(id: CsId): void {
    this.run('INSERT OR IGNORE INTO reference_queue VALUES (?)', id);
  }

  referenceQueue(limit: number): readonly CsId[] {
    return this.all('SELECT cs FROM reference_queue ORDER BY cs LIMIT ?', limit).map((found) => found['cs'] as CsId);
  }

  isInReferenceQueue(id: CsId): boolean {
    return this.get('SELECT 1 AS found FROM reference_queue WHERE cs = ?', id) !== undefined;
  }

  dropFromReferenceQueue(id: CsId): void {
    this.run('DELETE FROM reference_queue WHERE cs = ?', id);
  }
}
