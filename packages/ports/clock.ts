/**
 * The clock port. Decisions take an instant as an argument; only shells read a clock, once per decision.
 */

/** Milliseconds since 1970-01-01T00:00:00Z. Only a Clock or a parser makes one. */
export type EpochMs = number & { readonly unit: 'epoch ms' };

export interface Clock {
  now(): EpochMs;
}

let systemNow: () => number = () => Date.now();

/** What time it is for this process. */
export const systemClock: Clock = { now: () => systemNow() as EpochMs };

/** The system clock's time by RFC 3339, in UTC. */
export function systemInstant(): string {
  return new Date(systemClock.now()).toISOString();
}

/** Lets this process live at another time, as a replay does: called by a program's main, before anything asks for the time. */
export function replaceSystemClock(now: () => number): void {
  systemNow = now;
}

/** A clock that stands still until it is told to move; for tests and replays. */
export class FakeClock implements Clock {
  #now: EpochMs;

  constructor(startMs: number) {
    this.#now = startMs as EpochMs;
  }

  now(): EpochMs {
    return this.#now;
  }

  /** Moves the clock by `ms`, which may be negative: clocks do jump back. */
  advance(ms: number): void {
    this.#now = (this.#now + ms) as EpochMs;
  }
}
