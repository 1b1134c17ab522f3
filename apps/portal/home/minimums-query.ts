/** The running campaign and who is below its minimums, as cached server state. */
import { queryOptions } from '@tanstack/react-query';
import type { ApiClient } from '../api-client.ts';

const askAgainMs = 60_000;

export function minimumsQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ['minimums'],
    queryFn: ({ signal }) => api.call('getMinimums', { signal }),
    staleTime: askAgainMs,
    refetchInterval: askAgainMs,
  });
}
