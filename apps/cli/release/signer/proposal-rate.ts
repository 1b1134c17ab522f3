/**
 * How often something may be asked for. Each leaves a line in the record, and something for people to read or for every
 * agent to fetch; a control plane in wrong hands must not fill any of them. In memory: who could start the signer again
 * owns it anyway.
 */

export interface RateLimits {
  /** At once, after a time of rest. */
  readonly burst: number;
  /** One more becomes possible after so long. */
  readonly everyMs: number;
}

/** Of what does not narrow. */
export const proposalLimits: RateLimits = { burst: 120, everyMs: 30_000 };
/** Of what narrows and stops nothing, as a freeze: far more than people and the controller ever ask for. */
export const narrowingLimits: RateLimits = { burst: 1_000, everyMs: 10_000 };

export class ProposalRate {
  readonly #limits: RateLimits;
  #left: number;
  #filledAt = Number.NEGATIVE_INFINITY;

  constructor(limits: RateLimits) {
    this.#limits = limits;
    this.#left = limits.burst;
  }

  /** Takes `count` proposals. Returns after how many milliseconds there are enough, 0 when they were taken. */
  take(count: number, now: number): number {
    this.#fill(now);
    if (count <= this.#left) {
      this.#left -= count;
      return 0;
    }
    return (count - this.#left) * this.#limits.everyMs - (now - this.#filledAt);
  }

  #fill(now: number): void {
    const { burst, everyMs } = this.#limits;
    // A clock that jumps back takes nothing away and gives nothing.
    const passed = Math.max(0, now - this.#filledAt);
    const more = Math.floor(passed / everyMs);
    if (this.#left + more >= burst) {
      this.#left = burst;
      this.#filledAt = now;
    } else if (more > 0) {
      this.#left += more;
      this.#filledAt += more * everyMs;
    } else if (now < this.#filledAt) {
      this.#filledAt = now;
    }
  }
}
