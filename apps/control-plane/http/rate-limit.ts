/** Token buckets by remote address, for the two routes that take a secret from strangers. */
import { ProblemError } from '@springline/api/problem';
import type { EpochMs } from '@springline/ports/clock';

interface Bucket {
  tokens: number;
  filledAt: number;
}

export interface RateLimit {
  /** Requests that may come at once. */
  readonly burst: number;
  readonly perMinute: number;
}

const bucketLimit = 10_000;

export class RateLimiter {
  readonly #limit: RateLimit;
  /** By address, longest unused first. */
  readonly #bucketByAddress = new Map<string, Bucket>();

  constructor(limit: RateLimit) {
    this.#limit = limit;
  }

  /** Counts one request. @throws {ProblemError} `rate-limited` with Retry-After. */
  take(remoteAddress: string | undefined, now: EpochMs): void {
    const key = networkOf(remoteAddress ?? 'unknown');
    const { burst, perMinute } = this.#limit;
    const bucket = this.#bucketByAddress.get(key) ?? { tokens: burst, filledAt: now };
    const refilled = (Math.max(0, now - bucket.filledAt) * perMinute) / 60_000;
    bucket.tokens = Math.min(burst, bucket.tokens + refilled);
    bucket.filledAt = now;
    this.#bucketByAddress.delete(key);
    if (this.#bucketByAddress.size >= bucketLimit) {
      this.#bucketByAddress.delete(this.#bucketByAddress.keys().next().value!);
    }
    this.#bucketByAddress.set(key, bucket);
    if (bucket.tokens < 1) {
      const waitSeconds = Math.ceil(((1 - bucket.tokens) * 60) / perMinute);
      throw new ProblemError('rate-limited', undefined, { headers: { 'retry-after': String(waitSeconds) } });
    }
    bucket.tokens -= 1;
  }
}

/** One IPv6 subscriber has a /64 of addresses; they share a bucket. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  return address.split(':').slice(0, 4).join(':');
}
