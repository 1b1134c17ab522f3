/** What the Settings pages show, as cached server state. Secrets are in none of it: each is shown once, by whoever made it. */
import { queryOptions } from '@tanstack/react-query';
import type { ApiClient } from '../api-client.ts';

export function channelsQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ['notice-channels'],
    queryFn: ({ signal }) => api.call('listNoticeChannels', { signal }),
  });
}

export function noticesQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ['notices'],
    queryFn: ({ signal }) => api.call('listNotices', { query: { limit: 20 }, signal }),
  });
}

export function peopleQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ['people'],
    queryFn: ({ signal }) => api.call('listPeople', { signal }),
  });
}

export function tokensQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ['tokens'],
    queryFn: ({ signal }) => api.call('listTokens', { signal }),
  });
}
