/** Delegated roles by a table: what whoever serves the repository, or holds one of its keys, may try with them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TrustError, type TrustErrorCode } from '../error.ts';
import { findTarget } from '../find-target.ts';
import { day, enrolled, flip, now, refresh, refused, set } from '../testing/client.ts';
import { type Draft, HostileRepository, newSigner, targetEntry } from '../testing/hostile-repository.ts';
import { loadTrusted } from './refresh.ts';

const syncPath = 'sync/1.0/sync.tar';
const healthPath = 'health/1.0/health.tar';
const entry = JSON.stringify(targetEntry('x'));

/** Two roles beside each other, each with a target of its own. */
function delegating(): HostileRepository {
  const repository = new HostileRepository(now);
  repository.targets = {};
  repository.delegate('sync', ['sync/*/*']).targets = { [syncPath]: targetEntry('sync 1.0') };
  repository.delegate('health', ['health/*/*']).targets = { [healthPath]: targetEntry('health 1.0') };
  repository.serve();
  repository.serve();
  return repository;
}

function roleOf(repository: HostileRepository, name = 'sync') {
  const role = repository.delegated.get(name);
  assert.ok(role);
  return role;
}

function fileOf(repository: HostileRepository, name = 'sync'): Uint8Array {
  return repository.files.get(`${roleOf(repository, name).version}.${name}.json`) ?? assert.fail('not served');
}

const editSync =
  (edit: (signed: Draft) => void) =>
  (repository: HostileRepository): void =>
    repository.serve({ delegated: { sync: { edit } } });

/** What is wrong with one role stops what that role vouches for, and nothing else. */
const ofOneRole: readonly {
  readonly name: string;
  readonly code: TrustErrorCode;
  attack(repository: HostileRepository): void;
}[] = [
  {
    name: 'signed by a strange key',
    code: 'below-threshold',
    attack: (repository) => repository.serve({ delegated: { sync: { signers: [newSigner()] } } }),
  },
  {
    name: 'signed by the key of another role',
    code: 'below-threshold',
    attack: (repository) =>
      repository.serve({ delegated: { sync: { signers: roleOf(repository, 'health').signers } } }),
  },
  {
    name: 'signed by the key of the top-level targets',
    code: 'below-threshold',
    attack: (repository) => repository.serve({ delegated: { sync: { signers: repository.signers.targets } } }),
  },
  {
    name: 'signed by nobody',
    code: 'below-threshold',
    attack: (repository) => repository.serve({ delegated: { sync: { signers: [] } } }),
  },
  {
    name: 'signed by one of two keys',
    code: 'below-threshold',
    attack: (repository) => {
      const role = roleOf(repository);
      Object.assign(role, { signers: [...role.signers, newSigner()], threshold: 2 });
      repository.serve({ delegated: { sync: { signers: role.signers.slice(0, 1) } } });
    },
  },
  {
    name: 'signed by one key under two ids',
    code: 'below-threshold',
    attack: (repository) => {
      const role = roleOf(repository);
      const [held] = role.signers;
      assert.ok(held);
      Object.assign(role, { signers: [held, { ...held, keyId: 'twin' }], threshold: 2 });
      repository.serve();
    },
  },
  {
    name: 'with one byte changed',
    code: 'hash-mismatch',
    attack: (repository) => {
      repository.serve();
      const { version } = roleOf(repository);
      repository.files.set(`${version}.sync.json`, flip(fileOf(repository), '"length"'));
    },
  },
  {
    name: 'with a byte more than listed',
    code: 'length-mismatch',
    attack: (repository) => {
      repository.serve();
      const { version } = roleOf(repository);
      repository.files.set(`${version}.sync.json`, Buffer.concat([fileOf(repository), Buffer.from(' ')]));
    },
  },
  {
    name: 'that has expired',
    code: 'metadata-expired',
    attack: editSync(set('expires', day(0))),
  },
  {
    name: 'that says another version than the snapshot',
    code: 'version-mismatch',
    attack: (repository) =>
      repository.serve({
        edit: {
          snapshot: (signed) => {
            const { meta } = signed as { meta: Record<string, Record<string, unknown>> };
            const entry = meta['sync.json'] ?? assert.fail();
            entry['version'] = roleOf(repository).version + 1;
            repository.files.set(`${roleOf(repository).version + 1}.sync.json`, fileOf(repository));
          },
        },
      }),
  },
  {
    name: 'that is not served',
    code: 'metadata-missing',
    attack: (repository) => repository.serve({ delegated: { sync: { isHeldBack: true } } }),
  },
  {
    name: 'that is a snapshot',
    code: 'wrong-metadata-type',
    attack: editSync(set('_type', 'snapshot')),
  },
  {
    name: 'that delegates further',
    code: 'unsupported-delegation',
    attack: editSync((signed) => {
      const role = { name: 'deeper', keyids: [], threshold: 1, terminating: true, paths: ['sync/*/*'] };
      signed['delegations'] = { keys: {}, roles: [role] };
    }),
  },
  {
    name: 'with a path that leads elsewhere',
    code: 'unsafe-name',
    attack: editSync(set('targets', { '../x': targetEntry('x') })),
  },
  {
    name: 'with the name __proto__',
    code: 'unsafe-name',
    attack: (repository) =>
      repository.serve({
        delegated: {
          sync: {
            text: (signed) => signed.replace(/"targets":.*,"version"/, `"targets":{"__proto__":${entry}},"version"`),
          },
        },
      }),
  },
  {
    name: 'with a target without a hash',
    code: 'missing-hash',
    attack: editSync(set('targets', { [syncPath]: { length: 1, hashes: {} } })),
  },
];

for (const { name, code, attack } of ofOneRole) {
  test(`a delegated role ${name} is refused, and the others go on: ${code}`, async () => {
    const repository = delegating();
    const store = enrolled(repository);
    await refresh(repository, store);
    const before = store.files.get('sync.json');
    assert.ok(before);
    const { signers, threshold } = roleOf(repository);
    attack(repository);
    const trusted = await refresh(repository, store);
    assert.deepEqual(
      [...trusted.refused].map(([role, error]) => [role, error.code]),
      [['sync', code]],
    );
    assert.throws(
      () => findTarget(trusted, syncPath),
      (error) => error instanceof TrustError && error.code === code,
    );
    assert.equal(findTarget(trusted, healthPath)?.role, 'health');
    assert.equal(store.files.get('sync.json'), before, 'what was good stays');
    // The truth is taken again.
    Object.assign(roleOf(repository), { signers, threshold });
    repository.serve();
    assert.equal(findTarget(await refresh(repository, store), syncPath)?.role, 'sync');
  });
}

/** What is wrong with the delegations or the snapshot stops all. */
const ofAll: readonly {
  readonly name: string;
  readonly code: TrustErrorCode;
  attack(repository: HostileRepository): void;
}[] = [
  {
    name: 'a snapshot that lists a delegated role with a lower version',
    code: 'version-rollback',
    attack: (repository) => {
      roleOf(repository).version = 0;
      repository.serve();
    },
  },
  {
    name: 'a snapshot that no longer lists a delegated role',
    code: 'metadata-missing',
    attack: (repository) =>
      repository.serve({ edit: { snapshot: (signed) => delete (signed['meta'] as Draft)['sync.json'] } }),
  },
  ...['../x', '__proto__', 'root', 'targets', 'snapshot', 'timestamp', 'A', 'a/b', 'a.b', '', '1', 'a'.repeat(65)].map(
    (name) => ({
      name: `a delegation to ${JSON.stringify(name.slice(0, 20))}`,
      code: 'unsupported-delegation' as const,
      attack: (repository: HostileRepository) => {
        const edit = (signed: Draft): void => {
          (signed['delegations'] as { roles: Draft[] }).roles[0]!['name'] = name;
        };
        repository.serve({ edit: { targets: edit } });
      },
    }),
  ),
  {
    name: '10,000 delegated roles',
    code: 'unsupported-delegation',
    attack: (repository) => {
      const edit = (signed: Draft): void => {
        const delegations = signed['delegations'] as { roles: Draft[] };
        const [role] = delegations.roles;
        delegations.roles = Array.from({ length: 10_000 }, (_, at) => ({ ...role, name: `role-${at}` }));
      };
      repository.serve({ edit: { targets: edit } });
    },
  },
  {
    name: 'two delegations to one role',
    code: 'unsupported-delegation',
    attack: (repository) => {
      const edit = (signed: Draft): void => {
        const { roles } = signed['delegations'] as { roles: Draft[] };
        roles[1] = { ...roles[1], name: 'sync' };
      };
      repository.serve({ edit: { targets: edit } });
    },
  },
  {
    name: 'a delegation by path hashes',
    code: 'unsupported-delegation',
    attack: (repository) => {
      const edit = (signed: Draft): void => {
        const [role] = (signed['delegations'] as { roles: Draft[] }).roles;
        delete role!['paths'];
        role!['path_hash_prefixes'] = ['ab'];
      };
      repository.serve({ edit: { targets: edit } });
    },
  },
  {
    name: 'delegations without a list of roles',
    code: 'unsupported-delegation',
    attack: (repository) =>
      repository.serve({ edit: { targets: set('delegations', { keys: {}, succinct_roles: {} }) } }),
  },
  ...[0, -1, 1.5].map((threshold) => ({
    name: `a delegation with the threshold ${threshold}`,
    code: 'malformed-metadata' as const,
    attack: (repository: HostileRepository) => {
      const text = (signed: string): string => signed.replace('"threshold":1', `"threshold":${threshold}`);
      repository.serve({ text: { targets: text } });
    },
  })),
  {
    name: '17 path patterns for one role',
    code: 'malformed-metadata',
    attack: (repository) => {
      roleOf(repository).paths = Array.from({ length: 17 }, (_, at) => `sync/${at}/*`);
      repository.serve();
    },
  },
];

for (const { name, code, attack } of ofAll) {
  test(`${name} is refused: ${code}`, async () => {
    const repository = delegating();
    const store = enrolled(repository);
    await refresh(repository, store);
    const before = store.picture();
    attack(repository);
    await refused(refresh(repository, store), code);
    assert.deepEqual(
      { ...store.picture(), 'timestamp.json': '', 'snapshot.json': '' },
      {
        ...before,
        'timestamp.json': '',
        'snapshot.json': '',
      },
    );
  });
}

test('a role lists nothing outside the paths that it is trusted with', async () => {
  const repository = delegating();
  const outside = { [healthPath]: targetEntry('by sync'), 'sync/1.0/deep/sync.tar': targetEntry('deeper') };
  Object.assign(roleOf(repository).targets, outside, { 'sync/x': targetEntry('higher') });
  roleOf(repository, 'health').targets = {};
  repository.serve();
  const trusted = await refresh(repository, enrolled(repository));
  for (const path of [healthPath, 'sync/1.0/deep/sync.tar', 'sync/x'])
    assert.equal(findTarget(trusted, path), undefined);
  assert.equal(findTarget(trusted, syncPath)?.role, 'sync');
});

test('a role that is asked first speaks for its paths; when it terminates, no later one does', async () => {
  const repository = delegating();
  repository.delegate('later', ['sync/*/*']).targets = { 'sync/2.0/sync.tar': targetEntry('later') };
  repository.serve();
  assert.equal(findTarget(await refresh(repository, enrolled(repository)), 'sync/2.0/sync.tar'), undefined);
  roleOf(repository).isTerminating = false;
  repository.serve();
  assert.equal(findTarget(await refresh(repository, enrolled(repository)), 'sync/2.0/sync.tar')?.role, 'later');
  // A refused role may have listed it: nobody speaks in its place.
  repository.serve({ delegated: { sync: { signers: [] } } });
  const trusted = await refresh(repository, enrolled(repository));
  assert.throws(() => findTarget(trusted, 'sync/2.0/sync.tar'), { code: 'below-threshold' });
});

test('S6: delegated roles are stored one by one, after the targets, and asked for only when they changed', async () => {
  const repository = delegating();
  const store = enrolled(repository);
  await refresh(repository, store);
  assert.deepEqual(store.changes.slice(-3), ['write targets.json', 'write sync.json', 'write health.json']);
  repository.requests.length = 0;
  store.changes.length = 0;
  await refresh(repository, store);
  assert.deepEqual(repository.requests, ['2.root.json', 'timestamp.json']);
  assert.deepEqual(store.changes, []);
  const stored = loadTrusted({ store, now });
  assert.deepEqual([...stored.delegated.keys()], ['sync', 'health']);
});

test('S6: a kill between two delegated roles loses nothing, and the next refresh goes on', async () => {
  const repository = delegating();
  const store = enrolled(repository);
  store.beforeChange = (change) => {
    if (change === 'write health.json') throw new Error('killed');
  };
  await assert.rejects(refresh(repository, store), { message: 'killed' });
  assert.ok(store.files.has('sync.json'));
  store.beforeChange = () => undefined;
  repository.requests.length = 0;
  await refresh(repository, store);
  assert.deepEqual(repository.requests.slice(2), [`${roleOf(repository, 'health').version}.health.json`]);
});

test('new keys of a delegated role count from the targets on that name them, and the old ones no more', async () => {
  const repository = delegating();
  const store = enrolled(repository);
  await refresh(repository, store);
  const stolen = roleOf(repository).signers;
  roleOf(repository).signers = [newSigner()];
  repository.serve();
  const trusted = await refresh(repository, store);
  assert.deepEqual([trusted.refused.size, findTarget(trusted, syncPath)?.role], [0, 'sync']);
  repository.serve({ delegated: { sync: { signers: stolen } } });
  assert.equal((await refresh(repository, store)).refused.get('sync')?.code, 'below-threshold');
});

test('the file of a role that is not delegated to any more is removed, and the role is not asked', async () => {
  const repository = delegating();
  const store = enrolled(repository);
  await refresh(repository, store);
  repository.delegated.delete('sync');
  // TUF 5.5.5: what was listed stays listed.
  const keep = (signed: Draft): void => {
    (signed['meta'] as Draft)['sync.json'] = { version: 2 };
  };
  repository.serve({ edit: { snapshot: keep } });
  const trusted = await refresh(repository, store);
  assert.equal(findTarget(trusted, syncPath), undefined);
  assert.equal(store.files.has('sync.json'), false);
});

test('a repository that is read without delegations is asked for none', async () => {
  const repository = delegating();
  repository.requests.length = 0;
  const { refreshRepository } = await import('./refresh.ts');
  const trusted = await refreshRepository(
    { store: enrolled(repository), fetch: repository.fetch, now, followsDelegations: false },
    new AbortController().signal,
  );
  assert.deepEqual([trusted.delegated.size, findTarget(trusted, syncPath)], [0, undefined]);
  assert.equal(
    repository.requests.some((name) => /sync|health/.test(name)),
    false,
  );
});
