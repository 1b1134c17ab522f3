/** S6 by a table: what whoever serves the repository may try, the code of the refusal, and what may be stored before it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TrustErrorCode } from '../error.ts';
import { day, enrolled, flip, now, refresh, refused, set } from '../testing/client.ts';
import { HostileRepository, newSigner } from '../testing/hostile-repository.ts';

type Attack = {
  readonly name: string;
  readonly code: TrustErrorCode;
  attack(repository: HostileRepository): void;
  /** What may have been stored before the refusal; nothing by default. */
  readonly stored?: readonly string[];
};

const upToTimestamp = ['write timestamp.json'];
const upToSnapshot = ['write timestamp.json', 'write snapshot.json'];
const nested = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

const attacks: Attack[] = [
  // 5.3
  {
    name: '5.3.4: a root by strange keys only',
    code: 'below-threshold',
    attack: (repository) => {
      repository.rotate('root');
      repository.serveRoot({ signers: repository.signers.root });
    },
  },
  {
    name: '5.3.4: a root that its own keys did not sign',
    code: 'below-threshold',
    attack: (repository) => {
      const old = repository.signers.root;
      repository.rotate('root');
      repository.serveRoot({ signers: old });
    },
  },
  {
    name: '5.3.5: a root with a gap in the versions',
    code: 'version-mismatch',
    attack: (repository) =>
      repository.serveRoot({
        edit: set('version', 3),
      }),
  },
  {
    name: '5.3.5: an older root',
    code: 'version-rollback',
    stored: ['write root.json'],
    attack: (repository) => {
      repository.serveRoot();
      repository.files.set('3.root.json', repository.files.get('1.root.json') ?? new Uint8Array());
    },
  },
  {
    name: '5.3.10: an expired newest root',
    code: 'metadata-expired',
    stored: ['write root.json'],
    attack: (repository) =>
      repository.serveRoot({
        edit: set('expires', day(0)),
      }),
  },
  {
    name: 'a root of more than 512 KiB',
    code: 'metadata-too-large',
    attack: (repository) => {
      repository.files.set('2.root.json', Buffer.alloc(512 * 1024 + 1, ' '));
    },
  },
  {
    name: 'a root with 1,025 keys',
    code: 'metadata-too-large',
    attack: (repository) =>
      repository.serveRoot({
        edit: (signed) => {
          const [key] = Object.values(signed['keys'] as object);
          signed['keys'] = Object.fromEntries(Array.from({ length: 1025 }, (_, at) => [`key-${at}`, key]));
        },
      }),
  },
  {
    name: 'a root without a role',
    code: 'malformed-metadata',
    attack: (repository) => repository.serveRoot({ edit: (signed) => delete (signed['roles'] as never)['snapshot'] }),
  },
  ...[0, -1, 1.5, '1', 2 ** 53].map((threshold) => ({
    name: `a root whose threshold is ${JSON.stringify(threshold)}`,
    code: 'malformed-metadata' as const,
    attack: (repository: HostileRepository) => {
      const text = `"threshold":${JSON.stringify(threshold)}`;
      const signed = Buffer.from(repository.file('root')).toString().split('"signed":')[1]?.slice(0, -1) ?? '';
      const edited = signed.replaceAll('"threshold":1', text).replace('"version":1', '"version":2');
      repository.files.set('2.root.json', repository.assemble(edited, repository.signers.root));
    },
  })),
  // 5.4
  {
    name: '5.4.2: a timestamp with one byte changed',
    code: 'below-threshold',
    attack: (repository) => {
      repository.serve();
      repository.files.set('timestamp.json', flip(repository.file('timestamp'), '"length"'));
    },
  },
  {
    name: '5.4.2: a timestamp by the snapshot key',
    code: 'below-threshold',
    attack: (repository) => repository.serve({ signers: { timestamp: repository.signers.snapshot } }),
  },
  {
    name: '5.4.2: a timestamp that nobody signed',
    code: 'below-threshold',
    attack: (repository) => repository.serve({ signers: { timestamp: [] } }),
  },
  {
    name: '5.4.2: a signature under a key id that the role does not have',
    code: 'below-threshold',
    attack: (repository) => {
      repository.serve({ signers: { timestamp: [] } });
      const stranger = newSigner();
      repository.serveTimestamp({ signers: { timestamp: [stranger] } });
    },
  },
  {
    name: '5.4.3.1: an older timestamp',
    code: 'version-rollback',
    attack: (repository) =>
      repository.serveTimestamp({
        edit: {
          timestamp: set('version', 1),
        },
      }),
  },
  {
    name: '5.4.3.2: a newer timestamp that lists an older snapshot',
    code: 'version-rollback',
    attack: (repository) =>
      repository.serveTimestamp({
        edit: {
          timestamp: set('meta', { 'snapshot.json': { version: 1 } }),
        },
      }),
  },
  {
    name: '5.4.4: an expired timestamp',
    code: 'metadata-expired',
    attack: (repository) =>
      repository.serve({
        edit: {
          timestamp: set('expires', day(0)),
        },
      }),
  },
  {
    name: 'a timestamp that lists more than the snapshot',
    code: 'malformed-metadata',
    attack: (repository) =>
      repository.serve({
        edit: {
          timestamp: (signed) => {
            Object.assign(signed['meta'] as object, { 'targets.json': { version: 1 } });
          },
        },
      }),
  },
  {
    name: 'a timestamp of more than 16 KiB',
    code: 'metadata-too-large',
    attack: (repository) => {
      repository.files.set('timestamp.json', Buffer.alloc(16 * 1024 + 1, ' '));
    },
  },
  {
    name: 'a timestamp that is another role by the same key',
    code: 'wrong-metadata-type',
    attack: (repository) =>
      repository.serve({
        edit: {
          timestamp: set('_type', 'snapshot'),
        },
      }),
  },
  {
    name: 'a timestamp for TUF 2',
    code: 'unsupported-spec-version',
    attack: (repository) =>
      repository.serve({
        edit: {
          timestamp: set('spec_version', '2.0.0'),
        },
      }),
  },
  {
    name: 'no timestamp at all',
    code: 'metadata-missing',
    attack: (repository) => {
      repository.files.delete('timestamp.json');
    },
  },
  ...[
    ...['2026-13-01T00:00:00Z', '2027-02-30T00:00:00Z', '2027-02-29T00:00:00Z', '2027-01-01T00:00:00+01:00'],
    ...['2027-01-01T00:00:00', '2027-01-01', '2027-01-01T24:00:00Z', '2027-01-01T00:00:60Z', '2027-01-01t00:00:00z'],
    ...[
      '2027-01-01T00:00:00.000Z',
      ' 2027-01-01T00:00:00Z',
      '2027-01-01T00:00:00Z\n',
      'never',
      '',
      1_830_000_000,
      null,
    ],
  ].map((expires) => ({
    name: `a timestamp that expires ${JSON.stringify(expires)}`,
    code: 'malformed-metadata' as const,
    attack: (repository: HostileRepository) =>
      repository.serve({
        text: {
          timestamp: (text) => text.replace(/"expires":"[^"]*"/, `"expires":${JSON.stringify(expires)}`),
        },
      }),
  })),
  ...[0, -1, 1.5, '2', 2 ** 53, null].map((version) => ({
    name: `a timestamp of version ${JSON.stringify(version)}`,
    code: 'malformed-metadata' as const,
    attack: (repository: HostileRepository) =>
      repository.serve({
        text: { timestamp: (text) => text.replace(/"version":\d+,"x-/, `"version":${JSON.stringify(version)},"x-`) },
      }),
  })),
  // 5.5
  {
    name: '5.5.2: a snapshot with one byte changed',
    code: 'hash-mismatch',
    stored: upToTimestamp,
    attack: (repository) => {
      repository.serve();
      repository.files.set('3.snapshot.json', flip(repository.file('snapshot'), '"length"'));
    },
  },
  {
    name: '5.5.2: a snapshot that is longer than listed',
    code: 'length-mismatch',
    stored: upToTimestamp,
    attack: (repository) => {
      repository.serve();
      repository.files.set('3.snapshot.json', Buffer.concat([repository.file('snapshot'), Buffer.from(' ')]));
    },
  },
  {
    name: '5.5.2: the snapshot of another moment (mix and match)',
    code: 'hash-mismatch',
    stored: upToTimestamp,
    attack: (repository) => {
      repository.serve();
      const other = repository.file('snapshot');
      repository.serve();
      repository.files.set('4.snapshot.json', other);
    },
  },
  {
    name: '5.5.3: a snapshot by a strange key',
    code: 'below-threshold',
    stored: upToTimestamp,
    attack: (repository) => repository.serve({ signers: { snapshot: [newSigner()] } }),
  },
  {
    name: '5.5.4: a snapshot of another version than listed',
    code: 'version-mismatch',
    stored: upToTimestamp,
    attack: (repository) => {
      repository.serve({
        edit: {
          timestamp: set('meta', { 'snapshot.json': { version: 4 } }),
        },
      });
      repository.files.set('4.snapshot.json', repository.file('snapshot'));
    },
  },
  {
    name: '5.5.5: a snapshot with older targets',
    code: 'version-rollback',
    stored: upToTimestamp,
    attack: (repository) =>
      repository.serve({
        edit: {
          snapshot: set('meta', { 'targets.json': { version: 1 } }),
        },
      }),
  },
  {
    name: '5.5.5: a snapshot that no longer lists a file',
    code: 'metadata-missing',
    stored: upToTimestamp,
    attack: (repository) =>
      repository.serve({
        edit: {
          snapshot: set('meta', {}),
        },
      }),
  },
  {
    name: '5.5.6: an expired snapshot',
    code: 'metadata-expired',
    stored: upToTimestamp,
    attack: (repository) =>
      repository.serve({
        edit: {
          snapshot: set('expires', day(-1)),
        },
      }),
  },
  {
    name: 'a snapshot that is listed beyond 2 MiB',
    code: 'metadata-too-large',
    stored: upToTimestamp,
    attack: (repository) =>
      repository.serve({
        edit: {
          timestamp: set('meta', { 'snapshot.json': { version: 3, length: 2 ** 40 } }),
        },
      }),
  },
  {
    name: 'a snapshot beyond 2 MiB whose length is not listed',
    code: 'metadata-too-large',
    stored: upToTimestamp,
    attack: (repository) => {
      repository.serve({
        edit: {
          timestamp: set('meta', { 'snapshot.json': { version: 3 } }),
        },
      });
      repository.files.set('3.snapshot.json', Buffer.alloc(2 * 1024 * 1024 + 1, ' '));
    },
  },
  {
    name: 'a snapshot listed with an empty set of hashes',
    code: 'missing-hash',
    attack: (repository) =>
      repository.serve({
        edit: {
          timestamp: set('meta', { 'snapshot.json': { version: 3, hashes: {} } }),
        },
      }),
  },
  {
    name: 'a snapshot that is listed and not there',
    code: 'metadata-missing',
    stored: upToTimestamp,
    attack: (repository) => {
      repository.serve();
      repository.files.delete('3.snapshot.json');
    },
  },
  // 5.6
  {
    name: '5.6.2: targets with one byte changed',
    code: 'hash-mismatch',
    stored: upToSnapshot,
    attack: (repository) => {
      repository.serve();
      repository.files.set('3.targets.json', flip(repository.file('targets'), '"length"'));
    },
  },
  {
    name: '5.6.3: targets by a strange key',
    code: 'below-threshold',
    stored: upToSnapshot,
    attack: (repository) => repository.serve({ signers: { targets: [newSigner()] } }),
  },
  {
    name: '5.6.4: targets of another version than listed',
    code: 'version-mismatch',
    stored: upToSnapshot,
    attack: (repository) => {
      repository.serve({
        edit: {
          snapshot: set('meta', { 'targets.json': { version: 4 } }),
        },
      });
      repository.files.set('4.targets.json', repository.file('targets'));
    },
  },
  {
    name: '5.6.5: expired targets',
    code: 'metadata-expired',
    stored: upToSnapshot,
    attack: (repository) =>
      repository.serve({
        edit: {
          targets: set('expires', day(0)),
        },
      }),
  },
  ...[
    ...[
      '__proto__',
      'a/__proto__/b',
      '../x',
      'a/../x',
      'a/..',
      '.',
      '/x',
      'a//b',
      'a/',
      '',
      'a\\b',
      'C:\\x',
      'a\u0000b',
      'a\nb',
    ],
    'x'.repeat(513),
  ].map((path) => ({
    name: `a target named ${JSON.stringify(path).slice(0, 30)}`,
    code: 'unsafe-name' as const,
    stored: upToSnapshot,
    attack: (repository: HostileRepository) => {
      // As text: control characters stand raw in the canonical form.
      const entry = `${JSON.stringify(path)}:{"hashes":{"sha256":"${'0'.repeat(64)}"},"length":1}`;
      repository.serve({ text: { targets: (text) => text.replace(/"targets":{/, `"targets":{${entry},`) } });
    },
  })),
  ...(
    [
      ['no hashes', { length: 1 }, 'malformed-metadata'],
      ['an empty set of hashes', { length: 1, hashes: {} }, 'missing-hash'],
      ['only an unknown hash', { length: 1, hashes: { md5: '0'.repeat(32) } }, 'missing-hash'],
      ['a short hash', { length: 1, hashes: { sha256: '00' } }, 'malformed-metadata'],
      ['an upper-case hash', { length: 1, hashes: { sha256: 'A'.repeat(64) } }, 'malformed-metadata'],
      ['a list of hashes', { length: 1, hashes: ['sha256'] }, 'malformed-metadata'],
      ['no length', { hashes: { sha256: '0'.repeat(64) } }, 'malformed-metadata'],
      ['a negative length', { length: -1, hashes: { sha256: '0'.repeat(64) } }, 'malformed-metadata'],
      ['a list as custom', { length: 1, hashes: { sha256: '0'.repeat(64) }, custom: [] }, 'malformed-metadata'],
    ] as const
  ).map(([what, entry, code]) => ({
    name: `a target with ${what}`,
    code,
    stored: upToSnapshot,
    attack: (repository: HostileRepository) =>
      repository.serve({
        edit: {
          targets: set('targets', { x: entry }),
        },
      }),
  })),
  ...(
    [
      ['100,000 levels', (text) => text.replace(/}$/, `,"x":${nested}}`), 'metadata-too-deep'],
      ['a name twice', (text) => text.replace('"version":', '"version":9,"version":'), 'malformed-metadata'],
      [
        'a name twice, once escaped',
        (text) => text.replace('"version":', '"\\u0076ersion":9,"version":'),
        'malformed-metadata',
      ],
      ['a fraction', (text) => text.replace(/}$/, ',"x":1.5}'), 'malformed-metadata'],
      ['a number that would be rounded', (text) => text.replace(/}$/, ',"x":9007199254740993}'), 'malformed-metadata'],
      ['half a surrogate pair', (text) => text.replace(/}$/, ',"x":"\\ud800"}'), 'malformed-metadata'],
      ['broken JSON', (text) => text.replace(/}$/, ',}'), 'malformed-metadata'],
    ] as [string, (text: string) => string, TrustErrorCode][]
  ).map(([what, text, code]) => ({
    name: `well-signed targets with ${what}`,
    code,
    stored: upToSnapshot,
    attack: (repository: HostileRepository) => repository.serve({ text: { targets: text } }),
  })),
];

for (const { name, code, attack, stored = [] } of attacks) {
  test(`S6: ${name} is refused as ${code}, and only good steps are stored`, async () => {
    const repository = new HostileRepository(now);
    repository.serve();
    const store = enrolled(repository);
    await refresh(repository, store);
    const before = store.picture();
    store.changes.length = 0;

    attack(repository);
    await refused(refresh(repository, store), code);
    assert.deepEqual(store.changes, stored);
    if (stored.length === 0) assert.deepEqual(store.picture(), before);
  });
}
