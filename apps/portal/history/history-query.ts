/** Version histories as cached server state. Support is that of a day, so an answer is good for a while. */
import type { HistoryProduct } from '@springline/api/shapes/version-history';
import { queryOptions } from '@tanstack/react-query';
import type { ApiClient } from '../api-client.ts';

const keptMs = 10 * 60_000;

export function historyQuery(api: ApiClient, product: HistoryProduct) {
  return queryOptions({
    queryKey: ['version-history', product],
    queryFn: ({ signal }) => api.call('getVersionHistory', { params: { product }, signal }),
    staleTime: keptMs,
  });
}

/** What this installation publishes, with sizes and digests. */
export function releasesQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ['releases'],
    queryFn: ({ signal }) => api.call('listReleases', { signal }),
    refetchInterval: 60_000,
  });
}
