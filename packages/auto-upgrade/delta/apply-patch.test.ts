import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, zstdCompressSync } from 'node:zlib';
import { SeededRandom } from '@springline/ports/random';
import { ReleaseError } from '../release/error.ts';
import { applyPatch, type ReadOld } from './apply-patch.ts';
import { ByteList } from './byte-list.ts';
import { createPatch } from './create-patch.ts';
import { formatMark } from './patch-format.ts';

const old = Buffer.from(new SeededRandom(1).bytes(5_000));
const next = Buffer.concat([old.subarray(2_000), Buffer.from('something new'), old.subarray(0, 1_500)]);
next[100]! ^= 1;

/** Reads as a file does, and sees to it that nothing outside of it is asked for. */
const readOld: ReadOld = (offset, length) => {
  assert.ok(offset >= 0 && length > 0 && offset + length <= old.length, `read of ${length} at ${offset}`);
  return old.subarray(offset, offset + length);
};

async function bytesMade(patch: Uint8Array, maxOutputBytes = next.length, read = readOld): Promise<number> {
  let made = 0;
  for await (const chunk of applyPatch(read, old.length, patch, { maxOutputBytes })) made += chunk.length;
  return made;
}

function isRefusal(error: unknown): boolean {
  return error instanceof ReleaseError && error.code === 'malformed-patch';
}

interface Parts {
  readonly mark?: Uint8Array;
  readonly oldLength?: number;
  readonly newLength?: number;
  readonly controlLength?: number;
  readonly control?: readonly number[];
  /** Coded runs, byte by byte. */
  readonly differences?: readonly number[];
  readonly extras?: Uint8Array;
}

/** A patch as written by hand; without changes it copies ten bytes and adds two. */
function patchOf(parts: Parts): Uint8Array {
  const control = new ByteList();
  for (const number of parts.control ?? [2, 0, 10]) control.varint(number);
  const streams = [control.bytes, Uint8Array.from(parts.differences ?? [9, 1, 5]), parts.extras ?? Buffer.from('xy')];
  const frames = streams.map((bytes) => (bytes.length === 0 ? bytes : zstdCompressSync(bytes)));
  const patch = new ByteList();
  patch.append(parts.mark ?? formatMark);
  const lengths = [parts.controlLength ?? frames[0]!.length, frames[1]!.length];
  for (const number of [parts.oldLength ?? old.length, parts.newLength ?? 12, ...lengths]) patch.varint(number);
  for (const frame of frames) patch.append(frame);
  return patch.bytes.slice();
}

test('a patch by hand works, and copies add their differences', async () => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of applyPatch(readOld, old.length, patchOf({}), { maxOutputBytes: 12 })) chunks.push(chunk);
  const expected = Buffer.concat([Buffer.from('xy'), old.subarray(0, 10)]);
  expected[11]! += 5;
  assert.deepEqual(Buffer.concat(chunks), expected);
});

for (const [lie, parts] of [
  ['has another mark', { mark: Buffer.from('BSDIFF40') }],
  ['is of a later version', { mark: Buffer.from('SLD\u0002') }],
  ['is for a longer file', { oldLength: old.length + 1 }],
  ['makes more than was signed', { newLength: 10_000 }],
  ['says that it makes more than it does', { newLength: 13 }],
  ['makes more than it says', { newLength: 11 }],
  ['has a number beyond all lengths', { newLength: 2 ** 40 }],
  ['has a stream that reaches beyond its end', { controlLength: 500 }],
  ['cuts its streams at the wrong place', { controlLength: 3 }],
  ['copies from before the old file', { control: [2, 1, 10] }],
  ['copies from behind the old file', { control: [2, 2 * 4_991, 10] }],
  ['copies from very far behind the old file', { control: [2, 2 ** 34, 10] }],
  ['copies more than there is', { control: [2, 0, 2 ** 34] }],
  ['inserts more than there is', { control: [2 ** 34, 0, 10] }],
  ['has a step that makes nothing', { control: [0, 0, 0, 2, 0, 10] }],
  ['has steps after the end', { control: [2, 0, 10, 0, 0, 0] }],
  ['has too few steps', { control: [2, 0, 9] }],
  ['has half a step', { control: [2, 0] }],
  ['has an empty run', { differences: [0, 0, 9, 1, 5] }],
  ['has too few differences', { differences: [9, 1] }],
  ['has a run beyond its copies', { differences: [9, 2, 5, 5] }],
  ['has zeros beyond its copies', { differences: [9, 1, 5, 1, 0] }],
  ['has differences after the end', { differences: [9, 1, 5, 5] }],
  ['has too few extras', { extras: Buffer.from('x') }],
  ['has extras after the end', { extras: Buffer.from('xyz') }],
  ['has no extras', { extras: Buffer.alloc(0) }],
] as const satisfies readonly (readonly [string, Parts])[]) {
  test(`a patch that ${lie} is refused`, () => assert.rejects(bytesMade(patchOf(parts)), isRefusal));
}

test('a patch for another old file is refused before anything is read', async () => {
  const unread: ReadOld = () => assert.fail('the old file was read');
  await assert.rejects(bytesMade(patchOf({ oldLength: 4_999 }), next.length, unread), isRefusal);
});

test('a patch that is cut anywhere is refused', async () => {
  const patch = createPatch(old, next);
  assert.equal(await bytesMade(patch), next.length);
  for (let length = 0; length < patch.length; length++)
    await assert.rejects(bytesMade(patch.subarray(0, length)), isRefusal);
  await assert.rejects(bytesMade(Buffer.concat([patch, Buffer.from([0])])), isRefusal);
});

test('a patch with any bit turned is refused, or makes no more than was signed', async () => {
  const patch = createPatch(old, next);
  let refused = 0;
  for (let bit = 0; bit < patch.length * 8; bit++) {
    const turned = Buffer.from(patch);
    turned[bit >> 3]! ^= 1 << (bit & 7);
    try {
      assert.ok((await bytesMade(turned)) <= next.length);
    } catch (error) {
      assert.ok(isRefusal(error), String(error));
      refused++;
    }
  }
  assert.ok(refused > patch.length * 4);
});

test('bombs in any of the three streams end at the signed length, and are not decoded beyond', async () => {
  // Ones: a step that leaves the old file; and runs of one zero and one other byte.
  const halfGigabyte = zstdCompressSync(Buffer.alloc(2 ** 29, 1), { params: { [constants.ZSTD_c_windowLog]: 20 } });
  // Cut, so that decoding it to its end would be refused for that.
  const bomb = halfGigabyte.subarray(0, -10);
  const frames = [
    zstdCompressSync(Buffer.from([2, 0, 10])),
    zstdCompressSync(Buffer.from([9, 1, 5])),
    zstdCompressSync(Buffer.from('xy')),
  ];
  for (const which of [0, 1, 2]) {
    const bombed = frames.map((frame, at) => (at === which ? bomb : frame));
    const patch = new ByteList();
    patch.append(formatMark);
    for (const number of [old.length, 12, bombed[0]!.length, bombed[1]!.length]) patch.varint(number);
    for (const frame of bombed) patch.append(frame);
    const before = process.memoryUsage().arrayBuffers;
    await assert.rejects(
      bytesMade(patch.bytes),
      (error) => isRefusal(error) && !/damaged|truncated/.test(String(error)),
    );
    assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 25);
  }
});

test('the own error of the old file passes through, and a short read is refused', async () => {
  const failure = new Error('disk');
  await assert.rejects(
    bytesMade(patchOf({}), 12, () => Promise.reject(failure)),
    failure,
  );
  await assert.rejects(
    bytesMade(patchOf({}), 12, () => old.subarray(0, 3)),
    isRefusal,
  );
});

test('a large file is made in chunks, and asked for in pieces of up to 64 KiB', async () => {
  const large = Buffer.from(new SeededRandom(2).bytes(3_000_000));
  const patch = createPatch(large, large, 1);
  const kept: Uint8Array[] = [];
  let mostBytes = 0;
  const read = async (offset: number, length: number) => {
    mostBytes = Math.max(mostBytes, length);
    return large.subarray(offset, offset + length);
  };
  for await (const chunk of applyPatch(read, large.length, patch, { maxOutputBytes: large.length })) kept.push(chunk);
  assert.deepEqual(Buffer.concat(kept), large);
  assert.ok(mostBytes <= 2 ** 16 && kept.every(({ length }) => length <= 2 ** 16));
});
