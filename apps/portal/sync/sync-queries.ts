/**
 * What the pages of Connect Sync show, as cached server state: questions that the control plane passes to one agent host.
 * The host is asked when a page needs it, and not over and over: each look costs the host work.
 */
import type { SyncAnswer, SyncParameters } from '@springline/api/shapes/sync';
import { type SyncMethod, syncMethods } from '@springline/api/shapes/sync-methods';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { ApiClient, CallWords } from '../api-client.ts';

const routeOf = {
  connectors: 'syncConnectors',
  history: 'syncHistory',
  pending: 'syncPending',
  preview: 'syncPreview',
  'preview.get': 'syncPreviewPage',
  'preview.commit': 'syncPreviewCommit',
  'search.cs': 'syncSearchCs',
  'cs.object': 'syncCsObject',
  'search.mv': 'syncSearchMv',
  'mv.object': 'syncMvObject',
  explain: 'syncExplain',
  rules: 'syncRules',
  'rules.test': 'syncRulesTest',
  'deletes.list': 'syncDeletes',
  'deletes.approve': 'syncDeletesApprove',
  'deletes.reject': 'syncDeletesReject',
  staging: 'syncStaging',
  'staging.promote': 'syncStagingPromote',
  'staging.demote': 'syncStagingDemote',
  run: 'syncRun',
} as const satisfies Record<SyncMethod, string>;

/** A host that nobody asked lately takes its first question with its next heartbeat. */
const takenWithinMs = 20_000;

/** @throws {ApiError} */
export function askHost<M extends SyncMethod>(
  api: ApiClient,
  agentId: string,
  method: M,
  /** `reason`: of who decides. */
  parameters: SyncParameters<M> & { readonly reason?: string },
  signal?: AbortSignal,
): Promise<SyncAnswer<M>> {
  const words = {
    params: { agentId },
    body: parameters,
    waitMs: takenWithinMs + syncMethods[method].withinMs,
    ...(signal === undefined ? {} : { signal }),
  };
  // The route of a method takes and gives what the method does: `api/sync-routes.ts` is made of the same table.
  return api.call(routeOf[method], words as CallWords<(typeof routeOf)[M]>) as Promise<SyncAnswer<M>>;
}

const freshMs = 15_000;
const usual = { staleTime: freshMs, refetchOnWindowFocus: false } as const;
/** Rows of one question. */
export const pageRows = 100;
const historyRows = 50;

/** Everything that one host was asked; what is decided there makes all of it old. */
export const hostKey = (agentId: string) => ['sync', agentId] as const;

export function connectorsQuery(api: ApiClient, agentId: string) {
  return queryOptions({
    queryKey: [...hostKey(agentId), 'connectors'],
    queryFn: ({ signal }) => askHost(api, agentId, 'connectors', {}, signal),
    ...usual,
  });
}

export function runsQuery(api: ApiClient, agentId: string) {
  return infiniteQueryOptions({
    queryKey: [...hostKey(agentId), 'history'],
    queryFn: ({ pageParam, signal }) =>
      askHost(
        api,
        agentId,
        'history',
        { limit: historyRows, ...(pageParam === undefined ? {} : { before: pageParam }) },
        signal,
      ),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => (page.length < historyRows ? undefined : page.at(-1)?.number),
    ...usual,
  });
}

export type PendingFilter = Pick<SyncParameters<'pending'>, 'connector' | 'kind'>;

export function pendingQuery(api: ApiClient, agentId: string, filter: PendingFilter) {
  return infiniteQueryOptions({
    queryKey: [...hostKey(agentId), 'pending', filter],
    queryFn: ({ pageParam, signal }) =>
      askHost(api, agentId, 'pending', { ...filter, limit: pageRows, ...after(pageParam) }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
    ...usual,
  });
}

/** A preview that was made: the host keeps the last few. */
export function planQuery(api: ApiClient, agentId: string, plan: string) {
  return infiniteQueryOptions({
    queryKey: [...hostKey(agentId), 'plan', plan],
    queryFn: ({ pageParam, signal }) =>
      askHost(api, agentId, 'preview.get', { plan, limit: pageRows, ...after(pageParam) }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
    // It is made once and does not change.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
}

export type CsSearch = Omit<SyncParameters<'search.cs'>, 'limit' | 'after'>;

export function csSearchQuery(api: ApiClient, agentId: string, search: CsSearch) {
  return infiniteQueryOptions({
    queryKey: [...hostKey(agentId), 'search.cs', search],
    queryFn: ({ pageParam, signal }) =>
      askHost(api, agentId, 'search.cs', { ...search, limit: pageRows, ...after(pageParam) }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
    ...usual,
  });
}

export function csObjectQuery(api: ApiClient, agentId: string, id: string) {
  return queryOptions({
    queryKey: [...hostKey(agentId), 'cs.object', id],
    queryFn: ({ signal }) => askHost(api, agentId, 'cs.object', { id }, signal),
    ...usual,
  });
}

export type MvSearch = Omit<SyncParameters<'search.mv'>, 'limit' | 'after'>;

export function mvSearchQuery(api: ApiClient, agentId: string, search: MvSearch) {
  return infiniteQueryOptions({
    queryKey: [...hostKey(agentId), 'search.mv', search],
    queryFn: ({ pageParam, signal }) =>
      askHost(api, agentId, 'search.mv', { ...search, limit: pageRows, ...after(pageParam) }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
    ...usual,
  });
}

export function mvObjectQuery(api: ApiClient, agentId: string, id: string) {
  return queryOptions({
    queryKey: [...hostKey(agentId), 'mv.object', id],
    queryFn: ({ signal }) => askHost(api, agentId, 'mv.object', { id }, signal),
    ...usual,
  });
}

export function explainQuery(api: ApiClient, agentId: string, object: string, attribute: string) {
  return queryOptions({
    queryKey: [...hostKey(agentId), 'explain', object, attribute],
    queryFn: ({ signal }) => askHost(api, agentId, 'explain', { object, attribute }, signal),
    ...usual,
  });
}

export function rulesQuery(api: ApiClient, agentId: string) {
  return queryOptions({
    queryKey: [...hostKey(agentId), 'rules'],
    queryFn: ({ signal }) => askHost(api, agentId, 'rules', {}, signal),
    ...usual,
  });
}

export function deletesQuery(api: ApiClient, agentId: string) {
  return infiniteQueryOptions({
    queryKey: [...hostKey(agentId), 'deletes'],
    queryFn: ({ pageParam, signal }) =>
      askHost(api, agentId, 'deletes.list', { limit: 1_000, ...after(pageParam) }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
    ...usual,
  });
}

export function stagingQuery(api: ApiClient, agentId: string) {
  return queryOptions({
    queryKey: [...hostKey(agentId), 'staging'],
    queryFn: ({ signal }) => askHost(api, agentId, 'staging', {}, signal),
    ...usual,
  });
}

const after = (cursor: string | undefined) => (cursor === undefined ? {} : { after: cursor });
