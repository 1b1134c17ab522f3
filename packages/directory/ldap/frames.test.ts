import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrameReader } from './frames.ts';

const megabyte = 1024 * 1024;

/** A message of `size` bytes of content. */
function message(size: number, fill: number): Buffer {
  const header = Buffer.of(0x30, 0x84, 0, 0, 0, 0);
  header.writeUInt32BE(size, 2);
  return Buffer.concat([header, Buffer.alloc(size, fill)]);
}

test('messages come whole and in order, however they are cut into parts', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 40_000 }), { maxLength: 6 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 30_000 })),
      (sizes, cuts) => {
        const messages = sizes.map((size, number) => message(size, number));
        const bytes = Buffer.concat(messages);
        const frames = new FrameReader('ldap://a', megabyte);
        const found: Buffer[] = [];
        // One buffer that is used again and again, as a socket does.
        const chunk = Buffer.alloc(30_000);
        for (let at = 0; at < bytes.length; ) {
          const size = bytes.copy(chunk, 0, at, at + cuts.next().value!);
          frames.read(chunk, size, (from, start, end) => found.push(Buffer.from(from.subarray(start, end))));
          at += size;
        }
        assert.deepEqual(found, messages);
        assert.equal(frames.pendingBytes, 0);
      },
    ),
    { numRuns: 100 },
  );
});

test('a message that says it is large costs nothing before it comes', () => {
  const frames = new FrameReader('ldap://a', 64 * megabyte);
  const start = message(60 * megabyte, 0).subarray(0, 100_000);
  frames.read(start, start.length, () => assert.fail('no message is whole'));
  assert.equal(frames.pendingBytes, start.length);
  assert.ok(frames.heldBytes < megabyte);
});

test('the memory of one giant message is given back after it', () => {
  const frames = new FrameReader('ldap://a', 64 * megabyte);
  const giant = message(40 * megabyte, 1);
  let taken = 0;
  for (let at = 0; at < giant.length; at += megabyte) {
    const part = giant.subarray(at, at + megabyte);
    frames.read(part, part.length, (_, start, end) => {
      taken = end - start;
    });
  }
  assert.equal(taken, giant.length);
  assert.ok(frames.heldBytes < megabyte);
});
