/**
 * The schema of what reports are held against: where each host stands by its heartbeats, which builds rollouts are about,
 * and the policies that were signed.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from '../migration.ts';

export const knownPlacesMigration: Migration = { name: 'upgrade-0003-known-places', up: knownPlaces };

async function knownPlaces(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('upgrade_places')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('agent_id', 'text', (column) => column.notNull())
    .addColumn('ring', 'text', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('role_since', 'bigint', (column) => column.notNull())
    .addColumn('source', 'text')
    .addPrimaryKeyConstraint('upgrade_places_key', ['tenant_id', 'agent_id'])
    .execute();
  await schema
    .createTable('upgrade_rollout_targets')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('target_sha256', 'text', (column) => column.notNull())
    .addColumn('rollout_id', 'text', (column) => column.notNull())
    .addColumn('component', 'text', (column) => column.notNull())
    .addColumn('version', 'text', (column) => column.notNull())
    .addColumn('platform', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('upgrade_rollout_targets_key', ['tenant_id', 'target_sha256', 'rollout_id'])
    .execute();
  await schema
    .createTable('upgrade_policies')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('version', 'bigint', (column) => column.notNull())
    .addColumn('issued_at', 'bigint', (column) => column.notNull())
    .addColumn('seen_at', 'bigint', (column) => column.notNull())
    .addColumn('policy', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('upgrade_policies_key', ['tenant_id', 'version'])
    .execute();
  // What is there was never held against anything: it counts where heartbeats say the same.
  for (const column of ['is_confirmed', 'begun_at'] as const) {
    await schema
      .alterTable('upgrade_evidence')
      .addColumn(column, 'bigint', (built) => built.notNull().defaultTo(0))
      .execute();
  }
  await schema
    .createIndex('upgrade_evidence_of_agent')
    .on('upgrade_evidence')
    .columns(['tenant_id', 'agent_id', 'received_at'])
    .execute();
  const tables = database.withTables<TablesOfThen>();
  await targetsOfRollouts(tables);
  await placesOfAgents(tables);
}

type TablesOfThen = {
  platform_agents: { tenant_id: string; id: string; report: string | null };
  upgrade_rollouts: Record<'tenant_id' | 'rollout_id' | 'plan', string>;
  upgrade_rollout_targets: Record<
    'tenant_id' | 'target_sha256' | 'rollout_id' | 'component' | 'version' | 'platform',
    string
  >;
  upgrade_places: Record<'tenant_id' | 'agent_id' | 'ring' | 'role', string> & {
    role_since: number;
    source: string | null;
  };
  upgrade_evidence: Record<'tenant_id' | 'agent_id' | 'ring' | 'role', string> & {
    is_confirmed: number;
    received_at: number;
    begun_at: number;
  };
};

interface PlanOfThen {
  readonly component: string;
  readonly version: string;
  /** By platform, their SHA-256. */
  readonly targets: Readonly<Record<string, string>>;
}

interface ReportOfThen {
  readonly autoUpgrade?: { readonly ring?: string; readonly role?: string };
  readonly sync?: { readonly source: string };
}

const systemTenant = '00000000-0000-0000-0000-000000000000';

/** Of the rollouts that are there. */
async function targetsOfRollouts(database: Kysely<TablesOfThen>): Promise<void> {
  for (const { rollout_id, plan } of await database
    .selectFrom('upgrade_rollouts')
    .select(['rollout_id', 'plan'])
    .where('tenant_id', '=', systemTenant)
    .execute()) {
    const { component, version, targets } = JSON.parse(plan) as PlanOfThen;
    for (const [platform, target_sha256] of Object.entries(targets)) {
      await database
        .insertInto('upgrade_rollout_targets')
        .values({ tenant_id: systemTenant, target_sha256, rollout_id, component, version, platform })
        .execute();
    }
  }
}

const agentsAtOnce = 1_000;

/** As their last heartbeats said; they said so for as long as anybody knows. */
async function placesOfAgents(database: Kysely<TablesOfThen>): Promise<void> {
  await database.updateTable('upgrade_evidence').set({ begun_at: sql`received_at` }).execute();
  for (let after = ''; ; ) {
    const rows = await database
      .selectFrom('platform_agents')
      .select(['tenant_id', 'id', 'report'])
      .where('id', '>', after)
      .orderBy('id')
      .limit(agentsAtOnce)
      .execute();
    for (const { tenant_id, id, report } of rows) {
      const { autoUpgrade, sync } = JSON.parse(report ?? '{}') as ReportOfThen;
      const { ring = 'broad', role = 'active' } = autoUpgrade ?? {};
      const source = sync === undefined ? null : sourceKeyOfThen(sync.source);
      await database
        .insertInto('upgrade_places')
        .values({ tenant_id, agent_id: id, ring, role, role_since: 0, source })
        .execute();
      await database
        .updateTable('upgrade_evidence')
        .set({ is_confirmed: 1 })
        .where('tenant_id', '=', tenant_id)
        .where('agent_id', '=', id)
        .where('ring', '=', ring)
        .where('role', '=', role)
        .execute();
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < agentsAtOnce) return;
    after = last.id;
  }
}

/** What servers of one directory had in common then: of an LDAP source its base, of a file its path. */
function sourceKeyOfThen(source: string): string {
  const [, base] = /^ldaps?:\/\/\S+ (.+)$/i.exec(source) ?? [];
  return (base === undefined ? source : base.replace(/\s*([,=])\s*/g, '$1').toLowerCase()).slice(0, 1_024);
}
