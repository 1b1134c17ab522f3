import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AutoUpgrade, ReleaseView } from '@springline/api/shapes/auto-upgrade';
import {
  type ComponentFacts,
  fullTransportPath,
  releaseFactsJson,
} from '@springline/auto-upgrade/release/release-facts';
import { componentTargetPath } from '@springline/auto-upgrade/release/target-path';
import { writeFileAtomic } from '@springline/ports/files';
import { uuidV7 } from '@springline/ports/uuid';
import {
  type Cleanup,
  type RunningControlPlane,
  runControlPlane,
  temporaryFolder,
} from '../testing/running-control-plane.ts';
import { enrol, send, sign } from '../testing/signed-agent.ts';
import { PublishedReleases } from './published-releases.ts';

const sha256 = 'ab'.repeat(32);

const facts = (changes: Partial<ComponentFacts> = {}): ComponentFacts => {
  const named = { component: 'connect-sync', version: '1.2.3.0', platform: 'linux-x64', ...changes } as const;
  const path = fullTransportPath(componentTargetPath(named));
  return {
    kind: 'component',
    releaseNumber: 100,
    channel: { download: true, autoUpgrade: true },
    runtime: `runtime/node-24.16.0/node-24.16.0-${named.platform}.tar`,
    stateSchema: 1,
    maxRampPpmPerHour: 1_000_000,
    treeHash: sha256,
    transports: [{ kind: 'full', path, length: 1, sha256 }],
    publishedAt: '2026-11-20T08:00:00Z',
    ...named,
  };
};

/** Entries of an Image targets file. */
const entries = (...releases: readonly ComponentFacts[]): [string, unknown][] =>
  releases.map((release) => [
    componentTargetPath(release),
    { length: 1, hashes: { sha256 }, custom: releaseFactsJson(release) },
  ]);

/** Writes the Image repository's metadata as far as the fleet page reads it. */
function publish(folder: string, targets: readonly [string, unknown][], version = 1): void {
  const write = (name: string, signed: unknown) =>
    writeFileAtomic(join(folder, 'image', 'metadata', name), JSON.stringify({ signatures: [], signed }));
  write(`${version}.targets.json`, { _type: 'targets', version, targets: Object.fromEntries(targets) });
  write(`${version}.snapshot.json`, { _type: 'snapshot', version, meta: { 'targets.json': { version } } });
  write('timestamp.json', { _type: 'timestamp', version, meta: { 'snapshot.json': { version } } });
}

const autoUpgrade: AutoUpgrade = {
  state: 'Suspended',
  suspensionReason: 'UpgradeAbortedInsufficientDiskSpace',
  channel: 'HUS',
  checkedAt: '2026-11-22T13:59:00.000Z',
  components: [
    { component: 'connect-sync', version: '1.2.3.0', releaseNumber: 100, step: 'downloading', offered: '1.2.4.0' },
  ],
};

const fleetOf = async (plane: RunningControlPlane) => (await plane.ask('GET', '/hus/v1/fleet')).json;

test('the fleet shows each agent with its last heartbeat and its last report, beside the releases', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  await enrol(plane, { name: 'second', kind: 'ldif' });
  publish(join(plane.home, 'control-plane', 'repository'), entries(facts({ notes: 'The first.' })));
  const body = { hostName: 'SYNC-01', components: [], autoUpgrade };
  await send(sign(plane, agent, { method: 'POST', path: '/platform/v1/heartbeat', body }));
  const reported = (step: string) => ({
    reportId: uuidV7(),
    at: '2026-11-22T14:00:00.000Z',
    component: 'connect-sync',
    ...{ from: '1.2.2.0', to: '1.2.3.0', targetSha256: sha256, step },
  });
  const reports = [reported('activating'), reported('committed')];
  await send(sign(plane, agent, { method: 'POST', path: '/hus/v1/reports', body: { reports } }));

  const fleet = await fleetOf(plane);
  assert.deepEqual(fleet.agents[0], {
    agentId: agent.agentId,
    hostName: 'SYNC-01',
    state: 'online',
    version: '1.2.3.0',
    lastSeenAt: '2026-11-22T14:00:00.000Z',
    autoUpgrade,
    lastReport: reports[1],
  });
  assert.deepEqual([fleet.agents[1].hostName, fleet.agents[1].autoUpgrade], ['sync-1.contoso.example', undefined]);
  assert.deepEqual(fleet.releases, [
    {
      component: 'connect-sync',
      version: '1.2.3.0',
      releaseNumber: 100,
      publishedAt: '2026-11-20T08:00:00Z',
      notes: 'The first.',
    },
  ]);
  assert.equal(fleet.releasesProblem, undefined);
  const { json: home } = await plane.ask('GET', '/platform/v1/home');
  assert.deepEqual(home.agents[0].autoUpgrade, autoUpgrade);
});

const numbers = (releases: readonly ReleaseView[]): string[] =>
  releases.map(({ component, version, releaseNumber }) => `${component} ${version} ${releaseNumber}`);

function repository(t: Cleanup) {
  const folder = temporaryFolder(t);
  return { folder, published: new PublishedReleases(folder) };
}

test('releases come by component, the newest first, and once for all platforms', async (t) => {
  const { folder, published } = repository(t);
  const listed = [
    facts({ version: '1.2.3.0', releaseNumber: 100 }),
    facts({ version: '1.2.3.0', releaseNumber: 100, platform: 'linux-arm64' }),
    facts({ version: '1.10.0.0', releaseNumber: 102 }),
    facts({ version: '1.9.0.0', releaseNumber: 101, deliberatelyBroken: 'hang' }),
    facts({ component: 'agent-updater', version: '1.0.0.0', releaseNumber: 7 }),
  ];
  publish(folder, entries(...listed));
  const { releases, problem } = await published.list();
  assert.deepEqual(numbers(releases), [
    'agent-updater 1.0.0.0 7',
    'connect-sync 1.10.0.0 102',
    'connect-sync 1.9.0.0 101',
    'connect-sync 1.2.3.0 100',
  ]);
  assert.equal(releases[2]?.deliberatelyBroken, 'hang');
  assert.equal(problem, undefined);
});

test('only what the timestamp leads to is published, and a new publication shows at once', async (t) => {
  const { folder, published } = repository(t);
  assert.deepEqual(await published.list(), { releases: [] });
  publish(folder, entries(facts()));
  const first = await published.list();
  assert.equal(await published.list(), first, 'unchanged targets are not parsed again');
  // Written before it is made visible.
  const early = JSON.stringify({ signed: { targets: Object.fromEntries(entries(facts({ version: '2.0.0.0' }))) } });
  writeFileAtomic(join(folder, 'image/metadata/2.targets.json'), early);
  assert.equal(await published.list(), first);
  publish(folder, entries(facts(), facts({ version: '1.2.4.0', releaseNumber: 101 })), 2);
  assert.deepEqual(numbers((await published.list()).releases), [
    'connect-sync 1.2.4.0 101',
    'connect-sync 1.2.3.0 100',
  ]);
});

test('a target that cannot be read is left out, and that is said', async (t) => {
  const { folder, published } = repository(t);
  const [[path]] = entries(facts({ version: '1.2.4.0' })) as [[string, unknown]];
  publish(folder, [...entries(facts()), [path, { custom: { kind: 'component' } }], ['__proto__', {}], ['a.tar', null]]);
  const { releases, problem } = await published.list();
  assert.deepEqual(numbers(releases), ['connect-sync 1.2.3.0 100']);
  assert.match(problem!, /^the Image repository: [23] targets cannot be read, the first: "connect-sync\/1\.2\.4\.0\//);
});

for (const [name, file, text] of [
  ['no JSON', 'timestamp.json', '{'],
  ['no object', 'timestamp.json', '[]'],
  ['of another shape', '1.snapshot.json', '{"signed":{"meta":null}}'],
  ['without targets', '1.targets.json', '{"signed":{}}'],
  ['too large', 'timestamp.json', ' '.repeat(20_000)],
  ['missing', '1.targets.json', undefined],
] as const) {
  test(`metadata that is ${name} does not break the page`, async (t) => {
    const plane = await runControlPlane(t);
    const folder = join(plane.home, 'control-plane', 'repository');
    publish(folder, entries(facts()));
    if (text === undefined) rmSync(join(folder, 'image/metadata', file));
    else writeFileAtomic(join(folder, 'image/metadata', file), text);
    const fleet = await fleetOf(plane);
    assert.deepEqual(fleet.releases, []);
    assert.match(fleet.releasesProblem, /^the Image repository: /);
  });
}
