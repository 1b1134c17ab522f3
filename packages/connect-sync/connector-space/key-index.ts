/**
 * Numbers of 53 bits -> rows, in flat memory: where each DN of the connector spaces is. A number may lead to several
 * rows, because numbers are hashes and values are shared; whoever asks compares the rows then. 12 bytes a slot, at most
 * 70 % of them full. What shares its number with one before it stands apart, about 50 bytes each, so that a value that
 * everybody has costs no search.
 */
const empty = 0;
const freed = -1;

export class KeyIndex {
  #capacity: number;
  #keys: Float64Array;
  #ids: Int32Array;
  readonly #others = new Map<number, Set<number>>();
  /** Slots that are not empty, and those that hold a row. */
  #used = 0;
  #size = 0;

  constructor(expected = 0) {
    this.#capacity = capacityFor(expected);
    this.#keys = new Float64Array(this.#capacity);
    this.#ids = new Int32Array(this.#capacity);
  }

  add(key: number, id: number): void {
    if (this.#used >= this.#capacity * 0.7) this.#rebuild();
    if (this.#slotOf(key) >= 0) {
      const others = this.#others.get(key);
      if (others === undefined) this.#others.set(key, new Set([id]));
      else others.add(id);
      return;
    }
    const slot = this.#freeSlot(key);
    if (this.#ids[slot] === empty) this.#used += 1;
    this.#size += 1;
    this.#keys[slot] = key;
    this.#ids[slot] = id;
  }

  delete(key: number, id: number): void {
    const slot = this.#slotOf(key);
    if (slot < 0) return;
    const others = this.#others.get(key);
    if (this.#ids[slot] !== id) {
      others?.delete(id);
    } else if (others === undefined) {
      this.#ids[slot] = freed;
      this.#size -= 1;
    } else {
      const [next] = others;
      this.#ids[slot] = next!;
      others.delete(next!);
    }
    if (others?.size === 0) this.#others.delete(key);
  }

  /** The first row of a key; 0 when there is none. */
  first(key: number): number {
    const slot = this.#slotOf(key);
    return slot < 0 ? 0 : this.#ids[slot]!;
  }

  /** Whether a key leads to more than one row. */
  hasSeveral(key: number): boolean {
    return this.#others.has(key);
  }

  /** The rows of a key, at most `limit`. */
  all(key: number, limit = Number.POSITIVE_INFINITY): number[] {
    const first = this.first(key);
    if (first === 0 || limit < 1) return [];
    const found = [first];
    for (const id of this.#others.get(key) ?? []) {
      if (found.length >= limit) break;
      found.push(id);
    }
    return found;
  }

  /** -1 when the key leads nowhere. */
  #slotOf(key: number): number {
    const mask = this.#capacity - 1;
    for (let slot = place(key) & mask; this.#ids[slot] !== empty; slot = (slot + 1) & mask) {
      if (this.#ids[slot]! > 0 && this.#keys[slot] === key) return slot;
    }
    return -1;
  }

  #freeSlot(key: number): number {
    const mask = this.#capacity - 1;
    let slot = place(key) & mask;
    while (this.#ids[slot]! > 0) slot = (slot + 1) & mask;
    return slot;
  }

  #rebuild(): void {
    const { keys, ids } = { keys: this.#keys, ids: this.#ids };
    this.#capacity = capacityFor(this.#size * 2);
    this.#keys = new Float64Array(this.#capacity);
    this.#ids = new Int32Array(this.#capacity);
    this.#used = this.#size;
    for (let from = 0; from < ids.length; from++) {
      if (ids[from]! <= 0) continue;
      const slot = this.#freeSlot(keys[from]!);
      this.#keys[slot] = keys[from]!;
      this.#ids[slot] = ids[from]!;
    }
  }
}

/** Keys are parts of a hash: their low bits are spread already. */
function place(key: number): number {
  return (key % 4_294_967_296) >>> 0;
}

function capacityFor(expected: number): number {
  let capacity = 1024;
  while (capacity * 0.7 < expected + 1) capacity *= 2;
  return capacity;
}
