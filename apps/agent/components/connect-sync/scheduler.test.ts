import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type FollowUp, Scheduler } from './scheduler.ts';

const minuteMs = 60_000;

/** Cycles that the test ends by hand, at a clock that it moves by hand. */
class Bench {
  readonly scheduler: Scheduler;
  readonly running: { end(followUp: FollowUp): void; fail(error: unknown): void; signal: AbortSignal }[] = [];
  readonly failures: unknown[] = [];
  /** Pause until the next cycle, in ms, each time it was said; undefined: a cycle begins. */
  readonly said: (number | undefined)[] = [];
  cycles = 0;

  constructor(t: TestContext, intervalMs = 5 * minuteMs) {
    t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    this.scheduler = new Scheduler(intervalMs, {
      runCycle: (signal) => {
        this.cycles += 1;
        const { promise, resolve, reject } = Promise.withResolvers<FollowUp>();
        this.running.push({ end: resolve, fail: reject, signal });
        return promise;
      },
      scheduled: (nextAt) => this.said.push(nextAt === undefined ? undefined : nextAt - Date.now()),
      failed: (error) => this.failures.push(error),
    });
    t.after(async () => {
      for (const cycle of this.running.splice(0)) cycle.end('at-interval');
      await this.scheduler.stop();
    });
  }

  /** Ends the one cycle that runs; a second one at the same time would be a fault. */
  async end(followUp: FollowUp = 'at-interval'): Promise<void> {
    assert.equal(this.running.length, 1, 'exactly one cycle runs');
    this.running.pop()!.end(followUp);
    await settled();
  }
}

/** Lets every promise that can go on do so. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a request runs a cycle at once and resolves when it has ended', async (t) => {
  const bench = new Bench(t);
  let isDone = false;
  const asked = bench.scheduler.request().then(() => {
    isDone = true;
  });
  await settled();
  assert.deepEqual({ cycles: bench.cycles, isDone }, { cycles: 1, isDone: false });
  await bench.end();
  await asked;
});

test('the next cycle comes at the interval, to the millisecond', async (t) => {
  const bench = new Bench(t);
  void bench.scheduler.request();
  await bench.end();
  assert.deepEqual(bench.said, [undefined, 5 * minuteMs]);
  t.mock.timers.tick(5 * minuteMs - 1);
  assert.equal(bench.cycles, 1);
  t.mock.timers.tick(1);
  assert.equal(bench.cycles, 2);
});

test('however often somebody asks during a cycle, exactly one more follows it, and all wait for that one', async (t) => {
  const bench = new Bench(t);
  const first = bench.scheduler.request();
  let later = 0;
  const asked = Array.from({ length: 5 }, () => bench.scheduler.request().then(() => (later += 1)));
  await settled();
  assert.equal(bench.cycles, 1, 'one at a time');
  await bench.end();
  await first;
  assert.deepEqual({ cycles: bench.cycles, later }, { cycles: 2, later: 0 });
  await bench.end();
  await Promise.all(asked);
  assert.equal(bench.cycles, 2);
  assert.deepEqual(bench.said.at(-1), 5 * minuteMs);
});

test('a request during the cycle that was asked for during a cycle gets one more again', async (t) => {
  const bench = new Bench(t);
  void bench.scheduler.request();
  void bench.scheduler.request();
  await bench.end();
  const third = bench.scheduler.request();
  await bench.end();
  assert.equal(bench.cycles, 3);
  await bench.end();
  await third;
});

test('a request takes the place of the cycle that was due, and the interval begins anew', async (t) => {
  const bench = new Bench(t);
  void bench.scheduler.request();
  await bench.end();
  t.mock.timers.tick(4 * minuteMs);
  void bench.scheduler.request();
  await bench.end();
  t.mock.timers.tick(2 * minuteMs);
  assert.equal(bench.cycles, 2);
  t.mock.timers.tick(3 * minuteMs);
  assert.equal(bench.cycles, 3);
});

test('after failures the pause doubles from 1 s up to the interval, with a jitter of a fifth', async (t) => {
  const bench = new Bench(t, 10_000);
  void bench.scheduler.request();
  for (const longest of [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]) {
    await bench.end('soon');
    const pause = bench.said.at(-1)!;
    assert.ok(pause >= longest * 0.8 && pause <= longest, `${pause} ms for ${longest} ms`);
    t.mock.timers.tick(pause);
  }
  await bench.end('at-interval');
  t.mock.timers.tick(10_000);
  await bench.end('soon');
  assert.ok(bench.said.at(-1)! <= 1_000, 'a success begins the row anew');
});

for (const [intervalMs, pauseMs] of [
  [5_000, 10 * minuteMs],
  [60 * minuteMs, 60 * minuteMs],
] as const) {
  test(`trying again would do harm: with an interval of ${intervalMs / 1000} s the next cycle comes after ${pauseMs / minuteMs} min`, async (t) => {
    const bench = new Bench(t, intervalMs);
    void bench.scheduler.request();
    await bench.end('much-later');
    assert.equal(bench.said.at(-1), pauseMs);
  });
}

test('a cycle that throws is told and counts as a failure', async (t) => {
  const bench = new Bench(t);
  const asked = bench.scheduler.request();
  const trouble = new Error('a fault of ours');
  bench.running.pop()!.fail(trouble);
  await asked;
  assert.deepEqual(bench.failures, [trouble]);
  assert.ok(bench.said.at(-1)! <= 1_000);
});

test('a cycle that throws at once does not block the next one', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  let cycles = 0;
  const scheduler = new Scheduler(5_000, {
    runCycle: () => {
      cycles += 1;
      throw new Error('at once');
    },
    scheduled: () => undefined,
    failed: () => undefined,
  });
  t.after(() => scheduler.stop());
  await scheduler.request();
  await scheduler.request();
  assert.equal(cycles, 2);
});

test('stopping asks the running cycle to end, waits for it, and begins no other', async (t) => {
  const bench = new Bench(t);
  const asked = bench.scheduler.request();
  const again = bench.scheduler.request();
  let isStopped = false;
  const stopped = bench.scheduler.stop().then(() => {
    isStopped = true;
  });
  await settled();
  assert.deepEqual({ aborted: bench.running[0]?.signal.aborted, isStopped }, { aborted: true, isStopped: false });
  await bench.end();
  await Promise.all([stopped, asked, again]);
  t.mock.timers.tick(60 * minuteMs);
  await bench.scheduler.request();
  assert.equal(bench.cycles, 1);
});

test('stopping between cycles cancels the one that was due', async (t) => {
  const bench = new Bench(t);
  void bench.scheduler.request();
  await bench.end();
  await bench.scheduler.stop();
  t.mock.timers.tick(60 * minuteMs);
  assert.equal(bench.cycles, 1);
});
