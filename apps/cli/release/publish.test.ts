import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { version as sourceVersion } from '@springline/agent/version';
import { applyPatch } from '@springline/auto-upgrade/delta/apply-patch';
import { unpackTar } from '@springline/auto-upgrade/release/canonical-tar';
import { type ComponentFacts, parseReleaseFacts, type Transport } from '@springline/auto-upgrade/release/release-facts';
import { decompressFull } from '@springline/auto-upgrade/release/transport';
import { type TreeFile, treeHash } from '@springline/auto-upgrade/release/tree-hash';
import { FakeClock, systemClock } from '@springline/ports/clock';
import { systemRandom } from '@springline/ports/random';
import { agreedTarget } from '@springline/tuf/agreement';
import { canonicalBytes } from '@springline/tuf/canonical-json';
import type { TrustedRepository } from '@springline/tuf/client/refresh';
import type { TargetFile } from '@springline/tuf/metadata/targets';
import { stateSchemas } from './bundles.ts';
import { imageTargets } from './delegations.ts';
import { PublishError, type PublishErrorCode } from './error.ts';
import { initKeys } from './init.ts';
import { KeyRing } from './key-ring.ts';
import { keyFiles } from './keys.ts';
import { listReleases } from './list.ts';
import { asOnlyWriter } from './lock.ts';
import { ensurePublished, openTurn, planPublish, publishRelease } from './publish.ts';
import { keysHome, treeFolder } from './roles.ts';
import { signRepositories } from './sign.ts';
import { filesBelow, type ReleaseHome, releaseHome, TreeClient, writeBundle } from './testing/release-home.ts';

const limitBytes = 10_000_000;

async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function transportBytes(home: string, { path, length, sha256 }: Transport): Buffer {
  const bytes = readFileSync(join(treeFolder(home), 'image', 'targets', path));
  assert.deepEqual([bytes.length, digest(bytes)], [length, sha256]);
  return bytes;
}

/** The archive of a target as an agent without the release before gets it. */
async function archiveOf(home: string, target: TargetFile): Promise<Buffer> {
  const full = parseReleaseFacts(target.path, target.custom).transports.find(({ kind }) => kind === 'full')!;
  const archive = await bytesOf(decompressFull(once(transportBytes(home, full)), limitBytes));
  assert.deepEqual([archive.length, digest(archive)], [target.length, target.hashes.get('sha256')]);
  return archive;
}

async function unpacked(archive: Uint8Array): Promise<ReadonlyMap<string, { bytes: Buffer; executable: boolean }>> {
  const files = new Map<string, { bytes: Buffer; executable: boolean }>();
  const sink = {
    open: async (path: string, executable: boolean) => {
      const chunks: Uint8Array[] = [];
      return {
        write: async (chunk: Uint8Array) => void chunks.push(Buffer.from(chunk)),
        close: async () => void files.set(path, { bytes: Buffer.concat(chunks), executable }),
      };
    },
  };
  await unpackTar(once(archive), sink, { maxEntries: 100, maxBytes: limitBytes });
  return files;
}

/** Made once: the keys take a second. */
const original = releaseHome({ after: (cleanUp) => after(cleanUp) });
before(async () => {
  await initKeys(original.home, 'development');
  await ensurePublished(original.home, original);
});

/** A home with keys and one release of everything. */
function publishedHome(t: TestContext): ReleaseHome {
  const made = releaseHome(t);
  cpSync(original.home, made.home, { recursive: true });
  return made;
}

function component(
  image: TrustedRepository,
  name: string,
  version: string,
): { target: TargetFile; facts: ComponentFacts } {
  for (const target of imageTargets(image).values()) {
    const facts = parseReleaseFacts(target.path, target.custom);
    if (facts.kind === 'component' && facts.component === name && facts.version === version) return { target, facts };
  }
  throw new Error(`${name} ${version} is not in Image`);
}

function refusedAs(code: PublishErrorCode) {
  return (error: unknown): boolean => error instanceof PublishError && error.code === code;
}

test('an agent that pins the roots accepts both repositories, and they agree on what to run', async (t) => {
  const { home } = publishedHome(t);
  const client = new TreeClient(home);
  const [image, director] = [await client.refresh('image'), await client.refresh('director')];
  const wanted = [...director.targets.targets.keys()].sort();
  assert.deepEqual(wanted, [
    `agent-updater/${sourceVersion}/agent-updater-${sourceVersion}-linux-x64.tar`,
    `connect-sync/${sourceVersion}/connect-sync-${sourceVersion}-linux-x64.tar`,
    'runtime/node-24.21.0/node-24.21.0-linux-x64.tar',
  ]);
  for (const path of wanted) {
    assert.equal(director.targets.targets.get(path)?.custom, undefined, 'S3: facts are in Image alone');
    await archiveOf(home, agreedTarget(imageTargets(image).get(path), director.targets.targets.get(path), path));
  }
  assert.deepEqual(director.timestamp.extra.get('x-springline-image'), { root: 1, timestamp: image.timestamp.version });
  assert.equal(director.timestamp.extra.get('x-springline-root'), 1);
  for (const { root } of [image, director]) assert.equal(root.extra.get('x-springline-profile'), 'development');
});

test('a component\u2019s archive holds its bundle and says which release it is; the runtime\u2019s holds Node', async (t) => {
  const { home, bundles, runtime } = publishedHome(t);
  const image = await new TreeClient(home).refresh('image');
  const { target, facts } = component(image, 'connect-sync', sourceVersion);
  const files = await unpacked(await archiveOf(home, target));
  assert.deepEqual([...files.keys()], ['connect-sync.mjs', 'release.json']);
  assert.deepEqual(files.get('connect-sync.mjs')?.bytes, readFileSync(join(bundles, 'connect-sync.mjs')));
  assert.deepEqual(JSON.parse(files.get('release.json')!.bytes.toString()), {
    ...{
      component: 'connect-sync',
      version: sourceVersion,
      releaseNumber: 1,
      stateSchema: stateSchemas['connect-sync'],
    },
  });
  const listed = [...files].map(
    ([path, { bytes, executable }]): TreeFile => ({ path, executable, size: bytes.length, sha256: digest(bytes) }),
  );
  assert.equal(facts.treeHash, treeHash(listed));
  const node = await unpacked(await archiveOf(home, imageTargets(image).get(facts.runtime)!));
  assert.deepEqual(node.get('node'), { bytes: readFileSync(runtime.file), executable: true });
});

test('the next release raises the fourth field and the number, and a patch leads to it from the one before', async (t) => {
  const { home, bundles, runtime } = publishedHome(t);
  writeBundle(bundles, 'connect-sync', 'two');
  const request = { bundles, runtime, level: 3, components: ['connect-sync'], notes: 'Two.' };
  const [planned] = planPublish(home, request);
  const [release] = await publishRelease(home, request);
  const raised = sourceVersion.replace(/\d+$/, (field) => String(Number(field) + 1));
  assert.deepEqual([release?.version, release?.releaseNumber, release?.previousVersion], [raised, 2, sourceVersion]);
  assert.deepEqual(planned, {
    ...planned,
    ...(({ sha256: _, sizeBytes: _1, fullBytes: _2, patchBytes: _3, ...plan }) => plan)(release!),
  });
  const client = new TreeClient(home);
  const [image, director] = [await client.refresh('image'), await client.refresh('director')];
  const { target, facts } = component(image, 'connect-sync', raised);
  assert.equal(facts.notes, 'Two.');
  const before = component(image, 'connect-sync', sourceVersion);
  assert.deepEqual(
    [...director.targets.targets.keys()].filter((path) => path.startsWith('connect-sync/')),
    [target.path],
  );
  const patch = facts.transports.find(({ kind }) => kind === 'patch')!;
  const [old, next] = [await archiveOf(home, before.target), await archiveOf(home, target)];
  assert.equal(patch.sourceSha256, digest(old));
  assert.ok(patch.length < 1_000, `${patch.length} bytes`);
  const readOld = (offset: number, length: number): Uint8Array => old.subarray(offset, offset + length);
  const patched = await bytesOf(
    applyPatch(readOld, old.length, transportBytes(home, patch), { maxOutputBytes: limitBytes }),
  );
  assert.ok(patched.equals(next));
});

test('a start with the same bundles publishes nothing; with others just what changed', async (t) => {
  const { home, bundles, runtime } = publishedHome(t);
  const tree = join(treeFolder(home), 'image', 'metadata', 'timestamp.json');
  const before = readFileSync(tree);
  assert.deepEqual(await ensurePublished(home, { bundles, runtime }), []);
  assert.deepEqual(readFileSync(tree), before);
  writeBundle(bundles, 'agent-updater', 'two');
  const published = await ensurePublished(home, { bundles, runtime });
  assert.deepEqual(
    published.map(({ component: name, releaseNumber }) => [name, releaseNumber]),
    [['agent-updater', 2]],
  );
  writeFileSync(runtime.file, 'another runtime of a few bytes');
  const all = await ensurePublished(home, { bundles, runtime: { ...runtime, version: '24.22.0' } });
  assert.deepEqual(
    all.map(({ component: name }) => name),
    ['agent-updater', 'connect-sync'],
  );
});

test('a start replaces a release that was broken on purpose', async (t) => {
  const { home, bundles, runtime } = publishedHome(t);
  const broken = await publishRelease(home, {
    bundles,
    runtime,
    level: 3,
    components: ['connect-sync'],
    breakage: 'crash',
  });
  assert.equal(
    listReleases(home).find(({ isCurrent, component: name }) => isCurrent && name === 'connect-sync')
      ?.deliberatelyBroken,
    'crash',
  );
  const [cure] = await ensurePublished(home, { bundles, runtime });
  assert.equal(cure?.releaseNumber, broken[0]!.releaseNumber + 1);
});

test('S8: after an old copy of the tree is put back, no version and no release number is given out again', async (t) => {
  const { home, bundles, runtime } = publishedHome(t);
  const copy = `${home}.copy`;
  cpSync(treeFolder(home), copy, { recursive: true });
  const request = { bundles, runtime, level: 3, components: ['connect-sync'] };
  await publishRelease(home, request);
  await publishRelease(home, request);
  const client = new TreeClient(home);
  const [image, director] = [await client.refresh('image'), await client.refresh('director')];
  rmSync(treeFolder(home), { recursive: true });
  cpSync(copy, treeFolder(home), { recursive: true });
  const [release] = await publishRelease(home, request);
  assert.equal(release?.releaseNumber, 4);
  assert.equal(release?.version.split('.').at(-1), String(Number(sourceVersion.split('.').at(-1)) + 3));
  // The client that saw the newest would refuse anything that fell.
  assert.ok((await client.refresh('image')).timestamp.version > image.timestamp.version);
  assert.ok((await client.refresh('director')).timestamp.version > director.timestamp.version);
});

test('a tree that is lost as a whole is made again under the same roots', async (t) => {
  const { home, bundles, runtime } = publishedHome(t);
  const client = new TreeClient(home);
  await client.refresh('image');
  await client.refresh('director');
  rmSync(treeFolder(home), { recursive: true });
  const published = await ensurePublished(home, { bundles, runtime });
  assert.deepEqual(
    published.map(({ releaseNumber }) => releaseNumber),
    [2, 2],
  );
  await client.refresh('image');
  await client.refresh('director');
});

test('S8: the Director\u2019s versions are minutes of the clock, and rise within one minute too', async (t) => {
  const { home } = releaseHome(t);
  const clock = new FakeClock(systemClock.now());
  await initKeys(home, 'development', { clock, random: systemRandom });
  const client = new TreeClient(home);
  const minutes = Math.floor(clock.now() / 60_000);
  const ring = new KeyRing(home);
  const sign = (): Promise<unknown> => asOnlyWriter(home, (lock) => signRepositories(openTurn(lock, ring, clock)));
  assert.equal((await client.refresh('director', clock.now())).timestamp.version, minutes);
  clock.advance(10 * 60_000);
  await sign();
  assert.equal((await client.refresh('director', clock.now())).timestamp.version, minutes + 10);
  // Set back by an hour: signed again, and above what was signed.
  clock.advance(-60 * 60_000);
  await sign();
  assert.equal((await client.refresh('director', clock.now())).timestamp.version, minutes + 11);
});

test('metadata that is signed on schedule never expires for an agent in 100 days', async (t) => {
  const { home } = releaseHome(t);
  const clock = new FakeClock(systemClock.now());
  await initKeys(home, 'development', { clock, random: systemRandom });
  const client = new TreeClient(home);
  const ring = new KeyRing(home);
  const dayMs = 24 * 60 * 60_000;
  for (let day = 0; day < 100; day++) {
    clock.advance(dayMs);
    const { image, director } = await asOnlyWriter(home, (lock) => signRepositories(openTurn(lock, ring, clock)));
    assert.ok(image.includes('timestamp.json') && director.includes('timestamp.json'));
    await client.refresh('image', clock.now());
    await client.refresh('director', clock.now());
  }
});

test('old metadata and transports go, roots and the last 5 releases stay', async (t) => {
  const { home, bundles, runtime } = publishedHome(t);
  for (let round = 0; round < 7; round++) {
    writeBundle(bundles, 'connect-sync', `round ${round}`);
    await ensurePublished(home, { bundles, runtime });
  }
  const files = filesBelow(treeFolder(home)).map((path) => path.slice(treeFolder(home).length + 1));
  const count = (pattern: RegExp): number => files.filter((path) => pattern.test(path)).length;
  assert.equal(count(/^image\/targets\/connect-sync\/.*\.zst$/), 5);
  assert.equal(count(/^image\/targets\/connect-sync\/.*\.patch$/), 5);
  assert.equal(count(/^image\/targets\/agent-updater\//), 1);
  assert.equal(count(/^image\/targets\/runtime\//), 1);
  for (const repository of ['image', 'director']) {
    assert.equal(count(new RegExp(`^${repository}/metadata/\\d+\\.snapshot\\.json$`)), 3);
    assert.equal(count(new RegExp(`^${repository}/metadata/1\\.root\\.json$`)), 1);
  }
  assert.equal(count(/^image\/metadata\/\d+\.connect-sync\.json$/), 3);
  assert.equal(count(/^director\/metadata\/\d+\.targets\.json$/), 3);
  assert.equal(listReleases(home).filter(({ component: name }) => name === 'connect-sync').length, 8);
});

test('S2: the tree that the control plane serves holds no private key and no passphrase', async (t) => {
  const { home } = publishedHome(t);
  const passphrase = readFileSync(keysHome(home).passphrase, 'utf8').trim();
  const ring = new KeyRing(home);
  const secrets = [
    passphrase,
    ...keyFiles(keysHome(home))
      .slice(1)
      .map((path) => JSON.parse(readFileSync(path, 'utf8')).seal.ciphertext),
  ];
  await ring.signer('image', 'root');
  for (const path of filesBelow(join(home, 'control-plane'))) {
    const text = readFileSync(path, 'latin1');
    for (const secret of secrets) assert.equal(text.includes(secret), false, path);
    assert.equal(/PRIVATE KEY|ciphertext/.test(text), false, path);
  }
  for (const path of keyFiles(keysHome(home))) assert.equal(statSync(path).mode & 0o077, 0, basename(path));
});

test('a broken release is refused where the root is not of the development profile', async (t) => {
  const { home, bundles, runtime } = publishedHome(t);
  const path = join(treeFolder(home), 'image', 'metadata', '1.root.json');
  const root = JSON.parse(readFileSync(path, 'utf8'));
  assert.equal(root.signed['x-springline-profile'], 'development');
  // Signed anew without the mark, by the same key.
  delete root.signed['x-springline-profile'];
  const signer = await new KeyRing(home).signer('image', 'root');
  root.signatures = [
    { keyid: signer.keyId, sig: Buffer.from(signer.sign(canonicalBytes(root.signed))).toString('hex') },
  ];
  for (const file of [path, keysHome(home).root('image')]) writeFileSync(file, JSON.stringify(root));
  const request = { bundles, runtime, level: 3, breakage: 'crash' } as const;
  assert.throws(() => planPublish(home, request), refusedAs('release-break-refused'));
  await assert.rejects(publishRelease(home, request), refusedAs('release-break-refused'));
  assert.equal(listReleases(home).length, 2);
});

test('a file that belongs to no component, a component that is not built and notes without end are refused', async (t) => {
  const { home, bundles, runtime } = publishedHome(t);
  const request = { bundles, runtime, level: 3 };
  assert.throws(
    () => planPublish(home, { ...request, components: ['cloud-sync'] }),
    refusedAs('release-component-unknown'),
  );
  assert.throws(() => planPublish(home, { ...request, notes: 'a'.repeat(4_001) }), refusedAs('release-notes-too-long'));
  writeFileSync(join(bundles, 'stray.mjs'), '');
  assert.throws(() => planPublish(home, request), refusedAs('release-source-unusable'));
  assert.throws(
    () => planPublish(home, { ...request, bundles: `${bundles}-not-there` }),
    refusedAs('release-source-unusable'),
  );
});

test('the runtime is packed once: a file of the same path, size and time is not read again', async (t) => {
  const { home, bundles, runtime } = publishedHome(t);
  const { size } = statSync(runtime.file);
  utimesSync(runtime.file, 1_000, 1_000);
  await ensurePublished(home, { bundles, runtime });
  writeFileSync(runtime.file, 'x'.repeat(size));
  utimesSync(runtime.file, 1_000, 1_000);
  assert.deepEqual(await ensurePublished(home, { bundles, runtime }), []);
  writeFileSync(runtime.file, 'x'.repeat(size + 1));
  assert.equal((await ensurePublished(home, { bundles, runtime })).length, 2);
});

test('a damaged tree is published into no further, and moving it away is the cure', async (t) => {
  const { home, bundles, runtime } = publishedHome(t);
  const snapshot = filesBelow(treeFolder(home)).find((path) => /image\/metadata\/\d+\.snapshot\.json$/.test(path))!;
  for (const path of filesBelow(treeFolder(home)).filter((each) => /image.*snapshot\.json$/.test(each))) {
    writeFileSync(path, readFileSync(snapshot, 'utf8').replace('"version"', '"versoin"'));
  }
  const request = { bundles, runtime, level: 3 };
  await assert.rejects(publishRelease(home, request), refusedAs('release-tree-damaged'));
  rmSync(treeFolder(home), { recursive: true });
  assert.equal((await publishRelease(home, request)).length, 2);
});
