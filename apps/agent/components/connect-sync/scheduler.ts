/**
 * When cycles run: at the start, at each interval, when the watched file changed, when somebody asks, and sooner after
 * a failure (back-off with jitter). One at a time; asking during a cycle gets one more after it.
 */
import { type EpochMs, systemClock } from '@springline/ports/clock';

/** `soon`: after a growing pause; `much-later`: ten minutes at least, because trying again does harm. */
export type FollowUp = 'at-interval' | 'soon' | 'much-later';

export interface SchedulerHooks {
  /** Runs one cycle and says when the next is due. Never throws for what the next cycle may cure. */
  runCycle(signal: AbortSignal): Promise<FollowUp>;
  /** `undefined` while a cycle runs. */
  scheduled(nextAt: EpochMs | undefined): void;
  failed(error: unknown): void;
}

const firstRetryMs = 1_000;
const muchLaterMs = 10 * 60_000;

export class Scheduler {
  readonly #hooks: SchedulerHooks;
  readonly #intervalMs: number;
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #isAskedAgain = false;
  #failures = 0;

  constructor(intervalMs: number, hooks: SchedulerHooks) {
    this.#intervalMs = intervalMs;
    this.#hooks = hooks;
  }

  /** Runs a cycle now, or once more after the one that runs. Resolves when that cycle has ended. */
  async request(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    if (this.#running === undefined) {
      this.#start();
    } else {
      this.#isAskedAgain = true;
      await this.#running;
      await Promise.resolve();
    }
    await this.#running;
  }

  /** Lets the cycle that runs end at its next safe point; no further one begins. */
  async stop(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    await this.#running;
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#isAskedAgain = false;
    this.#hooks.scheduled(undefined);
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    let next: FollowUp = 'soon';
    try {
      // In a function of its own, so that a cycle that throws at once is also awaited: `#running` is set by then.
      next = await (async () => this.#hooks.runCycle(this.#stop.signal))();
    } catch (error) {
      this.#hooks.failed(error);
    }
    this.#failures = next === 'soon' ? this.#failures + 1 : 0;
    this.#running = undefined;
    if (this.#stop.signal.aborted) return;
    if (this.#isAskedAgain) this.#start();
    else this.#schedule(this.#pauseMs(next));
  }

  #pauseMs(next: FollowUp): number {
    if (next === 'soon') return this.#retryMs();
    return next === 'at-interval' ? this.#intervalMs : Math.max(this.#intervalMs, muchLaterMs);
  }

  /** 1 s, 2 s, 4 s … up to the interval, each shortened by up to a fifth so that agents do not march in step. */
  #retryMs(): number {
    const delay = Math.min(this.#intervalMs, firstRetryMs * 2 ** Math.min(this.#failures - 1, 20));
    return Math.round(delay * (0.8 + Math.random() * 0.2));
  }

  #schedule(delayMs: number): void {
    this.#hooks.scheduled((systemClock.now() + delayMs) as EpochMs);
    this.#timer = setTimeout(() => this.#start(), Math.min(delayMs, 2 ** 31 - 1));
  }
}
