import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { constants, zstdCompressSync } from 'node:zlib';
import { ReleaseError, type ReleaseErrorCode } from './error.ts';
import { compressFull, decompressFull } from './transport.ts';

async function* chunked(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collected(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function refusedWith(code: ReleaseErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof ReleaseError && error.code === code;
}

const bytes = Buffer.concat([randomBytes(70_000), Buffer.alloc(500_000, 'release')]);

test('what was compressed comes back, at every level and up to the very limit', async () => {
  for (const level of [1, 3, 19]) {
    const compressed = await collected(compressFull(chunked(bytes), level));
    assert.ok(compressed.length < bytes.length / 4);
    assert.deepEqual(await collected(decompressFull(chunked(compressed), bytes.length)), bytes);
  }
  assert.throws(() => compressFull(chunked(bytes), 20), RangeError);
  const nothing = await collected(compressFull(chunked(Buffer.alloc(0)), 3));
  assert.deepEqual(await collected(decompressFull(chunked(nothing), 0)), Buffer.alloc(0));
});

test('a file that holds more than was signed is refused before the byte too many', async () => {
  const compressed = zstdCompressSync(bytes);
  let seen = 0;
  const reading = async () => {
    for await (const chunk of decompressFull(chunked(compressed), bytes.length - 1)) seen += chunk.length;
  };
  await assert.rejects(reading, refusedWith('transport-too-large'));
  assert.ok(seen < bytes.length);
});

test('a bomb of a gigabyte in 100 KB falls at the limit, in little memory', async () => {
  const frame = zstdCompressSync(Buffer.alloc(2 ** 30), { params: { [constants.ZSTD_c_windowLog]: 20 } });
  assert.ok(frame.length < 100_000);
  const before = process.memoryUsage().arrayBuffers;
  await assert.rejects(collected(decompressFull(chunked(frame), 2 ** 20)), refusedWith('transport-too-large'));
  assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 26);
});

test('damaged, truncated, empty and continued files are refused', async () => {
  const compressed = zstdCompressSync(bytes);
  const noise = Buffer.from(compressed);
  noise.fill(0xff, 4, 60);
  for (const wrong of [
    Buffer.alloc(0),
    compressed.subarray(0, 3),
    compressed.subarray(0, -1),
    noise,
    bytes,
    Buffer.concat([compressed, Buffer.from([0])]),
    Buffer.concat([compressed, compressed]),
    Buffer.concat([compressed, Buffer.alloc(300_000)]),
  ]) {
    await assert.rejects(collected(decompressFull(chunked(wrong), 2 ** 20)), refusedWith('malformed-transport'));
  }
});

test('a file that wants a larger window than ours is refused', async () => {
  const params = { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_contentSizeFlag]: 0 };
  const frame = zstdCompressSync(Buffer.alloc(2 ** 24 + 1, 'x'), { params });
  await assert.rejects(collected(decompressFull(chunked(frame), 2 ** 30)), refusedWith('malformed-transport'));
});

test('the own error of a source passes through, and a source is let go when nobody reads on', async () => {
  const failure = new Error('cable');
  async function* failing(): AsyncGenerator<Uint8Array, void, undefined> {
    yield zstdCompressSync(bytes).subarray(0, 100);
    throw failure;
  }
  await assert.rejects(collected(decompressFull(failing(), 2 ** 20)), failure);
  await assert.rejects(collected(compressFull(failing(), 3)), failure);

  let isLetGo = false;
  async function* watched(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* chunked(zstdCompressSync(randomBytes(4_000_000)));
    } finally {
      isLetGo = true;
    }
  }
  for await (const _ of decompressFull(watched(), 2 ** 23)) break;
  await new Promise(setImmediate);
  assert.ok(isLetGo);
});
