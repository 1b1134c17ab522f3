import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import { TrustError, type TrustErrorCode } from '../error.ts';
import { day, dayMs, enrolled, flip, now, refresh, refused, set } from '../testing/client.ts';
import { HostileRepository, MemoryStore, newSigner, targetEntry } from '../testing/hostile-repository.ts';
import { loadTrusted, refreshRepository, trustInitialRoot } from './refresh.ts';

test('5.1 to 5.6: a first refresh takes each role once and stores it at its step', async () => {
  const repository = new HostileRepository(now);
  const store = enrolled(repository);
  const { targets } = await refresh(repository, store);
  assert.deepEqual([...targets.targets.keys()], ['app/1.0/app.tar']);
  assert.deepEqual(repository.requests, ['2.root.json', 'timestamp.json', '1.snapshot.json', '1.targets.json']);
  assert.deepEqual(store.changes, ['write timestamp.json', 'write snapshot.json', 'write targets.json']);
});

test('5.4.3.1: an unchanged repository costs two requests and writes nothing', async () => {
  const repository = new HostileRepository(now);
  const store = enrolled(repository);
  await refresh(repository, store);
  repository.requests.length = 0;
  store.changes.length = 0;
  assert.equal((await refresh(repository, store)).targets.targets.size, 1);
  assert.deepEqual(repository.requests, ['2.root.json', 'timestamp.json']);
  assert.deepEqual(store.changes, []);
});

test('files that a publisher indented are verified in their canonical form', async () => {
  const repository = new HostileRepository(now);
  repository.indented = true;
  repository.serve();
  repository.serveRoot();
  const store = enrolled(repository);
  assert.equal((await refresh(repository, store)).root.version, 2);
});

test('5.5.1: without consistent snapshots the names carry no versions', async () => {
  const repository = new HostileRepository(now);
  repository.serveRoot({ edit: (signed) => delete signed['consistent_snapshot'] });
  for (const role of ['snapshot', 'targets'] as const) repository.files.set(`${role}.json`, repository.file(role));
  await refresh(repository, enrolled(repository));
  assert.deepEqual(repository.requests.slice(-2), ['snapshot.json', 'targets.json']);
});

test('after an attack with lies above good keys, the next honest version is taken', async () => {
  const repository = new HostileRepository(now);
  const store = enrolled(repository);
  repository.serve({ signers: { targets: [newSigner()] } });
  await refused(refresh(repository, store), 'below-threshold');
  repository.serve();
  assert.equal((await refresh(repository, store)).targets.version, 3);
});

test('one public key under two key ids counts once towards a threshold', async () => {
  const repository = new HostileRepository(now);
  const [signer] = repository.signers.timestamp;
  assert.ok(signer !== undefined);
  repository.serveRoot({
    edit: (signed) => {
      const keys = signed['keys'] as Record<string, unknown>;
      keys['another name'] = keys[signer.keyId];
      (signed['roles'] as Record<string, unknown>)['timestamp'] = {
        keyids: [signer.keyId, 'another name'],
        threshold: 2,
      };
    },
  });
  const store = enrolled(repository);
  repository.serve({ signers: { timestamp: [signer, { ...signer, keyId: 'another name' }] } });
  await refused(refresh(repository, store), 'below-threshold');
});

test('a key id may be any text, also one that JavaScript gives a meaning', async () => {
  for (const keyId of ['__proto__', 'constructor', '1', 'key/../id', 'Schlüssel']) {
    const repository = new HostileRepository(now);
    const [signer] = repository.signers.timestamp;
    assert.ok(signer !== undefined);
    const renamed = { ...signer, keyId };
    repository.signers.timestamp = [renamed];
    repository.serveRoot();
    repository.serve();
    assert.equal((await refresh(repository, enrolled(repository))).timestamp.version, 2, keyId);
  }
});

test('two signatures of one key id are refused, and an empty place for one counts nothing', async () => {
  const repository = new HostileRepository(now);
  const good = repository.file('timestamp');
  repository.files.set(
    'timestamp.json',
    repository.withSignatures(good, (list) => [...list, ...list]),
  );
  await refused(refresh(repository, enrolled(repository)), 'malformed-metadata');
  repository.files.set(
    'timestamp.json',
    repository.withSignatures(good, (list) => [...list, { keyid: 'x', sig: '' }]),
  );
  assert.equal((await refresh(repository, enrolled(repository))).timestamp.version, 1);
});

test('a threshold of two takes two different keys, and a raised one keeps the versions as floors', async () => {
  const repository = new HostileRepository(now);
  const store = enrolled(repository);
  for (let version = 2; version <= 5; version++) repository.serveTimestamp();
  await refresh(repository, store);
  repository.signers.timestamp = [...repository.signers.timestamp, newSigner()];
  repository.thresholds.timestamp = 2;
  repository.serveRoot();
  await refused(refresh(repository, store), 'below-threshold');
  const older = set('version', 4);
  repository.serveTimestamp({ edit: { timestamp: older } });
  await refused(refresh(repository, store), 'version-rollback');
  // The same version by both keys takes the place of the one that is too weak now.
  store.changes.length = 0;
  repository.serveTimestamp();
  assert.equal((await refresh(repository, store)).timestamp.version, 5);
  assert.deepEqual(store.changes, ['write timestamp.json']);
});

test('a role whose threshold nobody can reach is refused, and the next root puts it right', async () => {
  const repository = new HostileRepository(now);
  const store = enrolled(repository);
  repository.thresholds.snapshot = 3;
  repository.serveRoot();
  await refused(refresh(repository, store), 'below-threshold');
  repository.thresholds.snapshot = 1;
  repository.serveRoot();
  assert.equal((await refresh(repository, store)).root.version, 3);
});

test('5.3.6: an intermediate root may have expired', async () => {
  const repository = new HostileRepository(now);
  repository.serveRoot({
    edit: set('expires', day(-30)),
  });
  repository.serveRoot();
  assert.equal((await refresh(repository, enrolled(repository))).root.version, 3);
});

test('5.3.5: the trusted root served again as the next one ends the chain', async () => {
  const repository = new HostileRepository(now);
  repository.files.set('2.root.json', repository.file('root'));
  assert.equal((await refresh(repository, enrolled(repository))).root.version, 1);
});

test('S28: 1,024 roots are walked in one refresh; one more is refused, and the next refresh goes on', async () => {
  const repository = new HostileRepository(now);
  for (let version = 2; version <= 1025; version++) repository.serveRoot();
  assert.equal((await refresh(repository, enrolled(repository))).root.version, 1025);
  repository.serveRoot();
  const store = enrolled(repository);
  await refused(refresh(repository, store), 'too-many-roots');
  assert.equal(store.versions().root, 1025);
  assert.equal((await refresh(repository, store)).root.version, 1026);
});

const fastForward = {
  edit: {
    timestamp: set('version', 1_000_000),
    snapshot: set('version', 1_000_000),
    targets: set('version', 1_000_000),
  },
};

for (const rotated of [['timestamp', 'snapshot'], ['timestamp'], ['snapshot']] as const) {
  test(`5.3.11: new keys of ${rotated.join(' and ')} recover from versions that were driven up`, async () => {
    const repository = new HostileRepository(now);
    const store = enrolled(repository);
    repository.serve(fastForward);
    await refresh(repository, store);
    assert.equal(store.versions().targets, 1_000_000);
    Object.assign(repository.versions, { timestamp: 1, snapshot: 1, targets: 1 });
    repository.serve();
    await refused(refresh(repository, store), 'version-rollback');
    repository.rotate(...rotated);
    repository.serveRoot();
    repository.serve();
    await refresh(repository, store);
    assert.deepEqual(store.versions(), { root: 2, timestamp: 3, snapshot: 3, targets: 3 });
  });

  test(`5.3.11: a kill at any change after the rotation of ${rotated.join(' and ')} is made good`, async () => {
    for (let kill = 1; ; kill++) {
      const repository = new HostileRepository(now);
      const store = enrolled(repository);
      repository.serve(fastForward);
      await refresh(repository, store);
      Object.assign(repository.versions, { timestamp: 1, snapshot: 1, targets: 1 });
      repository.rotate(...rotated);
      repository.serveRoot();
      repository.serve();
      let changes = 0;
      store.beforeChange = () => {
        changes++;
        if (changes === kill) throw new Error('killed');
      };
      const outcome = await refresh(repository, store).then(
        () => 'done',
        (error: Error) => error.message,
      );
      store.beforeChange = () => undefined;
      await refresh(repository, store);
      assert.deepEqual(store.versions(), { root: 2, timestamp: 2, snapshot: 2, targets: 2 }, `killed at ${kill}`);
      if (outcome === 'done') break;
      assert.equal(outcome, 'killed');
    }
  });
}

test('5.3.11: a rotation behind an expired root is not forgotten', async () => {
  const repository = new HostileRepository(now);
  const store = enrolled(repository);
  repository.serve(fastForward);
  await refresh(repository, store);
  const [oldKey] = repository.signers.timestamp;
  repository.rotate('timestamp');
  repository.serveRoot({
    edit: set('expires', day(0)),
  });
  await refused(refresh(repository, store), 'metadata-expired');
  assert.ok(oldKey !== undefined);
  repository.signers.timestamp = [oldKey];
  repository.serveRoot();
  Object.assign(repository.versions, { timestamp: 1, snapshot: 1, targets: 1 });
  repository.serve();
  assert.equal((await refresh(repository, store)).timestamp.version, 2);
});

test('a key that is only added to a role lets no version fall', async () => {
  const repository = new HostileRepository(now);
  const store = enrolled(repository);
  repository.serve(fastForward);
  await refresh(repository, store);
  repository.signers.timestamp = [...repository.signers.timestamp, newSigner()];
  repository.serveRoot();
  Object.assign(repository.versions, { timestamp: 1, snapshot: 1, targets: 1 });
  repository.serve();
  await refused(refresh(repository, store), 'version-rollback');
});

test('an expired stored timestamp and snapshot still keep versions from falling', async () => {
  const repository = new HostileRepository(now);
  const store = enrolled(repository);
  repository.serve();
  await refresh(repository, store);
  const later = new HostileRepository((now + 9 * dayMs) as EpochMs);
  Object.assign(later.signers, repository.signers);
  later.versions.root = 1;
  later.files.clear();
  later.serveRoot({ signers: repository.signers.root });
  Object.assign(later.versions, { timestamp: 0, snapshot: 0, targets: 0 });
  later.serve();
  await refused(refresh(later, store, now + 9 * dayMs), 'version-rollback');
  later.serve();
  later.serve();
  assert.equal((await refresh(later, store, now + 9 * dayMs)).timestamp.version, 3);
});

for (const name of ['timestamp.json', 'snapshot.json', 'targets.json'] as const) {
  test(`a damaged ${name} in the store is fetched anew`, async () => {
    for (const damage of [
      Buffer.from(''),
      Buffer.from('{'),
      Buffer.alloc(70_000, '['),
      Buffer.from('{"signatures":[]}'),
    ]) {
      const repository = new HostileRepository(now);
      const store = enrolled(repository);
      await refresh(repository, store);
      const before = store.picture();
      store.files.set(name, damage);
      await refresh(repository, store);
      assert.deepEqual(store.picture(), before);
    }
  });
}

test('5.4.4: a repository that stands still is refused when its timestamp expires (freeze)', async () => {
  const repository = new HostileRepository(now);
  const lasting = set('expires', day(9));
  repository.serveRoot({ edit: lasting });
  repository.serve({ edit: { snapshot: lasting, targets: lasting } });
  const store = enrolled(repository);
  await refresh(repository, store);
  const before = store.picture();
  await refused(refresh(repository, store, now + dayMs), 'metadata-expired');
  assert.deepEqual(store.picture(), before);
  await refresh(repository, store, now + dayMs - 1);
});

test('a snapshot that was damaged on the disk does not free the timestamp to fall', async () => {
  const repository = new HostileRepository(now);
  const store = enrolled(repository);
  repository.serve();
  await refresh(repository, store);
  store.files.set('snapshot.json', flip(repository.file('snapshot'), '"length"'));
  Object.assign(repository.versions, { timestamp: 0, snapshot: 2, targets: 2 });
  repository.serve();
  await refused(refresh(repository, store), 'version-rollback');
});

test('a stored snapshot alone keeps versions from falling', async () => {
  const repository = new HostileRepository(now);
  const store = enrolled(repository);
  repository.serve();
  repository.serve();
  await refresh(repository, store);
  store.files.set('timestamp.json', Buffer.from('damaged'));
  Object.assign(repository.versions, { timestamp: 7, snapshot: 0 });
  repository.serve();
  await refused(refresh(repository, store), 'version-rollback');
});

test('5.4.3.2: a stored timestamp whose snapshot never came keeps the snapshot from falling', async () => {
  const repository = new HostileRepository(now);
  const store = enrolled(repository);
  for (let version = 2; version <= 5; version++) repository.serve();
  repository.files.delete('5.snapshot.json');
  await refused(refresh(repository, store), 'metadata-missing');
  Object.assign(repository.versions, { snapshot: 3 });
  repository.serve();
  await refused(refresh(repository, store), 'version-rollback');
});

test('a damaged root in the store is refused, and nothing is asked of the repository', async () => {
  const repository = new HostileRepository(now);
  const store = enrolled(repository);
  store.files.set('root.json', flip(repository.file('root'), '"threshold":1'));
  await refused(refresh(repository, store), 'trust-store-damaged');
  assert.deepEqual(repository.requests, []);
  await refused(refresh(repository, new MemoryStore()), 'no-trusted-root');
});

test('a repository that cannot be reached leaves what was good', async () => {
  const repository = new HostileRepository(now);
  const store = enrolled(repository);
  await refresh(repository, store);
  repository.serve();
  const before = store.picture();
  const fetch = () => Promise.reject(new Error('unreachable'));
  await assert.rejects(refreshRepository({ store, fetch, now }, new AbortController().signal), /unreachable/);
  assert.deepEqual(store.picture(), before);
});

test('S6: the old key of a rotated role is refused also when the refresh that saw the rotation failed', async () => {
  const repository = new HostileRepository(now);
  const store = enrolled(repository);
  await refresh(repository, store);
  const old = repository.signers.timestamp;
  repository.rotate('timestamp');
  repository.serveRoot();
  repository.files.delete('timestamp.json');
  await refused(refresh(repository, store), 'metadata-missing');
  repository.serve({ signers: { timestamp: old } });
  repository.files.delete('2.root.json');
  await refused(refresh(repository, store), 'below-threshold');
});

test('a stopped refresh stops before the next request', async () => {
  const repository = new HostileRepository(now);
  const stop = new AbortController();
  stop.abort(new Error('stopped'));
  const deps = { store: enrolled(repository), fetch: repository.fetch, now };
  await assert.rejects(refreshRepository(deps, stop.signal), /stopped/);
  assert.deepEqual(repository.requests, []);
});

test('targets are entries of a map, whatever their names', async () => {
  const repository = new HostileRepository(now);
  const names = ['constructor', 'toString', '1', '0', 'hasOwnProperty', 'größe/文.tar'];
  repository.targets = Object.fromEntries(names.map((name) => [name, targetEntry(name)]));
  repository.serve();
  const { targets } = await refresh(repository, enrolled(repository));
  assert.deepEqual([...targets.targets.keys()].sort(), [...names].sort());
  assert.equal(targets.targets.get('valueOf'), undefined);
});

test('S4: a first root is trusted by its pin, once', () => {
  const repository = new HostileRepository(now);
  const other = new HostileRepository(now);
  const bytes = repository.file('root');
  const store = new MemoryStore();
  const refusedNow = (work: () => unknown, code: TrustErrorCode): void => {
    assert.throws(work, (error) => error instanceof TrustError && error.code === code);
  };
  refusedNow(() => trustInitialRoot(store, other.file('root'), repository.pin()), 'pin-mismatch');
  refusedNow(() => trustInitialRoot(store, bytes, ''), 'pin-mismatch');
  assert.deepEqual(store.changes, []);
  assert.equal(trustInitialRoot(store, bytes, repository.pin().toUpperCase()).version, 1);
  assert.equal(trustInitialRoot(store, bytes, repository.pin()).version, 1);
  refusedNow(() => trustInitialRoot(store, other.file('root'), other.pin()), 'pin-mismatch');
  assert.deepEqual(store.changes, ['write root.json']);
});

test('S4: pinning again does not undo a newer root', async () => {
  const repository = new HostileRepository(now);
  const store = enrolled(repository);
  repository.serveRoot();
  await refresh(repository, store);
  assert.equal(
    trustInitialRoot(store, repository.files.get('1.root.json') ?? new Uint8Array(), repository.pin()).version,
    2,
  );
  assert.equal(store.versions().root, 2);
});

test('what is stored can be shown, also when it has expired, and only as far as it belongs together', async () => {
  const repository = new HostileRepository(now);
  const store = enrolled(repository);
  assert.equal(loadTrusted({ store: new MemoryStore(), now }).root, undefined);
  assert.equal(loadTrusted({ store, now }).timestamp, undefined);
  await refresh(repository, store);
  const shown = loadTrusted({ store, now: (now + dayMs) as EpochMs });
  assert.deepEqual([...shown.expired].sort(), ['root', 'snapshot', 'targets', 'timestamp']);
  assert.equal(shown.targets?.targets.size, 1);
  repository.serve();
  store.files.set('timestamp.json', repository.file('timestamp'));
  const partly = loadTrusted({ store, now });
  assert.deepEqual([partly.timestamp?.version, partly.snapshot], [2, undefined]);
  assert.deepEqual([...partly.expired], []);
});
