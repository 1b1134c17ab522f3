/** Home and the session as cached server state. */
import type { HomeView } from '@springline/api/shapes/person';
import { type QueryClient, queryOptions } from '@tanstack/react-query';
import { type ApiClient, parseAnswer } from '../api-client.ts';

/** Further back than this an older Home means that the server's clock was set, and not that answers overtook each other. */
const overtakingLimitMs = 60_000;

/** Events and answers to polls may overtake each other: the later state wins. */
export function laterHome(before: HomeView | undefined, received: HomeView): HomeView {
  if (before === undefined) return received;
  const backMs = Date.parse(before.generatedAt) - Date.parse(received.generatedAt);
  return backMs > 0 && backMs <= overtakingLimitMs ? before : received;
}

export function homeQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ['home'],
    queryFn: async ({ signal, client }): Promise<HomeView> =>
      laterHome(client.getQueryData<HomeView>(['home']), await api.call('getHome', { signal })),
    // Events keep it fresh; the page asks by itself when they are missing.
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/**
 * Puts the text of a `home` event into the cache.
 *
 * @throws {ApiError} `unexpected-answer`
 */
export function takeHomeEvent(client: QueryClient, text: string): void {
  const received = parseAnswer('getHome', text);
  client.setQueryData<HomeView>(['home'], (before) => laterHome(before, received));
}

export function sessionQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ['session'],
    queryFn: ({ signal }) => api.call('getSession', { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
