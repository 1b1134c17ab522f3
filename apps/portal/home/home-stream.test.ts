import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  eventStream,
  firstRetryMs,
  type Liveness,
  longestRetryMs,
  retryDelayMs,
  type StreamWorld,
} from './home-stream.ts';

/** A world in which the test opens, breaks and feeds streams, and moves the clock. */
class World implements StreamWorld {
  readonly opened: { url: string; closed: boolean; fire(type: string, data?: unknown): void }[] = [];
  readonly retries: { act: () => void; delayMs: number; cancelled: boolean }[] = [];
  readonly random = () => 0.5;

  open(url: string) {
    const listeners = new Map<string, (event: { data?: unknown }) => void>();
    const source = {
      url,
      closed: false,
      fire: (type: string, data?: unknown) => listeners.get(type)?.({ data }),
    };
    this.opened.push(source);
    return {
      addEventListener: (type: string, listener: (event: { data?: unknown }) => void) => listeners.set(type, listener),
      close: () => {
        source.closed = true;
      },
    };
  }

  later(act: () => void, delayMs: number) {
    const retry = { act, delayMs, cancelled: false };
    this.retries.push(retry);
    return () => {
      retry.cancelled = true;
    };
  }

  get current() {
    return this.opened.at(-1)!;
  }
}

function watch(onEvent: (text: string) => void = () => {}) {
  const world = new World();
  const states: Liveness[] = [];
  const stream = eventStream(world, '/events', 'home', { onEvent, onLiveness: (state) => states.push(state) });
  stream.connect();
  return { world, states, stream };
}

test('a stream is live once it opened, and hands on the events of its name', () => {
  const texts: string[] = [];
  const { world, states } = watch((text) => texts.push(text));
  world.current.fire('open');
  world.current.fire('home', '{"a":1}');
  world.current.fire('other', 'x');
  assert.deepEqual(states, ['connecting', 'live']);
  assert.deepEqual(texts, ['{"a":1}']);
});

test('a lost stream is tried again after longer and longer waits, until an event proves it good', () => {
  const { world, states } = watch();
  for (let round = 0; round < 3; round++) {
    world.current.fire('open');
    world.current.fire('error');
    world.retries.at(-1)!.act();
  }
  world.current.fire('home', '{}');
  world.current.fire('error');
  assert.deepEqual(
    world.retries.map((retry) => retry.delayMs),
    [750, 1_500, 3_000, 750],
  );
  assert.equal(states.at(-1), 'waiting');
  assert.ok(world.opened.every((source) => source.closed));
});

test('a person who refreshes does not wait for the next try', () => {
  const { world, stream } = watch();
  world.current.fire('error');
  stream.connect();
  assert.equal(world.retries[0]?.cancelled, true);
  assert.equal(world.opened.length, 2);
});

test('a closed stream stays closed, whatever still arrives', () => {
  const texts: string[] = [];
  const { world, states, stream } = watch((text) => texts.push(text));
  stream.close();
  world.current.fire('home', '{}');
  world.current.fire('error');
  assert.deepEqual(texts, []);
  assert.deepEqual(states, ['connecting']);
  assert.equal(world.retries.length, 0);
});

test('an event that cannot be read counts as a loss', (t) => {
  t.mock.method(console, 'error', () => {});
  const { world, states } = watch(() => {
    throw new Error('not a home');
  });
  world.current.fire('open');
  world.current.fire('home', 'x');
  assert.deepEqual(states, ['connecting', 'live', 'waiting']);
  assert.equal(world.current.closed, true);
});

test('every wait is between half a second and half a minute, and never shorter than half of its step', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 10_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (attempt, random) => {
        const delayMs = retryDelayMs(attempt, random);
        assert.ok(delayMs >= firstRetryMs / 2 && delayMs <= longestRetryMs);
        assert.ok(delayMs >= Math.min(longestRetryMs, firstRetryMs * 2 ** attempt) / 2);
      },
    ),
  );
});
