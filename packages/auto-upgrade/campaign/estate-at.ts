/** A described estate as it stood at an instant: what its servers were at first, and what has become of them since. Pure. */
import type { EpochMs } from '@springline/ports/clock';
import type { Installation } from './judge.ts';

type Changing = 'version' | 'state' | 'channel' | 'hostName' | 'lastResult' | 'movedTo';

export interface DescribedServer {
  readonly tenant: string;
  readonly hostName: string;
  readonly component: Installation['component'];
  readonly isRealAgent: boolean;
  /** RFC 3339, as all instants here. */
  readonly bornAt: string;
  readonly start: Pick<Installation, 'version' | 'state' | 'channel'>;
  /** Servers report every day until they no longer do. */
  readonly reportsUntil?: string | undefined;
  readonly events: readonly {
    readonly at: string;
    readonly change: { readonly [K in Changing]?: Installation[K] | undefined };
  }[];
}

/** Without those that were not there yet. */
export function installationsAt(servers: readonly DescribedServer[], at: EpochMs): readonly Installation[] {
  return servers.filter(({ bornAt }) => Date.parse(bornAt) <= at).map((server) => installationAt(server, at));
}

function installationAt(server: DescribedServer, at: EpochMs): Installation {
  const { tenant, hostName, component, isRealAgent, bornAt, start, reportsUntil, events } = server;
  const lastSeenAt = Math.min(at, reportsUntil === undefined ? at : Date.parse(reportsUntil)) as EpochMs;
  const before: Installation = {
    ...{ tenant, hostName, component, lastSeenAt, bornAt: Date.parse(bornAt) as EpochMs, ...start },
    source: isRealAgent ? 'agent' : 'recorded',
  };
  const changes = events.filter((event) => Date.parse(event.at) <= at).map(({ change }) => change);
  return Object.assign(before, ...changes) as Installation;
}
