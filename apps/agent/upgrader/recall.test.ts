/** Recalls as an agent meets them (S20, S2): real repositories over HTTP, real keys, what is kept on disk. */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { recallRole } from '@springline/auto-upgrade/release/recall-statement';
import { type EpochMs, systemClock } from '@springline/ports/clock';
import { type Draft, newSigner } from '@springline/tuf/testing/hostile-repository';
import { agentHome, componentHome } from '../home.ts';
import { component, UpdateWorld } from '../testing/update-world.ts';
import { installedBuilds } from '../updater/auto-upgrade/installed-builds.ts';
import { hostPlatform } from './first-install.ts';
import type { Look } from './job.ts';
import { lookAtRepositories } from './look.ts';
import { knownRecalls, repositoryNames } from './trust-store.ts';

const role = recallRole(component);
const dayMs = 24 * 60 * 60 * 1000;

async function look(world: UpdateWorld, now = systemClock.now()): Promise<Look> {
  const job = { home: world.home, url: world.url, platform: hostPlatform(), installed: installedBuilds(world.home) };
  return (await lookAtRepositories(job, 'upgrade', now as EpochMs, new AbortController().signal)).look;
}

function serve(world: UpdateWorld, lies = {}): void {
  for (const name of repositoryNames) world.repositories[name].serve(name === 'image' ? lies : {});
}

const signed = (edit: (signed: Draft) => void) => ({ delegated: { [role]: { edit } } });
const instant = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

for (const { name, tell, code } of [
  {
    name: 'is not served any more',
    tell: (world: UpdateWorld) => serve(world, { delegated: { [role]: { isHeldBack: true } } }),
    code: 'recall-missing',
  },
  {
    name: 'is delegated to no more',
    tell: (world: UpdateWorld) => {
      const { image } = world.repositories;
      const { version } = world.role(role);
      image.delegated.delete(role);
      // TUF 5.5.5: what was listed stays listed, or all is refused.
      const keep = (draft: Draft): void => {
        (draft['meta'] as Draft)[`${role}.json`] = { version };
      };
      serve(world, { edit: { snapshot: keep } });
    },
    code: 'recall-missing',
  },
  {
    name: 'lists nothing',
    tell: (world: UpdateWorld) => {
      world.role(role).targets = {};
      serve(world);
    },
    code: 'recall-missing',
  },
  {
    name: 'has expired',
    tell: (world: UpdateWorld) =>
      serve(
        world,
        signed((draft) => {
          draft['expires'] = instant(Date.now() - 1_000);
        }),
      ),
    code: 'recall-expired',
  },
  {
    name: 'gives itself a year, and was signed 31 days ago',
    tell: (world: UpdateWorld) =>
      serve(
        world,
        signed((draft) => {
          draft['x-springline-signed-at'] = instant(Date.now() - 31 * dayMs);
          draft['expires'] = instant(Date.now() + 334 * dayMs);
        }),
      ),
    code: 'recall-expired',
  },
  {
    name: 'does not say when it was signed',
    tell: (world: UpdateWorld) =>
      serve(
        world,
        signed((draft) => delete draft['x-springline-signed-at']),
      ),
    code: 'recall-expired',
  },
  {
    name: 'lacks a build that was recalled before',
    tell: async (world: UpdateWorld) => {
      world.recall({ sha256: 'c'.repeat(64) });
      serve(world);
      await look(world);
      world.recall();
      serve(world);
    },
    code: 'recall-shrunk',
  },
  {
    name: 'asks for less than before',
    tell: async (world: UpdateWorld) => {
      world.recall({ sha256: 'c'.repeat(64), stop: 'running' });
      serve(world);
      await look(world);
      world.recall({ sha256: 'c'.repeat(64), stop: 'new' });
      serve(world);
    },
    code: 'recall-shrunk',
  },
  {
    name: 'is signed by the key of its component',
    tell: (world: UpdateWorld) => {
      world.recall();
      serve(world, { delegated: { [role]: { signers: world.role(component).signers } } });
    },
    code: 'below-threshold',
  },
  {
    name: 'is signed by a stranger',
    tell: (world: UpdateWorld) => serve(world, { delegated: { [role]: { signers: [newSigner()] } } }),
    code: 'below-threshold',
  },
  {
    name: 'is no statement',
    tell: (world: UpdateWorld) => {
      const [[path, entry]] = Object.entries(world.role(role).targets) as [[string, object]];
      world.role(role).targets = { [path]: { ...entry, custom: { format: 'x' } } };
      serve(world);
    },
    code: 'malformed-recall',
  },
] satisfies { name: string; tell(world: UpdateWorld): unknown; code: string }[]) {
  test(`S20: when the statement of recalls ${name}, nothing is installed and what runs is untouched: ${code}`, async (t) => {
    const world = await UpdateWorld.installed(t);
    assert.equal((await look(world)).offers.length, 1);
    await tell(world);
    const { offers, refusals } = await look(world);
    assert.deepEqual([offers, refusals.map((refusal) => refusal.code)], [[], [code]]);
    assert.equal(installedBuilds(world.home)[0]?.version, '2.5.0.0');
  });
}

test('S20: an old snapshot with an old statement cannot be replayed', async (t) => {
  const world = await UpdateWorld.installed(t);
  const before = new Map(world.repositories.image.files);
  world.recall({ sha256: 'c'.repeat(64) });
  serve(world);
  await look(world);
  for (const [name, bytes] of before) world.repositories.image.files.set(name, bytes);
  await assert.rejects(look(world), { code: 'version-rollback' });
});

test('S2: with all keys of the Director and the mirror, a recalled build is not installed by an agent that reaches Image', async (t) => {
  const world = await UpdateWorld.installed(t);
  const release = await world.prepare();
  world.recall({ sha256: release.sha256, reason: 'it loses deletes' });
  serve(world);
  // The Director goes on naming it, in metadata as new as can be.
  for (let round = 0; round < 2; round++) {
    world.repositories.director.serve();
    const { staged, look: seen } = await world.upgrade();
    assert.equal(staged, undefined);
    assert.deepEqual(
      seen?.refusals.map(({ code, message }) => [code, /it loses deletes/.test(message)]),
      [['recalled', true]],
    );
  }
  // Nor when the mirror keeps the newest Image metadata back: the host knows.
  assert.ok(knownRecalls(world.home, component).has(release.sha256));
  world.answer = (path, response) => {
    if (!path.endsWith(`${role}.json`)) return false;
    response.writeHead(404).end();
    return true;
  };
  serve(world);
  assert.deepEqual(
    (await look(world)).refusals.map(({ code }) => code),
    ['recalled'],
  );
});

test('S9: what was recalled is in no slot: a component that is lost and installed anew refuses it still', async (t) => {
  const world = await UpdateWorld.installed(t);
  const release = await world.prepare({ version: '2.7.0.0', releaseNumber: 9 });
  world.recall({ sha256: release.sha256 });
  serve(world);
  await look(world);
  rmSync(componentHome(world.home, component).folder, { recursive: true });
  world.recall();
  serve(world);
  await assert.rejects(world.install(), { code: 'recalled' });
});

test('S20: a last look sees a recall that came after the download, and says so', async (t) => {
  const world = await UpdateWorld.installed(t);
  const release = await world.publish();
  assert.equal((await world.upgrade()).staged?.sha256, release.sha256);
  const expected = { component, sha256: release.sha256 };
  assert.equal((await world.upgrade({ kind: 'last-look', expected })).isConfirmed, true);
  world.recall({ sha256: release.sha256 });
  serve(world);
  const { isConfirmed, refusal } = await world.upgrade({ kind: 'last-look', expected });
  assert.deepEqual([isConfirmed, refusal?.code], [false, 'recalled']);
});

test('S20: a recalled build that runs is shown as exposed until a release with a higher number takes its place', async (t) => {
  const world = await UpdateWorld.installed(t);
  const [running] = installedBuilds(world.home);
  world.recall({ sha256: running!.sha256, version: '2.5.0.0', stop: 'running' });
  await world.publish({ version: '2.5.0.0', releaseNumber: 1 });
  const exposure = {
    component,
    version: '2.5.0.0',
    sha256: running?.sha256,
    reason: 'it loses deletes',
    stop: 'running',
  };
  assert.deepEqual((await look(world)).exposed, [exposure]);
  // The cure has a higher number; here it even has a lower version.
  const cure = await world.publish({ version: '2.4.0.0', releaseNumber: 2 });
  const { staged, look: seen } = await world.upgrade();
  assert.deepEqual([staged?.sha256, seen?.exposed], [cure.sha256, [exposure]]);
});

test('S9: what is known of recalls that cannot be read is damage, and not a beginning from nothing', async (t) => {
  const world = await UpdateWorld.installed(t);
  world.recall({ sha256: 'c'.repeat(64) });
  serve(world);
  await look(world);
  const file = join(agentHome(world.home).trust, 'recalls.json');
  for (const text of ['', '{"connect-sync":[]}', readFileSync(file, 'utf8').replace('new', 'old')]) {
    writeFileSync(file, text);
    await assert.rejects(look(world), { code: 'trust-store-damaged' });
  }
});

test('S3: the key of one component vouches for no build of another, whatever the Director says', async (t) => {
  const world = await UpdateWorld.installed(t);
  const release = await world.prepare();
  const { [release.path]: entry } = world.role(component).targets;
  delete world.role(component).targets[release.path];
  world.role('runtime').targets[release.path] = entry!;
  serve(world);
  assert.deepEqual(
    (await look(world)).refusals.map(({ code }) => code),
    ['not-in-image'],
  );
  // Nor do the top-level targets, which delegate and list nothing.
  world.repositories.image.targets = { [release.path]: entry! };
  serve(world);
  assert.deepEqual(
    (await look(world)).refusals.map(({ code }) => code),
    ['wrong-role'],
  );
});

test('the Director delegates nothing: what it delegates is not asked for', async (t) => {
  const world = await UpdateWorld.installed(t);
  world.repositories.director.delegate('connect-sync', ['connect-sync/*/*']);
  serve(world);
  world.requests.length = 0;
  assert.equal((await look(world)).offers.length, 1);
  assert.equal(
    world.requests.some(({ path }) => /^director\/metadata\/\d+\.connect-sync/.test(path)),
    false,
  );
});
