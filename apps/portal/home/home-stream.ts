/**
 * Keeps a stream of server-sent events open: back-off with jitter after a loss, at once on request. The browser's own
 * reconnection is not used: it gives up on an HTTP error for good, and all pages would come back at the same instant.
 */

/** `waiting`: lost, and the next try is on the clock. */
export type Liveness = 'connecting' | 'live' | 'waiting';

export interface EventSourceLike {
  addEventListener(type: string, listener: (event: { data?: unknown }) => void): void;
  close(): void;
}

export interface StreamWorld {
  open(url: string): EventSourceLike;
  /** Runs `act` once after `delayMs`; the returned function cancels. */
  later(act: () => void, delayMs: number): () => void;
  /** 0 to below 1. */
  random(): number;
}

export interface StreamListener {
  /** Text of one event of the wanted name. May throw: the stream is then taken as lost. */
  onEvent(text: string): void;
  onLiveness(liveness: Liveness): void;
}

export interface EventStream {
  /** Drops what is open and connects now. */
  connect(): void;
  /** Drops what is open and rests until `connect`. */
  close(): void;
}

export const firstRetryMs = 1_000;
export const longestRetryMs = 30_000;

/** Before try `attempt` (0 is the first after a loss): doubling up to 30 s, of which the second half is by chance. */
export function retryDelayMs(attempt: number, random: number): number {
  const fullMs = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(attempt, 10));
  return fullMs / 2 + (fullMs / 2) * random;
}

/** A stream at rest; `connect` starts it. */
export function eventStream(world: StreamWorld, url: string, eventName: string, listener: StreamListener): EventStream {
  let source: EventSourceLike | undefined;
  let cancelRetry = () => {};
  let attempt = 0;

  const drop = () => {
    cancelRetry();
    source?.close();
    source = undefined;
  };
  const lose = () => {
    drop();
    cancelRetry = world.later(connect, retryDelayMs(attempt++, world.random()));
    listener.onLiveness('waiting');
  };
  function connect() {
    drop();
    listener.onLiveness('connecting');
    const opened = world.open(url);
    source = opened;
    // A source that was dropped may still have an event on the way.
    const whileOpen = (act: (event: { data?: unknown }) => void) => (event: { data?: unknown }) => {
      if (source === opened) act(event);
    };
    opened.addEventListener(
      'open',
      whileOpen(() => listener.onLiveness('live')),
    );
    opened.addEventListener('error', whileOpen(lose));
    opened.addEventListener(
      eventName,
      whileOpen((event) => {
        try {
          listener.onEvent(String(event.data));
          // Only an event proves the stream good: one that opens and breaks again must not be retried every second.
          attempt = 0;
        } catch (error) {
          console.error('home stream: event refused', error);
          lose();
        }
      }),
    );
  }
  return { connect, close: drop };
}
