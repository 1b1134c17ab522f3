/** Agents after their enrolment: heartbeats, the list, revocation, conflicts of identities. */
import { ProblemError } from '@springline/api/problem';
import type { Random } from '@springline/ports/random';
import type { Handlers } from '../http/handler.ts';
import type { Database } from '../storage/database.ts';
import { findAgent, isActiveAgent, listAgents, recordHeartbeat, revokeAgent } from '../storage/platform/agents.ts';
import { appendAudit } from '../storage/platform/audit.ts';
import { fleetRowsOf, isSameFleet, putFleetRows, rowsFrom } from '../storage/platform/fleet.ts';
import { addSignerFact } from '../storage/platform/signer-facts.ts';
import { heartbeatIntervalMs, viewOfAgent } from './agent-view.ts';
import { continueIdentity, resolveConflict } from './identity-conflict.ts';

interface AgentDeps {
  readonly database: Database;
  readonly random: Random;
}

type AgentHandlers = Pick<Handlers, 'listAgents' | 'revokeAgent' | 'resolveAgentConflict' | 'heartbeat'>;

export function agentHandlers({ database, random }: AgentDeps): AgentHandlers {
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

    async resolveAgentConflict({ caller: { tenantId, actor }, params: { agentId }, now }) {
      await database.write((writer) => resolveConflict(writer, { tenantId, agentId }, actor, now));
    },

    async heartbeat({ caller, body, now }) {
      const { tenantId, agentId } = caller;
      const { continuation: beat, ...report } = body;
      const known = await fleetRowsOf(database.read, tenantId, agentId);
      const updater = known.find(({ component }) => component === 'agent-updater');
      const rows = rowsFrom(body, updater?.version ?? '0.0', now);
      const isKnown = isSameFleet(known, rows);
      const told = await database.write(async (writer) => {
        await recordHeartbeat(writer, tenantId, agentId, report, now);
        // One that was revoked meanwhile stays marked as such.
        if (!isKnown && (await isActiveAgent(writer, tenantId, agentId))) {
          await putFleetRows(writer, tenantId, agentId, rows);
        }
        return continueIdentity(writer, caller, beat, body.hostName, { now, random });
      });
      return { serverTime: new Date(now).toISOString(), nextInMs: heartbeatIntervalMs, ...told };
    },
  };
}
