/** Servers of a scenario that have no agent of ours, as the administrators of their tenants record them. */
import { installationsAt } from '@springline/auto-upgrade/campaign/estate-at';
import type { EpochMs } from '@springline/ports/clock';
import type { Scenario } from './files.ts';
import type { Replay } from './replay.ts';

/** Each tenant's whole list as of `at`: what is no longer recorded goes. */
export async function recordServers(replay: Replay, at: EpochMs): Promise<void> {
  for (const tenant of new Set(replay.scenario.servers.map((server) => server.tenant))) {
    await replay.askAs(tenant, 'putRecordedServers', { servers: recordedOf(replay.scenario, tenant, at) });
  }
}

function recordedOf({ servers }: Scenario, tenant: string, at: EpochMs) {
  const owners = new Map(servers.map(({ hostName, owner }) => [hostName, owner]));
  return installationsAt(
    servers.filter((server) => server.tenant === tenant),
    at,
  )
    .filter(({ source, channel, movedTo }) => source === 'recorded' || channel === 'PKS' || movedTo !== undefined)
    .map(({ hostName, component, version, state, channel, lastSeenAt, lastResult, movedTo }) => {
      const owner = owners.get(hostName);
      return {
        ...{ hostName, component, version, state, channel },
        ...(lastSeenAt === undefined ? {} : { lastSeenAt: new Date(lastSeenAt).toISOString() }),
        ...(lastResult === undefined ? {} : { lastResult }),
        ...(owner === undefined ? {} : { owner }),
        ...(movedTo === undefined ? {} : { movedTo }),
      };
    });
}
