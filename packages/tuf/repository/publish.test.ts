import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import { refreshRepository, trustInitialRoot } from '../client/refresh.ts';
import { TrustError, type TrustErrorCode } from '../error.ts';
import type { Signer, TufKey } from '../key.ts';
import { type TopRole, topRoles } from '../metadata/head.ts';
import type { TargetFile } from '../metadata/targets.ts';
import { MemoryStore, newSigner } from '../testing/hostile-repository.ts';
import { type Change, makeRoot, publish, type RolePlan, readPublished, type SignedFile } from './publish.ts';

const now = Date.UTC(2026, 10, 22, 14) as EpochMs;
const later = (now + 86_400_000) as EpochMs;
const signer = newSigner();
const times = { now, expires: { targets: later, snapshot: later, timestamp: later } };
const signers = new Map<TopRole, readonly Signer[]>(topRoles.map((role) => [role, [signer]]));

function roles(plan: Partial<Record<TopRole, RolePlan>> = {}): Record<TopRole, RolePlan> {
  const usual = { keys: [signer.key], threshold: 1 };
  return { root: usual, targets: usual, snapshot: usual, timestamp: usual, ...plan };
}

function target(path: string, custom?: { [name: string]: string }): TargetFile {
  return { path, length: 3, hashes: new Map([['sha256', 'a'.repeat(64)]]), ...(custom && { custom }) };
}

const byPath = (...targets: readonly TargetFile[]) => new Map(targets.map((each) => [each.path, each]));

class Tree {
  readonly files = new Map<string, Uint8Array>();
  readonly read = (name: string): Uint8Array | undefined => this.files.get(name);

  constructor() {
    this.store([makeRoot({ version: 1, roles: roles(), expires: later, now }, [signer])]);
  }

  store(files: readonly SignedFile[]): readonly string[] {
    for (const { name, bytes } of files) this.files.set(name, bytes);
    return files.map((file) => file.name);
  }

  publish(change: Change, by = signers, at: Parameters<typeof publish>[3] = times): readonly string[] {
    return this.store(publish(readPublished(this.read), change, by, at));
  }

  async refresh() {
    const store = new MemoryStore();
    store.files.set('root.json', this.files.get('1.root.json') ?? new Uint8Array());
    const fetch = (name: string) => Promise.resolve(this.files.get(name));
    return refreshRepository({ store, fetch, now }, new AbortController().signal);
  }
}

function refused(work: () => unknown, code: TrustErrorCode): void {
  assert.throws(work, (error) => {
    assert.ok(error instanceof TrustError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });
}

test('what is published is what a client reads', async () => {
  const tree = new Tree();
  const targets = byPath(target('b/1', { fact: 'Größe\n"x"' }), target('a/2'), target('10'));
  const extra = { 'x-springline-image': { root: 1, timestamp: 2 } };
  const names = tree.publish({ targets, timestampExtra: extra });
  assert.deepEqual(names, ['1.targets.json', '1.snapshot.json', 'timestamp.json']);
  const seen = await tree.refresh();
  assert.deepEqual(new Set(seen.targets.targets.values()), new Set(targets.values()));
  assert.deepEqual(Object.fromEntries(seen.timestamp.extra), extra);
  assert.deepEqual([seen.timestamp.signedAt, seen.timestamp.expires], [now, later]);
});

test('signed bytes are written as they were signed, and the same input gives the same bytes', () => {
  const files = [1, 2].map(() => makeRoot({ version: 1, roles: roles(), expires: later, now }, [signer]));
  assert.deepEqual(files[0], files[1]);
  const text = Buffer.from(files[0]?.bytes ?? []).toString();
  assert.match(text, /^\{"signatures":\[\{"keyid":"[0-9a-f]{64}","sig":"[0-9a-f]{128}"\}\],"signed":\{"_type":"root",/);
});

test('without a change only the timestamp is signed anew, and its further members stay', async () => {
  const tree = new Tree();
  tree.publish({ targets: byPath(target('a')), timestampExtra: { 'x-hint': 1 } });
  assert.deepEqual(tree.publish({}), ['timestamp.json']);
  const { timestamp, snapshot } = await tree.refresh();
  assert.deepEqual([timestamp.version, snapshot.version, timestamp.extra.get('x-hint')], [2, 1, 1]);
  tree.publish({ timestampExtra: {} });
  assert.equal((await tree.refresh()).timestamp.extra.size, 0);
});

test('what only keys of an older root signed is refused where the newest alone counts', () => {
  const tree = new Tree();
  tree.publish({ targets: byPath(target('a')) });
  assert.equal(readPublished(tree.read, 'newest-root').targets?.version, 1);
  const other = newSigner();
  const replaced = { keys: [other.key], threshold: 1 };
  tree.store([makeRoot({ version: 2, roles: roles({ targets: replaced }), expires: later, now }, [signer])]);
  assert.equal(readPublished(tree.read).targets?.version, 1, 'it is still there to be signed anew');
  refused(() => readPublished(tree.read, 'newest-root'), 'below-threshold');
});

test('a role that comes near its expiry is renewed, with those that list it', async () => {
  const tree = new Tree();
  tree.publish({ targets: byPath(target('a')) });
  assert.deepEqual(tree.publish({ renew: new Set(['snapshot']) }), ['2.snapshot.json', 'timestamp.json']);
  const names = tree.publish({ renew: new Set(['targets']) });
  assert.deepEqual(names, ['2.targets.json', '3.snapshot.json', 'timestamp.json']);
  assert.equal((await tree.refresh()).targets.targets.size, 1);
});

test('S8: versions go on above a floor, so that a restored tree does not repeat them', async () => {
  const tree = new Tree();
  tree.publish({ targets: byPath() }, signers, { ...times, versionFloor: 500 });
  tree.publish({ targets: byPath() }, signers, { ...times, versionFloor: 400 });
  const seen = await tree.refresh();
  assert.deepEqual([seen.targets.version, seen.snapshot.version, seen.timestamp.version], [501, 501, 501]);
});

test('after a rotation the old files are still read, and the next publication is by the new keys', async () => {
  const tree = new Tree();
  tree.publish({ targets: byPath(target('a')) });
  const next = newSigner();
  const renewed = { keys: [next.key], threshold: 1 };
  const plan = roles({ root: renewed, targets: renewed, snapshot: renewed, timestamp: renewed });
  tree.store([makeRoot({ version: 2, roles: plan, expires: later, now }, [signer, next])]);
  refused(() => tree.publish({}), 'below-threshold');
  const byNext = new Map<TopRole, readonly Signer[]>(topRoles.map((role) => [role, [next]]));
  tree.publish({ renew: new Set(['targets']) }, byNext);
  const seen = await tree.refresh();
  assert.deepEqual([seen.root.version, seen.targets.version, seen.timestamp.version], [2, 2, 2]);
});

test('a key in PEM, with line breaks, stands in a root that clients verify', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const key: TufKey = { keytype: 'rsa', scheme: 'rsassa-pss-sha256', public: pem };
  const file = makeRoot({ version: 1, roles: roles({ targets: { keys: [key], threshold: 1 } }), expires: later, now }, [
    signer,
  ]);
  const published = readPublished((name) => (name === '1.root.json' ? file.bytes : undefined));
  assert.ok([...published.root.keys.values()].some((found) => found.public === pem));
});

test('a development root says so', () => {
  const file = makeRoot(
    { version: 1, roles: roles(), expires: later, now, extra: { 'x-springline-profile': 'development' } },
    [signer],
  );
  const { root } = readPublished((name) => (name === '1.root.json' ? file.bytes : undefined));
  assert.equal(root.extra.get('x-springline-profile'), 'development');
});

const rootRows: readonly { name: string; code: TrustErrorCode; make: () => unknown }[] = [
  ...[0, 2, 1.5, -1].map((threshold) => ({
    name: `a threshold of ${threshold} with one key`,
    code: 'malformed-metadata' as const,
    make: () => rootWith({ snapshot: { keys: [signer.key], threshold } }),
  })),
  {
    name: 'the same key twice for a threshold of two',
    code: 'malformed-metadata',
    make: () =>
      rootWith({
        targets: { keys: [signer.key, { ...signer.key, public: signer.key.public.toUpperCase() }], threshold: 2 },
      }),
  },
  {
    name: 'a strange signer',
    code: 'below-threshold',
    make: () => makeRoot({ version: 1, roles: roles(), expires: later, now }, [newSigner()]),
  },
  {
    name: 'an expiry in the past',
    code: 'metadata-expired',
    make: () => makeRoot({ version: 1, roles: roles(), expires: now, now }, [signer]),
  },
  {
    name: 'an extra member that TUF defines',
    code: 'malformed-metadata',
    make: () => makeRoot({ version: 1, roles: roles(), expires: later, now, extra: { expires: 'never' } }, [signer]),
  },
  {
    name: 'version 0',
    code: 'malformed-metadata',
    make: () => makeRoot({ version: 0, roles: roles(), expires: later, now }, [signer]),
  },
];
const rootWith = (plan: Partial<Record<TopRole, RolePlan>>) =>
  makeRoot({ version: 1, roles: roles(plan), expires: later, now }, [signer]);
for (const { name, code, make } of rootRows) {
  test(`no root is made with ${name}`, () => refused(make, code));
}

for (const [path, code] of [
  ['../x', 'unsafe-name'],
  ['__proto__', 'unsafe-name'],
  ['a\\b', 'unsafe-name'],
] as const) {
  test(`no target is published as ${path}`, () =>
    refused(() => new Tree().publish({ targets: byPath(target(path)) }), code));
}

test('no target is published without a hash, and nothing without the keys of its role', () => {
  refused(() => new Tree().publish({ targets: byPath({ ...target('a'), hashes: new Map() }) }), 'missing-hash');
  refused(() => new Tree().publish({ targets: byPath() }, new Map()), 'below-threshold');
  refused(() => new Tree().publish({ targets: byPath() }, new Map([['targets', [newSigner()]]])), 'below-threshold');
  refused(() => new Tree().publish({}), 'metadata-missing');
});

test('nothing is published by a signer whose signatures do not verify', () => {
  const broken: Signer = { ...signer, sign: () => new Uint8Array(64) };
  refused(() => new Tree().publish({ targets: byPath() }, new Map([['targets', [broken]]])), 'below-threshold');
});

test('our own tree is refused when it was changed behind our back', () => {
  const damaged = (name: string, change: (bytes: Uint8Array) => Uint8Array | undefined): (() => unknown) => {
    const tree = new Tree();
    tree.publish({ targets: byPath(target('a')) });
    const bytes = change(tree.files.get(name) ?? new Uint8Array());
    if (bytes === undefined) tree.files.delete(name);
    else tree.files.set(name, bytes);
    return () => readPublished(tree.read);
  };
  const other = (bytes: Uint8Array): Uint8Array => Buffer.from(Buffer.from(bytes).toString().replace('2026', '2027'));
  refused(damaged('1.root.json', other), 'below-threshold');
  refused(
    damaged('1.root.json', () => undefined),
    'no-trusted-root',
  );
  refused(damaged('timestamp.json', other), 'below-threshold');
  refused(damaged('1.snapshot.json', other), 'hash-mismatch');
  refused(
    damaged('1.targets.json', () => undefined),
    'metadata-missing',
  );
});

test('a first publication is what a pinned client trusts', () => {
  const file = makeRoot({ version: 1, roles: roles(), expires: later, now }, [signer]);
  refused(() => trustInitialRoot(new MemoryStore(), file.bytes, 'a'.repeat(64)), 'pin-mismatch');
});
