/** Servers without an agent, as their tenants state them; each list is replaced as a whole. */
import { setImmediate } from 'node:timers/promises';
import type { EpochMs } from '@springline/ports/clock';
import type { Reader, Writer } from '../database.ts';
import type { RecordedServerRow } from './tables.ts';

/** One component of one server. */
export interface KeptServer {
  /** As it was written. Upper and lower case are the same. */
  readonly hostName: string;
  readonly component: RecordedServerRow['component'];
  readonly version: string;
  readonly state: RecordedServerRow['state'];
  readonly channel: RecordedServerRow['channel'];
  readonly lastSeenAt: EpochMs | null;
  readonly lastResult: string | null;
  readonly owner: string | null;
  readonly bornAt: EpochMs | null;
  readonly movedTo: RecordedServerRow['component'] | null;
}

/** What tells two of them apart within a tenant; the order of pages. */
export interface ServerKey {
  /** In lower case. */
  readonly hostKey: string;
  readonly component: string;
}

/** Host names in lower case from `from` on, and before `before`; in the order of their bytes in UTF-8. */
export interface ListPart {
  readonly from?: string | undefined;
  readonly before?: string | undefined;
}

const columns = [
  'host_name as hostName',
  'component',
  'version',
  'state',
  'channel',
  'last_seen_at as lastSeenAt',
  'last_result as lastResult',
  'owner',
  'born_at as bornAt',
  'moved_to as movedTo',
] as const;
/** Rows that one statement writes or removes; engines bound the words of a query. */
const writeAtOnce = 500;
const readAtOnce = 1_000;

export function keyOf({ hostName, component }: Pick<KeptServer, 'hostName' | 'component'>): ServerKey {
  return { hostKey: hostName.toLowerCase(), component };
}

/** After `after`, in the order of host names in lower case, then of components. */
export async function recordedServersPage(
  reader: Reader,
  tenantId: string,
  {
    after,
    limit,
    part = {},
  }: { readonly after: ServerKey | undefined; readonly limit: number; readonly part?: ListPart },
): Promise<KeptServer[]> {
  const { from, before } = part;
  return reader
    .selectFrom('upgrade_recorded_servers')
    .select(columns)
    .where('tenant_id', '=', tenantId)
    .$if(after !== undefined, (query) =>
      query.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('host_key', 'component'), '>', tuple(after!.hostKey, after!.component as never)),
      ),
    )
    .$if(from !== undefined, (query) => query.where('host_key', '>=', from!))
    .$if(before !== undefined, (query) => query.where('host_key', '<', before!))
    .orderBy('host_key')
    .orderBy('component')
    .limit(limit)
    .execute();
}

/** Every one of a tenant, or of a part of its list, a thousand rows at a time. */
export async function* eachRecordedServer(
  reader: Reader,
  tenantId: string,
  part: ListPart = {},
): AsyncIterable<KeptServer> {
  for (let after: ServerKey | undefined; ; ) {
    const servers: KeptServer[] = await recordedServersPage(reader, tenantId, { after, limit: readAtOnce, part });
    yield* servers;
    const last = servers.at(-1);
    if (last === undefined || servers.length < readAtOnce) return;
    after = keyOf(last);
    // Reads are done at once here: others get their turn.
    await setImmediate();
  }
}

export async function countRecordedServers(reader: Reader, tenantId: string): Promise<number> {
  const { count } = await reader
    .selectFrom('upgrade_recorded_servers')
    .select((build) => build.fn.countAll<number>().as('count'))
    .where('tenant_id', '=', tenantId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Of every tenant, also of those that have none. */
export async function countRecordedServersByTenant(reader: Reader): Promise<Map<string, number>> {
  const rows = await reader
    .selectFrom('platform_tenants as tenant')
    .leftJoin('upgrade_recorded_servers as server', 'server.tenant_id', 'tenant.id')
    .groupBy('tenant.id')
    .select((build) => ['tenant.id as id', build.fn.count<number>('server.host_key').as('count')])
    .execute();
  return new Map(rows.map(({ id, count }) => [id, Number(count)]));
}

/** Adds them, or writes them over those of the same key. */
export async function putRecordedServers(
  writer: Writer,
  tenantId: string,
  servers: readonly KeptServer[],
): Promise<void> {
  for (let at = 0; at < servers.length; at += writeAtOnce) {
    const rows = servers.slice(at, at + writeAtOnce).map((server) => rowOf(tenantId, server));
    await writer
      .insertInto('upgrade_recorded_servers')
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(['tenant_id', 'host_key', 'component']).doUpdateSet((build) => ({
          host_name: build.ref('excluded.host_name'),
          version: build.ref('excluded.version'),
          state: build.ref('excluded.state'),
          channel: build.ref('excluded.channel'),
          last_seen_at: build.ref('excluded.last_seen_at'),
          last_result: build.ref('excluded.last_result'),
          owner: build.ref('excluded.owner'),
          born_at: build.ref('excluded.born_at'),
          moved_to: build.ref('excluded.moved_to'),
        })),
      )
      .execute();
  }
}

export async function removeRecordedServers(
  writer: Writer,
  tenantId: string,
  servers: readonly Pick<KeptServer, 'hostName' | 'component'>[],
): Promise<void> {
  for (let at = 0; at < servers.length; at += writeAtOnce) {
    const keys = servers.slice(at, at + writeAtOnce).map(keyOf);
    await writer
      .deleteFrom('upgrade_recorded_servers')
      .where('tenant_id', '=', tenantId)
      .where(({ eb, refTuple, tuple }) =>
        eb(
          refTuple('host_key', 'component'),
          'in',
          keys.map(({ hostKey, component }) => tuple(hostKey, component as never)),
        ),
      )
      .execute();
  }
}

function rowOf(tenantId: string, server: KeptServer): RecordedServerRow {
  const { hostName, component, version, state, channel, lastSeenAt, lastResult, owner, bornAt, movedTo } = server;
  return {
    ...{ tenant_id: tenantId, host_key: keyOf(server).hostKey, component, host_name: hostName, version },
    ...{ state, channel, last_seen_at: lastSeenAt, last_result: lastResult, owner, born_at: bornAt, moved_to: movedTo },
  };
}
