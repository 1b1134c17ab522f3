/**
 * Connectors of one source, and the continuations by which two copies of one identity are found out (rules S13, S16).
 * Every connector of before is a source of its own, and no agent has been given a continuation yet.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from '../migration.ts';

export const sourceMigration: Migration = { name: 'platform-0008-sources', up: sources };

async function sources(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  await schema
    .alterTable('platform_connectors')
    .addColumn('source_id', 'text', (column) => column.notNull().defaultTo(''))
    .execute();
  await sql`update platform_connectors set source_id = id`.execute(database);
  await schema
    .createIndex('platform_connectors_source')
    .on('platform_connectors')
    .columns(['tenant_id', 'source_id'])
    .execute();
  await schema.alterTable('platform_enrolments').addColumn('beside', 'text').execute();
  await schema.alterTable('platform_agents').addColumn('continuation', 'text').execute();
  await schema.alterTable('platform_agents').addColumn('beats', 'text').execute();
  await schema.alterTable('platform_agents').addColumn('conflicted_at', 'bigint').execute();
}
