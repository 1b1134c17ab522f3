/** Rules that take long hold nothing else up. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counters } from '@springline/connect-sync/run-profile/engine';
import { synchronise } from '@springline/connect-sync/run-profile/synchronise';
import { SyncBench, user } from '../../../testing/sync-bench.ts';

test('objects whose rules take long are evaluated in slices, between which it can be stopped; the rest waits', async (t) => {
  const bench = new SyncBench();
  bench.put(...[1, 2, 3, 4, 5].map((n) => user(n)));
  await bench.cycle();
  const { store, directories } = bench.engine;
  const { connector } = directories[0]!;
  store.stageAll(connector);
  let nowMs = 0;
  // Each look at the clock is a second later.
  t.mock.method(performance, 'now', () => {
    nowMs += 1_000;
    return nowMs;
  });
  const stop = new AbortController();
  const look = (): void => {
    const waiting = store.countQueue();
    if (waiting > 0 && waiting < 5) stop.abort();
    else if (!stop.signal.aborted) looking = setImmediate(look);
  };
  let looking = setImmediate(look);
  t.after(() => clearImmediate(looking));
  const outcome = await synchronise(bench.engine, connector, new Counters(), stop.signal);
  clearImmediate(looking);
  assert.notEqual(outcome.result, 'success');
  assert.ok(store.countQueue() > 0);
  const rest = await synchronise(bench.engine, connector, new Counters(), new AbortController().signal);
  assert.equal(rest.result, 'success');
  assert.equal(store.countQueue(), 0);
});
