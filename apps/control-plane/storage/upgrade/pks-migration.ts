/** The schema of the PKS bridge. */
import type { Kysely } from 'kysely';
import type { Migration } from '../migration.ts';

export const pksMigration: Migration = { name: 'upgrade-pks-0001', up: pks };

async function pks(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('upgrade_pks_clients')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('key_hash', 'text', (column) => column.notNull())
    .addColumn('component', 'text', (column) => column.notNull())
    .addColumn('host_name', 'text', (column) => column.notNull())
    .addColumn('version', 'text', (column) => column.notNull())
    .addColumn('channel', 'text', (column) => column.notNull())
    .addColumn('first_seen_at', 'bigint', (column) => column.notNull())
    .addColumn('last_seen_at', 'bigint', (column) => column.notNull())
    .addColumn('last_day', 'integer', (column) => column.notNull())
    .addColumn('seen_days', 'integer', (column) => column.notNull())
    .addColumn('requests', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('upgrade_pks_clients_key', ['tenant_id', 'id'])
    .execute();
  await schema
    .createIndex('upgrade_pks_clients_age')
    .on('upgrade_pks_clients')
    .columns(['tenant_id', 'seen_days', 'last_seen_at'])
    .execute();
  await schema
    .createTable('upgrade_pks_lifecycle')
    .addColumn('tenant_id', 'text', (column) => column.primaryKey())
    .addColumn('announced_at', 'bigint', (column) => column.notNull())
    .addColumn('deprecated_at', 'bigint', (column) => column.notNull())
    .addColumn('sunset_at', 'bigint', (column) => column.notNull())
    .execute();
}
