/** Who may use the one writing connection next: first come, first served, and no endless queue. */
import { ProblemError } from '@springline/api/problem';

export class Turns {
  readonly #waiting: (() => void)[] = [];
  readonly #limit: number;
  #taken = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Resolves when it is the caller's turn. @throws {ProblemError} `overloaded` when too many wait already. */
  take(): Promise<void> {
    if (!this.#taken) {
      this.#taken = true;
      return Promise.resolve();
    }
    if (this.#waiting.length >= this.#limit) {
      return Promise.reject(
        new ProblemError('overloaded', 'too many writes are waiting', { headers: { 'retry-after': '5' } }),
      );
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  pass(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken = false;
    else next();
  }
}
