/** Time as an agent knows it (S7): clocks that are off, a jump, a signature from 2099, all against real metadata. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import type { Draft } from '@springline/tuf/testing/hostile-repository';
import { agentHome } from '../home.ts';
import { UpdateWorld } from '../testing/update-world.ts';
import { installedBuilds } from '../updater/auto-upgrade/installed-builds.ts';
import { hostPlatform } from './first-install.ts';
import { lookAtRepositories } from './look.ts';
import { type Boot, noteTime, trustedTime } from './trusted-clock.ts';

const yearMs = 365 * 24 * 60 * 60 * 1000;
const minuteMs = 60_000;

/** A host whose agent looked at real metadata of now; how far the clock is off then is up to the test. */
async function looked(t: TestContext): Promise<{ world: UpdateWorld; now: EpochMs }> {
  const world = await UpdateWorld.installed(t);
  const { now } = world.repositories.image;
  await look(world, now);
  return { world, now: (Math.floor(now / 1000) * 1000) as EpochMs };
}

function look(world: UpdateWorld, now: number) {
  const job = { home: world.home, url: world.url, platform: hostPlatform(), installed: installedBuilds(world.home) };
  return lookAtRepositories(job, 'upgrade', now as EpochMs, new AbortController().signal);
}

class FakeBoot implements Boot {
  readonly id: string | undefined;
  elapsedMs = 0;

  constructor(id: string | undefined = 'one') {
    this.id = id;
  }

  uptimeMs(): number {
    return this.elapsedMs;
  }
}

test('S7: a clock ten years back is not believed once something was signed, and what expired since stays expired', async (t) => {
  const { world, now } = await looked(t);
  const boot = new FakeBoot();
  noteTime(world.home, boot);
  const back = (now - 10 * yearMs) as EpochMs;
  assert.deepEqual(trustedTime(world.home, back, boot), { now, signedNow: now });
  boot.elapsedMs += 40 * minuteMs;
  const later = now + 40 * minuteMs;
  assert.deepEqual(trustedTime(world.home, back, boot), { now: later, signedNow: later });
});

test('S7: a new host whose clock is ten years back learns the time from what is signed', async (t) => {
  const world = new UpdateWorld();
  t.after(() => world.close());
  await world.listen();
  await world.publishRuntime('a runtime of a few bytes');
  await world.publish({ version: '2.5.0.0', releaseNumber: 1 });
  const { now } = world.repositories.image;
  await world.install();
  const { look: seen } = await look(world, now - 10 * yearMs);
  assert.ok(Math.abs(seen.now - now) < 2 * minuteMs, new Date(seen.now).toISOString());
});

test('S7: after a jump back, metadata that has expired by what was signed since is refused', async (t) => {
  const { world, now } = await looked(t);
  const { image, director } = world.repositories;
  const expires = `${new Date(now + 30 * minuteMs).toISOString().slice(0, 19)}Z`;
  const shorten = (signed: Draft): void => {
    signed['expires'] = expires;
  };
  director.serve({ edit: { timestamp: shorten } });
  await look(world, now);
  // The mirror holds the Director's metadata back, and the host's clock is set back to when it was good.
  image.now = (now + 120 * minuteMs) as EpochMs;
  image.serve();
  for (const clock of [now, now - 10 * yearMs]) {
    await assert.rejects(look(world, clock), { code: 'metadata-expired', message: new RegExp(expires.slice(0, 19)) });
  }
});

test('S7: a clock ten years ahead stops upgrades until it is put right, and leaves nothing behind', async (t) => {
  const { world, now } = await looked(t);
  await assert.rejects(look(world, now + 10 * yearMs), { code: 'metadata-expired' });
  const { look: seen } = await look(world, now);
  assert.ok(seen.now < now + yearMs);
  assert.equal(seen.offers.length, 1);
});

test('S7: what was signed in 2099 makes all else look expired, until a root takes its keys away; then it recovers by itself', async (t) => {
  const { world, now } = await looked(t);
  const { image } = world.repositories;
  image.now = Date.UTC(2099, 0, 1) as EpochMs;
  image.serveTimestamp();
  // Image itself is good until 2099; the Director, which is honest, looks expired.
  await assert.rejects(look(world, now), { code: 'metadata-expired' });
  assert.equal(new Date(trustedTime(world.home, now).now).getUTCFullYear(), 2099);
  image.now = now;
  image.rotate('timestamp');
  image.serveRoot();
  image.versions.timestamp = 0;
  image.serve();
  const { look: seen } = await look(world, now);
  assert.ok(seen.now < now + yearMs, new Date(seen.now).toISOString());
  assert.equal(seen.offers.length, 1);
});

test('S7: what has passed counts within one boot only; the floor stays', async (t) => {
  const { world, now } = await looked(t);
  const [first, second] = [new FakeBoot('one'), new FakeBoot('two')];
  noteTime(world.home, first);
  first.elapsedMs = second.elapsedMs = 5 * minuteMs;
  noteTime(world.home, first);
  const back = (now - yearMs) as EpochMs;
  assert.equal(trustedTime(world.home, back, first).now, now + 5 * minuteMs, 'known for five minutes');
  assert.equal(trustedTime(world.home, back, second).now, now);
  assert.equal(trustedTime(world.home, back, new FakeBoot(undefined)).now, now);
});

for (const text of ['', '{"signedAt":1e99}', '[]', '\0']) {
  test(`S7: a file of the time learnt that reads ${JSON.stringify(text)} loses the time since and not the floor`, async (t) => {
    const { world, now } = await looked(t);
    writeFileSync(join(agentHome(world.home).trust, 'clock.json'), text);
    assert.equal(trustedTime(world.home, (now - yearMs) as EpochMs).now, now);
  });
}

test('before anything was signed, the clock of the host is all there is', (t) => {
  const world = new UpdateWorld();
  t.after(() => world.close());
  assert.deepEqual(trustedTime(world.home, 5 as EpochMs), { now: 5 });
  noteTime(world.home);
  assert.equal(existsSync(join(agentHome(world.home).trust, 'clock.json')), false);
});
