import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { agentHome } from '@springline/agent/home';
import { component, type Release, UpdateWorld } from '@springline/agent/testing/update-world';
import { releaseNumberFloors } from '@springline/agent/upgrader/trust-store';
import { recallRole } from '@springline/auto-upgrade/release/recall-statement';
import type { Draft } from '@springline/tuf/testing/hostile-repository';
import { requireGenuineBridge } from './bridge.ts';

/** Repositories that name one release, which the old agent of a host fetched as the bridge. */
async function bridged(t: TestContext): Promise<{ world: UpdateWorld; bridge: Release; archive: string }> {
  const world = new UpdateWorld();
  t.after(() => world.close());
  await world.listen();
  await world.publishRuntime('a runtime of a few bytes');
  const bridge = await world.publish({ version: '2.6.0.0', releaseNumber: 2 });
  const archive = join(world.home, 'bridge.tar');
  writeFileSync(archive, bridge.tar);
  return { world, bridge, archive };
}

function check(
  { home, url, pins }: UpdateWorld,
  archive: string,
  changes: { readonly pins?: UpdateWorld['pins'] } = {},
) {
  return requireGenuineBridge({ home, url, pins, archive, ...changes }, new AbortController().signal);
}

/** Signs what was changed in place. */
function serve({ repositories }: UpdateWorld): void {
  repositories.image.serve();
  repositories.director.serve();
}

test('a bridge build that the Image repository names is genuine, and nothing older is installed after it', async (t) => {
  const { world, archive } = await bridged(t);
  const { targets } = world.role(component);
  const entries = { ...targets };
  const facts = await check(world, archive);
  assert.deepEqual([facts.component, facts.version], [component, '2.6.0.0']);
  assert.deepEqual([...releaseNumberFloors(world.home)], [[component, 2]]);
  // The Director leads back to an older build; the Image repository names both.
  await world.prepare({ version: '2.5.0.0', releaseNumber: 1 });
  Object.assign(world.role(component).targets, entries);
  serve(world);
  await assert.rejects(world.install(), { code: 'release-number-fell' });
});

test('it is genuine also when the Director has gone on to a newer build, which is installed then', async (t) => {
  const { world, archive } = await bridged(t);
  const entries = { ...world.role(component).targets };
  await world.prepare({ version: '2.7.0.0', releaseNumber: 3 });
  Object.assign(world.role(component).targets, entries);
  serve(world);
  assert.equal((await check(world, archive)).version, '2.6.0.0');
  assert.deepEqual(await world.install(), [component]);
});

test('a file that is no release is refused, whatever it is like', async (t) => {
  const { world, bridge } = await bridged(t);
  const forged = join(world.home, 'forged.tar');
  for (const bytes of [Buffer.concat([bridge.tar, Buffer.from('x')]), bridge.tar.subarray(1), Buffer.alloc(0)]) {
    writeFileSync(forged, bytes);
    await assert.rejects(check(world, forged), /\(bridge-not-genuine\)/);
  }
  assert.deepEqual([...releaseNumberFloors(world.home)], []);
});

test('a build that the Director alone names is no genuine bridge', async (t) => {
  const { world, archive } = await bridged(t);
  world.role(component).targets = {};
  serve(world);
  await assert.rejects(check(world, archive), /\(bridge-not-genuine\)/);
});

test('a build that a role lists which has no say about it is no genuine bridge', async (t) => {
  const { world, archive } = await bridged(t);
  Object.assign(world.role('runtime').targets, world.role(component).targets);
  world.role(component).targets = {};
  serve(world);
  await assert.rejects(check(world, archive), /\(bridge-not-genuine\)/);
});

test('S20: a bridge build that was recalled since is refused with the reason', async (t) => {
  const { world, bridge, archive } = await bridged(t);
  world.recall({ sha256: bridge.sha256, reason: 'it loses deletes' });
  serve(world);
  await assert.rejects(check(world, archive), /2\.6\.0\.0 was recalled: it loses deletes.*\(bridge-recalled\)/);
});

const role = recallRole(component);
const oldStatement = (draft: Draft): void => {
  draft['x-springline-signed-at'] = `${new Date(Date.now() - 31 * 86_400_000).toISOString().slice(0, 19)}Z`;
};

for (const { name, lies } of [
  { name: 'serves no statement of recalls', lies: { isHeldBack: true } },
  { name: 'serves one that was signed 31 days ago', lies: { edit: oldStatement } },
]) {
  test(`S20: nothing is enrolled by a bridge build as long as the Image repository ${name}`, async (t) => {
    const { world, archive } = await bridged(t);
    world.repositories.image.serve({ delegated: { [role]: lies } });
    world.repositories.director.serve();
    await assert.rejects(check(world, archive), /not known whether .* was recalled.*\(bridge-recalls-unknown\)/);
    assert.deepEqual([...releaseNumberFloors(world.home)], []);
  });
}

test('repositories of other roots are refused, and the host trusts nothing', async (t) => {
  const { world, archive } = await bridged(t);
  await assert.rejects(check(world, archive, { pins: { ...world.pins, image: 'f'.repeat(64) } }), {
    code: 'pin-mismatch',
  });
  assert.equal(existsSync(agentHome(world.home).trust), false);
});

test('a bridge that cannot be read is misuse', async (t) => {
  const { world } = await bridged(t);
  await assert.rejects(check(world, join(world.home, 'nowhere.tar')), { exitCode: 2 });
});
