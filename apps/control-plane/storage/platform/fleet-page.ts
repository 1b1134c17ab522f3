/**
 * Pages of the fleet by key, in one of three orders, and its numbers. Every order has an index with all that is filtered by,
 * so a page costs one walk along it at most, and no row is counted to be passed over.
 */
import { setImmediate } from 'node:timers/promises';
import type { FleetGroup, FleetQuery, FleetTotals } from '@springline/api/shapes/fleet';
import { silenceLimitMs } from '@springline/auto-upgrade/campaign/judge';
import type { EpochMs } from '@springline/ports/clock';
import { type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import type { Reader, Tables } from '../database.ts';
import { dayOf } from './fleet.ts';
import type { FleetRow } from './tables.ts';
import { versionKey, versionOfKey } from './version-key.ts';

/** Where a page ended. `first`: the value of the order that is not the host's name. */
export interface FleetPlace {
  readonly first: string | number;
  readonly hostName: string;
  readonly agentId: string;
  readonly component: string;
}

interface FoundRow {
  readonly agentId: string;
  readonly component: FleetRow['component'];
  readonly group: FleetGroup;
  readonly reason: string;
  readonly place: FleetPlace;
}

type Filter = Omit<FleetQuery, 'cursor' | 'limit'>;

const firstColumns = { host: 'host_name', version: 'version_key', last: 'last_at' } as const;

/** At most `limit` rows behind `after`. */
export async function fleetPage(
  reader: Reader,
  tenantId: string,
  filter: Filter,
  { after, limit, now }: { readonly after: FleetPlace | undefined; readonly limit: number; readonly now: EpochMs },
): Promise<FoundRow[]> {
  const first = firstColumns[filter.sort];
  const direction = filter.order === 'ascending' ? 'asc' : 'desc';
  const seenSince = seenSinceDay(now);
  const rows = await reader
    .selectFrom('platform_fleet')
    .select(['agent_id', 'component', 'host_name', 'standing', 'reason', 'seen_day', first])
    .where('tenant_id', '=', tenantId)
    .where((eb) => eb.and(conditions(eb, filter, seenSince)))
    // Of one agent there are a few rows by its key; an order of hosts would only lead away from them.
    .$if(after !== undefined, (query) =>
      filter.agentId === undefined
        ? query.where(behind(first, direction, after!))
        : query.where('component', direction === 'asc' ? '>' : '<', after!.component as FleetRow['component']),
    )
    .$if(filter.agentId === undefined, (query) =>
      query
        .$if(first !== 'host_name', (ordered) => ordered.orderBy(first, direction))
        .orderBy('host_name', direction)
        .orderBy('agent_id', direction),
    )
    .orderBy('component', direction)
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    ...{ agentId: row.agent_id, component: row.component, reason: row.reason },
    group: groupOf(row, seenSince),
    place: {
      first: (row as unknown as Record<string, string | number>)[first]!,
      ...{ hostName: row.host_name, agentId: row.agent_id, component: row.component },
    },
  }));
}

/** The first day on which an agent may have been heard last and still counts as seen. */
const seenSinceDay = (now: EpochMs): number => dayOf((now - silenceLimitMs) as EpochMs);

function groupOf({ standing, seen_day }: Pick<FleetRow, 'standing' | 'seen_day'>, seenSince: number): FleetGroup {
  return standing !== 'revoked' && seen_day < seenSince ? 'not-seen' : standing;
}

function behind(first: 'host_name' | 'version_key' | 'last_at', direction: 'asc' | 'desc', place: FleetPlace) {
  const { hostName, agentId, component } = place;
  const than = sql.raw(direction === 'asc' ? '>' : '<');
  return first === 'host_name'
    ? sql<SqlBool>`(host_name, agent_id, component) ${than} (${hostName}, ${agentId}, ${component})`
    : sql<SqlBool>`(${sql.ref(first)}, host_name, agent_id, component) ${than} (${place.first}, ${hostName}, ${agentId}, ${component})`;
}

function conditions(eb: ExpressionBuilder<Tables, 'platform_fleet'>, filter: Filter, seenSince: number) {
  const { text, agentId, component, version, state, channel, ring, role, group, reason } = filter;
  const wanted = text?.trim().toLowerCase() ?? '';
  return [
    ...(wanted === '' ? [] : [sql<SqlBool>`host_name like ${`%${escaped(wanted)}%`} escape '\\'`]),
    ...(agentId === undefined ? [] : [eb('agent_id', '=', agentId)]),
    ...(component === undefined ? [] : [eb('component', '=', component)]),
    ...(version === undefined ? [] : [eb('version_key', '=', versionKey(version))]),
    ...(state === undefined ? [] : [eb('state', '=', state)]),
    ...(channel === undefined ? [] : [eb('channel', '=', channel)]),
    ...(ring === undefined ? [] : [eb('ring', '=', ring)]),
    ...(role === undefined ? [] : [eb('role', '=', role)]),
    ...(reason === undefined ? [] : [eb('reason', '=', reason)]),
    ...(group === undefined ? [] : [inGroup(eb, group, seenSince)]),
  ];
}

function inGroup(eb: ExpressionBuilder<Tables, 'platform_fleet'>, group: FleetGroup, seenSince: number) {
  if (group === 'revoked') return eb('standing', '=', group);
  if (group === 'not-seen') return eb.and([eb('standing', '!=', 'revoked'), eb('seen_day', '<', seenSince)]);
  return eb.and([eb('standing', '=', group), eb('seen_day', '>=', seenSince)]);
}

/** The text itself and no pattern. */
const escaped = (text: string): string => text.replace(/[\\%_]/g, (letter) => `\\${letter}`);

const versionLimit = 1_000;
const listLimit = 100;

/** So many rows are counted before others get their turn: some milliseconds. */
const rowsPerStep = 5_000;

/** Walks an index once, in steps; what changes meanwhile may be counted as before or as after. */
export async function countFleet(
  reader: Reader,
  tenantId: string,
  now: EpochMs,
): Promise<Omit<FleetTotals, 'countedAt'>> {
  const seenSince = seenSinceDay(now);
  const tally = new Tally();
  for (let after: FleetPlace | undefined; ; ) {
    const rows = await reader
      .selectFrom('platform_fleet')
      .select(['agent_id', 'component', 'host_name', 'version_key', 'standing', 'reason', 'ring', 'seen_day'])
      .where('tenant_id', '=', tenantId)
      .$if(after !== undefined, (query) => query.where(behind('host_name', 'asc', after!)))
      .orderBy('host_name')
      .orderBy('agent_id')
      .orderBy('component')
      .limit(rowsPerStep)
      .execute();
    for (const row of rows) tally.add(row, groupOf(row, seenSince));
    const last = rows.at(-1);
    if (last === undefined || rows.length < rowsPerStep) break;
    after = { first: '', hostName: last.host_name, agentId: last.agent_id, component: last.component };
    await setImmediate();
  }
  const { hosts } = await reader
    .selectFrom('platform_agents')
    .select(sql<number>`count(*)`.as('hosts'))
    .where('tenant_id', '=', tenantId)
    .executeTakeFirstOrThrow();
  return { hosts, ...tally.totals() };
}

type Counted = Pick<FleetRow, 'component' | 'version_key' | 'reason' | 'ring'>;

class Tally {
  readonly #groups: FleetTotals['groups'] = {
    ...{ revoked: 0, 'not-seen': 0, 'opted-out': 0, 'on-pks': 0, failed: 0, upgrading: 0, well: 0 },
  };
  readonly #rings = new Map<string, number>();
  readonly #reasons = new Map<string, number>();
  readonly #versions = new Map<string, { readonly of: Counted; rows: number }>();
  #rows = 0;

  /** What runs on a revoked agent, and in which ring, is no matter any more. */
  add(row: Counted, group: FleetGroup): void {
    this.#rows += 1;
    this.#groups[group] += 1;
    if (group === 'revoked') return;
    if (row.ring !== '') add(this.#rings, row.ring);
    if (row.reason !== '') add(this.#reasons, row.reason);
    const name = `${row.component} ${row.version_key}`;
    const known = this.#versions.get(name);
    if (known === undefined) this.#versions.set(name, { of: row, rows: 1 });
    else known.rows += 1;
  }

  totals(): Omit<FleetTotals, 'countedAt' | 'hosts'> {
    const versions = [...this.#versions.values()].toSorted(
      ({ of: a }, { of: b }) => compare(a.component, b.component) || compare(b.version_key, a.version_key),
    );
    return {
      ...{ rows: this.#rows, groups: this.#groups },
      versions: versions
        .slice(0, versionLimit)
        .map(({ of, rows }) => ({ component: of.component, version: versionOfKey(of.version_key), rows })),
      rings: mostFirst(this.#rings).map(([ring, rows]) => ({ ring, rows })),
      reasons: mostFirst(this.#reasons).map(([reason, rows]) => ({ reason, rows })),
    };
  }
}

const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

const add = (counts: Map<string, number>, name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);

const mostFirst = (counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] =>
  [...counts].toSorted(([a, left], [b, right]) => right - left || compare(a, b)).slice(0, listLimit);
