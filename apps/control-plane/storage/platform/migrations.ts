/** The schema of the platform part, one migration per release that changes it. */
import { type Kysely, sql } from 'kysely';
import type { Migration } from '../migration.ts';
import { fleetMigration } from './fleet-migration.ts';
import { sourceMigration } from './source-migration.ts';

export const platformMigrations: readonly Migration[] = [
  { name: 'platform-0001-people', up: people },
  { name: 'platform-0002-agents', up: agents },
  { name: 'platform-0003-operations', up: operations },
  { name: 'platform-0004-token-use', up: tokenUse },
  { name: 'platform-0005-notices', up: notices },
  { name: 'platform-0006-restored', up: restored },
  fleetMigration,
  sourceMigration,
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

async function tokenUse(database: Kysely<unknown>): Promise<void> {
  await database.schema.alterTable('platform_tokens').addColumn('last_used_at', 'bigint').execute();
}

async function notices(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('platform_notice_channels')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('settings', 'text', (column) => column.notNull())
    .addColumn('secret', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('platform_notice_channels_key', ['tenant_id', 'id'])
    .addUniqueConstraint('platform_notice_channels_name', ['tenant_id', 'name'])
    .execute();
  await schema
    .createTable('platform_notices')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('text', 'text', (column) => column.notNull())
    .addColumn('detail', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('platform_notices_key', ['tenant_id', 'id'])
    .execute();
  await schema
    .createIndex('platform_notices_age')
    .on('platform_notices')
    .columns(['tenant_id', 'created_at'])
    .execute();
  await schema
    .createTable('platform_notice_deliveries')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('notice_id', 'text', (column) => column.notNull())
    .addColumn('channel_id', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('due_at', 'bigint', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('sent_at', 'bigint')
    .addColumn('last_error', 'text')
    .addPrimaryKeyConstraint('platform_notice_deliveries_key', ['tenant_id', 'notice_id', 'channel_id'])
    .execute();
  await schema
    .createIndex('platform_notice_deliveries_due')
    .on('platform_notice_deliveries')
    .columns(['tenant_id', 'state', 'due_at'])
    .execute();
}

async function restored(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('platform_counters')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('value', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('platform_counters_key', ['tenant_id', 'name'])
    .execute();
  // The system tenant's, as every row of the installation itself.
  await sql`insert into platform_counters (tenant_id, name, value)
    select '00000000-0000-0000-0000-000000000000', 'mark', count(*) from platform_audit`.execute(database);
  await schema
    .createTable('platform_signer_facts')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('sequence', 'bigint', (column) => column.notNull())
    .addColumn('fact', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('platform_signer_facts_key', ['tenant_id', 'sequence'])
    .execute();
  await schema
    .createTable('platform_restorations')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('epoch', 'bigint', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('found_mark', 'bigint', (column) => column.notNull())
    .addColumn('noted_mark', 'bigint', (column) => column.notNull())
    .addColumn('replayed_at', 'bigint')
    .addColumn('halted_at', 'bigint')
    .addColumn('ended_at', 'bigint')
    .addPrimaryKeyConstraint('platform_restorations_key', ['tenant_id', 'epoch'])
    .execute();
  await tellSignerOfAgents(database);
}

type AgentsOfThen = {
  platform_agents: Record<
    'tenant_id' | 'id' | 'public_key' | 'state' | 'host_name' | 'platform' | 'version',
    string
  > & {
    enrolled_at: number;
  };
  platform_connectors: Record<'tenant_id' | 'id' | 'name' | 'kind' | 'agent_id', string>;
  platform_signer_facts: { tenant_id: string; sequence: number; fact: string };
  platform_counters: { tenant_id: string; name: string; value: number };
};

/** The signer has heard of nobody yet: agents of before must outlive this database like later ones. */
async function tellSignerOfAgents(database: Kysely<unknown>): Promise<void> {
  const tables = database.withTables<AgentsOfThen>();
  const systemTenant = '00000000-0000-0000-0000-000000000000';
  const rowsPerStep = 500;
  let sequence = 0;
  const tell = async (facts: readonly object[]): Promise<void> => {
    const values = facts.map((fact) => ({ tenant_id: systemTenant, sequence: ++sequence, fact: JSON.stringify(fact) }));
    if (values.length > 0) await tables.insertInto('platform_signer_facts').values(values).execute();
  };
  for (let after = ''; ; ) {
    const agents = tables.selectFrom('platform_agents').selectAll().where('id', '>', after).orderBy('id');
    const rows = await agents.limit(rowsPerStep).execute();
    await tell(
      rows.flatMap(({ tenant_id: tenantId, id: agentId, ...row }) => {
        const described = { hostName: row.host_name, platform: row.platform, version: row.version };
        const publicKey = JSON.parse(row.public_key);
        const enrolledAt = Number(row.enrolled_at);
        const enrolled = { kind: 'agent-enrolled', tenantId, agentId, publicKey, ...described, enrolledAt };
        return row.state === 'revoked' ? [enrolled, { kind: 'agent-revoked', tenantId, agentId }] : [enrolled];
      }),
    );
    if (rows.length < rowsPerStep) break;
    after = rows.at(-1)!.id;
  }
  for (let after = ''; ; ) {
    const connectors = tables.selectFrom('platform_connectors').selectAll().where('id', '>', after).orderBy('id');
    const rows = await connectors.limit(rowsPerStep).execute();
    await tell(
      rows.map(({ tenant_id: tenantId, id: connectorId, name, kind: connectorKind, agent_id: agentId }) => {
        return { kind: 'connector-given', tenantId, connectorId, name, connectorKind, agentId };
      }),
    );
    if (rows.length < rowsPerStep) break;
    after = rows.at(-1)!.id;
  }
  await tables
    .insertInto('platform_counters')
    .values({ tenant_id: systemTenant, name: 'fact', value: sequence })
    .execute();
}
