/** Who exports to the objects of a source, and what its limits counted and refused (rules S13, S16). */
import type { Kysely } from 'kysely';
import type { Migration } from '../migration.ts';

export const sourceMigration: Migration = { name: 'directory-0002-sources', up: sources };

async function sources(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('directory_sources')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('source_id', 'text', (column) => column.notNull())
    .addColumn('agent_id', 'text')
    .addColumn('connector_id', 'text')
    .addColumn('boot_nonce', 'text')
    .addColumn('fencing', 'bigint', (column) => column.notNull())
    .addColumn('since', 'bigint')
    .addColumn('expires_at', 'bigint')
    .addColumn('directory', 'text')
    .addColumn('first_export_at', 'bigint')
    .addColumn('approved_deletions', 'integer', (column) => column.notNull())
    .addColumn('approved_until', 'bigint')
    .addPrimaryKeyConstraint('directory_sources_key', ['tenant_id', 'source_id'])
    .execute();
  await schema
    .createIndex('directory_sources_holder')
    .on('directory_sources')
    .columns(['tenant_id', 'agent_id'])
    .execute();
  await schema
    .createIndex('directory_sources_directory')
    .on('directory_sources')
    .columns(['tenant_id', 'directory'])
    .execute();
  await schema
    .createTable('directory_export_counts')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('source_id', 'text', (column) => column.notNull())
    .addColumn('hour', 'integer', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('object_type', 'text', (column) => column.notNull())
    .addColumn('count', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('directory_export_counts_key', ['tenant_id', 'source_id', 'hour', 'kind', 'object_type'])
    .execute();
  await schema
    .createTable('directory_export_refusals')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('source_id', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('since', 'bigint', (column) => column.notNull())
    .addColumn('last_at', 'bigint', (column) => column.notNull())
    .addColumn('batches', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('directory_export_refusals_key', ['tenant_id', 'source_id', 'kind'])
    .execute();
  await schema
    .createTable('directory_export_limits')
    .addColumn('tenant_id', 'text', (column) => column.primaryKey())
    .addColumn('limits', 'text', (column) => column.notNull())
    .execute();
}
