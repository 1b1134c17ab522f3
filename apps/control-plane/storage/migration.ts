/**
 * Schema changes, in order, each carried out once. All that are pending run in one transaction, so that a kill leaves
 * the old schema or the new one. The statements are portable: what PostgreSQL does not take is not written here.
 */
import type { Kysely } from 'kysely';
import type { Writer } from './database.ts';
import { StorageError } from './storage-error.ts';

export interface Migration {
  /** Unique over all products and never changed once released: `platform-0001-tenants`. */
  readonly name: string;
  up(database: Kysely<unknown>): Promise<void>;
}

type MigrationTables = {
  platform_migrations: { name: string; position: number };
};

/**
 * Brings the schema up to date.
 *
 * @throws {StorageError} `database-newer` when the database knows a migration that this program does not.
 */
export async function migrate(writer: Writer, migrations: readonly Migration[]): Promise<void> {
  const ledger = writer.withTables<MigrationTables>();
  await writer.schema
    .createTable('platform_migrations')
    .ifNotExists()
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('position', 'integer', (column) => column.notNull())
    .execute();
  const applied = await ledger.selectFrom('platform_migrations').select('name').orderBy('position').execute();
  const names = new Set(migrations.map((migration) => migration.name));
  if (names.size !== migrations.length) throw new TypeError('two migrations share a name');
  const unknown = applied.find((row) => !names.has(row.name));
  if (unknown !== undefined) {
    throw new StorageError(
      'database-newer',
      `the database was written by a newer version (it knows ${unknown.name}); start that version, or restore a backup made by this one`,
    );
  }
  const done = new Set(applied.map((row) => row.name));
  for (const [position, migration] of migrations.entries()) {
    if (done.has(migration.name)) continue;
    // A migration writes the tables of its own time, so it gets the connection without today's types.
    await migration.up(writer as unknown as Kysely<unknown>);
    await ledger.insertInto('platform_migrations').values({ name: migration.name, position }).execute();
  }
}
