/**
 * The dynamic part of the Hybrid Upgrade Service: agents say how upgrades go, people see the fleet. No upgrade waits for
 * it: what to install, and when, an agent reads from the signed repositories alone. A report is authenticated by the
 * agent's signature, and it can speak for no other agent: whose it is comes from the signature and not from the body.
 */
import type { Handlers } from '../http/handler.ts';
import { viewOfAgent } from '../platform/agent-view.ts';
import type { Database } from '../storage/database.ts';
import { listAgents } from '../storage/platform/agents.ts';
import { addEvidence } from '../storage/upgrade/evidence.ts';
import { addReports, lastReports, listReports } from '../storage/upgrade/reports.ts';
import type { PublishedReleases } from './published-releases.ts';

interface HusDeps {
  readonly database: Database;
  readonly published: PublishedReleases;
}

type HusRoute = 'reportUpgrades' | 'listFleet' | 'listUpgradeReports';

export function husHandlers({ database, published }: HusDeps): Pick<Handlers, HusRoute> {
  return {
    async reportUpgrades({ caller, body, now }) {
      await database.write(
        async (writer) => {
          const added = await addReports(writer, caller, body.reports, now);
          await addEvidence(writer, caller, added, now);
        },
        // Of two lots of one agent at once, either may come first; lots of different agents touch different rows.
        { mayInterleave: true },
      );
      return { accepted: body.reports.map(({ reportId }) => reportId) };
    },

    async listFleet({ caller, now }) {
      const { tenantId } = caller;
      const reportByAgent = await lastReports(database.read, tenantId);
      const agents = (await listAgents(database.read, tenantId)).map((agent) => {
        const { id, hostName, state, platform, version, lastSeenAt, autoUpgrade } = viewOfAgent(agent, now);
        const lastReport = reportByAgent.get(id);
        return {
          ...{ agentId: id, hostName, state, platform, version },
          ...(lastSeenAt === undefined ? {} : { lastSeenAt }),
          ...(autoUpgrade === undefined ? {} : { autoUpgrade }),
          ...(lastReport === undefined ? {} : { lastReport }),
        };
      });
      const { releases, problem } = await published.list();
      return { agents, releases: [...releases], ...(problem === undefined ? {} : { releasesProblem: problem }) };
    },

    async listUpgradeReports({ caller, query }) {
      const { tenantId } = caller;
      const { agentId, limit } = query;
      const wanted = { limit, ...(agentId === undefined ? {} : { agentId }) };
      const agents = await listAgents(database.read, tenantId);
      const hostNameById = new Map(agents.map(({ id, hostName }) => [id, hostName]));
      const kept = await listReports(database.read, tenantId, wanted);
      return {
        reports: kept.map(({ agentId: sender, receivedAt, report }) => ({
          ...report,
          agentId: sender,
          hostName: hostNameById.get(sender) ?? sender,
          receivedAt: new Date(receivedAt).toISOString(),
        })),
      };
    },
  };
}
