/**
 * Recorded servers over the API: a tenant states the servers that have no agent of ours, and minimum versions count them.
 * A statement is about the tenant's own servers, gives nobody anything, and holds nothing against them but being shown.
 */
import { ProblemError } from '@springline/api/problem';
import { type RecordedServer, recordedServersLimit } from '@springline/api/shapes/recorded-server';
import type { Installation } from '@springline/auto-upgrade/campaign/judge';
import type { EpochMs } from '@springline/ports/clock';
import type { Handlers } from '../http/handler.ts';
import type { Database, Reader } from '../storage/database.ts';
import { appendAudit } from '../storage/platform/audit.ts';
import {
  countRecordedServers,
  countRecordedServersByTenant,
  eachRecordedServer,
  type KeptServer,
  keyOf,
  type ListPart,
  putRecordedServers,
  recordedServersPage,
  removeRecordedServers,
  type ServerKey,
} from '../storage/upgrade/recorded-servers.ts';
import { changeOf, keyText } from './recorded-change.ts';
import { hasRoom, installationLimit } from './recorded-room.ts';

/** Clocks differ; nobody was seen later than that. */
const clockToleranceMs = 5 * 60_000;

type RecordedRoute = 'listRecordedServers' | 'putRecordedServers';

interface RecordedDeps {
  readonly database: Database;
  /** Called once a tenant's list may have changed. */
  recorded(tenantId: string): void;
}

export function recordedServerHandlers({ database, recorded }: RecordedDeps): Pick<Handlers, RecordedRoute> {
  const turns = new Turns();
  return {
    async listRecordedServers({ caller: { tenantId }, query: { after, limit } }) {
      const place = after === undefined ? undefined : placeOf(after);
      const found = await recordedServersPage(database.read, tenantId, { after: place, limit: limit + 1 });
      const servers = found.slice(0, limit);
      return {
        servers: servers.map(viewOf),
        total: await countRecordedServers(database.read, tenantId),
        ...(found.length > limit ? { next: keyText(servers.at(-1)!) } : {}),
      };
    },

    async putRecordedServers({ caller, body, now }) {
      const { tenantId, actor } = caller;
      const { dryRun, part } = body;
      const servers = parsed(body.servers, part, now);
      const change = await turns.take(tenantId, async () => {
        // Not in the transaction, which everybody who writes would wait for: nobody else changes the list meanwhile.
        const wanted = changeOf(await kept(database.read, tenantId, part), servers);
        const { added, changed, removed } = wanted;
        const more = added.length - removed.length;
        if (dryRun) await requireRoom(database.read, tenantId, more);
        else if (added.length + changed.length + removed.length > 0) {
          await database.write(async (writer) => {
            await requireRoom(writer, tenantId, more);
            await removeRecordedServers(writer, tenantId, removed);
            await putRecordedServers(writer, tenantId, [...added, ...changed]);
            const counts = { added: added.length, changed: changed.length, removed: removed.length };
            const event = { action: 'recorded-servers.changed', subject: `tenant:${tenantId}` };
            await appendAudit(writer, tenantId, { at: now, actor, ...event, detail: counts });
          });
        }
        return wanted;
      });
      recorded(tenantId);
      return {
        ...{ total: servers.length, unchanged: change.unchanged, changes: [...change.shown], dryRun },
        ...{ added: change.added.length, changed: change.changed.length, removed: change.removed.length },
      };
    },
  };
}

/** As campaigns judge it. Nobody can say whether it was offered anything. */
export function recordedInstallation(server: KeptServer, tenant: string): Installation {
  const { hostName, component, version, state, channel, lastSeenAt, lastResult, owner, bornAt, movedTo } = server;
  return {
    ...{ tenant, hostName, component, version, state, channel, source: 'recorded' },
    ...(lastSeenAt === null ? {} : { lastSeenAt }),
    ...(lastResult === null ? {} : { lastResult }),
    ...(owner === null ? {} : { owner }),
    ...(bornAt === null ? {} : { bornAt }),
    ...(movedTo === null ? {} : { movedTo }),
  };
}

/** One list of a tenant after the other. */
class Turns {
  readonly #lastByTenant = new Map<string, Promise<unknown>>();

  async take<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
    const before = this.#lastByTenant.get(tenantId);
    // What became of the one before is told to whoever sent it.
    const mine = before === undefined ? work() : before.then(work, work);
    this.#lastByTenant.set(tenantId, mine);
    try {
      return await mine;
    } finally {
      if (this.#lastByTenant.get(tenantId) === mine) this.#lastByTenant.delete(tenantId);
    }
  }
}

/**
 * @throws {ProblemError} `malformed-request` when one of them is there twice, is not of the part, or was seen in the
 * future: it would never count as not seen.
 */
function parsed(servers: readonly RecordedServer[], part: ListPart, now: EpochMs): readonly KeptServer[] {
  const places = new Map<string, number>();
  return servers.map((server, at) => {
    const parsedServer = keptOf(server);
    if ((parsedServer.lastSeenAt ?? 0) > now + clockToleranceMs) {
      throw new ProblemError('malformed-request', `body.servers.${at}.lastSeenAt: it is in the future`);
    }
    const key = keyText(parsedServer);
    const before = places.get(key);
    if (before !== undefined) {
      const again = `body.servers.${at}: the same host name and component as body.servers.${before}`;
      throw new ProblemError('malformed-request', again);
    }
    if (!isOf(part, keyOf(parsedServer).hostKey)) {
      throw new ProblemError('malformed-request', `body.servers.${at}.hostName: it is not of this part of the list`);
    }
    places.set(key, at);
    return parsedServer;
  });
}

function isOf({ from, before }: ListPart, hostKey: string): boolean {
  return (from === undefined || byBytes(hostKey, from) >= 0) && (before === undefined || byBytes(hostKey, before) < 0);
}

/** As the database orders texts. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function keptOf({ hostName, lastSeenAt, lastResult, owner, bornAt, movedTo, ...same }: RecordedServer): KeptServer {
  return {
    ...{ ...same, hostName: hostName.normalize('NFC') },
    ...{ lastSeenAt: instantOf(lastSeenAt), lastResult: lastResult ?? null, owner: owner ?? null },
    ...{ bornAt: instantOf(bornAt), movedTo: movedTo ?? null },
  };
}

function instantOf(text: string | undefined): EpochMs | null {
  return text === undefined ? null : (Date.parse(text) as EpochMs);
}

/** @throws {ProblemError} `malformed-request`. */
function placeOf(after: string): ServerKey {
  const space = after.lastIndexOf(' ');
  if (space < 1) throw new ProblemError('malformed-request', 'query.after: it is the `next` of no page');
  return { hostKey: after.slice(0, space), component: after.slice(space + 1) };
}

async function kept(reader: Reader, tenantId: string, part: ListPart): Promise<KeptServer[]> {
  const servers: KeptServer[] = [];
  for await (const server of eachRecordedServer(reader, tenantId, part)) servers.push(server);
  return servers;
}

/** For `more` rows. @throws {ProblemError} `limit-reached`. */
async function requireRoom(reader: Reader, tenantId: string, more: number): Promise<void> {
  if (more <= 0) return;
  const counts = await countRecordedServersByTenant(reader);
  const own = (counts.get(tenantId) ?? 0) + more;
  if (own > recordedServersLimit) {
    throw new ProblemError('limit-reached', `a tenant records at most ${recordedServersLimit} servers`);
  }
  counts.delete(tenantId);
  if (hasRoom(own, [...counts.values()])) return;
  const limit = `all tenants together record at most ${installationLimit} servers`;
  throw new ProblemError('limit-reached', `${limit}, and what is left is kept for those that recorded fewer`);
}

function viewOf(server: KeptServer): RecordedServer {
  const { lastSeenAt, lastResult, owner, bornAt, movedTo, ...same } = server;
  return {
    ...same,
    ...(lastSeenAt === null ? {} : { lastSeenAt: new Date(lastSeenAt).toISOString() }),
    ...(lastResult === null ? {} : { lastResult }),
    ...(owner === null ? {} : { owner }),
    ...(bornAt === null ? {} : { bornAt: new Date(bornAt).toISOString() }),
    ...(movedTo === null ? {} : { movedTo }),
  };
}
