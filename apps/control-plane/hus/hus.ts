/** The Hybrid Upgrade Service put together: its routes, its jobs, and what it asks of routes of others. */
import type { HeartbeatAnswer } from '@springline/api/shapes/agent';
import type { Clock } from '@springline/ports/clock';
import type { Random } from '@springline/ports/random';
import type { Handlers } from '../http/handler.ts';
import type { Job } from '../platform/jobs.ts';
import type { DatabaseWatch } from '../restored/watch.ts';
import type { Database } from '../storage/database.ts';
import { campaignHandlers } from './campaign-handlers.ts';
import { Campaigns } from './campaigns.ts';
import { RolloutController } from './controller.ts';
import { husHandlers } from './handlers.ts';
import { husJobs, tellNews } from './jobs.ts';
import { PublishedReleases } from './published-releases.ts';
import { rolloutHandlers } from './rollout-handlers.ts';
import { versionHistoryHandlers } from './version-history.ts';
import { toldWithHeartbeat, wishHandlers } from './wishes.ts';

interface HusDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly watch: Pick<DatabaseWatch, 'signer' | 'resumed'>;
  readonly repositoryFolder: string;
  /** Origin under which people reach this server; asked when a request is answered. */
  publicUrl(): string;
}

type OwnHandlers = ReturnType<typeof husHandlers> &
  ReturnType<typeof rolloutHandlers> &
  ReturnType<typeof campaignHandlers> &
  ReturnType<typeof versionHistoryHandlers> &
  ReturnType<typeof wishHandlers>;

export interface Hus {
  readonly handlers: OwnHandlers;
  readonly jobs: readonly Job[];
  /** Added to the answer of a heartbeat. */
  told(agent: { tenantId: string; agentId: string }): Promise<Pick<HeartbeatAnswer, 'wish' | 'stagingCommitted'>>;
  /** Handlers of others, each refused to builds below a minimum that says so. */
  guarded(handlers: Handlers): Handlers;
}

export function openHus({ database, clock, random, watch, repositoryFolder, publicUrl }: HusDeps): Hus {
  const { signer } = watch;
  const published = new PublishedReleases(repositoryFolder);
  const controller = new RolloutController({ database, signer, tell: tellNews });
  const campaigns = new Campaigns(database, published, signer);
  return {
    handlers: {
      ...husHandlers({ database, published }),
      ...rolloutHandlers({ database, clock, random, signer, controller, published, watch }),
      ...campaignHandlers({ database, campaigns }),
      ...versionHistoryHandlers({ published, publicUrl }),
      ...wishHandlers({ database }),
    },
    jobs: husJobs({ database, campaigns, controller }),
    told: (agent) => toldWithHeartbeat(database, agent),
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
    async enrolAgent(call) {
      await campaigns.requireEnrollable(call.body, call.now);
      return handlers.enrolAgent(call);
    },
  };
}
