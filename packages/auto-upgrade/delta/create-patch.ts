/**
 * Makes patches, at the side that publishes. Holds both files, an index of up to 128 MiB and the streams; the layout is
 * described in `patch-format.ts`.
 */
import { constants, zstdCompressSync } from 'node:zlib';
import { highestLevel } from '../release/transport.ts';
import { ByteList } from './byte-list.ts';
import { findCopies } from './find-copies.ts';
import { formatMark, varintFromSigned } from './patch-format.ts';

/** The index keeps positions in 32 bits. */
const fileLimitBytes = 2 ** 31 - 1;

/**
 * A patch that makes `next` from `old`. The same files and level give the same patch.
 *
 * @param level Of zstd, 1 to 19.
 */
export function createPatch(old: Uint8Array, next: Uint8Array, level = highestLevel): Uint8Array {
  if (Math.max(old.length, next.length) > fileLimitBytes) throw new RangeError('patches are for files below 2 GiB');
  const control = new ByteList();
  const differences = new DifferenceRuns();
  const extras = new ByteList();
  let newAt = 0;
  let oldAt = 0;
  for (const copy of findCopies(old, next)) {
    control.varint(copy.newAt - newAt);
    control.varint(varintFromSigned(copy.oldAt - oldAt));
    control.varint(copy.length);
    extras.append(next.subarray(newAt, copy.newAt));
    for (let step = 0; step < copy.length; step++) {
      differences.push((next[copy.newAt + step]! - old[copy.oldAt + step]!) & 0xff);
    }
    newAt = copy.newAt + copy.length;
    oldAt = copy.oldAt + copy.length;
  }
  if (newAt < next.length) {
    for (const number of [next.length - newAt, 0, 0]) control.varint(number);
    extras.append(next.subarray(newAt));
  }
  return joined(old.length, next.length, [control.bytes, differences.finish(), extras.bytes], level);
}

/** Run-length codes the zeros, most of what there is. */
class DifferenceRuns {
  readonly #coded = new ByteList();
  readonly #others = new ByteList();
  #zeros = 0;

  push(difference: number): void {
    if (difference !== 0) {
      this.#others.push(difference);
      return;
    }
    if (this.#others.length > 0) this.#endRun();
    this.#zeros++;
  }

  finish(): Uint8Array {
    if (this.#zeros + this.#others.length > 0) this.#endRun();
    return this.#coded.bytes;
  }

  #endRun(): void {
    this.#coded.varint(this.#zeros);
    this.#coded.varint(this.#others.length);
    this.#coded.append(this.#others.bytes);
    this.#zeros = 0;
    this.#others.clear();
  }
}

function joined(oldLength: number, newLength: number, streams: readonly Uint8Array[], level: number): Uint8Array {
  const params = { [constants.ZSTD_c_compressionLevel]: level };
  const frames = streams.map((bytes) => (bytes.length === 0 ? bytes : zstdCompressSync(bytes, { params })));
  const patch = new ByteList();
  patch.append(formatMark);
  const [control = new Uint8Array(), differences = new Uint8Array()] = frames;
  for (const number of [oldLength, newLength, control.length, differences.length]) patch.varint(number);
  for (const frame of frames) patch.append(frame);
  return patch.bytes.slice();
}
