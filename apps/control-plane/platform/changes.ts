/** Waking those who watch: a change wakes all of them, and nobody waits for longer than they said. */

export class Changes {
  readonly #waiting = new Set<() => void>();
  #count = 0;

  /** How many there were: as long as it stays, nothing changed. */
  get count(): number {
    return this.#count;
  }

  notify(): void {
    this.#count += 1;
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves at the next change, after `limitMs`, or when `signal` aborts. */
  next(limitMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, limitMs);
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
