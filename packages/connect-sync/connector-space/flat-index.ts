/**
 * Anchors of a connector space in flat memory: key of 16 bytes -> row, fingerprint of 16 bytes, and whether the present
 * read has met it. Open addressing over typed arrays; 41 bytes a slot, at most 70 % of them full, so about 60 to 120 MB
 * for a million objects.
 *
 * Keys are the bytes of GUIDs, or parts of a hash: they are spread already.
 */
import { hash } from 'node:crypto';
import type { CsId } from './ids.ts';

export const keyLength = 16;

/** The key of an anchor: 16 bytes as they are, others by their hash. */
export function anchorKey(anchor: Uint8Array): Uint8Array {
  return anchor.length === keyLength ? anchor : hash('sha256', anchor, 'buffer').subarray(0, keyLength);
}

const empty = 0;
const tombstone = -1;
const words = 4;

export class FlatIndex {
  #capacity: number;
  #keys: Uint32Array;
  #prints: Uint32Array;
  /** Row ids; 0 is an empty slot, -1 one that was freed. */
  #ids: Int32Array;
  #seen: Uint8Array;
  #used = 0;
  #size = 0;
  /** The number of the present read; a slot that has it was met. 1 to 255. */
  #read = 0;
  readonly #words = new Uint32Array(words);
  readonly #wordBytes = new Uint8Array(this.#words.buffer);

  constructor(expected = 0) {
    this.#capacity = capacityFor(expected);
    this.#keys = new Uint32Array(this.#capacity * words);
    this.#prints = new Uint32Array(this.#capacity * words);
    this.#ids = new Int32Array(this.#capacity);
    this.#seen = new Uint8Array(this.#capacity);
  }

  get size(): number {
    return this.#size;
  }

  /** Begins a read: nothing was met yet. */
  beginRead(): void {
    this.#read = (this.#read % 255) + 1;
    if (this.#read === 1) this.#seen.fill(0);
  }

  /** The slot of a key; -1 when it is not there. Slots are valid until the next `set` or `delete`. */
  find(key: Uint8Array): number {
    this.#load(key);
    return this.#findLoaded();
  }

  idAt(slot: number): CsId {
    return this.#ids[slot]! as CsId;
  }

  wasSeen(slot: number): boolean {
    return this.#seen[slot] === this.#read;
  }

  markSeen(slot: number): void {
    this.#seen[slot] = this.#read;
  }

  hasFingerprint(slot: number, fingerprint: Uint8Array): boolean {
    this.#load(fingerprint);
    const at = slot * words;
    return (
      this.#prints[at] === this.#words[0] &&
      this.#prints[at + 1] === this.#words[1] &&
      this.#prints[at + 2] === this.#words[2] &&
      this.#prints[at + 3] === this.#words[3]
    );
  }

  setFingerprint(slot: number, fingerprint: Uint8Array | null): void {
    if (fingerprint === null) {
      this.#prints.fill(0, slot * words, (slot + 1) * words);
      return;
    }
    this.#load(fingerprint);
    this.#prints.set(this.#words, slot * words);
  }

  /** Adds a key, or gives it another row; the slot counts as met. */
  set(key: Uint8Array, id: CsId, fingerprint: Uint8Array | null): void {
    if (this.#used >= this.#capacity * 0.7) this.#rebuild();
    this.#load(key);
    let slot = this.#findLoaded();
    if (slot < 0) {
      slot = this.#freeSlot();
      if (this.#ids[slot] === empty) this.#used += 1;
      this.#size += 1;
      this.#keys.set(this.#words, slot * words);
    }
    this.#ids[slot] = id;
    this.#seen[slot] = this.#read;
    this.setFingerprint(slot, fingerprint);
  }

  delete(key: Uint8Array): void {
    const slot = this.find(key);
    if (slot < 0) return;
    this.#ids[slot] = tombstone;
    this.#size -= 1;
  }

  /** Makes every fingerprint count for nothing: whatever comes next is compared in full. */
  forgetFingerprints(): void {
    this.#prints.fill(0);
  }

  /** Rows that the present read has not met. */
  *unseen(): Generator<CsId> {
    for (let slot = 0; slot < this.#capacity; slot++) {
      if (this.#ids[slot]! > 0 && this.#seen[slot] !== this.#read) yield this.#ids[slot]! as CsId;
    }
  }

  /** How many rows the present read has met. */
  countSeen(): number {
    let count = 0;
    for (let slot = 0; slot < this.#capacity; slot++) {
      if (this.#ids[slot]! > 0 && this.#seen[slot] === this.#read) count += 1;
    }
    return count;
  }

  #load(bytes: Uint8Array): void {
    const into = this.#wordBytes;
    for (let at = 0; at < keyLength; at++) into[at] = bytes[at]!;
  }

  #findLoaded(): number {
    const [a, b, c, d] = [this.#words[0]!, this.#words[1]!, this.#words[2]!, this.#words[3]!];
    const mask = this.#capacity - 1;
    for (let slot = spread(a, b, c, d) & mask; ; slot = (slot + 1) & mask) {
      const id = this.#ids[slot]!;
      if (id === empty) return -1;
      const at = slot * words;
      if (
        id > 0 &&
        this.#keys[at] === a &&
        this.#keys[at + 1] === b &&
        this.#keys[at + 2] === c &&
        this.#keys[at + 3] === d
      ) {
        return slot;
      }
    }
  }

  #freeSlot(): number {
    const mask = this.#capacity - 1;
    let slot = spread(this.#words[0]!, this.#words[1]!, this.#words[2]!, this.#words[3]!) & mask;
    while (this.#ids[slot]! > 0) slot = (slot + 1) & mask;
    return slot;
  }

  #rebuild(): void {
    const old = { capacity: this.#capacity, keys: this.#keys, prints: this.#prints, ids: this.#ids, seen: this.#seen };
    this.#capacity = capacityFor(this.#size * 2);
    this.#keys = new Uint32Array(this.#capacity * words);
    this.#prints = new Uint32Array(this.#capacity * words);
    this.#ids = new Int32Array(this.#capacity);
    this.#seen = new Uint8Array(this.#capacity);
    this.#used = this.#size;
    for (let from = 0; from < old.capacity; from++) {
      if (old.ids[from]! <= 0) continue;
      const at = from * words;
      for (let word = 0; word < words; word++) this.#words[word] = old.keys[at + word]!;
      const slot = this.#freeSlot();
      this.#keys.set(this.#words, slot * words);
      for (let word = 0; word < words; word++) this.#prints[slot * words + word] = old.prints[at + word]!;
      this.#ids[slot] = old.ids[from]!;
      this.#seen[slot] = old.seen[from]!;
    }
  }
}

/** GUIDs of one maker may differ in few bits, so all of them take part. */
function spread(a: number, b: number, c: number, d: number): number {
  let mixed = Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15) ^ c, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 13) ^ d, 0x27d4eb2f);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function capacityFor(expected: number): number {
  let capacity = 1024;
  while (capacity * 0.7 < expected + 1) capacity *= 2;
  return capacity;
}
