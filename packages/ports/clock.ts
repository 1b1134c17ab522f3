/**
 * The clock port. Decisions take an instant as an argument; only shells read a clock, once per decision.
 */

/** Milliseconds since 1970-01-01T00:00:00Z. Only a Clock or a parser makes one. */
export type EpochMs = number & { readonly unit: 'epoch ms' };

export interface Clock {
  now(): EpochMs;
}

export const systemClock: Clock = { now: () => Date.now() as EpochMs };

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
