/** The stand-in's fleet: filters, orders and pages a list of agents as the service does, as far as the pages can tell. */
import type { ReleaseView } from '@springline/api/shapes/auto-upgrade';
import {
  type FleetAgent,
  type FleetGroup,
  type FleetPage,
  type FleetTotals,
  fleetQuery,
} from '@springline/api/shapes/fleet';
import { fixtureNow } from './instants.ts';

/** What the stand-in knows of a fleet. */
export interface Fleet {
  readonly agents: readonly FleetAgent[];
  readonly releases: readonly ReleaseView[];
  readonly releasesProblem?: string;
}

type Row = FleetPage['rows'][number] & { readonly agent: FleetAgent; readonly version: string };

function rowsOf({ agents }: Fleet): readonly Row[] {
  return agents.flatMap((agent) => {
    const plain = [{ component: 'agent-updater' as const, version: agent.version }];
    return (agent.autoUpgrade?.components ?? plain).map(({ component, version }) => {
      const standing = standingOf(agent);
      return { agentId: agent.agentId, component, version, agent, ...standing };
    });
  });
}

function standingOf({ state, lastSeenAt, autoUpgrade }: FleetAgent): {
  readonly group: FleetGroup;
  readonly reason?: string;
} {
  const monthMs = 30 * 86_400_000;
  if (state === 'revoked') return { group: 'revoked' };
  if (lastSeenAt !== undefined && Date.parse(fixtureNow) - Date.parse(lastSeenAt) > monthMs)
    return { group: 'not-seen' };
  if (autoUpgrade?.state === 'Disabled') return { group: 'opted-out', reason: 'Disabled' };
  if (autoUpgrade?.channel === 'PKS') return { group: 'on-pks', reason: 'PKS' };
  if (autoUpgrade?.state === 'Suspended')
    return { group: 'failed', reason: autoUpgrade.suspensionReason?.split(':')[0] ?? 'Suspended' };
  return { group: 'well' };
}

export function fleetPageOf(fleet: Fleet, words: URLSearchParams): FleetPage {
  const query = fleetQuery.parse(Object.fromEntries(words));
  const sign = query.order === 'ascending' ? 1 : -1;
  const keyOf = ({ agent, version }: Row) =>
    query.sort === 'version' ? version : query.sort === 'last' ? lastOf(agent) : agent.hostName;
  const found = rowsOf(fleet)
    .filter(({ agent, agentId, component, group, reason, version }) => {
      const { autoUpgrade, hostName } = agent;
      return (
        hostName.toLowerCase().includes((query.text ?? '').toLowerCase()) &&
        [
          [query.agentId, agentId],
          [query.component, component],
          [query.version, version],
          [query.state, autoUpgrade?.state ?? 'unknown'],
          [query.channel, autoUpgrade?.channel ?? 'unknown'],
          [query.ring, autoUpgrade?.ring ?? 'broad'],
          [query.role, autoUpgrade?.role ?? 'active'],
          [query.group, group],
          [query.reason, reason],
        ].every(([wanted, is]) => wanted === undefined || wanted === is)
      );
    })
    .toSorted((a, b) => (keyOf(a) === keyOf(b) ? 0 : keyOf(a) < keyOf(b) ? -sign : sign));
  const from = Number(query.cursor ?? 0);
  const shown = found.slice(from, from + query.limit);
  return {
    rows: shown.map(({ agentId, component, group, reason }) => ({
      ...{ agentId, component, group },
      ...(reason === undefined ? {} : { reason }),
    })),
    agents: [...new Set(shown.map(({ agent }) => agent))],
    ...(found.length > from + query.limit ? { next: String(from + query.limit) } : {}),
  };
}

const lastOf = ({ autoUpgrade }: FleetAgent): string => autoUpgrade?.components[0]?.lastUpgrade?.endedAt ?? '';

export function fleetTotalsOf(fleet: Fleet): FleetTotals {
  const rows = rowsOf(fleet);
  const groups: FleetTotals['groups'] = {
    ...{ revoked: 0, 'not-seen': 0, 'opted-out': 0, 'on-pks': 0, failed: 0, upgrading: 0, well: 0 },
  };
  for (const { group } of rows) groups[group] += 1;
  const counted = (values: readonly string[]) =>
    [...Map.groupBy(values, (value) => value)].map(([value, all]) => [value, all.length] as const);
  return {
    ...{ hosts: fleet.agents.length, rows: rows.length, groups },
    versions: [...Map.groupBy(rows, ({ component, version }) => `${component} ${version}`).values()].map((all) => ({
      ...{ component: all[0]!.component, version: all[0]!.version, rows: all.length },
    })),
    rings: counted(rows.map(({ agent }) => agent.autoUpgrade?.ring ?? 'broad')).map(([ring, count]) => ({
      ring,
      rows: count,
    })),
    reasons: counted(rows.flatMap(({ reason }) => reason ?? [])).map(([reason, count]) => ({ reason, rows: count })),
    countedAt: fixtureNow,
  };
}
