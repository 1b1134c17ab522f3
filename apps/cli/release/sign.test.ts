import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '@springline/ports/clock';
import { KeyRing } from './key-ring.ts';
import { makeKeys } from './keys.ts';
import { asOnlyWriter } from './lock.ts';
import { openTurn } from './publish.ts';
import { readRepositories, signRepositories } from './sign.ts';
import { releaseHome, TreeClient } from './testing/release-home.ts';

const dayMs = 24 * 60 * 60_000;

test('after years of re-signing, an agent that pinned the first roots follows to the newest', async (t) => {
  const { home } = releaseHome(t);
  const clock = new FakeClock(Date.now());
  await asOnlyWriter(home, async (lock) => {
    await makeKeys(lock, 'development');
    await signRepositories(openTurn(lock, new KeyRing(home), clock));
  });
  const early = new TreeClient(home);
  await early.refresh('image', clock.now());
  // Nothing but time passes; half a year and a day at a time.
  for (let round = 0; round < 6; round++) {
    clock.advance(183 * dayMs);
    const signed = await asOnlyWriter(home, (lock) => signRepositories(openTurn(lock, new KeyRing(home), clock)));
    for (const repository of ['image', 'director'] as const) {
      assert.ok(signed[repository].includes(`${round + 2}.root.json`), signed[repository].join(' '));
    }
  }
  for (const client of [early, new TreeClient(home)]) {
    for (const repository of ['image', 'director'] as const) {
      const { root } = await client.refresh(repository, clock.now());
      assert.equal(root.version, 7);
      assert.equal(root.extra.get('x-springline-profile'), 'development');
    }
  }
  const { director } = readRepositories(home);
  assert.equal(director.timestamp?.extra.get('x-springline-root'), 7);
  assert.deepEqual(director.timestamp?.extra.get('x-springline-image'), { root: 7, timestamp: 7 });
});

test('what was signed a moment ago is left as it is', async (t) => {
  const { home } = releaseHome(t);
  const clock = new FakeClock(Date.now());
  const sign = () => asOnlyWriter(home, (lock) => signRepositories(openTurn(lock, new KeyRing(home), clock)));
  await asOnlyWriter(home, (lock) => makeKeys(lock, 'development'));
  assert.notDeepEqual(await sign(), { image: [], director: [] });
  assert.deepEqual(await sign(), { image: [], director: [] });
});
