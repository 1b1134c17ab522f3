/** The schema of the Hybrid Upgrade Service. Statements are portable between SQLite and PostgreSQL. */
import type { Kysely } from 'kysely';
import type { Migration } from '../migration.ts';

export const upgradeMigrations: readonly Migration[] = [{ name: 'upgrade-0001-reports', up: reports }];

async function reports(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('upgrade_reports')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('agent_id', 'text', (column) => column.notNull())
    .addColumn('report_id', 'text', (column) => column.notNull())
    .addColumn('received_at', 'bigint', (column) => column.notNull())
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('component', 'text', (column) => column.notNull())
    .addColumn('from_version', 'text', (column) => column.notNull())
    .addColumn('to_version', 'text', (column) => column.notNull())
    .addColumn('target_sha256', 'text', (column) => column.notNull())
    .addColumn('step', 'text', (column) => column.notNull())
    .addColumn('result', 'text')
    .addColumn('reason', 'text')
    .addColumn('gap_ms', 'bigint')
    .addPrimaryKeyConstraint('upgrade_reports_key', ['tenant_id', 'agent_id', 'report_id'])
    .execute();
  const order = ['received_at', 'position'];
  await index('age', 'upgrade_reports', ['tenant_id', ...order]);
  await index('of_agent', 'upgrade_reports', ['tenant_id', 'agent_id', ...order]);
  await schema
    .createTable('upgrade_last_reports')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('agent_id', 'text', (column) => column.notNull())
    .addColumn('report_id', 'text', (column) => column.notNull())
    .addColumn('received_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('upgrade_last_reports_key', ['tenant_id', 'agent_id'])
    .execute();
  await index('age', 'upgrade_last_reports', ['tenant_id', 'received_at']);

  async function index(name: string, table: string, columns: string[]): Promise<void> {
    await schema.createIndex(`${table}_${name}`).on(table).columns(columns).execute();
  }
}
