/**
 * Wishes: what a tenant asks for to hold upgrades of its own hosts back. They only narrow, reach the host in the answer to
 * its heartbeat, and lie in no public file (security rule S22).
 */
import { ProblemError } from '@springline/api/problem';
import type { Heartbeat, HeartbeatAnswer } from '@springline/api/shapes/agent';
import { wishShape } from '@springline/api/shapes/rollout';
import type { EpochMs } from '@springline/ports/clock';
import type { Handlers } from '../http/handler.ts';
import type { Database } from '../storage/database.ts';
import { findAgent } from '../storage/platform/agents.ts';
import { appendAudit } from '../storage/platform/audit.ts';
import { placeAfter, placeOf, setPlace } from '../storage/upgrade/places.ts';
import { stagingCommitted } from '../storage/upgrade/staging-partners.ts';
import { findWish, type KeptWish, setWish } from '../storage/upgrade/wishes.ts';

export function wishHandlers({ database }: { readonly database: Database }): Pick<Handlers, 'getWish' | 'setWish'> {
  return {
    async getWish({ caller, params }) {
      const { tenantId } = caller;
      if ((await findAgent(database.read, tenantId, params.agentId)) === undefined) throw noAgent();
      return viewOf(await findWish(database.read, tenantId, params.agentId));
    },

    async setWish({ caller, params, body, now }) {
      const { tenantId, actor } = caller;
      const { agentId } = params;
      return database.write(async (writer) => {
        if ((await findAgent(writer, tenantId, agentId)) === undefined) throw noAgent();
        const kept = await setWish(writer, tenantId, agentId, JSON.stringify(body), now);
        const detail = { counter: kept.counter, wish: kept.wish };
        await appendAudit(writer, tenantId, {
          ...{ at: now, actor, action: 'wish.changed', subject: `agent:${agentId}`, detail },
        });
        return viewOf(kept);
      });
    },
  };
}

/** Takes note of where a host stands, and gives what it is told in return. */
export async function toldWithHeartbeat(
  database: Database,
  agent: { readonly tenantId: string; readonly agentId: string },
  heartbeat: Heartbeat,
  now: EpochMs,
): Promise<Pick<HeartbeatAnswer, 'wish' | 'stagingCommitted'>> {
  const before = await placeOf(database.read, agent);
  const after = placeAfter(before, heartbeat, now);
  if (after !== undefined) await database.write((writer) => setPlace(writer, agent, after));
  const kept = await findWish(database.read, agent.tenantId, agent.agentId);
  const staged = await stagingCommitted(database.read, agent, now);
  const committed = [...staged].map(([sha256, at]) => [sha256, new Date(at).toISOString()] as const);
  return {
    ...(kept === undefined ? {} : { wish: viewOf(kept) }),
    ...(staged.size === 0 ? {} : { stagingCommitted: Object.fromEntries(committed) }),
  };
}

function viewOf(kept: KeptWish | undefined) {
  return kept === undefined
    ? { counter: 0, wish: {} }
    : { counter: kept.counter, wish: wishShape.parse(JSON.parse(kept.wish)) };
}

function noAgent(): ProblemError {
  return new ProblemError('not-found', 'no agent has this id');
}
