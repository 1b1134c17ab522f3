import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { agentHome, componentHome } from '../home.ts';
import { linkedSlot, readSlot, verifiedProgram } from '../slot/slot.ts';
import { component, UpdateWorld } from '../testing/update-world.ts';
import { releaseNumberFloors } from './trust-store.ts';

/** Repositories with one release, and a home where nothing is installed. */
async function published(t: TestContext): Promise<UpdateWorld> {
  const world = new UpdateWorld();
  t.after(() => world.close());
  await world.listen();
  await world.publishRuntime('a runtime of a few bytes');
  await world.publish({ version: '2.5.0.0', releaseNumber: 1 });
  return world;
}

test('the first installation puts the release into slot a, with its runtime, and links it', async (t) => {
  const world = await published(t);
  assert.deepEqual(await world.install(), [component]);
  assert.equal(linkedSlot(world.home, component), 'a');
  assert.equal(verifiedProgram(world.home, component, 'a').facts.version, '2.5.0.0');
  assert.deepEqual([...releaseNumberFloors(world.home)], [[component, 1]]);
});

test('a second installation asks for nothing and changes nothing', async (t) => {
  const world = await published(t);
  await world.install();
  const before = world.picture();
  world.requests.length = 0;
  assert.deepEqual(await world.install(), []);
  assert.deepEqual(world.picture(), before);
  assert.deepEqual(world.requests, []);
});

test('a release that is for download only is installed the first time', async (t) => {
  const world = await published(t);
  await world.publish({ version: '2.6.0.0', releaseNumber: 2, autoUpgrade: false });
  await world.install();
  assert.equal(readSlot(world.home, component, 'a')?.version, '2.6.0.0');
});

test('S9: a host that lost its slots installs what ran there before, and nothing older', async (t) => {
  const world = await published(t);
  await world.publish({ version: '2.6.0.0', releaseNumber: 2 });
  await world.install();
  const lose = (): void => rmSync(componentHome(world.home, component).folder, { recursive: true });
  lose();
  assert.deepEqual(await world.install(), [component]);
  lose();
  await world.publish({ version: '2.5.0.0', releaseNumber: 1 });
  await assert.rejects(world.install(), { name: 'InstallError', code: 'release-number-fell' });
  assert.equal(linkedSlot(world.home, component), undefined);
});

for (const [name, tell, code] of [
  [
    'are those of somebody else',
    (world: UpdateWorld) => Promise.resolve(world.repositories.image.files.clear()),
    'repository-unreachable',
  ],
  [
    'name nothing',
    async (world: UpdateWorld) => {
      for (const repository of Object.values(world.repositories)) {
        repository.targets = {};
        repository.serve();
      }
    },
    'not-offered',
  ],
  [
    'disagree',
    async (world: UpdateWorld) => {
      const { targets } = world.repositories.director;
      for (const path of Object.keys(targets)) targets[path] = { ...(targets[path] as object), length: 1 };
      world.repositories.director.serve();
    },
    'targets-disagree',
  ],
  ['give another tree', (world: UpdateWorld) => world.publish({ treeHash: 'a'.repeat(64) }), 'hash-mismatch'],
] as const) {
  test(`when the repositories ${name}, nothing is installed, and it may be tried again`, async (t) => {
    const world = await published(t);
    const { pins } = world;
    await tell(world);
    const install = world.install.bind(world);
    Object.defineProperty(world, 'pins', { value: pins });
    await assert.rejects(install(), { code });
    assert.equal(linkedSlot(world.home, component), undefined);
    assert.equal(readSlot(world.home, component, 'a'), undefined);
  });
}

test('S4: when the pins are those of another control plane, nothing is written', async (t) => {
  const world = await published(t);
  const pins = { ...world.pins, director: 'a'.repeat(64) };
  Object.defineProperty(world, 'pins', { value: pins });
  await assert.rejects(world.install(), { code: 'pin-mismatch' });
  assert.deepEqual(world.picture(), {});
});

const program = join(import.meta.dirname, '..', 'testing', 'install.ts');
const preload = join(import.meta.dirname, '..', 'testing', 'kill-at.ts');

/** Installs in a process that is killed before its n-th change of a file; true when it came to its end before that. */
async function installKilledAt({ home, url, pins }: UpdateWorld, change: number): Promise<boolean> {
  const child = spawn(process.execPath, ['--import', preload, program, home, url, pins.image, pins.director], {
    env: { KILL_AT: String(change) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code, signal] = await once(child, 'exit');
  assert.ok(code === 0 || signal === 'SIGKILL', `it ended with ${code}`);
  return code === 0;
}

/** A kill may leave the temporary file of the write that it cut short; nothing reads it. */
function withoutLitter(picture: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(picture).filter(([path]) => !/\.\d+\.tmp$/.test(path)));
}

test('an installation that is killed before any change of a file is finished by the next one', async (t) => {
  const world = await published(t);
  await world.install();
  const whole = world.picture();
  let kills = 0;
  // Every third change: the steps between are of the same file.
  for (let change = 1; ; change += 3) {
    rmSync(agentHome(world.home).folder, { recursive: true, force: true });
    const isWhole = await installKilledAt(world, change);
    if (!isWhole) {
      kills += 1;
      // What is linked is whole, wherever the kill came.
      const slot = linkedSlot(world.home, component);
      if (slot !== undefined) verifiedProgram(world.home, component, slot);
    }
    await world.install();
    assert.deepEqual(withoutLitter(world.picture()), whole, `after a kill before change ${change}`);
    if (isWhole) break;
  }
  assert.ok(kills > 20, `${kills} kills`);
});
