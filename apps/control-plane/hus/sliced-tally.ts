/**
 * The tally of a campaign, some hosts at a time: others get their turn in between. The same as counted at once, since
 * hosts are judged each for itself.
 */
import { setImmediate } from 'node:timers/promises';
import type { CampaignRevision } from '@springline/auto-upgrade/campaign/campaign';
import type { ImageFloor } from '@springline/auto-upgrade/campaign/floor';
import { type Group, groups, type Installation } from '@springline/auto-upgrade/campaign/judge';
import { type BelowServer, type Tally, tally } from '@springline/auto-upgrade/campaign/tally';
import type { Component } from '@springline/auto-upgrade/release/target-path';
import type { EpochMs } from '@springline/ports/clock';

const hostsAtOnce = 2_000;

export async function slicedTally(
  revision: CampaignRevision,
  installations: readonly Installation[],
  now: EpochMs,
  floors: ReadonlyMap<Component, ImageFloor>,
): Promise<Tally> {
  const byTenant = Map.groupBy(installations, ({ tenant }) => tenant);
  let sum = tally(revision, [], now, floors);
  const serversByGroup = new Map<Group, BelowServer[]>(groups.map((group) => [group, []]));
  // Tenants and hosts in the order in which the whole has them.
  for (const tenant of [...byTenant.keys()].sort()) {
    const byHost = Map.groupBy(byTenant.get(tenant)!, ({ hostName }) => hostName.toLowerCase());
    const hosts = [...byHost.keys()].sort();
    for (let at = 0; at < hosts.length; at += hostsAtOnce) {
      await setImmediate();
      const slice = hosts.slice(at, at + hostsAtOnce).flatMap((host) => byHost.get(host)!);
      const counted = tally(revision, slice, now, floors);
      for (const server of counted.servers) serversByGroup.get(server.group)!.push(server);
      sum = added(sum, counted);
    }
  }
  return { ...sum, servers: [...serversByGroup.values()].flat() };
}

function added(sum: Tally, { components, groups: more }: Tally): Tally {
  return {
    ...sum,
    components: sum.components.map((each, at) => {
      const { ok, below, notJudged, moved } = components[at]!;
      return {
        ...each,
        ...{ ok: each.ok + ok, below: each.below + below },
        ...{ notJudged: each.notJudged + notJudged, moved: each.moved + moved },
      };
    }),
    groups: Object.fromEntries(groups.map((group) => [group, sum.groups[group] + more[group]])) as Tally['groups'],
  };
}
