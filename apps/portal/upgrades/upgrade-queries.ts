/** What the Upgrades pages show, as cached server state. Asked again while a page is looked at. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { ApiClient } from '../api-client.ts';

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

export function fleetQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ['fleet'],
    queryFn: ({ signal }) => api.call('listFleet', { signal }),
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
