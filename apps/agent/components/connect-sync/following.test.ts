import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DirectorySource } from '@springline/directory/source';
import { silentLog } from '@springline/ports/log';
import { SyncBench, user } from '../../testing/sync-bench.ts';
import { Following } from './following.ts';

const { signal } = new AbortController();

/** A directory that was read and is followed, with consent that a test can change. */
async function followed() {
  const bench = new SyncBench();
  bench.directory('corp').manner = 'delete-phase';
  bench.put(user(1));
  await bench.cycle();
  const directory = bench.engine.directories[0]!;
  let told = (): void => undefined;
  const listening = new Promise<void>((resolve) => {
    told = resolve;
  });
  const source: DirectorySource = {
    read: () => assert.fail('nothing is read here'),
    follow: async ({ cookie }, sink, _changed, stop) => {
      sink.page(cookie);
      told();
      await new Promise((resolve) => stop.addEventListener('abort', resolve));
    },
  };
  const content = bench.directory('corp');
  const consent = { isGiven: true };
  const following = new Following(
    bench.engine,
    {
      open: async () => {
        if (!consent.isGiven) throw Object.assign(new Error('no consent'), { code: 'consent-missing' });
        const { mayReadAttribute, mayReadEntry, isInScope, scopeDigest: digest } = content;
        return { directory, source, scope: { consent: { mayReadAttribute, mayReadEntry }, isInScope, digest } };
      },
    },
    silentLog,
    () => undefined,
  );
  following.begin();
  await listening;
  return { content, consent, following };
}

test('what is followed goes on being followed while nothing else may be read than when it began', async () => {
  const { following } = await followed();
  await following.recheck(signal);
  assert.equal(following.isFed('corp'), true);
  await following.stop();
});

test('consent that is taken back ends the following, and the next cycle reads the directory anew', async () => {
  const { following, consent } = await followed();
  consent.isGiven = false;
  await following.recheck(signal);
  assert.equal(following.isFed('corp'), false);
});

for (const [what, change] of [
  ['a base DN is taken off', { scopeDigest: 'other' }],
  ['an attribute is taken off', { mayReadAttribute: (name: string) => name !== 'title' }],
] as const) {
  test(`when ${what} the consent file, what is followed is followed no more`, async () => {
    const { following, content } = await followed();
    Object.assign(content, change);
    await following.recheck(signal);
    assert.equal(following.isFed('corp'), false);
  });
}
