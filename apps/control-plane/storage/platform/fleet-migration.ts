/**
 * The table of the fleet's rows, and rows for the agents of before from their last heartbeats. Each sort order has an index
 * that holds all that is filtered by: a page is found by walking one index, however few rows fit.
 */
import type { Kysely } from 'kysely';
import type { Migration } from '../migration.ts';

export const fleetMigration: Migration = { name: 'platform-0007-fleet', up: fleet };

const filtered = ['component', 'standing', 'seen_day', 'state', 'channel', 'ring', 'role', 'reason', 'version_key'];

async function fleet(database: Kysely<unknown>): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('platform_fleet')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('agent_id', 'text', (column) => column.notNull())
    .addColumn('component', 'text', (column) => column.notNull())
    .addColumn('host_name', 'text', (column) => column.notNull())
    .addColumn('version', 'text', (column) => column.notNull())
    .addColumn('version_key', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('channel', 'text', (column) => column.notNull())
    .addColumn('ring', 'text', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('standing', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('last_at', 'bigint', (column) => column.notNull())
    .addColumn('seen_day', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('platform_fleet_key', ['tenant_id', 'agent_id', 'component'])
    .execute();
  for (const [name, first] of [
    ['host', []],
    ['version', ['version_key']],
    ['last', ['last_at']],
  ] as const) {
    const order = ['tenant_id', ...first, 'host_name', 'agent_id', 'component'];
    const columns = [...order, ...filtered.filter((column) => !order.includes(column))];
    await schema.createIndex(`platform_fleet_${name}`).on('platform_fleet').columns(columns).execute();
  }
  await fillFromHeartbeats(database);
}

type TablesOfThen = {
  platform_agents: Record<'tenant_id' | 'id' | 'host_name' | 'version' | 'state', string> & {
    report: string | null;
    enrolled_at: number;
    last_seen_at: number | null;
  };
  platform_fleet: Record<string, string | number>;
};

interface ReportOfThen {
  readonly autoUpgrade?: {
    readonly state?: string;
    readonly channel?: string;
    readonly ring?: string;
    readonly role?: string;
    readonly components?: readonly { readonly component: string; readonly version: string }[];
  };
}

/** As versions were sorted then: each of four fields as the count of its digits before the digits. */
function versionKeyOfThen(version: string): string {
  return [...version.split('.'), '0', '0', '0']
    .slice(0, 4)
    .map((field) => field.replace(/^0+(?=\d)/, ''))
    .map((digits) => `${digits.length}${digits}`)
    .join('');
}

const agentsPerStep = 500;
/** An agent has several rows of 14 columns, and a statement takes 32,766 values. */
const rowsPerInsert = 500;

/** As far as it must be known before an agent's next heartbeat, which writes its rows anew; the silent ones stay so. */
async function fillFromHeartbeats(database: Kysely<unknown>): Promise<void> {
  const tables = database.withTables<TablesOfThen>();
  for (let after = ''; ; ) {
    const agents = tables.selectFrom('platform_agents').selectAll().where('id', '>', after).orderBy('id');
    const rows = await agents.limit(agentsPerStep).execute();
    const values = rows.flatMap((agent) => {
      const { autoUpgrade = {} } = JSON.parse(agent.report ?? '{}') as ReportOfThen;
      const { state = 'unknown', channel = 'unknown', ring, role = 'active', components = [] } = autoUpgrade;
      const plain = [{ component: 'agent-updater', version: agent.version }];
      const byComponent = new Map((components.length === 0 ? plain : components).map((each) => [each.component, each]));
      const standing =
        agent.state === 'revoked'
          ? 'revoked'
          : state === 'Disabled'
            ? 'opted-out'
            : channel === 'PKS'
              ? 'on-pks'
              : state === 'Suspended'
                ? 'failed'
                : 'well';
      return [...byComponent.values()].map(({ component, version }) => ({
        ...{ tenant_id: agent.tenant_id, agent_id: agent.id, host_name: agent.host_name.toLowerCase() },
        ...{ component, version, version_key: versionKeyOfThen(version), state, channel, role, standing, reason: '' },
        ring: ring ?? (state === 'unknown' ? '' : 'broad'),
        last_at: 0,
        seen_day: Math.floor((agent.last_seen_at ?? agent.enrolled_at) / 86_400_000),
      }));
    });
    for (let from = 0; from < values.length; from += rowsPerInsert) {
      const slice = values.slice(from, from + rowsPerInsert);
      await tables.insertInto('platform_fleet').values(slice).execute();
    }
    if (rows.length < agentsPerStep) return;
    after = rows.at(-1)!.id;
  }
}
