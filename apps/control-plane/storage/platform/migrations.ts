/** The schema of the platform part, one migration per release that changes it. */
import type { Kysely } from 'kysely';
import type { Migration } from '../migration.ts';

export const platformMigrations: readonly Migration[] = [
  { name: 'platform-0001-people', up: people },
  { name: 'platform-0002-agents', up: agents },
  { name: 'platform-0003-operations', up: operations },
];

async function people(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('platform_tenants')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('platform_people')
    .addColumn('tenant_id', 'text', (column) => column.notNull().references('platform_tenants.id'))
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('platform_people_key', ['tenant_id', 'id'])
    .addUniqueConstraint('platform_people_name', ['tenant_id', 'name'])
    .execute();
  await schema
    .createTable('platform_credentials')
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('subject_id', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .execute();
  await schema
    .createIndex('platform_credentials_subject')
    .on('platform_credentials')
    .columns(['tenant_id', 'kind', 'subject_id'])
    .execute();
  await schema
    .createTable('platform_sessions')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('person_id', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('last_seen_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('platform_sessions_key', ['tenant_id', 'id'])
    .execute();
  await schema
    .createTable('platform_sign_in_links')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('person_id', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('used_at', 'bigint')
    .addPrimaryKeyConstraint('platform_sign_in_links_key', ['tenant_id', 'id'])
    .execute();
  await schema
    .createTable('platform_tokens')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('person_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('scopes', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addPrimaryKeyConstraint('platform_tokens_key', ['tenant_id', 'id'])
    .addUniqueConstraint('platform_tokens_name', ['tenant_id', 'name'])
    .execute();
}

async function agents(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('platform_agents')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('key_id', 'text', (column) => column.notNull())
    .addColumn('public_key', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('host_name', 'text', (column) => column.notNull())
    .addColumn('platform', 'text', (column) => column.notNull())
    .addColumn('version', 'text', (column) => column.notNull())
    .addColumn('enrolled_at', 'bigint', (column) => column.notNull())
    .addColumn('last_seen_at', 'bigint')
    .addColumn('report', 'text')
    .addColumn('revoked_at', 'bigint')
    .addPrimaryKeyConstraint('platform_agents_key', ['tenant_id', 'id'])
    .execute();
  await schema
    .createTable('platform_connectors')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('agent_id', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('platform_connectors_key', ['tenant_id', 'id'])
    .addUniqueConstraint('platform_connectors_name', ['tenant_id', 'name'])
    .execute();
  await schema
    .createIndex('platform_connectors_agent')
    .on('platform_connectors')
    .columns(['tenant_id', 'agent_id'])
    .execute();
  await schema
    .createTable('platform_enrolments')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('connector_name', 'text', (column) => column.notNull())
    .addColumn('connector_kind', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('key_id', 'text')
    .addColumn('agent_id', 'text')
    .addPrimaryKeyConstraint('platform_enrolments_key', ['tenant_id', 'id'])
    .execute();
}

async function operations(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('platform_nonces')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('key_id', 'text', (column) => column.notNull())
    .addColumn('nonce', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('platform_nonces_key', ['tenant_id', 'key_id', 'nonce'])
    .execute();
  await schema
    .createIndex('platform_nonces_expiry')
    .on('platform_nonces')
    .columns(['tenant_id', 'expires_at'])
    .execute();
  await schema
    .createTable('platform_audit')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('sequence', 'bigint', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('actor', 'text', (column) => column.notNull())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('detail', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('platform_audit_key', ['tenant_id', 'sequence'])
    .execute();
  await schema
    .createTable('platform_leases')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('fencing_token', 'bigint', (column) => column.notNull())
    .addColumn('deadline', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('platform_leases_key', ['tenant_id', 'name'])
    .execute();
  await schema
    .createTable('platform_jobs')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('due_at', 'bigint', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .addColumn('result', 'text')
    .addPrimaryKeyConstraint('platform_jobs_key', ['tenant_id', 'kind'])
    .execute();
}
