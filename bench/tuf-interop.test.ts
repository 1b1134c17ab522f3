/** What our publisher writes, read by another implementation of TUF: they must agree on canonical JSON, ids and hashes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Signer } from '@springline/tuf/key';
import type { Targets } from '@springline/tuf/metadata/targets';
import { makeRoot, publish, readPublished } from '@springline/tuf/repository/publish';
import { HostileRepository, newSigner } from '@springline/tuf/testing/hostile-repository';
import { withPeer } from './tuf.ts';

const now = Date.now() as Targets['expires'];
const expires = (now + 86_400_000) as Targets['expires'];
const path = 'app/1.0/größe "x".tar';
const target = {
  ...{ path, length: 3, hashes: new Map([['sha256', 'ab'.repeat(32)]]) },
  // No name beyond U+FFFF: this peer sorts by UTF-16 unit, where canonical JSON sorts by code point.
  custom: { '\uffff': [true, null], smile: '\u{1f600}', text: 'Zeile\n"zwei"\\' },
};

test('tuf-js follows a chain of our roots and verifies our targets', async () => {
  const [first, second] = [newSigner(), newSigner()];
  const root = (version: number, signer: Signer, signers: readonly Signer[]) => {
    const role = { keys: [signer.key], threshold: 1 };
    const roles = { root: role, targets: role, snapshot: role, timestamp: role };
    return makeRoot({ version, roles, expires, now, extra: { 'x-springline-profile': 'development' } }, signers);
  };
  const roots = [root(1, first, [first]), root(2, second, [first, second])];
  const files = new Map(roots.map((file) => [file.name, file.bytes]));
  const times = { now, expires: { targets: expires, snapshot: expires, timestamp: expires } };
  const signers = new Map((['targets', 'snapshot', 'timestamp'] as const).map((role) => [role, [second]] as const));
  for (let round = 0; round < 2; round++) {
    const current = readPublished((name) => files.get(name));
    const change = { targets: new Map([[path, target]]), timestampExtra: { 'x-springline-image': { root: round } } };
    for (const file of publish(current, change, signers, times)) files.set(file.name, file.bytes);
  }
  await withPeer(files, files.get('1.root.json') ?? new Uint8Array(), async (peer) => {
    await peer.refresh();
    const found = await peer.getTargetInfo(path);
    assert.deepEqual([found?.length, found?.hashes, found?.custom], [3, { sha256: 'ab'.repeat(32) }, target.custom]);
  });
});

test('tuf-js finds a target by the role that we delegated it to, and none outside the paths of a role', async () => {
  const [top, sync] = [newSigner(), newSigner()];
  const role = { keys: [top.key], threshold: 1 };
  const roles = { root: role, targets: role, snapshot: role, timestamp: role };
  const root = makeRoot({ version: 1, roles, expires, now }, [top]);
  const files = new Map([[root.name, root.bytes]]);
  const listed = (name: string) => ({ ...target, path: name });
  const change = {
    targets: new Map(),
    delegations: [{ name: 'connect-sync', paths: ['connect-sync/*/*'], keys: [sync.key], threshold: 1 }],
    delegated: new Map([
      ['connect-sync', new Map(['connect-sync/1.0/a.tar', 'other/1.0/a.tar'].map((name) => [name, listed(name)]))],
    ]),
  };
  const by = { targets: [top], snapshot: [top], timestamp: [top], 'connect-sync': [sync] };
  const times = { now, expires: { targets: expires, snapshot: expires, timestamp: expires } };
  const current = readPublished((name) => files.get(name));
  for (const file of publish(current, change, new Map(Object.entries(by)), times)) files.set(file.name, file.bytes);
  await withPeer(files, root.bytes, async (peer) => {
    await peer.refresh();
    assert.equal((await peer.getTargetInfo('connect-sync/1.0/a.tar'))?.length, 3);
    assert.equal(await peer.getTargetInfo('other/1.0/a.tar'), undefined);
  });
});

test('tuf-js refuses the same file with one byte changed', async () => {
  const repository = new HostileRepository(now);
  const bytes = Buffer.from(repository.file('timestamp'));
  bytes[bytes.indexOf('"length":') + 9] = 0x39;
  repository.files.set('timestamp.json', bytes);
  await withPeer(repository.files, repository.file('root'), (peer) =>
    assert.rejects(peer.refresh(), /threshold|sign|verif/i),
  );
});
