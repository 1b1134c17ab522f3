import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { agentHome } from '@springline/agent/home';
import type { Minimums } from '@springline/api/shapes/campaign';
import type { PksStatus } from '@springline/api/shapes/pks';
import { runCli, temporaryHome } from '../testing/running-up.ts';
import type { WholeFleet } from '../upgrade/whole-fleet.ts';
import { describeStatus } from './upgrade.ts';

const now = Date.parse('2026-11-22T14:00:00.000Z');
const ago = (minutes: number): string => new Date(now - minutes * 60_000).toISOString();

const lastUpgrade = {
  component: 'connect-sync',
  from: '1.0.0.0',
  to: '1.0.1.0',
  result: 'UpgradeFailedRollbackSuccess-Probation',
  startedAt: ago(12),
  endedAt: ago(10),
} as const;

const fleet = (): WholeFleet => ({
  agents: [
    {
      agentId: '0192d4e0-7c1a-7000-8000-000000000001',
      hostName: 'SYNC-01',
      state: 'online',
      version: '1.0.0.0',
      autoUpgrade: {
        state: 'Suspended',
        suspensionReason: 'the disk\u001b[31m is\nfull',
        channel: 'HUS',
        components: [
          {
            component: 'connect-sync',
            version: '1.0.0.0',
            releaseNumber: 100,
            step: 'idle',
            lastUpgrade,
            blocked: { version: '1.0.1.0', reason: 'it crashed', until: '2026-11-22T16:00:00.000Z' },
          },
          {
            component: 'agent-updater',
            version: '1.0.0.0',
            releaseNumber: 100,
            step: 'downloading',
            offered: '1.0.2.0',
          },
        ],
      },
    },
    { agentId: '0192d4e0-7c1a-7000-8000-000000000002', hostName: 'OLD-02', state: 'offline', version: '0.9.0.0' },
    { agentId: '0192d4e0-7c1a-7000-8000-000000000003', hostName: 'GONE-03', state: 'revoked', version: '0.9.0.0' },
  ],
  releases: [
    { component: 'agent-updater', version: '1.0.2.0', releaseNumber: 102, publishedAt: ago(60) },
    { component: 'connect-sync', version: '1.0.1.0', releaseNumber: 101, publishedAt: ago(60) },
    { component: 'connect-sync', version: '1.0.0.0', releaseNumber: 100, publishedAt: ago(600) },
  ],
});

const noGroups = { 'opted-out': 0, failed: 0, 'on-pks': 0, 'not-seen': 0, 'by-hand': 0, upgrading: 0 };
const noCampaign: Minimums = { minimums: [], groups: noGroups, servers: [], serversTotal: 0, problems: [] };
const nobodyOnPks: PksStatus = {
  ...{ phase: 'deprecated', meaning: 'PKS still answers.', bridges: [], left: [], leftCount: 0, bridged: [] },
  bridgedCount: 0,
};

test('the fleet is a table of components and hosts, with what needs a person under it', () => {
  assert.deepEqual(describeStatus(fleet(), noCampaign, nobodyOnPks, now).split('\n'), [
    'COMPONENT/HOST         VERSION  AVAILABLE  STATE                   CHANNEL  LAST UPGRADE',
    'connect-sync/SYNC-01   1.0.0.0  1.0.1.0    Suspended, blocked      HUS      1.0.0.0 -> 1.0.1.0 UpgradeFailedRollbackSuccess-Probation, 10 min ago',
    'agent-updater/SYNC-01  1.0.0.0  1.0.2.0    Suspended, downloading  HUS      none',
    'agent-updater/OLD-02   0.9.0.0  1.0.2.0    not reported                     none',
    '',
    'SYNC-01 is Suspended: the disk [31m is full',
    'connect-sync/SYNC-01: 1.0.1.0 is blocked until 2026-11-22T16:00:00.000Z: it crashed',
  ]);
});

test('a campaign’s date stands on top, and hosts that still ask PKS are rows of the same table, as they claim', () => {
  const minimums: Minimums = {
    ...noCampaign,
    campaign: {
      ...{ campaignId: 'one', name: 'One', revision: 1, revisions: 1, title: 'Upgrade', publishedAt: ago(600) },
      deadline: { date: '2026-12-06', zone: 'UTC', endsAt: '2026-12-07T00:00:00.000Z' },
      daysLeft: 14,
    },
    serversTotal: 3,
    groups: { ...noGroups, failed: 1, 'on-pks': 2 },
  };
  const left: PksStatus['left'][number] = {
    claimedHostName: 'adatum\u009b2J-sync1',
    component: 'connect-sync',
    claimedVersion: '0.8.0.0',
    channel: 'PKS',
    keyHash: '0123456789abcdef',
    firstSeenAt: ago(600),
    lastSeenAt: ago(3),
    requests: 4,
    needsSwingMigration: false,
  };
  const pks: PksStatus = {
    ...nobodyOnPks,
    bridges: [
      { component: 'connect-sync', version: '1.0.0.0', signedAt: ago(600), isAvailable: true, standing: 'current' },
    ],
    left: [left, { ...left, claimedHostName: 'litware-sync1', needsSwingMigration: true }],
    leftCount: 1_002,
  };
  assert.deepEqual(describeStatus({ agents: [], releases: [] }, minimums, pks, now).split('\n'), [
    'Upgrade by 6 December 2026 (14 days left): 3 servers are below, 2 of them on PKS.  springline upgrade minimums',
    '',
    'COMPONENT/HOST                VERSION  AVAILABLE  STATE                                 CHANNEL  LAST UPGRADE',
    'connect-sync/adatum?2J-sync1  0.8.0.0  1.0.0.0    not enrolled                          PKS      none, asked 3 min ago',
    'connect-sync/litware-sync1    0.8.0.0  1.0.0.0    not enrolled, too old for the bridge  PKS      none, asked 3 min ago',
    '',
    'Names and versions of hosts on PKS are as they claim: springline pks status',
    '1000 more clients of PKS are not shown.',
  ]);
});

test('a fleet without agents, or without readable releases, says so', () => {
  const nothing = { agents: [], releases: [], releasesProblem: 'the Image repository: no JSON' };
  const words = describeStatus(nothing, noCampaign, nobodyOnPks, now);
  assert.equal(words, 'no agent is enrolled yet\n\nreleases may be missing: the Image repository: no JSON');
});

const freeze = { name: 'year end', from: '2020-01-01T00:00:00.000Z', until: '2100-01-01T00:00:00.000Z' };
const policy = {
  ...{ format: 'springline-rollout-1', version: 3, issuedAt: '2026-11-22T13:00:00Z', halted: true, rollouts: [] },
  freezes: [freeze, { name: 'over', from: '2020-01-01T00:00:00Z', until: '2020-01-02T00:00:00Z' }],
};
const held = { isHalted: true, haltReason: 'incident\n4711', freezes: [freeze] };

test('a release that was called back is available to nobody', () => {
  const releases = fleet().releases.map((each) => (each.version === '1.0.1.0' ? { ...each, isRecalled: true } : each));
  const words = describeStatus({ ...fleet(), releases }, noCampaign, nobodyOnPks, now);
  assert.match(words, /\nconnect-sync\/SYNC-01 +1\.0\.0\.0 +1\.0\.0\.0 +Suspended/);
});

test('the command asks the control plane of its home, with its token', async (t) => {
  const home = temporaryHome(t);
  const authorizations: (string | undefined)[] = [];
  const server = createServer(({ url, headers }, response) => {
    authorizations.push(headers.authorization);
    const answer = new Map<string | undefined, unknown>([
      // One component of one agent is a page.
      ['/hus/v1/fleet?limit=1000', { rows: [], agents: fleet().agents, next: 'more' }],
      ['/hus/v1/fleet?limit=1000&cursor=more', { rows: [], agents: fleet().agents }],
      ['/hus/v1/releases', { releases: fleet().releases }],
      ['/hus/v1/minimums', noCampaign],
      ['/hus/v1/pks', nobodyOnPks],
      ['/hus/v1/policy', { policy, haltReason: 'incident\n4711' }],
    ]).get(url);
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  const { identity } = agentHome(home);
  mkdirSync(join(identity, '..'), { recursive: true });
  writeFileSync(identity, JSON.stringify({ url: `http://localhost:${port}` }));
  writeFileSync(join(home, 'admin-token'), 'the-token\n');

  const asJson = await runCli(['upgrade', 'status', '--home', home, '--json']);
  assert.equal(asJson.code, 0, asJson.errors);
  assert.deepEqual(JSON.parse(asJson.output), { ...fleet(), minimums: noCampaign, pksClients: [], policy: held });
  const asText = await runCli(['upgrade', 'status', '--home', home]);
  assert.match(
    asText.output,
    /^Everything is halted: nothing is installed anywhere \(incident 4711\)\. .*resume-all\nFreeze year end: nothing is installed before 2100-01-01 00:00 UTC\. .*\n\nCOMPONENT\/HOST .*\nconnect-sync\/SYNC-01 /,
  );
  assert.deepEqual(new Set(authorizations), new Set(['Bearer the-token']));
});

test('without a control plane the command fails with what to do', async (t) => {
  const home = temporaryHome(t);
  const { code, errors } = await runCli(['upgrade', 'status', '--home', home]);
  assert.equal(code, 1);
  assert.equal(errors, `springline: ${home} does not exist. Make it with: npx springline up --home ${home}\n`);
  const list = await runCli(['release', 'list', '--home', home]);
  assert.deepEqual([list.code, list.errors], [1, errors]);
  mkdirSync(home, { recursive: true });
  assert.match((await runCli(['upgrade', 'status', '--home', home])).errors, /admin-token cannot be read/);
});

test('its help has examples', async () => {
  const { code, output } = await runCli(['upgrade', 'status', '--help']);
  assert.equal(code, 0);
  assert.match(output, /Examples:\n {2}springline upgrade status\n/);
});
