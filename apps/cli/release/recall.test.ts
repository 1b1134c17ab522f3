/** Recalls and delegated roles of a home, as an agent sees them: real files, real keys, the whole client. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { after, before, type TestContext, test } from 'node:test';
import { recallsOf } from '@springline/auto-upgrade/upgrader/recall';
import { FakeClock, systemClock } from '@springline/ports/clock';
import { systemRandom } from '@springline/ports/random';
import type { TrustedRepository } from '@springline/tuf/client/refresh';
import { findTarget } from '@springline/tuf/find-target';
import type { TargetFile } from '@springline/tuf/metadata/targets';
import { publish, readPublished } from '@springline/tuf/repository/publish';
import { imageTargets, recallsIn } from './delegations.ts';
import { initKeys } from './init.ts';
import { KeyRing } from './key-ring.ts';
import { showKeys } from './keys.ts';
import { listReleases } from './list.ts';
import { asOnlyWriter } from './lock.ts';
import { ensurePublished, openTurn, publishRelease } from './publish.ts';
import { planRecall, recallRelease } from './recall.ts';
import { keysHome, treeFolder } from './roles.ts';
import { readRepositories, signRepositories } from './sign.ts';
import { type ReleaseHome, releaseHome, TreeClient, writeBundle } from './testing/release-home.ts';
import { readMetadata } from './tree.ts';

const component = 'connect-sync';
const reason = 'it loses renames';

/** Made once: keys, and two releases of Connect Sync. */
const original = releaseHome({ after: (cleanUp) => after(cleanUp) });
before(async () => {
  await initKeys(original.home, 'development');
  await ensurePublished(original.home, original);
  writeBundle(original.bundles, component, 'two');
  await ensurePublished(original.home, original);
});

function publishedHome(t: TestContext): ReleaseHome & { readonly versions: readonly [string, string] } {
  const made = releaseHome(t);
  cpSync(original.home, made.home, { recursive: true });
  writeBundle(made.bundles, component, 'two');
  const [second, first] = listReleases(made.home).filter((release) => release.component === component);
  return { ...made, versions: [first!.version, second!.version] };
}

function namedBy(director: TrustedRepository): readonly string[] {
  return [...director.targets.targets.keys()].filter((path) => path.startsWith(component));
}

test('S3: each component has a role of its own, and the top-level targets list nothing', async (t) => {
  const { home, versions } = publishedHome(t);
  const image = await new TreeClient(home).refresh('image');
  assert.equal(image.targets.targets.size, 0);
  assert.deepEqual(
    image.targets.delegations?.roles.map(({ name }) => name),
    ['connect-sync', 'agent-updater', 'runtime', 'recall-connect-sync', 'recall-agent-updater'],
  );
  assert.equal(new Set(image.targets.delegations?.roles.flatMap(({ keyIds }) => [...keyIds])).size, 5);
  for (const path of imageTargets(image).keys()) {
    assert.equal(findTarget(image, path)?.role, path.slice(0, path.indexOf('/')));
  }
  assert.ok(versions[0] < versions[1]);
  const shown = showKeys(home).repositories.find(({ repository }) => repository === 'image');
  assert.equal(shown?.roles.length, 9);
  for (const { expires } of shown?.roles ?? []) assert.ok(expires !== undefined);
});

test('S20: a recalled release is named by digest with its reason, and the one before it is current again', async (t) => {
  const { home, versions } = publishedHome(t);
  const client = new TreeClient(home);
  await client.refresh('image');
  const request = { component, version: versions[1], reason, stop: 'running' } as const;
  const plan = planRecall(home, request);
  assert.equal(
    listReleases(home).some(({ recalled }) => recalled !== undefined),
    false,
    'a plan writes nothing',
  );
  const done = await recallRelease(home, request);
  assert.deepEqual(done, plan);
  assert.deepEqual(done.currentAfter, [{ platform: 'linux-x64', version: versions[0] }]);
  const image = await client.refresh('image');
  const { builds, refusal } = recallsOf(image, component, new Map(), systemClock.now());
  assert.equal(refusal, undefined);
  assert.deepEqual(
    [...builds.values()].map(({ sha256, version, stop, reason: why }) => [sha256, version, stop, why]),
    [[done.builds[0]?.sha256, versions[1], 'running', reason]],
  );
  assert.ok(namedBy(await client.refresh('director')).every((path) => path.includes(versions[0])));
  const [newest, first] = listReleases(home).filter((release) => release.component === component);
  assert.deepEqual([newest?.isCurrent, newest?.recalled], [false, { stop: 'running', reason }]);
  assert.equal(first?.isCurrent, true);
});

test('S20: a start does not publish the recalled build again; the cure is a release with a higher number', async (t) => {
  const { home, bundles, runtime, versions } = publishedHome(t);
  await recallRelease(home, { component, version: versions[1], reason, stop: 'new' });
  assert.deepEqual(await ensurePublished(home, { bundles, runtime }), []);
  writeBundle(bundles, component, 'the cure');
  const [cure] = await ensurePublished(home, { bundles, runtime });
  assert.equal(cure?.releaseNumber, 3);
  const client = new TreeClient(home);
  await client.refresh('image');
  assert.ok(namedBy(await client.refresh('director')).every((path) => path.includes(cure!.version)));
});

test('S20: a recall only grows: again and weaker changes nothing, stronger does', async (t) => {
  const { home, versions } = publishedHome(t);
  const stops = () => [...recallsIn(readRepositories(home).image).values()].flat().map(({ stop }) => stop);
  const request = { component, version: versions[1], reason, stop: 'running' } as const;
  await recallRelease(home, request);
  assert.equal((await recallRelease(home, { ...request, stop: 'new' })).isRecalledAlready, true);
  assert.deepEqual(stops(), ['running']);
  assert.equal((await recallRelease(home, { ...request, version: versions[0] })).isRecalledAlready, false);
  assert.deepEqual(stops(), ['running', 'running']);
  assert.deepEqual(planRecall(home, request).currentAfter, [], 'nothing is left to name');
});

for (const { name, lose } of [
  { name: 'lost', lose: (home: string) => rmSync(treeFolder(home), { recursive: true }) },
  {
    name: 'put back from before the recall',
    lose: (home: string) => {
      rmSync(treeFolder(home), { recursive: true });
      cpSync(`${home}.copy`, treeFolder(home), { recursive: true });
    },
  },
]) {
  test(`S8, S20: when the tree is ${name}, what was recalled stays so, and agents go on`, async (t) => {
    const { home, bundles, runtime, versions } = publishedHome(t);
    cpSync(treeFolder(home), `${home}.copy`, { recursive: true });
    const { builds } = await recallRelease(home, { component, version: versions[1], reason, stop: 'new' });
    const client = new TreeClient(home);
    const known = recallsOf(await client.refresh('image'), component, new Map(), systemClock.now()).builds;
    lose(home);
    await ensurePublished(home, { bundles, runtime });
    await asOnlyWriter(home, (lock) => signRepositories(openTurn(lock)));
    const image = await client.refresh('image');
    assert.deepEqual([...image.refused], []);
    const after = recallsOf(image, component, known, systemClock.now());
    assert.equal(after.refusal, undefined);
    assert.ok(after.builds.has(builds[0]!.sha256));
    await client.refresh('director');
  });
}

test('a repository from before there were roles is divided by the next pass, with keys made for them', async (t) => {
  const { home, bundles, runtime, versions } = publishedHome(t);
  const [pin, targets] = await beforeThereWereRoles(home);
  const client = new TreeClient(home);
  const early = await client.refresh('image');
  assert.deepEqual([early.targets.targets.size, early.delegated.size], [targets.size, 0]);
  assert.deepEqual(listReleases(home).length, 3);
  assert.deepEqual(await ensurePublished(home, { bundles, runtime }), [], 'nothing is published anew');
  const { image: signedFiles } = await asOnlyWriter(home, (lock) => signRepositories(openTurn(lock)));
  assert.ok(signedFiles.some((name) => name.endsWith('.recall-connect-sync.json')));
  for (const each of [client, new TreeClient(home)]) {
    const image = await each.refresh('image');
    assert.deepEqual([image.targets.targets.size, image.refused.size], [0, 0]);
    assert.deepEqual(new Set(imageTargets(image).keys()), new Set(targets.keys()));
    for (const path of namedBy(await each.refresh('director'))) assert.equal(findTarget(image, path)?.role, component);
  }
  assert.deepEqual(readFileSync(keysHome(home).root('image')), pin, 'agents keep their pins');
  assert.ok(existsSync(keysHome(home).key('image', 'recall-connect-sync')));
  assert.ok(listReleases(home).some(({ version }) => version === versions[1]));
  const { image } = await asOnlyWriter(home, (lock) => signRepositories(openTurn(lock)));
  assert.deepEqual(image, [], 'once');
});

/** Makes the Image repository what it was before: all in the top-level targets, no key of a role. Gives pin and targets. */
async function beforeThereWereRoles(home: string): Promise<[Uint8Array, ReadonlyMap<string, TargetFile>]> {
  const ring = new KeyRing(home);
  const folder = treeFolder(home);
  const targets = imageTargets(readRepositories(home).image);
  await asOnlyWriter(home, async (lock) => {
    const turn = openTurn(lock, ring);
    const { image, director } = readRepositories(home);
    const now = systemClock.now();
    const end = (days: number) => (now + days * 86_400_000) as typeof now;
    const times = { now, expires: { targets: end(90), snapshot: end(7), timestamp: end(7) } };
    const signers = await ring.signers('image', ['targets', 'snapshot', 'timestamp']);
    const none = { ...image, targets: { ...image.targets!, delegations: undefined }, delegated: new Map() };
    // A snapshot that never listed the roles: this client has not seen them.
    none.snapshot = { ...image.snapshot!, meta: new Map() };
    const { delegations: _, ...bare } = none.targets;
    const files = publish({ ...none, targets: bare }, { targets }, signers, times);
    turn.tree.commit({ image: files, director: [] });
    assert.ok(director.targets !== undefined);
  });
  for (const { name } of readPublished((name) => readMetadata(folder, 'image', name)).targets?.delegations?.roles ??
    []) {
    assert.fail(`${name} is still delegated to`);
  }
  for (const role of ['connect-sync', 'agent-updater', 'runtime', 'recall-connect-sync', 'recall-agent-updater']) {
    rmSync(keysHome(home).key('image', role));
  }
  return [readFileSync(keysHome(home).root('image')), targets];
}

test('a component that is published for the first time gets its roles and their keys then', async (t) => {
  const { home, bundles, runtime } = publishedHome(t);
  const client = new TreeClient(home);
  await client.refresh('image');
  writeBundle(bundles, 'cloud-sync', 'one');
  const [release] = await publishRelease(home, { bundles, runtime, level: 3, components: ['cloud-sync'] });
  const image = await client.refresh('image');
  assert.equal(findTarget(image, release!.path)?.role, 'cloud-sync');
  assert.equal(recallsOf(image, 'cloud-sync', new Map(), systemClock.now()).refusal, undefined);
});

test('S20: recalls that are signed on schedule are never too old to count', async (t) => {
  const { home } = releaseHome(t);
  const clock = new FakeClock(systemClock.now());
  const ring = new KeyRing(home);
  await initKeys(home, 'development', { clock, random: systemRandom });
  const sign = () => asOnlyWriter(home, (lock) => signRepositories(openTurn(lock, ring, clock)));
  const client = new TreeClient(home);
  for (let day = 0; day < 40; day++) {
    clock.advance(86_400_000);
    await sign();
    const image = await client.refresh('image', clock.now());
    assert.equal(recallsOf(image, component, new Map(), clock.now()).refusal, undefined, `day ${day}`);
  }
});

test('a version that was never published and a reason without words are refused, and the first says what there is', (t) => {
  const { home, versions } = publishedHome(t);
  const request = { component, version: versions[0], reason, stop: 'new' } as const;
  assert.throws(() => planRecall(home, { ...request, version: '9.9' }), {
    code: 'release-version-unknown',
    message: new RegExp(versions[1].replaceAll('.', '\\.')),
  });
  assert.throws(() => planRecall(home, { ...request, version: '../x' }), { code: 'release-version-unknown' });
  assert.throws(() => planRecall(home, { ...request, component: '__proto__' }), { code: 'release-version-unknown' });
  for (const words of ['', ' ', 'x'.repeat(501)]) {
    assert.throws(() => planRecall(home, { ...request, reason: words }), { code: 'recall-reason-malformed' });
  }
});
