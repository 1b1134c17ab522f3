/** An agent as people see it: online while its heartbeats come. */
import type { AgentView } from '@springline/api/shapes/agent';
import type { EpochMs } from '@springline/ports/clock';
import type { Agent } from '../storage/platform/agents.ts';

export const heartbeatIntervalMs = 10_000;
/** After so many missed heartbeats an agent is shown as offline. */
const missedHeartbeats = 3;

export function viewOfAgent(agent: Agent, now: EpochMs): AgentView {
  return {
    id: agent.id,
    hostName: agent.hostName,
    platform: agent.platform,
    version: agent.version,
    state: stateOf(agent, now),
    enrolledAt: new Date(agent.enrolledAt).toISOString(),
    ...(agent.lastSeenAt === null ? {} : { lastSeenAt: new Date(agent.lastSeenAt).toISOString() }),
    ...(agent.conflictedAt === null ? {} : { conflictedSince: new Date(agent.conflictedAt).toISOString() }),
    fingerprint: agent.keyId,
    components: agent.report?.components ?? [],
    ...(agent.report?.sync === undefined ? {} : { sync: agent.report.sync }),
    ...(agent.report?.autoUpgrade === undefined ? {} : { autoUpgrade: agent.report.autoUpgrade }),
    ...(agent.report?.remote === undefined ? {} : { remote: agent.report.remote }),
  };
}

function stateOf(agent: Agent, now: EpochMs): AgentView['state'] {
  if (agent.state === 'revoked') return 'revoked';
  const seen = agent.lastSeenAt !== null && now - agent.lastSeenAt < missedHeartbeats * heartbeatIntervalMs;
  return seen ? 'online' : 'offline';
}
