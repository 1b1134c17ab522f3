import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { AnswerGuard } from './answer-guard.ts';

const url = 'ldap://a';
/** A message whose content is `size` zeros: the guard reads frames only. */
const message = (size: number): Buffer => {
  const head = Buffer.of(0x30, 0x84, 0, 0, 0, 0);
  head.writeUInt32BE(size, 2);
  return Buffer.concat([head, Buffer.alloc(size)]);
};

/** What the guard says after `parts` came one after the other. */
async function judge(guard: AnswerGuard, parts: readonly Uint8Array[]): Promise<string | undefined> {
  const stream = new PassThrough();
  stream.on('error', () => undefined);
  guard.watch(stream as unknown as Socket);
  for (const part of parts) {
    stream.write(part);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(stream.destroyed, guard.error !== undefined, 'the connection ends exactly when there is an error');
  return guard.error?.message;
}

test('messages pass however they are cut into parts', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 5 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 90 })),
      async (sizes, cuts) => {
        const bytes = Buffer.concat(sizes.map(message));
        const parts: Buffer[] = [];
        for (let at = 0; at < bytes.length; ) {
          const size = cuts.next().value!;
          parts.push(bytes.subarray(at, at + size));
          at += size;
        }
        assert.equal(await judge(new AnswerGuard(url), parts), undefined);
      },
    ),
    { numRuns: 50 },
  );
});

test('an answer of many small messages that never ends is given up at the limit', async () => {
  const guard = new AnswerGuard(url, 1_000);
  assert.equal(
    await judge(guard, Array(20).fill(message(100))),
    `${url} answered more than 1000 bytes to one request.`,
  );
  assert.equal(guard.error?.code, 'ldap-incomplete');
});

test('each answer has the whole limit', async () => {
  const guard = new AnswerGuard(url, 1_000);
  const stream = new PassThrough();
  guard.watch(stream as unknown as Socket);
  for (let n = 0; n < 20; n++) {
    stream.write(message(500));
    await new Promise((resolve) => setImmediate(resolve));
    guard.answered();
  }
  assert.equal(guard.error, undefined);
});

test('what follows a sound message is looked at as well', async () => {
  const said = await judge(new AnswerGuard(url), [Buffer.concat([message(10), Buffer.from('HTTP/1.1')])]);
  assert.match(said ?? '', /sends what is not LDAP/);
});
