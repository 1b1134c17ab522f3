import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { agentHome } from '@springline/agent/home';
import type { Fleet } from '@springline/api/shapes/auto-upgrade';
import { runCli, temporaryHome } from '../testing/running-up.ts';
import { describeFleet } from './upgrade.ts';

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

const fleet = (): Fleet => ({
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

test('the fleet is a table of components and hosts, with what needs a person under it', () => {
  assert.deepEqual(describeFleet(fleet(), now).split('\n'), [
    'COMPONENT/HOST         VERSION  AVAILABLE  STATE                   CHANNEL  LAST UPGRADE',
    'connect-sync/SYNC-01   1.0.0.0  1.0.1.0    Suspended, blocked      HUS      1.0.0.0 -> 1.0.1.0 UpgradeFailedRollbackSuccess-Probation, 10 min ago',
    'agent-updater/SYNC-01  1.0.0.0  1.0.2.0    Suspended, downloading  HUS      none',
    'agent-updater/OLD-02   0.9.0.0  1.0.2.0    not reported                     none',
    '',
    'SYNC-01 is Suspended: the disk [31m is full',
    'connect-sync/SYNC-01: 1.0.1.0 is blocked until 2026-11-22T16:00:00.000Z: it crashed',
  ]);
});

test('a fleet without agents, or without readable releases, says so', () => {
  const words = describeFleet({ agents: [], releases: [], releasesProblem: 'the Image repository: no JSON' }, now);
  assert.equal(words, 'no agent is enrolled yet\n\nreleases may be missing: the Image repository: no JSON');
});

test('the command asks the control plane of its home, with its token', async (t) => {
  const home = temporaryHome(t);
  const authorizations: (string | undefined)[] = [];
  const server = createServer(({ url, headers }, response) => {
    authorizations.push(headers.authorization);
    response.writeHead(url === '/hus/v1/fleet' ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(fleet()));
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
  assert.deepEqual(JSON.parse(asJson.output), fleet());
  const asText = await runCli(['upgrade', 'status', '--home', home]);
  assert.match(asText.output, /^COMPONENT\/HOST .*\nconnect-sync\/SYNC-01 /);
  assert.deepEqual(authorizations, ['Bearer the-token', 'Bearer the-token']);
});

test('without a control plane the command fails with what to do', async (t) => {
  const home = temporaryHome(t);
  const { code, errors } = await runCli(['upgrade', 'status', '--home', home]);
  assert.equal(code, 1);
  assert.match(errors, /admin-token cannot be read/);
});

test('its help has examples', async () => {
  const { code, output } = await runCli(['upgrade', 'status', '--help']);
  assert.equal(code, 0);
  assert.match(output, /Examples:\n {2}springline upgrade status\n/);
});
