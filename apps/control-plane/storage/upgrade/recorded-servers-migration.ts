/** The schema of recorded servers. */
import type { Kysely } from 'kysely';
import type { Migration } from '../migration.ts';

export const recordedServersMigration: Migration = { name: 'upgrade-0004-recorded-servers', up: recordedServers };

async function recordedServers(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('upgrade_recorded_servers')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('host_key', 'text', (column) => column.notNull())
    .addColumn('component', 'text', (column) => column.notNull())
    .addColumn('host_name', 'text', (column) => column.notNull())
    .addColumn('version', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('channel', 'text', (column) => column.notNull())
    .addColumn('last_seen_at', 'bigint')
    .addColumn('last_result', 'text')
    .addColumn('owner', 'text')
    .addColumn('born_at', 'bigint')
    .addColumn('moved_to', 'text')
    .addPrimaryKeyConstraint('upgrade_recorded_servers_key', ['tenant_id', 'host_key', 'component'])
    .execute();
}
