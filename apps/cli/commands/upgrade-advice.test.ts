import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { agentHome } from '@springline/agent/home';
import type { AutoUpgrade } from '@springline/api/shapes/auto-upgrade';
import type { Minimums } from '@springline/api/shapes/campaign';
import type { PksStatus } from '@springline/api/shapes/pks';
import { advise } from '@springline/auto-upgrade/advice/advice';
import { listFacts } from '@springline/auto-upgrade/advice/list-facts';
import { publicHistory } from '@springline/auto-upgrade/history/public-history';
import { imageEntries, publishImage, releaseFacts } from '@springline/control-plane/testing/image-repository';
import {
  type Cleanup,
  runControlPlane,
  startMs,
  temporaryFolder,
} from '@springline/control-plane/testing/running-control-plane';
import { enrol, send, sign } from '@springline/control-plane/testing/signed-agent';
import type { EpochMs } from '@springline/ports/clock';
import { CommandError } from '../output.ts';
import { controlPlaneFacts } from '../upgrade/advice-facts.ts';
import { describeAdvice } from '../upgrade/describe-advice.ts';
import { adviceFor } from './upgrade-advice.ts';

const day = 86_400_000;

/** A control plane with one opted-out agent on 1.2.3.0 and a release 1.2.4.0. */
async function planeWithAgent(t: Cleanup) {
  const plane = await runControlPlane(t);
  const { identity } = agentHome(plane.home);
  mkdirSync(join(identity, '..'), { recursive: true });
  writeFileSync(identity, JSON.stringify({ url: plane.url }));
  const agent = await enrol(plane);
  publishImage(
    join(plane.home, 'control-plane', 'repository'),
    imageEntries(releaseFacts({ version: '1.2.4.0', releaseNumber: 101 })),
  );
  const autoUpgrade: AutoUpgrade = {
    state: 'Disabled',
    channel: 'HUS',
    components: [{ component: 'connect-sync', version: '1.2.3.0', releaseNumber: 100, step: 'idle' }],
  };
  const body = { hostName: 'SYNC-01', components: [], autoUpgrade };
  await send(sign(plane, agent, { method: 'POST', path: '/platform/v1/heartbeat', body }));
  return plane;
}

const campaign = {
  campaignId: 'move',
  name: 'The move to HUS',
  revisions: [
    {
      revision: 1,
      publishedAt: new Date(startMs - day).toISOString(),
      title: 'Upgrade by 22 December',
      deadline: { date: '2026-12-22', zone: 'UTC' },
      minimums: [{ component: 'connect-sync', version: '1.2.4.0' }, { component: 'health-ad-ds' }],
    },
  ],
};

test('a home is advised by what its control plane knows: campaign, fleet and the way out of each server', async (t) => {
  const plane = await planeWithAgent(t);
  const before = await adviceFor({ home: plane.home });
  assert.equal(before.source, 'fleet');
  assert.deepEqual([before.below.total, before.below.behind[0]?.server], [0, 'SYNC-01']);
  assert.match(describeAdvice(before), /No campaign runs/);

  assert.equal((await plane.ask('POST', '/hus/v1/campaigns', { body: campaign })).status, 200);
  const advice = await adviceFor({ home: plane.home });
  assert.deepEqual([advice.source, advice.whatChanges.title], ['campaign', 'Upgrade by 22 December']);
  assert.deepEqual(
    advice.builds.map(({ component, minimum, without, newest, below }) => [component, minimum, without, newest, below]),
    [
      ['connect-sync', '1.2.4.0', undefined, '1.2.4.0', 1],
      ['health-ad-ds', undefined, 'not-yet-announced', undefined, 0],
    ],
  );
  assert.deepEqual([advice.below.total, advice.below.groups['opted-out'], advice.late], [1, 1, 0]);
  const [way] = advice.upgrading;
  assert.deepEqual([way?.path, way?.steps[0]?.command], ['in-place', 'springline agent auto-upgrade set Enabled']);
  assert.equal(way?.steps[1]?.command, 'springline agent upgrade connect-sync');
  const text = describeAdvice(advice);
  assert.match(text, /SYNC-01 +connect-sync +1\.2\.3\.0 +opted out/);
  assert.match(text, /not yet announced/);
  assert.match(text, /nothing is refused/);

  const late = await adviceFor({ home: plane.home, at: '2026-12-23' });
  assert.equal(late.late, 1, 'the day after the date');
  assert.equal((await adviceFor({ home: plane.home, at: '2026-12-22' })).late, 0, 'the last day is in time');
  assert.equal((await adviceFor({ home: plane.home, server: 'sync-01' })).below.total, 1);
  await assert.rejects(adviceFor({ home: plane.home, server: 'nobody' }), /no server is called nobody/);
});

test('the page has the headings of the notice that it answers, in their order', () => {
  const csv = 'server,version,state\na\u0007b,2.2.8.0,Disabled\n';
  const now = Date.parse('2024-09-02T12:00:00Z') as EpochMs;
  const text = describeAdvice(advise(listFacts(csv, { now, history: publicHistory }), publicHistory));
  const order = [
    'Security hardening of auto-upgrade',
    'Product Key Services (PKS)',
    'Builds to be on:',
    '1 server is below: 1 opted out.',
    'Consider moving to Cloud Sync',
    'Upgrading Connect Sync',
    'Information on deprecation',
    'Next steps',
  ].map((heading) => text.indexOf(heading));
  assert.ok(
    order.every((at, index) => at >= 0 && (index === 0 || at > order[index - 1]!)),
    order.join(' '),
  );
  assert.ok(!text.includes('\u0007'), 'names out of files move no cursor');
});

test('a list that cannot be read, a name that is not in it, and words that do not fit are refused with a sentence', async (t) => {
  const from = join(temporaryFolder(t), 'servers.csv');
  await assert.rejects(adviceFor({ from }), /cannot be read/);
  writeFileSync(from, 'server,version\nsync-1,none\n');
  await assert.rejects(adviceFor({ from }), /row 2, column 2/);
  writeFileSync(from, 'server,version\nsync-1,2.2.8.0\n');
  await assert.rejects(adviceFor({ from, server: 'sync-2' }), /no server is called sync-2 in/);
  await assert.rejects(adviceFor({ from, at: 'tomorrow' }), CommandError);
  await assert.rejects(adviceFor({ from, home: 'x' }), /--home/);
});

const pksClient = {
  component: 'connect-sync',
  claimedVersion: '1.6.16.0',
  channel: 'PKS',
  keyHash: '0123456789abcdef',
  firstSeenAt: '2026-11-01T00:00:00.000Z',
  lastSeenAt: '2026-11-21T00:00:00.000Z',
  requests: 3,
} as const;

test('who still asks PKS is taken over the bridge, and who is too old for it is replaced', () => {
  const facts = controlPlaneFacts(
    {
      minimums: {
        ...{ minimums: [], servers: [], serversTotal: 0, problems: [] },
        groups: { 'opted-out': 0, failed: 0, 'on-pks': 0, 'not-seen': 0, 'by-hand': 0, upgrading: 0 },
      },
      fleet: { agents: [], releases: [] },
      pks: {
        ...{ phase: 'announced', meaning: '', bridges: [], leftCount: 2, bridged: [], bridgedCount: 0 },
        left: [
          { ...pksClient, claimedHostName: 'adatum-sync1', claimedVersion: '2.1.20.0', needsSwingMigration: false },
          { ...pksClient, claimedHostName: 'litware-sync1', needsSwingMigration: true },
        ],
      },
    },
    startMs as EpochMs,
  );
  const { upgrading } = advise(facts, publicHistory);
  assert.deepEqual(
    upgrading.map(({ path, servers, steps }) => [path, servers[0], steps[0]!.command]),
    [
      ['bridge', 'adatum-sync1', 'springline pks status'],
      ['swing', 'litware-sync1', undefined],
    ],
  );
});

/** A host below by two minimums, of which the second comes with the first. */
const belowByTwo = (group: 'by-hand' | 'upgrading', whys: readonly [string, string]): Minimums => ({
  campaign: {
    ...{
      campaignId: 'one',
      name: 'One',
      revision: 1,
      revisions: 1,
      title: 'T',
      publishedAt: '2026-11-01T00:00:00.000Z',
    },
    deadline: { date: '2026-12-06', zone: 'UTC', endsAt: '2026-12-07T00:00:00.000Z' },
    daysLeft: 14,
  },
  minimums: (['connect-sync', 'health-sync'] as const).map((component, at) => ({
    ...{ component, version: at === 0 ? '0.1.0.3' : '4.5.2466.0', byHand: group === 'by-hand', effect: 'notify' },
    ...(at === 0 ? {} : { carriedBy: { component: 'connect-sync', version: '2.3.8.0' } }),
    ...{ ok: 0, below: 1, notJudged: 0, moved: 0 },
  })),
  groups: { 'opted-out': 0, failed: 0, 'on-pks': 0, 'not-seen': 0, 'by-hand': 0, upgrading: 0, [group]: 1 },
  servers: [
    {
      ...{ tenant: 'default', hostName: 'vm', group, effect: 'notify', source: 'agent' },
      components: (['connect-sync', 'health-sync'] as const).map((component, at) => {
        return { component, version: '0.1.0.0', why: whys[at]! };
      }),
    },
  ],
  ...{ serversTotal: 1, problems: [] },
});
const noPks: PksStatus = {
  ...{ phase: 'announced', meaning: '', bridges: [], left: [], leftCount: 0, bridged: [], bridgedCount: 0 },
};

test('group, way up and why of a server agree where one of its minimums is reached by hand alone', () => {
  const waits = 'waits for its turn';
  for (const { group, whys, says } of [
    { group: 'by-hand', whys: [waits, 'install it by hand'], says: /^install it by hand$/ },
    { group: 'upgrading', whys: [waits, waits], says: /^no release here that upgrades itself is 2\.3\.8\.0 or newer$/ },
  ] as const) {
    const answers = { minimums: belowByTwo(group, whys), fleet: { agents: [], releases: [] }, pks: noPks };
    const { below } = advise(controlPlaneFacts(answers, startMs as EpochMs), publicHistory);
    const [server] = below.servers;
    assert.deepEqual([below.servers.length, server?.group, server?.path], [1, 'by-hand', 'in-place']);
    assert.match(server!.why, says);
    assert.deepEqual([below.groups['by-hand'], below.groups.upgrading], [1, 0]);
  }
});

test('the last day of PKS is the one that pks status names', () => {
  const lifecycle = {
    ...{ announcedAt: '2026-11-01T00:00:00.000Z', deprecatedAt: '2027-01-01T00:00:00.000Z' },
    sunsetAt: '2027-07-01T00:00:00.000Z',
  };
  const minimums = belowByTwo('by-hand', ['a', 'b']);
  const answers = { minimums, fleet: { agents: [], releases: [] }, pks: { ...noPks, lifecycle } };
  const text = describeAdvice(advise(controlPlaneFacts(answers, startMs as EpochMs), publicHistory));
  assert.match(text, /\nPKS here: announced, last day 2027-06-30; 0 left, 0 bridged\.\n/);
});
