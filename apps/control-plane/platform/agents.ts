/** Agents after their enrolment: heartbeats, the list, revocation. */
import { ProblemError } from '@springline/api/problem';
import type { Handlers } from '../http/handler.ts';
import type { Database } from '../storage/database.ts';
import { findAgent, isActiveAgent, listAgents, recordHeartbeat, revokeAgent } from '../storage/platform/agents.ts';
import { appendAudit } from '../storage/platform/audit.ts';
import { fleetRowsOf, isSameFleet, putFleetRows, rowsFrom } from '../storage/platform/fleet.ts';
import { addSignerFact } from '../storage/platform/signer-facts.ts';
import { heartbeatIntervalMs, viewOfAgent } from './agent-view.ts';

type AgentHandlers = Pick<Handlers, 'listAgents' | 'revokeAgent' | 'heartbeat'>;

export function agentHandlers({ database }: { readonly database: Database }): AgentHandlers {
  return {
    async listAgents({ caller, now }) {
      const agents = await listAgents(database.read, caller.tenantId);
      return { agents: agents.map((agent) => viewOfAgent(agent, now)) };
    },

    async revokeAgent({ caller, params, now }) {
      const { tenantId, actor } = caller;
      const { agentId } = params;
      await database.write(async (writer) => {
        const agent = await findAgent(writer, tenantId, agentId);
        if (agent === undefined) throw new ProblemError('not-found', 'no agent has this id');
        if (!(await revokeAgent(writer, tenantId, agentId, now))) return;
        await addSignerFact(writer, { kind: 'agent-revoked', tenantId, agentId });
        const detail = { hostName: agent.hostName };
        const subject = `agent:${agentId}`;
        await appendAudit(writer, tenantId, { at: now, actor, action: 'agent.revoked', subject, detail });
      });
    },

    async heartbeat({ caller, body, now }) {
      const { tenantId, agentId } = caller;
      const known = await fleetRowsOf(database.read, tenantId, agentId);
      const updater = known.find(({ component }) => component === 'agent-updater');
      const rows = rowsFrom(body, updater?.version ?? '0.0', now);
      const isKnown = isSameFleet(known, rows);
      await database.write(async (writer) => {
        await recordHeartbeat(writer, tenantId, agentId, body, now);
        // One that was revoked meanwhile stays marked as such.
        if (!isKnown && (await isActiveAgent(writer, tenantId, agentId))) {
          await putFleetRows(writer, tenantId, agentId, rows);
        }
      });
      return { serverTime: new Date(now).toISOString(), nextInMs: heartbeatIntervalMs };
    },
  };
}
