import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeptCounts } from './kept-counts.ts';

/** Long enough for a test, however slow the machine. */
const longMs = 600_000;

function counter() {
  const ends: PromiseWithResolvers<number>[] = [];
  return {
    ends,
    count: () => {
      const end = Promise.withResolvers<number>();
      ends.push(end);
      return end.promise;
    },
  };
}

test('who asks while something is counted waits for the same count, and gets it for a while', async () => {
  const kept = new KeptCounts<number>(longMs);
  const { ends, count } = counter();
  const asked = Array.from({ length: 100 }, () => kept.of('tenant', '', count));
  ends[0]!.resolve(7);
  assert.deepEqual(new Set(await Promise.all(asked)), new Set([7]));
  assert.equal(await kept.of('tenant', '', count), 7);
  assert.equal(ends.length, 1);
});

test('a count of nobody else is given, nor one about something else', async () => {
  const kept = new KeptCounts<string>(longMs);
  const of = (key: string, about: string) => kept.of(key, about, async () => `${key} ${about}`);
  assert.equal(await of('A', 'campaign 1'), 'A campaign 1');
  assert.equal(await of('B', 'campaign 1'), 'B campaign 1');
  assert.equal(await of('A', 'campaign 2'), 'A campaign 2');
});

test('after a change it is counted anew, also when the count had begun before', async () => {
  const kept = new KeptCounts<number>(longMs);
  const { ends, count } = counter();
  const before = kept.of('A', '', count);
  kept.forget('A');
  const after = kept.of('A', '', count);
  ends[1]!.resolve(2);
  ends[0]!.resolve(1);
  assert.deepEqual([await before, await after, await kept.of('A', '', count)], [1, 2, 2]);
  kept.forget('B');
  assert.equal(await kept.of('A', '', count), 2);
  kept.forget();
  void kept.of('A', '', count);
  assert.equal(ends.length, 3);
});

test('a failure is told to those who waited, and to nobody afterwards', async () => {
  const kept = new KeptCounts<number>(longMs);
  const { ends, count } = counter();
  const asked = [kept.of('A', '', count), kept.of('A', '', count)];
  ends[0]!.reject(new Error('the disk'));
  for (const each of asked) await assert.rejects(each, /the disk/);
  assert.equal(await kept.of('A', '', async () => 3), 3);
});

test('a count is kept five times as long as it took, however short counts are kept', async (t) => {
  let nowMs = 0;
  t.mock.method(performance, 'now', () => nowMs);
  const kept = new KeptCounts<number>(2_000);
  const { ends, count } = counter();
  const slow = kept.of('A', '', count);
  nowMs = 10_000;
  ends[0]!.resolve(1);
  await slow;
  nowMs = 59_999;
  assert.equal(await kept.of('A', '', async () => 2), 1);
  nowMs = 60_000;
  assert.equal(await kept.of('A', '', async () => 2), 2);
  nowMs = 62_000;
  assert.equal(await kept.of('A', '', async () => 3), 3);
});

test('of more tenants than there is room for the oldest count goes', async () => {
  const kept = new KeptCounts<number>(longMs);
  for (let at = 0; at < 300; at++) await kept.of(String(at), '', async () => at);
  assert.equal(await kept.of('299', '', async () => -1), 299);
  assert.equal(await kept.of('0', '', async () => -1), -1);
});
