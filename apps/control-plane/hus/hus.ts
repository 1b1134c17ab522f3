/** The Hybrid Upgrade Service put together: its routes, its jobs, and what it asks of routes of others. */
import type { Heartbeat, HeartbeatAnswer } from '@springline/api/shapes/agent';
import type { Clock, EpochMs } from '@springline/ports/clock';
import type { Random } from '@springline/ports/random';
import type { Handlers } from '../http/handler.ts';
import type { Job } from '../platform/jobs.ts';
import type { DatabaseWatch } from '../restored/watch.ts';
import type { Database } from '../storage/database.ts';
import { campaignHandlers } from './campaign-handlers.ts';
import { Campaigns } from './campaigns.ts';
import { RolloutController } from './controller.ts';
import { fleetHandlers } from './fleet.ts';
import { husHandlers } from './handlers.ts';
import { husJobs } from './jobs.ts';
import { usualKeptMs } from './kept-counts.ts';
import { tellNews } from './news.ts';
import { PolicyHistory } from './policy-history.ts';
import { PublishedReleases } from './published-releases.ts';
import { recordedServerHandlers } from './recorded-servers.ts';
import { rolloutHandlers } from './rollout-handlers.ts';
import { versionHistoryHandlers } from './version-history.ts';
import { toldWithHeartbeat, wishHandlers } from './wishes.ts';

interface HusDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly watch: Pick<DatabaseWatch, 'signer' | 'resumed'>;
  readonly repositoryFolder: string;
  /** How long counts of many hosts are kept; 0 in tests that change hosts and look. */
  readonly countsKeptMs?: number | undefined;
  /** Origin under which people reach this server; asked when a request is answered. */
  publicUrl(): string;
}

type OwnHandlers = ReturnType<typeof husHandlers> &
  ReturnType<typeof fleetHandlers> &
  ReturnType<typeof rolloutHandlers> &
  ReturnType<typeof campaignHandlers> &
  ReturnType<typeof recordedServerHandlers> &
  ReturnType<typeof versionHistoryHandlers> &
  ReturnType<typeof wishHandlers>;

export interface Hus {
  readonly handlers: OwnHandlers;
  readonly jobs: readonly Job[];
  /** Takes note of a heartbeat; added to its answer. */
  told(
    agent: { tenantId: string; agentId: string },
    heartbeat: Heartbeat,
    now: EpochMs,
  ): Promise<Pick<HeartbeatAnswer, 'wish' | 'stagingCommitted'>>;
  /** Handlers of others, each refused to builds below a minimum that says so. */
  guarded(handlers: Handlers): Handlers;
}

export function openHus(deps: HusDeps): Hus {
  const { database, clock, random, watch, repositoryFolder, publicUrl, countsKeptMs = usualKeptMs } = deps;
  const history = new PolicyHistory(database, clock, watch.signer);
  const { signer } = history;
  const published = new PublishedReleases(repositoryFolder);
  const controller = new RolloutController({ database, signer, published, tell: tellNews });
  const campaigns = new Campaigns(database, published, history, countsKeptMs);
  return {
    handlers: {
      ...husHandlers({ database, published }),
      ...fleetHandlers({ database, published }),
      ...rolloutHandlers({ database, countsKeptMs, clock, random, signer, controller, published, watch }),
      ...campaignHandlers({ database, campaigns }),
      ...recordedServerHandlers({ database, recorded: (tenantId) => campaigns.changed(tenantId) }),
      ...versionHistoryHandlers({ published, publicUrl }),
      ...wishHandlers({ database }),
    },
    jobs: husJobs({ database, campaigns, controller, signer, published }),
    told: (agent, heartbeat, now) => toldWithHeartbeat(database, agent, heartbeat, now),
    guarded: (handlers) => guarded(handlers, campaigns),
  };
}

function guarded(handlers: Handlers, campaigns: Campaigns): Handlers {
  return {
    ...handlers,
    async exportBatch(call) {
      await campaigns.requireAllowed(call.caller, 'export', call.now);
      return handlers.exportBatch(call);
    },
    async listChanges(call) {
      // Without a cursor the connector is read again from its start.
      const action = call.query.cursor === undefined ? 'read-connector-again' : 'import';
      await campaigns.requireAllowed(call.caller, action, call.now);
      return handlers.listChanges(call);
    },
    async revokeAgent(call) {
      const answer = await handlers.revokeAgent(call);
      campaigns.changed(call.caller.tenantId);
      return answer;
    },
    async enrolAgent(call) {
      await campaigns.requireEnrollable(call.body, call.now);
      return handlers.enrolAgent(call);
    },
  };
}
