/**
 * Applies patches, at the side that upgrades. A patch has been checked against its signed hash before it comes here, and
 * all the same nothing in it is believed: every place and length is checked before it is used, memory stays bounded, and
 * the output ends at its limit. Whether the output is the right file, the caller sees from its hash.
 */
import { malformedPatch, parsePatchHeader, signedFromVarint } from './patch-format.ts';
import { PatchStream } from './patch-stream.ts';

/** Bytes `offset` to `offset + length` of the old file, all of them; length is 1 to 64 KiB. */
export type ReadOld = (offset: number, length: number) => Promise<Uint8Array> | Uint8Array;

const chunkBytes = 64 * 1024;

/**
 * The new file in chunks of up to 64 KiB, each the consumer's to keep. Holds one chunk, one read of the old file and
 * three decoders (24 MiB at most).
 *
 * @param oldLength Of the file behind `readOld`.
 * @param limits `maxOutputBytes` comes from signed metadata, never from the patch.
 * @throws {ReleaseError} `malformed-patch`, on the first read or any later one. Errors of `readOld` pass through.
 */
export async function* applyPatch(
  readOld: ReadOld,
  oldLength: number,
  patch: Uint8Array,
  limits: { maxOutputBytes: number },
): AsyncIterable<Uint8Array> {
  const header = parsePatchHeader(patch);
  if (header.oldLength !== oldLength) {
    throw malformedPatch(`it is for a file of ${header.oldLength} bytes, and this one has ${oldLength}`);
  }
  if (header.newLength > limits.maxOutputBytes) {
    throw malformedPatch(`it makes ${header.newLength} bytes, and ${limits.maxOutputBytes} were signed`);
  }
  const control = new PatchStream(header.control);
  const differences = new PatchStream(header.differences);
  const extras = new PatchStream(header.extras);
  try {
    const output = new OutputChunks(header.newLength);
    const runs = new DifferenceRuns(differences);
    for (let oldAt = 0; output.left > 0; ) {
      const insertLength = await control.varint();
      oldAt += signedFromVarint(await control.varint());
      const copyLength = await control.varint();
      if (insertLength + copyLength === 0) throw malformedPatch('it has a step that makes nothing');
      if (insertLength + copyLength > output.left) throw malformedPatch('it makes more than it says');
      if (oldAt < 0 || oldAt + copyLength > oldLength) throw malformedPatch('it copies from outside of the old file');
      for (let left = insertLength; left > 0; ) {
        const target = output.reserve(left);
        await extras.fill(target);
        left -= target.length;
        yield* output.full();
      }
      for (let left = copyLength; left > 0; ) {
        const target = output.reserve(left);
        await readInto(target, readOld, oldAt);
        await runs.addTo(target);
        oldAt += target.length;
        left -= target.length;
        yield* output.full();
      }
    }
    runs.end();
    for (const stream of [control, differences, extras]) await stream.end();
  } finally {
    for (const stream of [control, differences, extras]) await stream.close();
  }
}

async function readInto(target: Uint8Array, readOld: ReadOld, oldAt: number): Promise<void> {
  const part = await readOld(oldAt, target.length);
  if (part.length !== target.length) throw malformedPatch('the old file ends before its length');
  target.set(part);
}

/** Collects the output in chunks, so that many small steps do not make many small chunks. */
class OutputChunks {
  #chunk = new Uint8Array();
  #filled = 0;
  #left: number;

  constructor(length: number) {
    this.#left = length;
  }

  /** Bytes still to come. */
  get left(): number {
    return this.#left;
  }

  /** A place for the next one to `most` bytes; `most` is at most what is left. */
  reserve(most: number): Uint8Array {
    if (this.#filled === this.#chunk.length) {
      this.#chunk = new Uint8Array(Math.min(chunkBytes, this.#left));
      this.#filled = 0;
    }
    const place = this.#chunk.subarray(this.#filled, this.#filled + most);
    this.#filled += place.length;
    this.#left -= place.length;
    return place;
  }

  /** The chunk once it is full, as the last one is at the end. */
  *full(): Iterable<Uint8Array> {
    if (this.#filled === this.#chunk.length) yield this.#chunk;
  }
}

/** Undoes the run-length coding; runs go on from one copy to the next. */
class DifferenceRuns {
  readonly #stream: PatchStream;
  #zeros = 0;
  #others = 0;

  constructor(stream: PatchStream) {
    this.#stream = stream;
  }

  /** Adds the next differences to `target`, modulo 256. Awaits only where a chunk of the stream ends. */
  async addTo(target: Uint8Array): Promise<void> {
    const stream = this.#stream;
    for (let at = 0; at < target.length; ) {
      if (this.#zeros > 0) {
        const skipped = Math.min(this.#zeros, target.length - at);
        this.#zeros -= skipped;
        at += skipped;
      } else if (this.#others > 0) {
        const most = Math.min(this.#others, target.length - at);
        const differences = stream.hasBytes ? stream.bytesAtHand(most) : await stream.bytes(most);
        for (let step = 0; step < differences.length; step++) target[at + step]! += differences[step]!;
        this.#others -= differences.length;
        at += differences.length;
      } else {
        this.#zeros = stream.varintAtHand() ?? (await stream.varint());
        this.#others = stream.varintAtHand() ?? (await stream.varint());
        if (this.#zeros + this.#others === 0) throw malformedPatch('it has an empty run of differences');
      }
    }
  }

  /** @throws {ReleaseError} `malformed-patch` when a run goes on beyond the last copy. */
  end(): void {
    if (this.#zeros + this.#others > 0) throw malformedPatch('it has more differences than copies');
  }
}
