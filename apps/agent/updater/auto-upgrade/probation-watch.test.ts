/** Probation as the Agent Updater watches it, with a clock that a test moves. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { ComponentProcess, End } from '../component-process.ts';
import { type SwitchWorld, watchProbation } from './switch-over.ts';

const minuteMs = 60_000;
const before = { configuration: '', cycleMs: 10_000, cycleResult: 'success', lastCycleNumber: 1 };

/** A component whose answers the test writes; each judgement is `stepMs` after the one before. */
class Watched {
  sync: { lastCycle: { number: number; startedAt: string; endedAt?: string; result?: string } } | undefined;
  unansweredPings = 0;
  configuration = '';
  stuck: string | undefined;
  dependencies: { kind: 'tcp'; host: string; port: number }[] = [];
  guard: ((end: End) => 'revive' | 'leave') | undefined;
  /** Called before each judgement with the time that has passed. */
  passing: (ms: number) => void = () => undefined;
  readonly #stop = new AbortController();

  /** The old build's last cycle. */
  readonly cycleAtReady = 1;

  watchClosely(): void {}

  view(): { state: string } {
    return { state: 'running' };
  }

  stop(): void {
    this.#stop.abort(new Error('the test has seen enough'));
  }

  /** A cycle that began after the new build took over. */
  cycle(result: string): void {
    this.sync = {
      lastCycle: { number: 2, startedAt: '2099-01-01T00:00:00Z', endedAt: '2099-01-01T00:01:00Z', result },
    };
  }

  watch(t: TestContext, stepMs: number): Promise<void> {
    let passed = 0;
    t.mock.method(performance, 'now', () => 1_000_000 + passed);
    t.mock.method(globalThis, 'setTimeout', (resolve: () => void) => {
      passed += stepMs;
      this.passing(passed);
      setImmediate(resolve);
    });
    const world = { signal: this.#stop.signal } as SwitchWorld;
    return watchProbation(world, this as unknown as ComponentProcess, before);
  }
}

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

test('a build that ends no cycle is condemned after five minutes', async (t) => {
  const watched = new Watched();
  let last = 0;
  watched.passing = (ms) => {
    last = ms;
  };
  await assert.rejects(watched.watch(t, 30_000), {
    name: 'RollBack',
    message: 'it did not end a cycle in time',
    isBlocked: true,
  });
  assert.equal(last, 5 * minuteMs + 30_000);
});

test('S18: while nothing can be reached from here, the clock of probation stands still', async (t) => {
  const watched = new Watched();
  watched.dependencies = [{ kind: 'tcp', host: '127.0.0.1', port: await closedPort() }];
  watched.cycle('no-start-connection');
  watched.passing = (ms) => {
    if (ms > 24 * 60 * minuteMs) watched.stop();
  };
  await assert.rejects(watched.watch(t, 4 * minuteMs), { message: 'the test has seen enough' });
});

test('S18: when it can be reached again, the clock goes on, and a build that still fails is condemned', async (t) => {
  const watched = new Watched();
  const port = await closedPort();
  watched.dependencies = [{ kind: 'tcp', host: '127.0.0.1', port }];
  watched.cycle('no-start-connection');
  let isBack = false;
  watched.passing = (ms) => {
    if (isBack || ms < 60 * minuteMs) return;
    isBack = true;
    watched.dependencies = [];
  };
  await assert.rejects(watched.watch(t, minuteMs), {
    message: 'its cycles end with no-start-connection, and what it needs can be reached from here',
  });
  assert.ok(isBack);
});

test('a whole cycle of its own ends probation, and one of the old build does not', async (t) => {
  const watched = new Watched();
  watched.sync = {
    lastCycle: { number: 1, startedAt: '2020-01-01T00:00:00Z', endedAt: '2020-01-01T00:01:00Z', result: 'success' },
  };
  let proven = 0;
  watched.passing = (ms) => {
    if (ms < 2 * minuteMs) return;
    proven = ms;
    watched.cycle('success');
  };
  await watched.watch(t, 30_000);
  assert.equal(proven, 2 * minuteMs);
  assert.equal(watched.guard, undefined, 'from now on it is started again like any other');
});

test('S18: a build that somebody kills is started again once, and a crash is not', async (t) => {
  const watched = new Watched();
  const answers: (string | undefined)[] = [];
  watched.passing = (ms) => {
    if (ms === minuteMs) answers.push(watched.guard?.({ detail: 'ended by SIGKILL', byItself: false }));
    if (ms === 2 * minuteMs) answers.push(watched.guard?.({ detail: 'ended with code 1', byItself: true }));
  };
  await assert.rejects(watched.watch(t, 30_000), { message: 'the new build ended with code 1', isBlocked: true });
  assert.deepEqual(answers, ['revive', 'leave']);
});
