/**
 * How the archive of a release travels whole: compressed with zstd. The signature covers the archive and not these bytes,
 * so the decoder is what meets hostile input: its memory and its output are capped (rule S26).
 */
import { pipeline, type Transform } from 'node:stream';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { ReleaseError } from './error.ts';

/** 8 MiB, the window of zstd's levels up to 19; whoever decodes needs that much memory. */
export const windowLog = 23;
export const highestLevel = 19;

const chunkBytes = 128 * 1024;

/** Compresses at a zstd level of 1 to 19. Errors of `source` pass through. */
export function compressFull(source: AsyncIterable<Uint8Array>, level: number): AsyncIterable<Uint8Array> {
  if (!Number.isInteger(level) || level < 1 || level > highestLevel) {
    throw new RangeError(`a compression level is a whole number of 1 to ${highestLevel}`);
  }
  const params = { [constants.ZSTD_c_compressionLevel]: level };
  // Node ends the frame twice, and appends an empty one, when the last chunk still waits at the end of the input; with
  // this mark no chunk waits.
  const options = { chunkSize: chunkBytes, writableHighWaterMark: 1, params };
  return through(source, createZstdCompress(options));
}

/**
 * Decompresses one zstd frame with nothing after it. Holds a window of 8 MiB and a few chunks.
 *
 * @throws {ReleaseError} `transport-too-large` before it yields a byte beyond `limitBytes`; `malformed-transport`
 *   for anything that is no such frame. Errors of `source` pass through.
 */
export async function* decompressFull(
  source: AsyncIterable<Uint8Array>,
  limitBytes: number,
): AsyncIterable<Uint8Array> {
  const watched = new WatchedSource(source);
  const params = { [constants.ZSTD_d_windowLogMax]: windowLog };
  const decoder = createZstdDecompress({ chunkSize: chunkBytes, params });
  let left = limitBytes;
  try {
    for await (const chunk of through(watched, decoder)) {
      left -= chunk.length;
      if (left < 0)
        throw new ReleaseError('transport-too-large', `a compressed file holds more than ${limitBytes} bytes`);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof ReleaseError || watched.failed) throw error;
    throw new ReleaseError('malformed-transport', 'a compressed file is damaged, truncated or of too large a window', {
      cause: error,
    });
  }
  // The decoder stops at the end of the frame and would let anything follow.
  if (decoder.bytesWritten !== watched.givenBytes || !watched.ended) {
    throw new ReleaseError('malformed-transport', 'something follows the end of a compressed file');
  }
}

async function* through(
  source: AsyncIterable<Uint8Array>,
  codec: Transform,
): AsyncGenerator<Uint8Array, void, undefined> {
  // An error of either ends both, and so does a consumer that stops early; the loop below reports it.
  pipeline(source, codec, () => {});
  for await (const chunk of codec) yield chunk;
}

/** Tells failures of a source from those of what reads it. */
class WatchedSource implements AsyncIterable<Uint8Array> {
  readonly #source: AsyncIterable<Uint8Array>;
  failed = false;
  ended = false;
  givenBytes = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const chunk of this.#source) {
        this.givenBytes += chunk.length;
        yield chunk;
      }
      this.ended = true;
    } catch (error) {
      this.failed = true;
      throw error;
    }
  }
}
