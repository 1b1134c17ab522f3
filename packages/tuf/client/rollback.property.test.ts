import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import fc from 'fast-check';
import { TrustError } from '../error.ts';
import { type Draft, HostileRepository, MemoryStore, newSigner } from '../testing/hostile-repository.ts';
import { refreshRepository, trustInitialRoot } from './refresh.ts';

const start = Date.UTC(2026, 10, 22, 14);

/** One thing that whoever serves the files, with or without keys, may do between two refreshes. */
type Deed =
  | { readonly kind: 'serve'; readonly lowered: readonly number[] }
  | { readonly kind: 'replay'; readonly name: number; readonly with: number }
  | { readonly kind: 'drop'; readonly name: number }
  | { readonly kind: 'root'; readonly rotated: readonly boolean[]; readonly added: boolean; readonly expired: boolean };

const deeds: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('serve' as const),
      lowered: fc.array(fc.nat(4), { minLength: 4, maxLength: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('replay' as const), name: fc.nat(), with: fc.nat() }) },
  fc.record({ kind: fc.constant('drop' as const), name: fc.nat() }),
  fc.record({
    kind: fc.constant('root' as const),
    rotated: fc.tuple(fc.boolean(), fc.boolean()),
    added: fc.boolean(),
    expired: fc.boolean(),
  }),
);

/** Says whether a new root no longer trusts a key of timestamp or snapshot. */
function carryOut(deed: Deed, repository: HostileRepository, history: Uint8Array[]): boolean {
  const names = [...repository.files.keys()];
  switch (deed.kind) {
    case 'serve': {
      const lower = (by: number) => (signed: Draft) => {
        signed['version'] = Math.max(1, (signed['version'] as number) - by);
      };
      const [timestamp = 0, snapshot = 0, targets = 0, role = 0] = deed.lowered;
      const edit = { timestamp: lower(timestamp), snapshot: lower(snapshot), targets: lower(targets) };
      repository.serve({ edit, delegated: { sync: { edit: lower(role) } } });
      history.push(...repository.files.values());
      return false;
    }
    case 'replay': {
      const old = history[deed.with % history.length];
      const name = names[deed.name % names.length];
      if (old !== undefined && name !== undefined) repository.files.set(name, old);
      return false;
    }
    case 'drop':
      repository.files.delete(names[deed.name % names.length] ?? '');
      return false;
    case 'root': {
      const before = [...repository.signers.timestamp, ...repository.signers.snapshot];
      repository.rotate(...(['timestamp', 'snapshot'] as const).filter((_, at) => deed.rotated[at]));
      // The oldest of more than three leaves.
      if (deed.added) repository.signers.timestamp = [...repository.signers.timestamp, newSigner()].slice(-3);
      repository.serveRoot({
        edit: (signed) => {
          if (deed.expired) signed['expires'] = '2026-11-01T00:00:00Z';
        },
      });
      history.push(...repository.files.values());
      const after = new Set([...repository.signers.timestamp, ...repository.signers.snapshot]);
      return before.some((signer) => !after.has(signer));
    }
  }
}

test('S6: no sequence of served metadata lowers a trusted version, unless a root rotated the keys (5.3.11)', async () => {
  let refreshed = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(deeds, { maxLength: 14 }), async (sequence) => {
      const repository = new HostileRepository(start as EpochMs);
      repository.delegate('sync', ['sync/*/*']);
      repository.serve();
      const store = new MemoryStore();
      trustInitialRoot(store, repository.file('root'), repository.pin());
      const history = [...repository.files.values()];
      const rotatingRoots = new Set<number>();
      let root = 1;
      let floor = trustedVersions(store);
      for (const deed of sequence) {
        if (carryOut(deed, repository, history)) rotatingRoots.add(repository.versions.root);
        const deps = { store, fetch: repository.fetch, now: start as EpochMs };
        await refreshRepository(deps, new AbortController().signal).then(
          () => refreshed++,
          (error) => assert.ok(error instanceof TrustError, String(error)),
        );
        const { root: rootNow } = store.versions();
        assert.ok(rootNow >= root, `root fell from ${root} to ${rootNow}`);
        // What was removed may come back at any version.
        for (let version = root + 1; version <= rootNow; version++) {
          if (rotatingRoots.has(version)) floor = nothing;
        }
        root = rootNow;
        const trusted = trustedVersions(store);
        for (const name of ['timestamp', 'snapshot', 'listedTargets', 'listedRole'] as const) {
          assert.ok(trusted[name] >= floor[name], `${name} fell from ${floor[name]} to ${trusted[name]}`);
        }
        floor = trusted;
      }
    }),
    { numRuns: 200 },
  );
  assert.ok(refreshed > 200, 'most sequences only refused');
});

const nothing = { timestamp: 0, snapshot: 0, listedTargets: 0, listedRole: 0 };

/** The versions that TUF 5.4.3 and 5.5.5 protect; 0 for what is not stored. */
function trustedVersions(store: MemoryStore): typeof nothing {
  const { timestamp, snapshot } = store.versions();
  const meta = signedOf(store.files.get('snapshot.json'))?.meta;
  const [listedTargets, listedRole] = ['targets.json', 'sync.json'].map((name) => meta?.[name]?.version ?? 0);
  return { timestamp, snapshot, listedTargets: listedTargets ?? 0, listedRole: listedRole ?? 0 };
}

function signedOf(bytes: Uint8Array | undefined) {
  return bytes === undefined ? undefined : JSON.parse(Buffer.from(bytes).toString()).signed;
}
