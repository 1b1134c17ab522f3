/**
 * A keyed hash of texts to numbers of 53 bits: HalfSipHash-2-4 with a result of 64 bits (Aumasson, Bernstein: SipHash),
 * over the 16-bit units of the text, of which 53 bits are kept. It is for tables: whoever chooses texts and does not know
 * the key cannot aim at another's place. About 0.3 us for a DN.
 */
export class KeyedHash {
  readonly #key0: number;
  readonly #key1: number;
  #lastText: string | undefined;
  #lastHash = 0;

  /** @param key 8 bytes at least, kept secret from whoever writes the texts. */
  constructor(key: Uint8Array) {
    const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
    this.#key0 = view.getInt32(0, true);
    this.#key1 = view.getInt32(4, true);
  }

  of(text: string): number {
    // Looking a text up and adding it are neighbours.
    if (text === this.#lastText) return this.#lastHash;
    this.#lastText = text;
    this.#lastHash = halfSipHash(this.#key0, this.#key1, text);
    return this.#lastHash;
  }
}

function halfSipHash(key0: number, key1: number, text: string): number {
  let v0 = key0;
  let v1 = key1 ^ 0xee;
  let v2 = key0 ^ 0x6c796765;
  let v3 = key1 ^ 0x74656462;
  const { length } = text;
  const round = (): void => {
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
  };
  for (let at = 0; at + 1 < length; at += 2) {
    const word = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16);
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
  const last = (length % 2 === 1 ? text.charCodeAt(length - 1) : 0) | (length << 24);
  v3 ^= last;
  round();
  round();
  v0 ^= last;
  v2 ^= 0xee;
  for (let turn = 0; turn < 4; turn++) round();
  const low = (v1 ^ v3) >>> 0;
  v1 ^= 0xdd;
  for (let turn = 0; turn < 4; turn++) round();
  const high = (v1 ^ v3) >>> 11;
  return high * 2 ** 32 + low;
}
