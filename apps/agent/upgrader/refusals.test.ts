/**
 * What an agent refuses, end to end: the real upgrader as a process of its own, against repositories that lie. After
 * each refusal nothing on the host has changed but metadata that was good, and a true release is taken.
 */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { formatTarHeader } from '@springline/auto-upgrade/release/tar-header';
import type { Draft, HostileRepository } from '@springline/tuf/testing/hostile-repository';
import { newSigner } from '@springline/tuf/testing/hostile-repository';
import { verifiedProgram } from '../slot/slot.ts';
import { component, program, sendBytes, sendEndlessly, UpdateWorld } from '../testing/update-world.ts';
import type { RepositoryName } from './trust-store.ts';

const past = '2020-01-01T00:00:00Z';

interface Lie {
  readonly name: string;
  tell(world: UpdateWorld): unknown;
  /** Of the refusal; without it nothing is refused, and nothing offered either. */
  readonly code: string | undefined;
}

const both: readonly RepositoryName[] = ['image', 'director'];
const online = ['targets', 'snapshot', 'timestamp'] as const;
const inBoth = (make: (repository: RepositoryName) => readonly Lie[]): readonly Lie[] => both.flatMap(make);

/** The repository serves what it has, but for some bytes of one file. */
function alter(world: UpdateWorld, repository: RepositoryName, file: string): void {
  const { files } = world.repositories[repository];
  const bytes = Buffer.from(files.get(file) ?? assert.fail(`${file} is not served`));
  // The first digit of the year of expiry: still JSON, and well signed but for this.
  bytes[bytes.indexOf('"expires":"') + 11]! ^= 1;
  files.set(file, bytes);
}

function alterRole(world: UpdateWorld, repository: RepositoryName, role: (typeof online)[number]): void {
  const { versions } = world.repositories[repository];
  alter(world, repository, role === 'timestamp' ? 'timestamp.json' : `${versions[role]}.${role}.json`);
}

function serveBadRoot(
  world: UpdateWorld,
  name: RepositoryName,
  lies: Parameters<HostileRepository['serveRoot']>[0],
): void {
  world.repositories[name].serveRoot(lies);
  world.badRoot(name);
}

const expired = (signed: Draft): void => {
  signed['expires'] = past;
};

const changedBytes: readonly Lie[] = inBoth((repository) => [
  {
    name: `one byte of ${repository}/root changed`,
    tell: (world) => {
      serveBadRoot(world, repository, {});
      alter(world, repository, '2.root.json');
    },
    code: 'below-threshold',
  },
  ...online.map((role) => ({
    name: `one byte of ${repository}/${role} changed`,
    tell: (world: UpdateWorld) => alterRole(world, repository, role),
    code: role === 'timestamp' ? 'below-threshold' : 'hash-mismatch',
  })),
]);

const expiries: readonly Lie[] = inBoth((repository) => [
  {
    name: `${repository}/root expired`,
    tell: (world) => world.repositories[repository].serveRoot({ edit: expired }),
    code: 'metadata-expired',
  },
  ...online.map((role) => ({
    name: `${repository}/${role} expired`,
    tell: (world: UpdateWorld) => world.repositories[repository].serve({ edit: { [role]: expired } }),
    code: 'metadata-expired',
  })),
]);

/** The agent sees a version, and then a lower one. */
const rollbacks: readonly Lie[] = inBoth((repository) => [
  {
    name: `${repository}/root lower than before`,
    tell: async (world) => {
      const { files, ...honest } = world.repositories[repository];
      world.repositories[repository].serveRoot();
      await world.upgrade({ kind: 'look' });
      files.set(`${honest.versions.root + 1}.root.json`, files.get('1.root.json')!);
      world.repositories[repository].versions.root++;
      world.badRoot(repository);
    },
    code: 'version-rollback',
  },
  {
    name: `${repository}/timestamp lower than before`,
    tell: async (world) => {
      const { files } = world.repositories[repository];
      const old = files.get('timestamp.json')!;
      world.repositories[repository].serve();
      await world.upgrade({ kind: 'look' });
      files.set('timestamp.json', old);
    },
    code: 'version-rollback',
  },
  {
    name: `${repository}/snapshot lower than before`,
    tell: async (world) => {
      await world.upgrade({ kind: 'look' });
      world.repositories[repository].versions.snapshot = 0;
      world.repositories[repository].serve();
    },
    code: 'version-rollback',
  },
  {
    name: `${repository}/targets lower than before`,
    tell: async (world) => {
      await world.upgrade({ kind: 'look' });
      world.repositories[repository].versions.targets = 0;
      world.repositories[repository].serve();
    },
    code: 'version-rollback',
  },
]);

const strangers: readonly Lie[] = inBoth((repository) => [
  {
    name: `${repository}/root by a strange key`,
    tell: (world) => serveBadRoot(world, repository, { signers: [newSigner()] }),
    code: 'below-threshold',
  },
  ...online.map((role) => ({
    name: `${repository}/${role} by a strange key`,
    tell: (world: UpdateWorld) => world.repositories[repository].serve({ signers: { [role]: [newSigner()] } }),
    code: 'below-threshold',
  })),
]);

const thresholds = (repository: RepositoryName): readonly Lie[] => [
  {
    name: `${repository}/root by one of two keys`,
    tell: (world) => {
      const { signers, thresholds } = world.repositories[repository];
      const [held] = signers.root;
      signers.root = [held!, newSigner()];
      thresholds.root = 2;
      serveBadRoot(world, repository, { signers: [held!] });
    },
    code: 'below-threshold',
  },
  ...online.map((role) => ({
    name: `${repository}/${role} by one of two keys`,
    tell: (world: UpdateWorld) => {
      const made = world.repositories[repository];
      const [held] = made.signers[role];
      made.signers[role] = [held!, newSigner()];
      made.thresholds[role] = 2;
      made.serveRoot();
      made.serve({ signers: { [role]: [held!] } });
    },
    code: 'below-threshold',
  })),
  {
    name: `${repository}/timestamp by one key under two ids`,
    tell: (world) => {
      const made = world.repositories[repository];
      const [held] = made.signers.timestamp;
      made.signers.timestamp = [held!, { ...held!, keyId: 'twin' }];
      made.thresholds.timestamp = 2;
      made.serveRoot();
      made.serve();
    },
    code: 'below-threshold',
  },
];

function nested(levels: number): (signed: string) => string {
  return (signed) => signed.replace(/\}$/, `,"x":${'['.repeat(levels)}${']'.repeat(levels)}}`);
}

const entry = `{"hashes":{"sha256":"${'a'.repeat(64)}"},"length":1}`;
/** One more target, before all others, as the canonical order wants it. */
const withTarget =
  (path: string, listed = entry) =>
  (signed: string) =>
    signed.replace('"targets":{', `"targets":{${JSON.stringify(path)}:${listed},`);

/** Of one repository: both are read by the same code. */
const malformed = (repository: RepositoryName): readonly Lie[] => [
  {
    name: `${repository}/timestamp nested 100,000 deep`,
    tell: (world) => world.repositories[repository].serve({ text: { timestamp: nested(100_000) } }),
    code: 'metadata-too-large',
  },
  {
    name: `${repository}/targets nested 100,000 deep`,
    tell: (world) => world.repositories[repository].serve({ text: { targets: nested(100_000) } }),
    code: 'metadata-too-deep',
  },
  ...online.map((role) => ({
    name: `${repository}/${role} that expires on a day that no calendar has`,
    tell: (world: UpdateWorld) =>
      world.repositories[repository].serve({
        edit: {
          [role]: (signed: Draft) => {
            signed['expires'] = '2099-02-30T00:00:00Z';
          },
        },
      }),
    code: 'malformed-metadata',
  })),
  {
    name: `${repository}/targets with a target without a hash`,
    tell: (world) =>
      world.repositories[repository].serve({ text: { targets: withTarget('a', '{"hashes":{},"length":1}') } }),
    code: 'missing-hash',
  },
  {
    name: `${repository}/targets with a target of MD5 alone`,
    tell: (world) => {
      const listed = `{"hashes":{"md5":"${'a'.repeat(32)}"},"length":1}`;
      return world.repositories[repository].serve({ text: { targets: withTarget('a', listed) } });
    },
    code: 'missing-hash',
  },
  ...['__proto__', '../x', '/etc/passwd', 'a\\b', './x'].map((path) => ({
    name: `${repository}/targets with the name ${path}`,
    tell: (world: UpdateWorld) => world.repositories[repository].serve({ text: { targets: withTarget(path) } }),
    code: 'unsafe-name',
  })),
  {
    name: `${repository}/snapshot that says it is 3 MiB long`,
    tell: (world) =>
      world.repositories[repository].serve({
        edit: {
          timestamp: (signed) => {
            const { meta } = signed as { meta: Record<string, { length: number }> };
            meta['snapshot.json']!.length = 3 * 1024 * 1024;
          },
        },
      }),
    code: 'metadata-too-large',
  },
  ...(['1.root', 'timestamp', 'snapshot', 'targets'] as const).map((file) => ({
    name: `${repository}/${file} that never ends`,
    tell: (world: UpdateWorld) => {
      const name = file === '1.root' ? `${repository}/metadata/2.root.json` : `${file}.json`;
      world.answer = (path, response) => {
        if (!path.startsWith(`${repository}/metadata/`) || !path.endsWith(name)) return false;
        sendEndlessly(response, { bytes: 0 });
        return true;
      };
    },
    // What the timestamp and the snapshot list, they list with a length.
    code: file === '1.root' || file === 'timestamp' ? 'metadata-too-large' : 'length-mismatch',
  })),
  {
    name: `${repository}/metadata that is a web page`,
    tell: (world) => {
      world.answer = (path, response) => {
        if (path !== `${repository}/metadata/timestamp.json`) return false;
        response.writeHead(200).end('<!doctype html><title>Sign in to the hotel network</title>');
        return true;
      };
    },
    code: 'malformed-metadata',
  },
  {
    name: `${repository}/timestamp behind a redirect`,
    tell: (world) => {
      const { files } = world.repositories[repository];
      world.answer = (path, response) => {
        if (path === 'elsewhere') sendBytes(response, files.get('timestamp.json')!, undefined);
        else if (path === `${repository}/metadata/timestamp.json`) {
          response.writeHead(302, { location: `${world.url}/repository/elsewhere` }).end();
        } else return false;
        return true;
      };
    },
    code: 'repository-unreachable',
  },
  {
    name: `${repository} behind a server that fails`,
    tell: (world) => {
      world.answer = (path, response) => {
        if (!path.startsWith(`${repository}/`)) return false;
        response.writeHead(500).end();
        return true;
      };
    },
    code: 'repository-unreachable',
  },
  {
    name: `${repository} without a timestamp`,
    tell: (world) => world.repositories[repository].files.delete('timestamp.json'),
    code: 'metadata-missing',
  },
];

const releases: readonly Lie[] = [
  {
    name: 'a release that only the Image repository names',
    tell: async (world) => {
      const { path } = await world.prepare();
      delete world.repositories.director.targets[path];
      for (const name of both) world.repositories[name].serve();
    },
    code: undefined,
  },
  {
    name: 'a release that only the Director repository names',
    tell: async (world) => {
      const { path } = await world.prepare();
      delete world.role(component).targets[path];
      for (const name of both) world.repositories[name].serve();
    },
    code: 'not-in-image',
  },
  {
    name: 'a release of another length in the Director repository',
    tell: async (world) => {
      const { path } = await world.prepare();
      const { targets } = world.repositories.director;
      targets[path] = { ...(targets[path] as object), length: 1 };
      for (const name of both) world.repositories[name].serve();
    },
    code: 'targets-disagree',
  },
  {
    name: 'a lower version',
    tell: (world) => world.publish({ version: '2.4.9.9', releaseNumber: 3 }),
    code: 'version-fell',
  },
  {
    name: 'a higher version with the release number of the one that runs',
    tell: (world) => world.publish({ version: '2.7.0.0', releaseNumber: 1 }),
    code: 'release-number-fell',
  },
];

const archives: readonly Lie[] = [
  {
    name: 'S26: one byte of the transport changed',
    tell: async (world) => {
      const { transport } = await world.publish();
      const bytes = Buffer.from(world.transports.get(transport)!);
      bytes[bytes.length >> 1]! ^= 1;
      world.transports.set(transport, bytes);
    },
    code: 'hash-mismatch',
  },
  {
    name: 'S26: a transport that is longer than signed',
    tell: async (world) => {
      const { transport } = await world.publish();
      world.transports.set(transport, Buffer.concat([world.transports.get(transport)!, Buffer.alloc(9)]));
    },
    code: 'length-mismatch',
  },
  {
    name: 'S26: a transport that never ends',
    tell: async (world) => {
      const { transport } = await world.publish();
      world.answer = (path, response) => {
        if (path !== `image/targets/${transport}`) return false;
        sendEndlessly(response, { bytes: 0 });
        return true;
      };
    },
    code: 'length-mismatch',
  },
  {
    name: 'S26: a transport that unpacks to 64 MB',
    tell: (world) => world.publish({ full: zstdCompressSync(Buffer.alloc(64_000_000)) }),
    code: 'transport-too-large',
  },
  {
    name: 'S26: a transport that is no compressed file',
    tell: (world) => world.publish({ full: Buffer.from('not compressed at all') }),
    code: 'malformed-transport',
  },
  {
    name: 'S26: the transport of another build',
    tell: (world) => world.publish({ full: zstdCompressSync(tarWith({ path: `${component}.mjs` })) }),
    code: 'hash-mismatch',
  },
  {
    name: 'an archive with ../x',
    tell: (world) => world.publish({ tar: tarWith({ path: '../x' }) }),
    code: 'malformed-archive',
  },
  {
    name: 'an archive with an absolute path',
    tell: (world) => world.publish({ tar: tarWith({ path: '/etc/passwd' }) }),
    code: 'malformed-archive',
  },
  {
    name: 'an archive with a symbolic link',
    tell: (world) => world.publish({ tar: tarWith({ path: 'a.mjs', type: '2' }) }),
    code: 'malformed-archive',
  },
  {
    name: 'an archive with a hard link',
    tell: (world) => world.publish({ tar: tarWith({ path: 'a.mjs', type: '1' }) }),
    code: 'malformed-archive',
  },
  {
    name: 'an archive with a device',
    tell: (world) => world.publish({ tar: tarWith({ path: 'a.mjs', type: '3' }) }),
    code: 'malformed-archive',
  },
  {
    name: 'an archive that ends too early',
    tell: (world) => world.publish({ tar: tarWith({ path: 'a.mjs' }).subarray(0, 1_024) }),
    code: 'malformed-archive',
  },
  {
    name: 'an archive with another tree than signed',
    tell: (world) => world.publish({ treeHash: 'a'.repeat(64) }),
    code: 'hash-mismatch',
  },
  {
    name: 'an archive that is shorter than signed',
    tell: (world) => world.publish({ length: 1_000_000 }),
    code: 'hash-mismatch',
  },
  {
    name: 'an archive that is to be a petabyte long',
    tell: (world) => world.publish({ length: 10 ** 15 }),
    code: 'disk-space-insufficient',
  },
  {
    name: 'an archive that is longer than signed',
    tell: (world) => world.publish({ length: 1_000 }),
    code: 'transport-too-large',
  },
];

/** An archive of one file whose header says anything. */
function tarWith({ path, type = '0' }: { readonly path: string; readonly type?: string }): Buffer {
  const content = program('evil');
  const header = Buffer.from(formatTarHeader({ path, executable: false, size: content.length }));
  header.write(type, 156, 'latin1');
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0`, 148, 'latin1');
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, content, padding, Buffer.alloc(1_024)]);
}

const lies: readonly Lie[] = [
  ...changedBytes,
  ...expiries,
  ...rollbacks,
  ...strangers,
  ...thresholds('image'),
  ...malformed('director'),
  ...releases,
  ...archives,
];

// Most of a test is waiting for processes.
describe('refused, and nothing touched', { concurrency: 3 }, () => {
  for (const { name, tell, code } of lies) test(name, (t) => refuses(t, tell, code));
});

async function refuses(t: TestContext, tell: Lie['tell'], code: Lie['code']): Promise<void> {
  const world = await UpdateWorld.installed(t);
  await tell(world);
  const before = world.picture();
  const trusted = world.trusted();

  const { staged, failure, look } = await world.upgrade();
  assert.equal(staged, undefined);
  assert.equal(failure?.code ?? look?.refusals[0]?.code, code, failure?.message);
  assert.deepEqual(world.picture(), before);
  for (const [file, version] of Object.entries(trusted)) {
    assert.ok((world.trusted()[file] ?? 0) >= version, `S6: ${file} fell`);
  }

  const release = await world.repair();
  const after = await world.upgrade();
  assert.equal(after.failure, undefined);
  assert.equal(after.staged?.sha256, release.sha256);
  assert.equal(verifiedProgram(world.home, component, 'b').facts.version, '2.6.0.0');
}
