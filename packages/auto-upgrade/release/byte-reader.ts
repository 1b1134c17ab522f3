/** Takes the bytes of a stream in the portions that a format asks for. Holds one chunk of the source, and no more. */

export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();
  #taken = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** How many bytes were handed out so far. */
  get taken(): number {
    return this.#taken;
  }

  /** The next one to `most` bytes, a view of the source's chunk; `undefined` at the end of the source. */
  async some(most: number): Promise<Uint8Array | undefined> {
    while (this.#chunk.length === 0) {
      const next = await this.#source.next();
      if (next.done) return undefined;
      this.#chunk = next.value;
    }
    const part = this.#chunk.subarray(0, most);
    this.#chunk = this.#chunk.subarray(part.length);
    this.#taken += part.length;
    return part;
  }

  /** Exactly `count` bytes, or `undefined` when the source ends before. */
  async exactly(count: number): Promise<Uint8Array | undefined> {
    const first = await this.some(count);
    if (first === undefined || first.length === count) return first;
    const whole = new Uint8Array(count);
    let filled = 0;
    for (let part: Uint8Array | undefined = first; part !== undefined; part = await this.some(count - filled)) {
      whole.set(part, filled);
      filled += part.length;
      if (filled === count) return whole;
    }
    return undefined;
  }

  /** Tells the source that no more is wanted. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }
}
