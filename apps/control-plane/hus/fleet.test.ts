import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AutoUpgrade, ReleaseView } from '@springline/api/shapes/auto-upgrade';
import { writeFileAtomic } from '@springline/ports/files';
import { uuidV7 } from '@springline/ports/uuid';
import { imageEntries, publishImage, releaseFacts, releaseSha256 } from '../testing/image-repository.ts';
import {
  type Cleanup,
  type RunningControlPlane,
  runControlPlane,
  temporaryFolder,
} from '../testing/running-control-plane.ts';
import { enrol, send, sign } from '../testing/signed-agent.ts';
import { PublishedReleases } from './published-releases.ts';

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
const releasesOf = async (plane: RunningControlPlane) => (await plane.ask('GET', '/hus/v1/releases')).json;

test('the fleet shows each agent with its last heartbeat and its last report; the releases are apart', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  await enrol(plane, { name: 'second', kind: 'ldif' });
  publishImage(join(plane.home, 'control-plane', 'repository'), imageEntries(releaseFacts({ notes: 'The first.' })));
  const body = { hostName: 'SYNC-01', components: [], autoUpgrade };
  await send(sign(plane, agent, { method: 'POST', path: '/platform/v1/heartbeat', body }));
  const reported = (step: string) => ({
    reportId: uuidV7(),
    at: '2026-11-22T14:00:00.000Z',
    component: 'connect-sync',
    ...{ from: '1.2.2.0', to: '1.2.3.0', targetSha256: releaseSha256, step },
  });
  const reports = [reported('activating'), reported('committed')];
  await send(sign(plane, agent, { method: 'POST', path: '/hus/v1/reports', body: { reports } }));

  const fleet = await fleetOf(plane);
  const [first, second] = fleet.agents;
  assert.deepEqual(fleet.rows, [
    {
      agentId: agent.agentId,
      component: 'connect-sync',
      group: 'failed',
      reason: 'UpgradeAbortedInsufficientDiskSpace',
    },
    { agentId: second.agentId, component: 'agent-updater', group: 'well' },
  ]);
  assert.equal(fleet.next, undefined);
  assert.deepEqual(first, {
    agentId: agent.agentId,
    hostName: 'SYNC-01',
    state: 'online',
    platform: second.platform,
    version: '1.2.3.0',
    lastSeenAt: '2026-11-22T14:00:00.000Z',
    autoUpgrade,
    lastReport: reports[1],
  });
  assert.deepEqual([second.hostName, second.autoUpgrade], ['sync-1.contoso.example', undefined]);
  const published = await releasesOf(plane);
  assert.deepEqual(published.releases, [
    {
      component: 'connect-sync',
      version: '1.2.3.0',
      releaseNumber: 100,
      publishedAt: '2026-11-20T08:00:00Z',
      notes: 'The first.',
      targets: { 'linux-x64': releaseSha256 },
      sizes: { 'linux-x64': 1 },
      isRecalled: false,
      isForAutoUpgrade: true,
      maxRampPpmPerHour: 1_000_000,
    },
  ]);
  assert.equal(published.releasesProblem, undefined);
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
    releaseFacts({ version: '1.2.3.0', releaseNumber: 100 }),
    releaseFacts({ version: '1.2.3.0', releaseNumber: 100, platform: 'linux-arm64' }),
    releaseFacts({ version: '1.10.0.0', releaseNumber: 102 }),
    releaseFacts({ version: '1.9.0.0', releaseNumber: 101, deliberatelyBroken: 'hang' }),
    releaseFacts({ component: 'agent-updater', version: '1.0.0.0', releaseNumber: 7 }),
  ];
  publishImage(folder, imageEntries(...listed));
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
  assert.deepEqual(await published.list(), { releases: [], targets: [] });
  publishImage(folder, imageEntries(releaseFacts()));
  const first = await published.list();
  assert.equal(await published.list(), first, 'unchanged targets are not parsed again');
  // Written before it is made visible.
  const early = JSON.stringify({
    signed: { targets: Object.fromEntries(imageEntries(releaseFacts({ version: '2.0.0.0' }))) },
  });
  writeFileAtomic(join(folder, 'image/metadata/2.targets.json'), early);
  assert.equal(await published.list(), first);
  publishImage(folder, imageEntries(releaseFacts(), releaseFacts({ version: '1.2.4.0', releaseNumber: 101 })), 2);
  assert.deepEqual(numbers((await published.list()).releases), [
    'connect-sync 1.2.4.0 101',
    'connect-sync 1.2.3.0 100',
  ]);
});

test('a target that cannot be read is left out, and that is said', async (t) => {
  const { folder, published } = repository(t);
  const [[path]] = imageEntries(releaseFacts({ version: '1.2.4.0' })) as [[string, unknown]];
  publishImage(folder, [
    ...imageEntries(releaseFacts()),
    [path, { custom: { kind: 'component' } }],
    ['__proto__', {}],
    ['a.tar', null],
  ]);
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
    publishImage(folder, imageEntries(releaseFacts()));
    if (text === undefined) rmSync(join(folder, 'image/metadata', file));
    else writeFileAtomic(join(folder, 'image/metadata', file), text);
    const { releases, releasesProblem } = await releasesOf(plane);
    assert.deepEqual(releases, []);
    assert.match(releasesProblem, /^the Image repository: /);
  });
}
