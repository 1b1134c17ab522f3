import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { constants, zstdCompressSync } from 'node:zlib';
import { SeededRandom } from '@springline/ports/random';
import fc from 'fast-check';
import { applyPatch } from './apply-patch.ts';
import { createPatch } from './create-patch.ts';

async function applied(old: Uint8Array, patch: Uint8Array, maxOutputBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const readOld = (offset: number, length: number) => old.subarray(offset, offset + length);
  for await (const chunk of applyPatch(readOld, old.length, patch, { maxOutputBytes })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function assertRoundTrip(old: Uint8Array, next: Uint8Array, level = 3): Promise<Uint8Array> {
  const patch = createPatch(old, next, level);
  assert.deepEqual(await applied(old, patch, next.length), Buffer.from(next));
  return patch;
}

/** Text that hardly repeats itself. */
function noise(seed: number, length: number): Buffer {
  return Buffer.from(new SeededRandom(seed).bytes(length));
}

const empty = Buffer.alloc(0);

test('a patch makes the new file from the old one, whatever the two are', async () => {
  const bytes = fc.uint8Array({ maxLength: 300 });
  // Few different bytes, so that many things repeat.
  const repetitive = fc.array(fc.constantFrom(0, 1, 255), { maxLength: 400 }).map((values) => Uint8Array.from(values));
  const any = fc.oneof(bytes, repetitive);
  await fc.assert(
    fc.asyncProperty(any, any, async (old, next) => void (await assertRoundTrip(old, next))),
    { numRuns: 300 },
  );
});

test('a patch makes any edited file: bytes changed, added, removed, moved and repeated', async () => {
  const edit = fc.record({
    kind: fc.constantFrom('change', 'insert', 'remove', 'move', 'repeat'),
    at: fc.nat(5_000),
    length: fc.nat(800),
    to: fc.nat(5_000),
  });
  await fc.assert(
    fc.asyncProperty(fc.nat(1_000), fc.array(edit, { maxLength: 8 }), async (seed, edits) => {
      const old = noise(seed, 4_000);
      let next: Buffer = Buffer.from(old);
      for (const [which, { kind, at, length, to }] of edits.entries()) {
        const part = next.subarray(at, at + length);
        const rest =
          kind === 'remove' || kind === 'move'
            ? Buffer.concat([next.subarray(0, at), next.subarray(at + length)])
            : next;
        const added = kind === 'insert' ? noise(seed + which + 1, length) : kind === 'remove' ? empty : part;
        if (kind === 'change')
          next = Buffer.from(
            next.map((byte, place) => (place % 7 === 0 && place > at && place < at + length ? byte + 1 : byte)),
          );
        else next = Buffer.concat([rest.subarray(0, to), added, rest.subarray(to)]);
      }
      await assertRoundTrip(old, next);
    }),
    { numRuns: 100 },
  );
});

for (const [name, old, next] of [
  ['nothing from nothing', empty, empty],
  ['something from nothing', empty, noise(1, 1000)],
  ['nothing from something', noise(1, 1000), empty],
  ['the same again', noise(1, 100_000), noise(1, 100_000)],
  ['one byte', Buffer.from('a'), Buffer.from('b')],
  ['files of zeros', Buffer.alloc(100_000), Buffer.alloc(300_001)],
  [
    'a file of more than one chunk of its own',
    noise(1, 300_000),
    Buffer.concat([noise(2, 700_000), noise(1, 300_000)]),
  ],
  [
    'halves that changed places',
    noise(1, 200_000),
    Buffer.concat([noise(1, 200_000).subarray(90_001), noise(1, 90_001)]),
  ],
] as const) {
  test(`a patch makes ${name}`, async () => void (await assertRoundTrip(old, next)));
}

test('a patch of what only moved is a few bytes', async () => {
  const [a, b, c] = [noise(1, 50_000), noise(2, 50_000), noise(3, 50_000)];
  assert.ok((await assertRoundTrip(Buffer.concat([a, b, c]), Buffer.concat([c, a, b]))).length < 80);
  assert.ok((await assertRoundTrip(a, a)).length < 40);
});

test('a program whose addresses moved costs little, though every few bytes are different', async () => {
  const old = noise(5, 400_000);
  const next = Buffer.from(old);
  for (let at = 0; at + 48 < next.length; at += 48 + (old[at]! % 16))
    next.writeInt32LE((next.readInt32LE(at) + 4096) | 0, at);
  const patch = await assertRoundTrip(old, next, 19);
  const whole = zstdCompressSync(next, { params: { [constants.ZSTD_c_compressionLevel]: 19 } });
  assert.ok(patch.length * 25 < whole.length, `${patch.length} of ${whole.length}`);
});

test('the same two files make the same patch', () => {
  const digest = (patch: Uint8Array) => createHash('sha256').update(patch).digest('hex');
  const [old, next] = [noise(1, 20_000), Buffer.concat([noise(2, 99), noise(1, 20_000)])];
  assert.equal(digest(createPatch(old, next)), digest(createPatch(Buffer.from(old), Buffer.from(next))));
});

test('files that invite quadratic work are patched in time', { timeout: 20_000 }, async () => {
  const period = (length: number, step: number) => Buffer.alloc(length, noise(9, step));
  for (const [old, next] of [
    [period(2_000_000, 33), period(2_000_000, 34)],
    [Buffer.alloc(2_000_000), Buffer.from(noise(4, 2_000_000).map((byte) => (byte < 3 ? byte : 0)))],
    [period(2_000_000, 64), Buffer.concat(Array.from({ length: 20_000 }, (_, at) => period(95 + (at % 7), 64)))],
  ] as const) {
    await assertRoundTrip(old, next, 1);
  }
});
