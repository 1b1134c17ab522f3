import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anchor, group, SyncBench, user } from '../../testing/sync-bench.ts';
import { answerCall, type CallContext } from './calls.ts';

async function syncedBench(): Promise<{ bench: SyncBench; context: CallContext; runs: boolean[] }> {
  const bench = new SyncBench();
  bench.put(user(1, { title: '100% sure' }), user(2), group(10, [user(1).dn, user(2).dn]));
  await bench.cycle();
  const runs: boolean[] = [];
  const context: CallContext = {
    engine: bench.engine,
    schedule: () => ({
      source: 'a.ldif',
      cycleInProgress: false,
      nextCycleAt: undefined,
      lastChangeAt: undefined,
      cycle: bench.engine.store.lastCycle(),
    }),
    runCycle: async ({ full }) => {
      runs.push(full);
      await bench.cycle();
    },
  };
  return { bench, context, runs };
}

for (const method of ['', 'nothing', 'toString', '__proto__', 'constructor', 'hasOwnProperty']) {
  test(`"${method}" is no call`, async () => {
    const { context } = await syncedBench();
    await assert.rejects(answerCall(context, method, {}), { name: 'CallError', code: 'unknown-call' });
  });
}

for (const limit of [0, -1, 1.5, 501, '20', null, Number.NaN, []]) {
  test(`a limit of ${JSON.stringify(limit)} is refused`, async () => {
    const { context } = await syncedBench();
    await assert.rejects(answerCall(context, 'history', { limit }), {
      code: 'malformed-call',
      message: 'the limit is a whole number from 1 to 500',
    });
  });
}

for (const text of [undefined, '', 7, ['a'], 'x'.repeat(257)]) {
  test(`a search for ${JSON.stringify(text)?.slice(0, 20)} is refused`, async () => {
    const { context } = await syncedBench();
    await assert.rejects(answerCall(context, 'search', { text }), { code: 'malformed-call' });
  });
}

test('only full: true asks for a full cycle', async () => {
  const { context, runs } = await syncedBench();
  for (const full of [true, false, undefined, 'true', 1]) await answerCall(context, 'run', { full });
  assert.deepEqual(runs, [true, false, false, false, false]);
});

test('the history is newest first and as long as was asked', async () => {
  const { context } = await syncedBench();
  await answerCall(context, 'run', {});
  const all = (await answerCall(context, 'history', {})) as { number: number }[];
  assert.deepEqual(
    all.map(({ number }) => number),
    [2, 1],
  );
  assert.deepEqual(await answerCall(context, 'history', { limit: 1 }), all.slice(0, 1));
});

interface Found {
  readonly type: string;
  readonly attributes: readonly { name: string; values: readonly string[]; rule: string; from: string }[];
  readonly links: readonly { connector: string; anchor: string | null; pendingExport: string }[];
}

test('a search shows each value with the rule and the entry it comes from, and both sides of the object', async () => {
  const { context } = await syncedBench();
  const [found, ...others] = (await answerCall(context, 'search', { text: '100%' })) as Found[];
  assert.deepEqual(others, []);
  const title = found!.attributes.find(({ name }) => name === 'title');
  assert.deepEqual({ values: title?.values, from: title?.from }, { values: ['100% sure'], from: user(1).dn });
  assert.ok(title!.rule.length > 0);
  assert.equal(found!.links.length, 2);
  assert.ok(found!.links.every(({ pendingExport }) => pendingExport === 'none'));
});

test('a search never shows more than was asked', async () => {
  const { context } = await syncedBench();
  assert.equal(((await answerCall(context, 'search', { text: 'user', limit: 1 })) as Found[]).length, 1);
  await assert.rejects(answerCall(context, 'search', { text: 'user', limit: 101 }), { code: 'malformed-call' });
});

type Held = { list: string; held: { kind: string; sourceAnchor: string }[] };
const listHeld = async (context: CallContext): Promise<Held> => (await answerCall(context, 'deletes.list', {})) as Held;

test('where the guard holds nothing, approving and rejecting decide nothing and run no cycle', async () => {
  const { context, runs } = await syncedBench();
  const { list, held } = await listHeld(context);
  assert.deepEqual(held, []);
  for (const [method, decision] of [
    ['deletes.approve', 'approved'],
    ['deletes.reject', 'rejected'],
  ] as const) {
    assert.deepEqual(await answerCall(context, method, { list }), { decided: 0, decision });
  }
  assert.deepEqual(runs, []);
});

test('an object that waits for a decision is listed by name and anchor, and approving runs the cycle that deletes it', async () => {
  const { bench, context, runs } = await syncedBench();
  for (let n = 200; n < 250; n++) bench.put(user(n));
  await bench.cycle();
  for (let n = 200; n < 250; n++) bench.drop(user(n).dn);
  await bench.cycle();
  const { list, held } = await listHeld(context);
  assert.equal(held.length, 50);
  for (const { kind, sourceAnchor } of held) {
    assert.equal(kind, 'object');
    assert.ok(Object.hasOwn(bench.cloud.state(), sourceAnchor));
  }
  await assert.rejects(answerCall(context, 'deletes.approve', {}), { code: 'list-changed' });
  await assert.rejects(answerCall(context, 'deletes.approve', { list: 'of yesterday' }), { code: 'list-changed' });
  assert.deepEqual(await answerCall(context, 'deletes.approve', { list }), {
    decided: held.length,
    decision: 'approved',
  });
  assert.deepEqual(runs, [false]);
  assert.deepEqual(Object.keys(bench.cloud.state()).sort(), [anchor(1), anchor(2), anchor(10)].sort());
  assert.deepEqual((await listHeld(context)).held, []);
});
