/**
 * Shows instants: relative words that keep up with the clock, UTC on hover. Time is the server's: a page on a machine
 * whose clock is wrong must not say that an agent was seen in the future.
 */
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { localWords, relativeWords, utcWords } from './when-words.ts';

const NowContext = createContext(0);

/** Coarser than the words would allow, so that a page at rest costs nothing. */
const tickMs = 5_000;

/** Keeps the server's present for what is inside. `serverTime` is RFC 3339, taken as the present when it changes. */
export function ServerClock({ serverTime, children }: { readonly serverTime: string; readonly children: ReactNode }) {
  const serverMs = Date.parse(serverTime);
  const [ticked, setTicked] = useState({ serverMs, elapsedMs: 0 });
  useEffect(() => {
    const startedMs = performance.now();
    const timer = setInterval(() => setTicked({ serverMs, elapsedMs: performance.now() - startedMs }), tickMs);
    return () => clearInterval(timer);
  }, [serverMs]);
  const elapsedMs = ticked.serverMs === serverMs ? ticked.elapsedMs : 0;
  return <NowContext value={serverMs + elapsedMs}>{children}</NowContext>;
}

/** The server's present in milliseconds since 1970, to the nearest tick. */
export const useNowMs = (): number => useContext(NowContext);

/** `2 minutes ago`; the local time too when `full`. */
export function When({ at, full = false }: { readonly at: string; readonly full?: boolean }) {
  const relative = relativeWords(Date.parse(at), useNowMs());
  return (
    <time dateTime={at} title={utcWords(at)}>
      {full ? `${localWords(at)} (${relative})` : relative}
    </time>
  );
}
