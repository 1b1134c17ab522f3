/** The schema of the Hybrid Upgrade Service. Statements are portable between SQLite and PostgreSQL. */
import type { Kysely } from 'kysely';
import type { Migration } from '../migration.ts';
import { knownPlacesMigration } from './known-places-migration.ts';
import { pksMigration } from './pks-migration.ts';
import { recordedServersMigration } from './recorded-servers-migration.ts';

export const upgradeMigrations: readonly Migration[] = [
  { name: 'upgrade-0001-reports', up: reports },
  { name: 'upgrade-0002-rollouts', up: rollouts },
  pksMigration,
  knownPlacesMigration,
  recordedServersMigration,
  { name: 'upgrade-0005-places-by-source', up: placesBySource },
  { name: 'upgrade-0006-policies-by-signer', up: policiesBySigner },
];

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

async function rollouts(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('upgrade_rollouts')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('rollout_id', 'text', (column) => column.notNull())
    .addColumn('plan', 'text', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('reason', 'text')
    .addColumn('wanted', 'text')
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('upgrade_rollouts_key', ['tenant_id', 'rollout_id'])
    .execute();
  await schema
    .createTable('upgrade_evidence')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('target_sha256', 'text', (column) => column.notNull())
    .addColumn('agent_id', 'text', (column) => column.notNull())
    .addColumn('ring', 'text', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('outcome', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('received_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('upgrade_evidence_key', ['tenant_id', 'target_sha256', 'agent_id'])
    .execute();
  await schema
    .createIndex('upgrade_evidence_age')
    .on('upgrade_evidence')
    .columns(['tenant_id', 'received_at'])
    .execute();
  await schema
    .createIndex('upgrade_evidence_staging')
    .on('upgrade_evidence')
    .columns(['tenant_id', 'role', 'outcome', 'received_at'])
    .execute();
  await schema
    .createTable('upgrade_campaigns')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('campaign_id', 'text', (column) => column.notNull())
    .addColumn('document', 'text', (column) => column.notNull())
    .addColumn('sent', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .addPrimaryKeyConstraint('upgrade_campaigns_key', ['tenant_id', 'campaign_id'])
    .execute();
  await schema
    .createTable('upgrade_wishes')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('agent_id', 'text', (column) => column.notNull())
    .addColumn('counter', 'integer', (column) => column.notNull())
    .addColumn('wish', 'text', (column) => column.notNull())
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('upgrade_wishes_key', ['tenant_id', 'agent_id'])
    .execute();
}

/** Who reads the same directory is asked at every heartbeat. */
async function placesBySource(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createIndex('upgrade_places_source')
    .on('upgrade_places')
    .columns(['tenant_id', 'source', 'role'])
    .execute();
  // It leads through what every staging server of the tenant kept; the few partners have `upgrade_evidence_of_agent`.
  await database.schema.dropIndex('upgrade_evidence_staging').execute();
}

async function policiesBySigner(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .alterTable('upgrade_policies')
    .addColumn('is_after_other', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
}
