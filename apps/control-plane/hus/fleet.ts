/**
 * The fleet for people: a page of its rows with the agents they belong to, its numbers, and what is published. A page reads
 * the heartbeats of its own agents and of no others.
 */
import type { FleetAgent, FleetTotals } from '@springline/api/shapes/fleet';
import type { EpochMs } from '@springline/ports/clock';
import type { Handlers } from '../http/handler.ts';
import { viewOfAgent } from '../platform/agent-view.ts';
import type { Database } from '../storage/database.ts';
import { type Agent, findAgents } from '../storage/platform/agents.ts';
import { countFleet, fleetPage } from '../storage/platform/fleet-page.ts';
import { lastReports } from '../storage/upgrade/reports.ts';
import { parseFleetCursor, printFleetCursor } from './fleet-cursor.ts';
import type { PublishedReleases } from './published-releases.ts';

interface FleetDeps {
  readonly database: Database;
  readonly published: PublishedReleases;
}

type FleetRoute = 'listFleet' | 'getFleetTotals' | 'listReleases';

export function fleetHandlers({ database, published }: FleetDeps): Pick<Handlers, FleetRoute> {
  const totals = new Totals(database);
  return {
    async listFleet({ caller, query, now }) {
      const { tenantId } = caller;
      const { cursor, limit, ...filter } = query;
      const after = cursor === undefined ? undefined : parseFleetCursor(cursor, filter);
      // One more than is shown says whether there is a next page.
      const found = await fleetPage(database.read, tenantId, filter, { after, limit: limit + 1, now });
      const shown = found.slice(0, limit);
      const last = shown.at(-1);
      return {
        rows: shown.map(({ agentId, component, group, reason }) => ({
          ...{ agentId, component, group },
          ...(reason === '' ? {} : { reason }),
        })),
        agents: await agentsOf(database, tenantId, [...new Set(shown.map(({ agentId }) => agentId))], now),
        ...(found.length > limit && last !== undefined ? { next: printFleetCursor(filter, last.place) } : {}),
      };
    },

    async getFleetTotals({ caller, now }) {
      return totals.of(caller.tenantId, now);
    },

    async listReleases() {
      const { releases, problem } = await published.list();
      return { releases: [...releases], ...(problem === undefined ? {} : { releasesProblem: problem }) };
    },
  };
}

/** In the order of `ids`. */
async function agentsOf(
  { read }: Pick<Database, 'read'>,
  tenantId: string,
  ids: readonly string[],
  now: EpochMs,
): Promise<FleetAgent[]> {
  const [agents, reportByAgent] = await Promise.all([
    findAgents(read, tenantId, ids),
    lastReports(read, tenantId, ids),
  ]);
  const viewById = new Map(agents.map((agent) => [agent.id, viewOf(agent, now)]));
  return ids.flatMap((id) => {
    const view = viewById.get(id);
    const lastReport = reportByAgent.get(id);
    return view === undefined ? [] : [{ ...view, ...(lastReport === undefined ? {} : { lastReport }) }];
  });
}

function viewOf(agent: Agent, now: EpochMs): FleetAgent {
  const { id, hostName, state, platform, version, lastSeenAt, autoUpgrade } = viewOfAgent(agent, now);
  return {
    ...{ agentId: id, hostName, state, platform, version },
    ...(lastSeenAt === undefined ? {} : { lastSeenAt }),
    ...(autoUpgrade === undefined ? {} : { autoUpgrade }),
  };
}

/** Counting walks all rows of a tenant: it is done once for all who ask meanwhile, and shown for a while. */
const totalsKeptMs = 10_000;
const tenantsKept = 100;

class Totals {
  readonly #database: Database;
  readonly #kept = new Map<string, { readonly at: EpochMs; readonly totals: Promise<FleetTotals> }>();

  constructor(database: Database) {
    this.#database = database;
  }

  of(tenantId: string, now: EpochMs): Promise<FleetTotals> {
    const kept = this.#kept.get(tenantId);
    if (kept !== undefined && now - kept.at >= 0 && now - kept.at < totalsKeptMs) return kept.totals;
    const totals = this.#count(tenantId, now);
    this.#kept.delete(tenantId);
    this.#kept.set(tenantId, { at: now, totals });
    // Nobody is told the same failure twice.
    totals.catch(() => this.#kept.delete(tenantId));
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > tenantsKept && oldest !== undefined) this.#kept.delete(oldest);
    return totals;
  }

  async #count(tenantId: string, now: EpochMs): Promise<FleetTotals> {
    return { ...(await countFleet(this.#database.read, tenantId, now)), countedAt: new Date(now).toISOString() };
  }
}
