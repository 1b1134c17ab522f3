/** The schema of the cloud directory. Statements are portable between SQLite and PostgreSQL. */
import type { Kysely } from 'kysely';
import type { Migration } from '../migration.ts';
import { sourceMigration } from './source-migration.ts';

export const directoryMigrations: readonly Migration[] = [
  { name: 'directory-0001-objects', up: objects },
  sourceMigration,
];

async function objects(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('directory_objects')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('object_id', 'text', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('source_anchor', 'text', (column) => column.notNull())
    .addColumn('connector_id', 'text', (column) => column.notNull())
    .addColumn('display_name', 'text')
    .addColumn('display_name_key', 'text')
    .addColumn('user_name_key', 'text')
    .addColumn('given_name_key', 'text')
    .addColumn('family_name_key', 'text')
    .addColumn('title_key', 'text')
    .addColumn('department_key', 'text')
    .addColumn('employee_number_key', 'text')
    .addColumn('active', 'integer', (column) => column.notNull())
    .addColumn('reference_count', 'integer', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('sequence', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .addColumn('deleted_at', 'bigint')
    // Last, so that the columns above are read without it.
    .addColumn('attributes', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('directory_objects_key', ['tenant_id', 'object_id'])
    .addUniqueConstraint('directory_objects_anchor', ['tenant_id', 'source_anchor', 'type'])
    .execute();
  await index('changes', 'directory_objects', ['tenant_id', 'connector_id', 'sequence']);
  // Each answers a list from the index alone: the type, no deleted objects, then the order or the value asked for.
  await index('listed', 'directory_objects', ['tenant_id', 'type', 'deleted_at', 'object_id']);
  await index('user_name', 'directory_objects', ['tenant_id', 'type', 'deleted_at', 'user_name_key']);
  await index('display_name', 'directory_objects', ['tenant_id', 'type', 'deleted_at', 'display_name_key']);
  await index('employee_number', 'directory_objects', ['tenant_id', 'type', 'deleted_at', 'employee_number_key']);
  await index('changed', 'directory_objects', ['tenant_id', 'type', 'deleted_at', 'changed_at']);
  await schema
    .createTable('directory_unique_values')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .addColumn('object_id', 'text', (column) => column.notNull())
    .addColumn('is_primary', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('directory_unique_values_key', ['tenant_id', 'kind', 'value'])
    .execute();
  await schema
    .createTable('directory_references')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('object_id', 'text', (column) => column.notNull())
    .addColumn('attribute', 'text', (column) => column.notNull())
    .addColumn('target_id', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('directory_references_key', ['tenant_id', 'object_id', 'attribute', 'target_id'])
    .execute();
  await index('targets', 'directory_references', ['tenant_id', 'target_id', 'attribute', 'object_id']);
  await schema
    .createTable('directory_export_batches')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('agent_id', 'text', (column) => column.notNull())
    .addColumn('idempotency_key', 'text', (column) => column.notNull())
    .addColumn('body_digest', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('answer', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('directory_export_batches_key', ['tenant_id', 'agent_id', 'idempotency_key'])
    .execute();
  await index('age', 'directory_export_batches', ['tenant_id', 'created_at']);
  await schema
    .createTable('directory_epochs')
    .addColumn('tenant_id', 'text', (column) => column.primaryKey())
    .addColumn('epoch', 'text', (column) => column.notNull())
    .addColumn('sequence', 'bigint', (column) => column.notNull())
    .addColumn('purged_through', 'bigint', (column) => column.notNull())
    .execute();

  async function index(name: string, table: string, columns: string[]): Promise<void> {
    await schema.createIndex(`${table}_${name}`).on(table).columns(columns).execute();
  }
}
