import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import { refreshRepository, type TrustedName, type TrustedRepository } from '../client/refresh.ts';
import { findTarget } from '../find-target.ts';
import type { Signer } from '../key.ts';
import type { TargetFile } from '../metadata/targets.ts';
import { dayMs, now } from '../testing/client.ts';
import { MemoryStore, newSigner } from '../testing/hostile-repository.ts';
import { type Change, type DelegatedPlan, makeRoot, publish, readPublished } from './publish.ts';

const expires = (now + dayMs) as EpochMs;
const [top, sync, health] = [newSigner(), newSigner(), newSigner()];
const target = (path: string): TargetFile => ({ path, length: 1, hashes: new Map([['sha256', 'a'.repeat(64)]]) });
const listing = (...paths: string[]) => new Map(paths.map((path) => [path, target(path)]));

function plan(name: string, ...signers: Signer[]): DelegatedPlan {
  return { name, paths: [`${name}/*`], keys: signers.map(({ key }) => key), threshold: signers.length };
}

/** A published tree in memory. */
class Tree {
  readonly files = new Map<string, Uint8Array>();

  constructor() {
    const role = { keys: [top.key], threshold: 1 };
    const roles = { root: role, targets: role, snapshot: role, timestamp: role };
    const root = makeRoot({ version: 1, roles, expires, now }, [top]);
    this.files.set(root.name, root.bytes);
  }

  publish(change: Change, signers: Readonly<Record<string, readonly Signer[]>> = {}): readonly string[] {
    const all = { targets: [top], snapshot: [top], timestamp: [top], ...signers };
    const times = { now, expires: { targets: expires, snapshot: expires, timestamp: expires } };
    const made = publish(
      readPublished((name) => this.files.get(name)),
      change,
      new Map(Object.entries(all)),
      times,
    );
    for (const { name, bytes } of made) this.files.set(name, bytes);
    return made.map(({ name }) => name);
  }

  refresh(store = this.client()): Promise<TrustedRepository> {
    const fetch = (name: string) => Promise.resolve(this.files.get(name));
    return refreshRepository({ store, fetch, now }, new AbortController().signal);
  }

  client(): MemoryStore {
    const store = new MemoryStore();
    store.files.set('root.json' as TrustedName, this.files.get('1.root.json')!);
    return store;
  }
}

const both = { sync: [sync], health: [health] };
const begin: Change = {
  targets: new Map(),
  delegations: [plan('sync', sync), plan('health', health)],
  delegated: new Map([['sync', listing('sync/1')]]),
};

test('delegated roles are signed first, then what names them, and clients find their targets', async () => {
  const tree = new Tree();
  const files = ['1.sync.json', '1.health.json', '1.targets.json', '1.snapshot.json', 'timestamp.json'];
  assert.deepEqual(tree.publish(begin, both), files);
  assert.equal(findTarget(await tree.refresh(), 'sync/1')?.role, 'sync');
});

test('only the roles that change are signed again, so that nobody needs the keys of the others', async () => {
  const tree = new Tree();
  tree.publish(begin, both);
  const store = tree.client();
  await tree.refresh(store);
  const change = { delegated: new Map([['sync', listing('sync/1', 'sync/2')]]) };
  assert.deepEqual(tree.publish(change, { sync: [sync], targets: [] }), [
    '2.sync.json',
    '2.snapshot.json',
    'timestamp.json',
  ]);
  assert.equal(findTarget(await tree.refresh(store), 'sync/2')?.role, 'sync');
  const renewed = tree.publish({ renew: new Set(['health']) }, { health: [health] });
  assert.deepEqual(renewed, ['2.health.json', '3.snapshot.json', 'timestamp.json']);
});

test('a role with new keys is signed again at once, and clients follow', async () => {
  const tree = new Tree();
  tree.publish(begin, both);
  const store = tree.client();
  await tree.refresh(store);
  const next = newSigner();
  const delegations = [plan('sync', next), plan('health', health)];
  assert.throws(() => tree.publish({ delegations }, both), { code: 'below-threshold' });
  const files = ['2.sync.json', '2.targets.json', '2.snapshot.json', 'timestamp.json'];
  assert.deepEqual(tree.publish({ delegations }, { sync: [next] }), files);
  assert.equal(findTarget(await tree.refresh(store), 'sync/1')?.role, 'sync');
});

test('a role that is dropped stays in the snapshot, and its targets are found no more', async () => {
  const tree = new Tree();
  tree.publish(begin, both);
  const store = tree.client();
  await tree.refresh(store);
  tree.publish({ delegations: [plan('health', health)] });
  const trusted = await tree.refresh(store);
  assert.deepEqual([findTarget(trusted, 'sync/1'), trusted.refused.size], [undefined, 0]);
  assert.ok(trusted.snapshot.meta.has('sync.json'));
});

for (const { name, change, code } of [
  {
    name: 'too few keys of a role',
    change: { ...begin, delegations: [plan('sync', sync, newSigner())] },
    code: 'below-threshold',
  },
  {
    name: 'a role with the name ../x',
    change: { ...begin, delegations: [plan('../x', sync)] },
    code: 'unsupported-delegation',
  },
  {
    name: 'targets of a role that is not delegated to',
    change: { ...begin, delegations: [plan('health', health)] },
    code: 'unsupported-delegation',
  },
  {
    name: '33 roles',
    change: { targets: new Map(), delegations: Array.from({ length: 33 }, (_, at) => plan(`role-${at}`, sync)) },
    code: 'unsupported-delegation',
  },
  {
    name: 'a threshold of no key',
    change: { ...begin, delegations: [plan('sync'), plan('health', health)] },
    code: 'malformed-metadata',
  },
] satisfies { name: string; change: Change; code: string }[]) {
  test(`the publisher refuses ${name}`, () => {
    const signers = Object.fromEntries(Array.from({ length: 33 }, (_, at) => [`role-${at}`, [sync]]));
    assert.throws(() => new Tree().publish(change, { ...both, ...signers }), { code });
  });
}
