/**
 * Any bytes as a patch: it stays within the old file and the limit, or is refused. The streams of a patch are compressed,
 * so that changed bytes of a whole patch hardly reach the steps; half of the inputs are therefore taken for a control
 * stream, and packed.
 */
import { ok } from 'node:assert/strict';
import { zstdCompressSync } from 'node:zlib';
import { ReleaseError } from '../release/error.ts';
import { applyPatch } from './apply-patch.ts';
import { ByteList } from './byte-list.ts';
import { createPatch } from './create-patch.ts';
import { formatMark } from './patch-format.ts';

const old = Buffer.from('The quick brown fox jumps over the lazy dog, again and again. '.repeat(20));
const next = Buffer.concat([old.subarray(300), Buffer.from('And now?'), old.subarray(10, 200)]);
const maxOutputBytes = 4_096;
const packed = 0x2b;

export const fuzz = {
  name: 'apply-patch',
  seeds: [
    createPatch(old, next),
    createPatch(new Uint8Array(), next),
    Uint8Array.from([packed, 20, 9, 1, 5, 10, 1, 7, 2, 0, 10, 3, 4, 7]),
    Uint8Array.from([packed, 0x90, 3, 0x80, 1, 0, 0, 0, 0x80, 3, 16, 5, 11]),
  ],
  async run(input: Uint8Array): Promise<void> {
    const patch = input[0] === packed ? packedPatch(input.subarray(1)) : input;
    let made = 0;
    const readOld = (offset: number, length: number) => {
      ok(offset >= 0 && length > 0 && offset + length <= old.length);
      return old.subarray(offset, offset + length);
    };
    for await (const chunk of applyPatch(readOld, old.length, patch, { maxOutputBytes })) made += chunk.length;
    ok(made <= maxOutputBytes);
  },
  allowed: (error: unknown): boolean => error instanceof ReleaseError,
};

/** The first byte says how long the file is, the next three are differences, the rest is steps. */
function packedPatch(input: Uint8Array): Uint8Array {
  const frames = [input.subarray(4), input.subarray(1, 4), next.subarray(0, 5)].map((bytes) => zstdCompressSync(bytes));
  const patch = new ByteList();
  patch.append(formatMark);
  for (const number of [old.length, input[0] ?? 0, frames[0]!.length, frames[1]!.length]) patch.varint(number);
  for (const frame of frames) patch.append(frame);
  return patch.bytes;
}
