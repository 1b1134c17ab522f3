/**
 * The dynamic part of the Hybrid Upgrade Service: agents say how upgrades go, people read it. No upgrade waits for
 * it: what to install, and when, an agent reads from the signed repositories alone. A report is authenticated by the
 * agent's signature, and it can speak for no other agent: whose it is comes from the signature and not from the body.
 */
import type { HusReport } from '@springline/api/shapes/auto-upgrade';
import type { Handlers } from '../http/handler.ts';
import type { Database } from '../storage/database.ts';
import { findAgents } from '../storage/platform/agents.ts';
import { addEvidence } from '../storage/upgrade/evidence.ts';
import { placeOf } from '../storage/upgrade/places.ts';
import { addReports, listReports } from '../storage/upgrade/reports.ts';
import { isReportOf } from '../storage/upgrade/rollouts.ts';
import { isFailure, tellFailures } from './news.ts';
import type { PublishedReleases } from './published-releases.ts';

type HusRoute = 'reportUpgrades' | 'listUpgradeReports';

interface HusDeps {
  readonly database: Database;
  readonly published: PublishedReleases;
}

export function husHandlers({ database, published }: HusDeps): Pick<Handlers, HusRoute> {
  return {
    async reportUpgrades({ caller, body, now }) {
      const isStaging = (await placeOf(database.read, caller)).role === 'staging';
      const { targets } = isStaging || body.reports.some(isFailure) ? await published.list() : { targets: [] };
      const uncounted = await database.write(
        async (writer) => {
          const added = await addReports(writer, caller, body.reports, now);
          // Nobody hears of what is not published.
          const isKnown = (report: HusReport) => targets.some((target) => isReportOf(target, report));
          const failures = added.filter((report) => isFailure(report) && isKnown(report));
          if (failures.length > 0) {
            const [agent] = await findAgents(writer, caller.tenantId, [caller.agentId]);
            const hostName = agent?.hostName ?? caller.agentId;
            await tellFailures(writer, caller.tenantId, { hostName, reports: failures }, now);
          }
          return addEvidence(writer, caller, added, { now, published: isStaging ? targets : [] });
        },
        // Of two lots of one agent at once, either may come first; lots of different agents touch different rows.
        { mayInterleave: true },
      );
      return {
        accepted: body.reports.map(({ reportId }) => reportId),
        ...(uncounted.size === 0 ? {} : { uncounted: [...uncounted].map(([reportId, code]) => ({ reportId, code })) }),
      };
    },

    async listUpgradeReports({ caller, query }) {
      const { tenantId } = caller;
      const { agentId, limit } = query;
      const wanted = { limit, ...(agentId === undefined ? {} : { agentId }) };
      const kept = await listReports(database.read, tenantId, wanted);
      const senders = [...new Set(kept.map((each) => each.agentId))];
      const agents = await findAgents(database.read, tenantId, senders);
      const hostNameById = new Map(agents.map(({ id, hostName }) => [id, hostName]));
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
