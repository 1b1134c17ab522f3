/**
 * Where windows of the old file lie, by a rolling hash. Sparse: only every few bytes a window is entered, so that the
 * index of a file stays near its own size; a repeated stretch a little longer than a window is found all the same, because
 * the new file is looked up at every byte. A suffix array would find shorter ones, at twenty times the time and five
 * times the memory, and stretches that short cost more to point at than to send.
 */

/** Shorter repetitions are not found. Chosen by measuring: longer suits text, shorter machine code. */
export const windowBytes = 32;

/** Entered windows are this far apart, or further in files so large that the table would pass its limit. */
const shortestStride = 4;
const entriesLimit = 2 ** 24;

const factor = 0x2c1b3c6d;
/** What the oldest byte of a window has been multiplied by. */
const oldestFactor = power(factor, windowBytes - 1);

/** The hash of the window at `at`, which must lie within `bytes`. */
export function hashOf(bytes: Uint8Array, at: number): number {
  let hash = 0;
  for (let next = at; next < at + windowBytes; next++) hash = (Math.imul(hash, factor) + bytes[next]!) | 0;
  return hash;
}

/** The hash of the window at `at + 1`, from that at `at`. */
export function rolled(hash: number, bytes: Uint8Array, at: number): number {
  return (Math.imul(hash - Math.imul(bytes[at]!, oldestFactor), factor) + bytes[at + windowBytes]!) | 0;
}

export class OldIndex {
  readonly #positions: Int32Array;
  readonly #shift: number;

  /** `old` is shorter than 2 GiB. Holds up to 128 MiB. */
  constructor(old: Uint8Array) {
    const stride = Math.max(shortestStride, Math.ceil(old.length / entriesLimit));
    const bits = Math.ceil(Math.log2(Math.max(2, old.length / stride))) + 1;
    this.#shift = 32 - bits;
    this.#positions = new Int32Array(2 ** bits).fill(-1);
    const last = old.length - windowBytes;
    for (let at = 0, hash = last >= 0 ? hashOf(old, 0) : 0; at <= last; at++) {
      // The first of equal windows stays: copies then tend to follow one another.
      if (at % stride === 0 && this.#positions[this.#slot(hash)]! < 0) this.#positions[this.#slot(hash)] = at;
      if (at < last) hash = rolled(hash, old, at);
    }
  }

  /** Where a window of this hash may lie, or -1. The bytes are to be compared. */
  candidate(hash: number): number {
    return this.#positions[this.#slot(hash)]!;
  }

  /** Spreads the hash over the table, whose size is a power of two. */
  #slot(hash: number): number {
    return Math.imul(hash ^ (hash >>> 15), 0x9e3779b1) >>> this.#shift;
  }
}

function power(base: number, exponent: number): number {
  let product = 1;
  for (let times = 0; times < exponent; times++) product = Math.imul(product, base);
  return product;
}
