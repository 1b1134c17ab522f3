/** What the Upgrades pages show, as cached server state. Asked again while a page is looked at. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { ApiClient } from '../api-client.ts';
import type { FleetSearch } from './fleet-rows.ts';

/** A rollout moves by the hour; people who watch one want to see it move. */
const liveMs = 10_000;
const slowMs = 60_000;
const auditPage = 200;

export function rolloutsQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ['rollouts'],
    queryFn: ({ signal }) => api.call('listRollouts', { signal }),
    refetchInterval: liveMs,
  });
}

/** Rows of a page of the fleet. */
export const fleetPageRows = 100;
/** Staging servers of a tenant that are looked at. */
const stagingRows = 1_000;

/** `cursor`: where the page before ended. */
export function fleetQuery(api: ApiClient, { agent: _, ...filter }: FleetSearch, cursor?: string) {
  const query = { ...filter, limit: fleetPageRows, ...(cursor === undefined ? {} : { cursor }) };
  return queryOptions({
    queryKey: ['fleet', 'page', query],
    queryFn: ({ signal }) => api.call('listFleet', { query, signal }),
    refetchInterval: slowMs,
  });
}

/** One host, whatever the page shows. */
export function fleetAgentQuery(api: ApiClient, agentId: string) {
  return queryOptions({
    queryKey: ['fleet', 'agent', agentId],
    queryFn: async ({ signal }) => {
      const { agents } = await api.call('listFleet', { query: { agentId }, signal });
      // No such host is an answer too.
      return agents[0] ?? null;
    },
    refetchInterval: slowMs,
  });
}

/** The staging servers: an active one may wait for its partner. */
export function stagingQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ['fleet', 'staging'],
    queryFn: async ({ signal }) =>
      (await api.call('listFleet', { query: { role: 'staging', limit: stagingRows }, signal })).agents,
    refetchInterval: slowMs,
  });
}

export function fleetTotalsQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ['fleet', 'totals'],
    queryFn: ({ signal }) => api.call('getFleetTotals', { signal }),
    refetchInterval: slowMs,
  });
}

export function policyQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ['policy'],
    queryFn: ({ signal }) => api.call('getRolloutPolicy', { signal }),
    refetchInterval: slowMs,
  });
}

export function wishQuery(api: ApiClient, agentId: string) {
  return queryOptions({
    queryKey: ['wish', agentId],
    queryFn: ({ signal }) => api.call('getWish', { params: { agentId }, signal }),
  });
}

export function pksQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ['pks'],
    queryFn: ({ signal }) => api.call('getPks', { signal }),
    refetchInterval: slowMs,
  });
}

/** Oldest first, as the chain of hashes runs. */
export function auditQuery(api: ApiClient) {
  return infiniteQueryOptions({
    queryKey: ['audit'],
    queryFn: ({ signal, pageParam }) =>
      api.call('listAudit', { query: { after: pageParam, limit: auditPage }, signal }),
    initialPageParam: 0,
    getNextPageParam: ({ entries, more }) => (more ? entries.at(-1)?.sequence : undefined),
  });
}
