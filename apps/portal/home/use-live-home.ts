/** Feeds Home from the event stream while the page is looked at, and polls while the stream is down. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { pathOf } from '../api-client.ts';
import { useApi } from '../api-context.ts';
import { homeQuery, takeHomeEvent } from './home-query.ts';
import { type EventStream, eventStream, type Liveness, type StreamWorld } from './home-stream.ts';

/** While the stream is down; in part by chance, so that the pages of a whole office do not march. */
const pollMs = () => 5_000 + 2_000 * Math.random();
/** While the stream is up: finds a stream that died without a word. */
const reassuranceMs = 60_000;

const browserWorld: StreamWorld = {
  open: (url) => new EventSource(url),
  later(act, delayMs) {
    const timer = setTimeout(act, delayMs);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};

export function useLiveHome() {
  const api = useApi();
  const client = useQueryClient();
  const [liveness, setLiveness] = useState<Liveness>('connecting');
  const stream = useRef<EventStream>(null);
  const [ownPollMs] = useState(pollMs);
  const home = useQuery({
    ...homeQuery(api),
    refetchInterval: liveness === 'live' ? reassuranceMs : ownPollMs,
  });

  useEffect(() => {
    const listener = {
      onEvent: (text: string) => takeHomeEvent(client, text),
      onLiveness(now: Liveness) {
        setLiveness(now);
        // Something may have changed between the last look and the opening; and a loss may mean that the session ended.
        if (now !== 'connecting') void client.refetchQueries({ queryKey: ['home'] });
      },
    };
    const opened = eventStream(browserWorld, pathOf('watchHome'), 'home', listener);
    stream.current = opened;
    // A browser gives one host six connections over HTTP/1.1; pages that nobody sees must not hold them.
    const followVisibility = () => (document.hidden ? opened.close() : opened.connect());
    followVisibility();
    document.addEventListener('visibilitychange', followVisibility);
    window.addEventListener('online', followVisibility);
    return () => {
      document.removeEventListener('visibilitychange', followVisibility);
      window.removeEventListener('online', followVisibility);
      opened.close();
    };
  }, [client]);

  const reconnect = useCallback(() => {
    stream.current?.connect();
    void client.refetchQueries({ queryKey: ['home'] });
  }, [client]);
  return { home, liveness, reconnect };
}
