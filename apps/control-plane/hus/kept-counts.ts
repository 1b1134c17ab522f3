/**
 * Counts that walk all there is of somebody: made once for all who ask meanwhile, and kept for a while, so that whoever
 * asks again and again does not hold up what hosts send. The time of the process counts and not the clock's, which stands
 * still in a replay.
 */

export const usualKeptMs = 2_000;
/** What took long is kept so many times as long: counting is never most of what the process does. */
const keptTimes = 5;
const keptLimit = 256;

interface Kept<T> {
  readonly about: string;
  readonly counted: Promise<T>;
  /** By `performance.now()`; the future as long as it is counted. */
  untilMs: number;
}

export class KeptCounts<T> {
  readonly #keptMs: number;
  readonly #keptByKey = new Map<string, Kept<T>>();

  /** `keptMs`: 0 keeps nothing once it is counted. */
  constructor(keptMs: number) {
    this.#keptMs = keptMs;
  }

  /** Of `key`, one is kept: counted about something else, it is counted anew. A failure is told once. */
  of(key: string, about: string, count: () => Promise<T>): Promise<T> {
    const startedMs = performance.now();
    const found = this.#keptByKey.get(key);
    if (found !== undefined && found.about === about && startedMs < found.untilMs) return found.counted;
    const kept: Kept<T> = { about, counted: count(), untilMs: Number.POSITIVE_INFINITY };
    this.#keptByKey.delete(key);
    this.#keptByKey.set(key, kept);
    kept.counted.then(
      () => {
        const endedMs = performance.now();
        const takenMs = endedMs - startedMs;
        kept.untilMs = this.#keptMs === 0 ? endedMs : endedMs + Math.max(this.#keptMs, keptTimes * takenMs);
      },
      () => {
        if (this.#keptByKey.get(key) === kept) this.#keptByKey.delete(key);
      },
    );
    const [oldest] = this.#keptByKey.keys();
    if (this.#keptByKey.size > keptLimit && oldest !== undefined) this.#keptByKey.delete(oldest);
    return kept.counted;
  }

  /** What is counted right now as well: it may have passed by what was changed. All of them without `key`. */
  forget(key?: string): void {
    if (key === undefined) this.#keptByKey.clear();
    else this.#keptByKey.delete(key);
  }
}
