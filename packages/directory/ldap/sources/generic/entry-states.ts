/**
 * What a sweep saw of each object, to tell at the next one which objects are others: 12 bytes an object at half load, in
 * place of a timestamp and a DN.
 */
import { createHash } from 'node:crypto';

/** A free place has a state of 0. */
export class EntryStates {
  #size = 0;
  #keys = new BigUint64Array(1_024);
  #states = new Uint32Array(1_024);

  get size(): number {
    return this.#size;
  }

  /** Remembers an object in the state that `description` stands for. */
  set(anchor: Uint8Array, description: string): void {
    if (this.#size * 2 >= this.#keys.length) this.#grow();
    const key = keyOf(anchor);
    const place = this.#placeOf(key);
    if (this.#states[place] === 0) this.#size += 1;
    this.#keys[place] = key;
    this.#states[place] = stateOf(description);
  }

  /** Whether the object was seen, and in this state. One in four thousand million others passes for it. */
  isSame(anchor: Uint8Array, description: string): boolean {
    return this.#states[this.#placeOf(keyOf(anchor))] === stateOf(description);
  }

  #placeOf(key: bigint): number {
    const mask = this.#keys.length - 1;
    let place = Number(key & BigInt(mask));
    while (this.#states[place] !== 0 && this.#keys[place] !== key) place = (place + 1) & mask;
    return place;
  }

  #grow(): void {
    const [keys, states] = [this.#keys, this.#states];
    this.#keys = new BigUint64Array(keys.length * 2);
    this.#states = new Uint32Array(states.length * 2);
    for (const [index, state] of states.entries()) {
      if (state === 0) continue;
      const place = this.#placeOf(keys[index]!);
      this.#keys[place] = keys[index]!;
      this.#states[place] = state;
    }
  }
}

/** Anchors of one server are alike in most bytes, and somebody may choose them. */
function keyOf(anchor: Uint8Array): bigint {
  return createHash('sha256').update(anchor).digest().readBigUInt64LE();
}

function stateOf(description: string): number {
  return createHash('sha256').update(description).digest().readUInt32LE() || 1;
}
