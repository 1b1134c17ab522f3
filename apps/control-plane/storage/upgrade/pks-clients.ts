/**
 * Who still asks the retired PKS channel, as they claim it. Strangers write here, so the table has a bound that no
 * number of invented product keys moves: rows seen on one day only are newcomers, and it is newcomers that make room
 * for newcomers. A host that asks on a second day is established and stays until nobody has seen it for long.
 *
 * A row belongs to no tenant: a product key says nothing about whose a host is.
 */
import type { EpochMs } from '@springline/ports/clock';
import { sql } from 'kysely';
import type { Reader, Writer } from '../database.ts';
import { systemTenantId } from '../platform/tables.ts';
import type { PksClientRow } from './tables.ts';

/** One or more requests of one client. */
export interface PksSighting {
  /** The first 64 bits of the SHA-256 of the product key, hex. */
  readonly keyHash: string;
  readonly component: PksClientRow['component'];
  /** As claimed, in lower case. */
  readonly hostName: string;
  /** As claimed, last. */
  readonly version: string;
  readonly channel: PksClientRow['channel'];
  /** Of the last one. */
  readonly at: EpochMs;
  readonly requests: number;
}

export interface PksClient extends Omit<PksSighting, 'at'> {
  readonly firstSeenAt: EpochMs;
  readonly lastSeenAt: EpochMs;
}

export interface PksClientLimits {
  readonly rows: number;
  /** Newcomers that stay even when established rows would fill the table. */
  readonly newcomers: number;
}

export const pksClientLimits: PksClientLimits = { rows: 10_000, newcomers: 2_000 };

const dayMs = 24 * 60 * 60_000;
/** Rows that one statement writes; engines bound the words of a query. */
const writeAtOnce = 500;

/** Writes the sightings, which are of different clients, and makes room. */
export async function recordPksSightings(
  writer: Writer,
  sightings: readonly PksSighting[],
  limits: PksClientLimits = pksClientLimits,
): Promise<void> {
  for (let at = 0; at < sightings.length; at += writeAtOnce) {
    await writer
      .insertInto('upgrade_pks_clients')
      .values(sightings.slice(at, at + writeAtOnce).map(firstRow))
      .onConflict((conflict) =>
        conflict.columns(['tenant_id', 'id']).doUpdateSet({
          version: (build) => build.ref('excluded.version'),
          channel: (build) => build.ref('excluded.channel'),
          last_seen_at: (build) => build.ref('excluded.last_seen_at'),
          last_day: (build) => build.ref('excluded.last_day'),
          seen_days: sql<number>`upgrade_pks_clients.seen_days
            + case when excluded.last_day > upgrade_pks_clients.last_day then 1 else 0 end`,
          requests: sql<number>`upgrade_pks_clients.requests + excluded.requests`,
        }),
      )
      .execute();
    await makeRoom(writer, limits);
  }
}

function firstRow({ keyHash, component, hostName, version, channel, at, requests }: PksSighting): PksClientRow {
  return {
    tenant_id: systemTenantId,
    id: `${keyHash} ${component} ${hostName}`,
    key_hash: keyHash,
    component,
    host_name: hostName,
    version,
    channel,
    first_seen_at: at,
    last_seen_at: at,
    last_day: Math.floor(at / dayMs),
    seen_days: 1,
    requests,
  };
}

/** Newcomers go first, down to their share; then whoever was not seen for the longest. */
async function makeRoom(writer: Writer, limits: PksClientLimits): Promise<void> {
  const { all, newcomers } = await counts(writer);
  const surplus = all - limits.rows;
  if (surplus <= 0) return;
  const ofNewcomers = Math.min(surplus, Math.max(0, newcomers - limits.newcomers));
  await removeOldest(writer, 'newcomers', ofNewcomers);
  await removeOldest(writer, 'established', surplus - ofNewcomers);
}

async function counts(reader: Reader): Promise<{ readonly all: number; readonly newcomers: number }> {
  const { all, newcomers } = await reader
    .selectFrom('upgrade_pks_clients')
    .select([
      (build) => build.fn.countAll<number>().as('all'),
      sql<number | null>`sum(case when seen_days = 1 then 1 else 0 end)`.as('newcomers'),
    ])
    .where('tenant_id', '=', systemTenantId)
    .executeTakeFirstOrThrow();
  return { all: Number(all), newcomers: Number(newcomers ?? 0) };
}

async function removeOldest(writer: Writer, among: 'newcomers' | 'established', count: number): Promise<void> {
  if (count <= 0) return;
  await writer
    .deleteFrom('upgrade_pks_clients')
    .where('tenant_id', '=', systemTenantId)
    .where('id', 'in', (build) =>
      build
        .selectFrom('upgrade_pks_clients')
        .select('id')
        .where('tenant_id', '=', systemTenantId)
        .where('seen_days', among === 'newcomers' ? '=' : '>', 1)
        .orderBy('last_seen_at')
        .orderBy('id')
        .limit(count),
    )
    .execute();
}

/** Every client that was seen, last seen first; at most as many as the table holds. */
export async function listPksClients(reader: Reader): Promise<PksClient[]> {
  const rows = await reader
    .selectFrom('upgrade_pks_clients')
    .select(['key_hash', 'component', 'host_name', 'version', 'channel', 'first_seen_at', 'last_seen_at', 'requests'])
    .where('tenant_id', '=', systemTenantId)
    .orderBy('last_seen_at', 'desc')
    .orderBy('host_name')
    .orderBy('component')
    .limit(pksClientLimits.rows)
    .execute();
  return rows.map((row) => ({
    keyHash: row.key_hash,
    component: row.component,
    hostName: row.host_name,
    version: row.version,
    channel: row.channel,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    requests: row.requests,
  }));
}

/** Removes up to `limit` clients that were last seen before `before`; returns how many. */
export async function purgePksClients(writer: Writer, before: EpochMs, limit: number): Promise<number> {
  const { numDeletedRows } = await writer
    .deleteFrom('upgrade_pks_clients')
    .where('tenant_id', '=', systemTenantId)
    .where('id', 'in', (build) =>
      build
        .selectFrom('upgrade_pks_clients')
        .select('id')
        .where('tenant_id', '=', systemTenantId)
        .where('last_seen_at', '<', before)
        .limit(limit),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}
