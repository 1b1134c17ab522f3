/** What the upgrader brings, and how: as a process of its own, against repositories that are true. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createPatch } from '@springline/auto-upgrade/delta/create-patch';
import { patchTransportPath } from '@springline/auto-upgrade/release/release-facts';
import { componentTargetPath } from '@springline/auto-upgrade/release/target-path';
import { systemClock } from '@springline/ports/clock';
import { scenarioField } from '@springline/ports/scenario';
import { agentHome } from '../home.ts';
import { linkedSlot, readSlot, slotFolder, verifiedProgram } from '../slot/slot.ts';
import { buildFiles, component, program, type Release, sha256, UpdateWorld } from '../testing/update-world.ts';
import { installedBuilds } from '../updater/auto-upgrade/installed-builds.ts';
import { hostPlatform } from './first-install.ts';
import { lookAtRepositories } from './look.ts';
import { releaseNumberFloors } from './trust-store.ts';

/** Release 2.6.0.0 with a patch from the build that runs; `change` may spoil it before it is signed. */
async function publishWithPatch(world: UpdateWorld, change = (patch: Uint8Array) => patch): Promise<[Release, string]> {
  const running = readSlot(world.home, component, 'a')!;
  const next = await world.prepare();
  const old = await world.prepare({ version: '2.5.0.0', releaseNumber: 1 });
  assert.equal(old.sha256, running.sha256);
  const path = componentTargetPath({ component, version: '2.6.0.0', platform: hostPlatform() });
  const patch = {
    bytes: change(createPatch(old.tar, next.tar)),
    path: patchTransportPath(path, running.sha256),
    sourceSha256: running.sha256,
  };
  return [await world.publish({ patch }), patch.path];
}

const fetched = (world: UpdateWorld): readonly string[] =>
  world.requests.map(({ path }) => path.replace('image/targets/', '')).filter((path) => /\.(zst|patch)$/.test(path));

function requireStaged(world: UpdateWorld, release: Release): void {
  const { facts, folder } = verifiedProgram(world.home, component, 'b');
  assert.deepEqual([facts.sha256, facts.version, facts.releaseNumber], [release.sha256, '2.6.0.0', 2]);
  const [bundle] = buildFiles('2.6.0.0', 2);
  assert.deepEqual(readFileSync(join(folder, `${component}.mjs`)), bundle?.bytes);
}

test('a newer release is staged in the slot that does not run; link and floor stay', async (t) => {
  const world = await UpdateWorld.installed(t);
  const release = await world.repair();
  world.requests.length = 0;
  const { staged, failure, look } = await world.upgrade();
  assert.equal(failure, undefined);
  const named = { component, version: '2.6.0.0', releaseNumber: 2, sha256: release.sha256 };
  assert.deepEqual([staged, look?.offers], [named, [named]]);
  requireStaged(world, release);
  assert.equal(linkedSlot(world.home, component), 'a');
  assert.deepEqual([...releaseNumberFloors(world.home)], [[component, 1]]);
  // The runtime is there already.
  assert.deepEqual(fetched(world), [release.transport]);
});

test('when nothing is newer, nothing is fetched', async (t) => {
  const world = await UpdateWorld.installed(t);
  await world.publish({ version: '2.5.0.0', releaseNumber: 1 });
  world.requests.length = 0;
  const { staged, failure, look } = await world.upgrade();
  assert.deepEqual([staged, failure, look?.offers, look?.refusals], [undefined, undefined, [], []]);
  assert.deepEqual(fetched(world), []);
});

test('a patch from the build that runs is taken instead of the whole', async (t) => {
  const world = await UpdateWorld.installed(t);
  const [release, patch] = await publishWithPatch(world);
  world.requests.length = 0;
  assert.equal((await world.upgrade()).failure, undefined);
  requireStaged(world, release);
  assert.deepEqual(fetched(world), [patch]);
  assert.ok(world.transports.get(patch)!.length < world.transports.get(release.transport)!.length / 2);
});

test('S26: when the patch was damaged on its way, the whole is taken', async (t) => {
  const world = await UpdateWorld.installed(t);
  const [release, patch] = await publishWithPatch(world);
  const bytes = Buffer.from(world.transports.get(patch)!);
  bytes[bytes.length >> 1]! ^= 1;
  world.transports.set(patch, bytes);
  world.requests.length = 0;
  assert.equal((await world.upgrade()).failure, undefined);
  requireStaged(world, release);
  assert.deepEqual(fetched(world), [patch, release.transport]);
});

for (const [name, spoil] of [
  ['is no patch', () => Buffer.from('springline')],
  ['was cut short before it was signed', (patch: Uint8Array) => patch.subarray(0, patch.length - 3)],
  ['makes another release', (patch: Uint8Array) => createPatch(Buffer.alloc(patch.length), program('other'))],
] as const) {
  test(`S26: when a well signed patch ${name}, the whole is taken`, async (t) => {
    const world = await UpdateWorld.installed(t);
    const [release, patch] = await publishWithPatch(world, spoil);
    world.requests.length = 0;
    const { failure, staged } = await world.upgrade();
    assert.equal(failure, undefined);
    assert.equal(staged?.sha256, release.sha256);
    requireStaged(world, release);
    assert.deepEqual(fetched(world), [patch, release.transport]);
  });
}

test('a download that broke off is gone on with where it stopped', async (t) => {
  const world = await UpdateWorld.installed(t);
  const large = { path: 'noise.bin', bytes: randomBytes(500_000) };
  const release = await world.publish({ files: [...buildFiles('2.6.0.0', 2), large] });
  const bytes = world.transports.get(release.transport)!;
  const part = join(agentHome(world.home).upgrade, 'download', sha256(bytes));
  const isKept = (): boolean => (statSync(part, { throwIfNoEntry: false })?.size ?? 0) > 0;
  let cuts = 0;
  world.answer = (path, response) => {
    if (path !== `image/targets/${release.transport}` || cuts++ > 0) return false;
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, 250_000));
    const cut = setInterval(() => isKept() && response.destroy(), 5);
    response.on('close', () => clearInterval(cut));
    return true;
  };
  world.requests.length = 0;
  assert.equal((await world.upgrade()).failure, undefined);
  requireStaged(world, release);
  const ranges = world.requests.filter(({ path }) => path.endsWith('.zst')).map(({ range }) => range);
  assert.equal(ranges.length, 2);
  const from = Number(/^bytes=(\d+)-$/.exec(ranges[1] ?? '')?.[1]);
  assert.ok(from > 0 && from <= 250_000, ranges[1]);
});

test('a build that was just tried is not fetched again', async (t) => {
  const world = await UpdateWorld.installed(t);
  const release = await world.repair();
  world.requests.length = 0;
  const { staged, failure, look } = await world.upgrade({ tried: [release.sha256] });
  assert.deepEqual([staged, failure, look?.offers.length], [undefined, undefined, 1]);
  assert.deepEqual(fetched(world), []);
});

test('a last look confirms what both repositories still name, and nothing else', async (t) => {
  const world = await UpdateWorld.installed(t);
  const { sha256: expected } = await world.repair();
  const look = (): Promise<boolean | undefined> =>
    world.upgrade({ kind: 'last-look', expected: { component, sha256: expected } }).then((seen) => seen.isConfirmed);
  assert.equal(await look(), true);
  await world.publish({ version: '2.5.0.0', releaseNumber: 1 });
  assert.equal(await look(), false, 'the Director went back to what runs');
  await world.publish({ version: '2.7.0.0', releaseNumber: 3 });
  assert.equal(await look(), false, 'the Director names another build');
});

test('S10: a slot that somebody wrote to is filled with the same release again', async (t) => {
  const world = await UpdateWorld.installed(t);
  const { sha256: running } = readSlot(world.home, component, 'a')!;
  await world.publish({ version: '2.5.0.0', releaseNumber: 1 });
  writeFileSync(join(slotFolder(world.home, component, 'a'), `${component}.mjs`), 'export const evil = true;\n');
  const { staged, failure, look } = await world.upgrade();
  assert.deepEqual(look?.refusals, []);
  assert.equal(failure, undefined);
  assert.equal(staged?.sha256, running);
  assert.equal(verifiedProgram(world.home, component, 'b').facts.sha256, running);
});

test('S10: nothing older comes in that way', async (t) => {
  const world = await UpdateWorld.installed(t);
  await world.publish({ version: '2.4.0.0', releaseNumber: 1 });
  rmSync(join(slotFolder(world.home, component, 'a'), 'release.json'));
  const [build] = installedBuilds(world.home);
  assert.deepEqual([build?.version, build?.sha256, build?.releaseNumberFloor], ['0.0', '', 0]);
  // The number of the release that was altered is taken again, a lower one is not.
  const { look } = await world.upgrade({ kind: 'look', installed: [{ ...build!, releaseNumberFloor: 1 }] });
  assert.deepEqual(
    look?.refusals.map(({ code }) => code),
    ['release-number-fell'],
  );
});

test('a runtime that somebody wrote to is brought again', async (t) => {
  const world = await UpdateWorld.installed(t);
  const release = await world.repair();
  const { runtime } = readSlot(world.home, component, 'a')!;
  const file = join(agentHome(world.home).runtime, runtime, 'node');
  chmodSync(file, 0o600);
  assert.equal((await world.upgrade()).failure, undefined);
  requireStaged(world, release);
  assert.equal(readFileSync(file, 'utf8'), 'a runtime of a few bytes');
});

test('a release that is refused costs the build in the other slot nothing', async (t) => {
  const world = await UpdateWorld.installed(t);
  const good = await world.repair();
  assert.equal((await world.upgrade()).failure, undefined);
  await world.publish({ version: '2.7.0.0', releaseNumber: 3, treeHash: sha256(Buffer.from('other')) });
  assert.equal((await world.upgrade()).failure?.code, 'hash-mismatch');
  requireStaged(world, good);
});

test('what the upgrader leaves is for its owner alone', async (t) => {
  const world = await UpdateWorld.installed(t);
  await world.repair();
  assert.equal((await world.upgrade()).failure, undefined);
  assert.equal(statSync(agentHome(world.home).folder).mode & 0o777, 0o700);
  for (const [path, content] of Object.entries(world.picture())) {
    if (!content.startsWith('link')) assert.match(content, /^(100[67]00 |40)/, path);
  }
});

const address = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

test('S5: development keys count on the same machine only', { skip: address === undefined }, async (t) => {
  const world = new UpdateWorld();
  t.after(() => world.close());
  await world.listen('0.0.0.0');
  await world.publishRuntime('a runtime of a few bytes');
  await world.publish({ version: '2.5.0.0', releaseNumber: 1 });
  await world.install();
  world.repositories.director.serveRoot({
    edit: (signed) => {
      signed['x-springline-profile'] = 'development';
    },
  });
  const before = world.picture();
  const look = (host: string) =>
    lookAtRepositories(
      { home: world.home, url: `http://${host}:${world.port}`, platform: hostPlatform(), installed: [] },
      'upgrade',
      systemClock.now(),
      new AbortController().signal,
    );
  await assert.rejects(look(address ?? ''), { code: 'development-root' });
  assert.deepEqual(world.picture(), before);
  const { failure } = await world.upgrade({ url: `http://${address}:${world.port}` });
  assert.deepEqual([failure?.kind, failure?.code], ['trust', 'development-root']);
  for (const host of ['127.0.0.1', 'localhost', '127.1']) await look(host);
});

test('a host takes nothing of a scenario’s repositories', async (t) => {
  const world = new UpdateWorld();
  t.after(() => world.close());
  await world.listen();
  await world.publishRuntime('a runtime of a few bytes');
  await world.publish({ version: '2.5.0.0', releaseNumber: 1 });
  await world.install();
  for (const repository of [world.repositories.image, world.repositories.director]) {
    repository.serveRoot({
      edit: (signed) => {
        signed[scenarioField] = 'september-2024';
      },
    });
  }
  const before = world.picture();
  const { failure } = await world.upgrade({});
  assert.deepEqual([failure?.kind, failure?.code], ['trust', 'scenario-root']);
  assert.deepEqual(world.picture(), before);
});
