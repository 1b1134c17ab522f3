import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import { refreshRepository, trustInitialRoot } from '@springline/tuf/client/refresh';
import { HostileRepository } from '@springline/tuf/testing/hostile-repository';
import fc from 'fast-check';
import { agentHome } from '../home.ts';
import {
  beginTrust,
  metadataStore,
  noteAgreedPair,
  type RepositoryName,
  type RootPins,
  raiseReleaseNumberFloor,
  releaseNumberFloors,
  trustedPins,
} from './trust-store.ts';

const now = Date.parse('2026-11-22T14:00:00Z') as EpochMs;

function homeOf(t: TestContext): string {
  const home = mkdtempSync(join(tmpdir(), 'springline-trust-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

class Roots {
  readonly image = new HostileRepository(now);
  readonly director = new HostileRepository(now);
  readonly asked: RepositoryName[] = [];

  get pins(): RootPins {
    return { image: this.image.pin(), director: this.director.pin() };
  }

  readonly fetch = (repository: RepositoryName): Promise<Uint8Array> => {
    this.asked.push(repository);
    return Promise.resolve(this[repository].files.get('1.root.json')!);
  };
}

const filesUnder = (folder: string): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(folder, name)).isFile())
    : [];

test('S4: trust begins with the pinned roots of both repositories, and a second time asks nobody', async (t) => {
  const home = homeOf(t);
  const roots = new Roots();
  await beginTrust(home, roots.pins, roots.fetch);
  await beginTrust(home, roots.pins, roots.fetch);
  assert.deepEqual(roots.asked, ['image', 'director']);
  assert.deepEqual(trustedPins(home), roots.pins);
  for (const repository of ['image', 'director'] as const) {
    assert.deepEqual(
      metadataStore(home, repository).read('root.json'),
      Buffer.from(roots[repository].files.get('1.root.json')!),
    );
  }
});

for (const repository of ['image', 'director'] as const) {
  test(`S4: when a proxy swaps the first ${repository} root, nothing is written`, async (t) => {
    const home = homeOf(t);
    const roots = new Roots();
    const { pins } = roots;
    const strange = new HostileRepository(now).files.get('1.root.json')!;
    roots[repository].files.set('1.root.json', strange);
    await assert.rejects(beginTrust(home, pins, roots.fetch), { name: 'TrustError', code: 'pin-mismatch' });
    assert.deepEqual(filesUnder(home), []);
    assert.equal(trustedPins(home), undefined);
  });
}

test('S4: a host that trusts one control plane does not begin to trust another', async (t) => {
  const home = homeOf(t);
  const [first, second] = [new Roots(), new Roots()];
  await beginTrust(home, first.pins, first.fetch);
  const before = filesUnder(home).map((name) => readFileSync(join(home, name), 'utf8'));
  for (const pins of [second.pins, { ...first.pins, director: second.pins.director }]) {
    await assert.rejects(beginTrust(home, pins, second.fetch), { code: 'pin-mismatch' });
  }
  assert.deepEqual(
    filesUnder(home).map((name) => readFileSync(join(home, name), 'utf8')),
    before,
  );
});

test('a kill between the two roots is finished by the next beginning', async (t) => {
  const home = homeOf(t);
  const roots = new Roots();
  trustInitialRoot(metadataStore(home, 'image'), await roots.fetch('image'), roots.pins.image);
  assert.equal(trustedPins(home), undefined);
  await beginTrust(home, roots.pins, roots.fetch);
  assert.deepEqual(trustedPins(home), roots.pins);
  assert.notEqual(metadataStore(home, 'director').read('root.json'), undefined);
});

test('when a root cannot be had, nothing is written', async (t) => {
  const home = homeOf(t);
  const roots = new Roots();
  const fetch = (repository: RepositoryName): Promise<Uint8Array> =>
    repository === 'image' ? roots.fetch(repository) : Promise.reject(new Error('unreachable'));
  await assert.rejects(beginTrust(home, roots.pins, fetch), { message: 'unreachable' });
  assert.deepEqual(filesUnder(home), []);
});

test('S6: verified metadata lies in a file each, for its owner alone, and is found by the next process', async (t) => {
  const home = homeOf(t);
  const roots = new Roots();
  await beginTrust(home, roots.pins, roots.fetch);
  const { signal } = new AbortController();
  const store = metadataStore(home, 'image');
  const { root, timestamp } = await refreshRepository({ store, fetch: roots.image.fetch, now }, signal);
  assert.deepEqual([root.version, timestamp.version], [1, 1]);
  const folder = join(agentHome(home).trust, 'image');
  assert.deepEqual(readdirSync(folder).sort(), ['root.json', 'snapshot.json', 'targets.json', 'timestamp.json']);
  for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
  roots.image.files.set('timestamp.json', Buffer.from('{}'));
  await assert.rejects(
    refreshRepository({ store: metadataStore(home, 'image'), fetch: roots.image.fetch, now }, signal),
  );
  assert.deepEqual(metadataStore(home, 'image').read('timestamp.json'), store.read('timestamp.json'));
});

test('what is removed is gone, and may be removed again', (t) => {
  const home = homeOf(t);
  const store = metadataStore(home, 'image');
  store.remove('timestamp.json');
  store.write('timestamp.json', Buffer.from('x'));
  store.remove('timestamp.json');
  store.remove('timestamp.json');
  assert.equal(store.read('timestamp.json'), undefined);
});

test('S3: no order of releases lowers a release number that was kept', (t) => {
  const home = homeOf(t);
  const names = fc.constantFrom('connect-sync', 'agent-updater', '__proto__');
  let known = new Map<string, number>();
  fc.assert(
    fc.property(names, fc.nat(1_000), (component, releaseNumber) => {
      raiseReleaseNumberFloor(home, component, releaseNumber);
      const floors = new Map(releaseNumberFloors(home));
      assert.ok(component === '__proto__' || (floors.get(component) ?? 0) >= releaseNumber);
      for (const [name, floor] of known) assert.ok((floors.get(name) ?? 0) >= floor, name);
      known = floors;
    }),
    { numRuns: 60 },
  );
});

for (const text of ['', '{"connect-sync":', '\0\0\0']) {
  test(`release numbers that read ${JSON.stringify(text)} are damage, and not a beginning from zero`, (t) => {
    const home = homeOf(t);
    mkdirSync(agentHome(home).trust, { recursive: true });
    for (const name of ['releases.json', 'pins.json']) writeFileSync(join(agentHome(home).trust, name), text);
    assert.throws(() => releaseNumberFloors(home), { code: 'trust-store-damaged' });
    assert.throws(() => raiseReleaseNumberFloor(home, 'connect-sync', 1), { code: 'trust-store-damaged' });
    assert.throws(() => trustedPins(home), { code: 'trust-store-damaged' });
  });
}

test('the pair of timestamps behind a decision is noted in one file', (t) => {
  const home = homeOf(t);
  noteAgreedPair(home, { image: 3, director: 4 });
  noteAgreedPair(home, { image: 5, director: 6 });
  const noted = JSON.parse(readFileSync(join(agentHome(home).trust, 'agreed.json'), 'utf8'));
  assert.deepEqual(noted, { image: 5, director: 6 });
});
