/**
 * The random port: secrets and identifiers. The real one is the operating system's; the fake is a seeded sequence, so
 * that golden files stay still.
 */
import { randomBytes } from 'node:crypto';

export interface Random {
  /** `size` fresh bytes. */
  bytes(size: number): Uint8Array;
}

export const systemRandom: Random = { bytes: (size) => randomBytes(size) };

/** Hands out the bytes of another in small portions. Holds 4 KiB. */
export class PooledRandom implements Random {
  readonly #source: Random;
  #pool: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(source: Random) {
    this.#source = source;
  }

  bytes(size: number): Uint8Array {
    if (size > poolSize / 4) return this.#source.bytes(size);
    if (this.#at + size > this.#pool.length) {
      this.#pool = this.#source.bytes(poolSize);
      this.#at = 0;
    }
    this.#at += size;
    return this.#pool.slice(this.#at - size, this.#at);
  }
}

const poolSize = 4_096;

/** Deterministic bytes (xorshift32). Never for secrets. */
export class SeededRandom implements Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  bytes(size: number): Uint8Array {
    const out = new Uint8Array(size);
    for (let i = 0; i < size; i++) out[i] = this.#next() & 0xff;
    return out;
  }

  /** A whole number in [0, below). */
  below(below: number): number {
    return this.#next() % below;
  }

  #next(): number {
    let s = this.#state;
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    this.#state = s >>> 0;
    return this.#state;
  }
}
