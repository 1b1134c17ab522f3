import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agent, autoUpgrade, componentUpgrade, home, watcher } from '../testing/home-fixtures.ts';
import { announceChanges } from './announcements.ts';
import { autoUpgradeWords, upgradeResultTone, upgradeWords, upgradingHosts } from './upgrades.ts';

const { checkedAt: _, ...neverLooked } = autoUpgrade();
const blocked = { version: '1.0.1.0', reason: 'it crashed', until: '2026-11-22T16:00:00.000Z' };

for (const { name, component, upgrade, tone, words } of [
  { name: 'a component without anything newer is up to date', tone: 'good', words: 'Up to date' },
  { name: 'before the first look nobody knows', upgrade: neverLooked, tone: 'none', words: 'No look yet' },
  {
    name: 'an upgrade under way shows its step',
    component: { step: 'last-look', offered: '1.0.1.0' },
    tone: 'busy',
    words: 'Upgrading to 1.0.1.0: last look',
  },
  {
    name: 'a step of a later version shows as it is called',
    component: { step: 'new-step', offered: '1.0.1.0' },
    tone: 'busy',
    words: 'Upgrading to 1.0.1.0: new step',
  },
  {
    name: 'a roll-back shows as one',
    component: { step: 'rolling-back', offered: '1.0.1.0' },
    tone: 'warn',
    words: 'Rolling back from 1.0.1.0',
  },
  {
    name: 'a release that may not begin yet waits',
    component: { step: 'waiting', offered: '1.0.1.0' },
    tone: 'busy',
    words: '1.0.1.0 waits for its time',
  },
  {
    name: 'a blocked build comes before what is offered',
    component: { blocked, offered: '1.0.1.0' },
    tone: 'warn',
    words: '1.0.1.0 is blocked',
  },
  {
    name: 'a newer build is taken although an older one is blocked',
    component: { blocked, step: 'downloading', offered: '1.0.2.0' },
    tone: 'busy',
    words: 'Upgrading to 1.0.2.0: downloading',
  },
  {
    name: 'a host that opted out is not called up to date',
    upgrade: autoUpgrade({ state: 'Disabled' }),
    tone: 'none',
    words: 'Not upgraded automatically',
  },
]) {
  test(name, () => {
    const host = { agent: agent(), autoUpgrade: upgrade ?? autoUpgrade() };
    assert.deepEqual(upgradeWords(host, componentUpgrade(component)), { tone, words });
  });
}

test('what a silent host said last is neither good nor bad', () => {
  const host = { agent: agent({ state: 'offline' }), autoUpgrade: autoUpgrade({ state: 'Suspended' }) };
  assert.deepEqual(autoUpgradeWords(host), { tone: 'none', words: 'Suspended' });
  assert.equal(upgradeWords(host, componentUpgrade({ blocked })).tone, 'none');
});

test('hosts that need a person come first; revoked ones and those that report nothing are not there', () => {
  const named = (hostName: string, state: 'Enabled' | 'Suspended') =>
    agent({ hostName, autoUpgrade: autoUpgrade({ state }) });
  const agents = [named('a', 'Enabled'), watcher(), named('b', 'Suspended'), agent({ state: 'revoked' })];
  assert.deepEqual(
    upgradingHosts(home({ agents })).map((host) => host.agent.hostName),
    ['b', 'a'],
  );
});

for (const [result, tone] of [
  ['Success', 'good'],
  ['UpgradeAbortedDownloadFailed', 'warn'],
  ['UpgradeNotSupportedInvalidPersistedState', 'warn'],
  ['UpgradeFailedRollbackSuccess-Probation', 'warn'],
  ['UpgradeFailedRollbackFailed-Probation', 'bad'],
] as const) {
  test(`the result ${result} is ${tone}`, () => assert.equal(upgradeResultTone(result), tone));
}

test('the end of an upgrade is announced once', () => {
  const lastUpgrade = { ...componentUpgrade().lastUpgrade!, to: '1.0.1.0', endedAt: '2026-11-22T14:00:00.000Z' };
  const after = (result: string) =>
    home({
      agents: [
        agent({
          autoUpgrade: autoUpgrade({ components: [componentUpgrade({ lastUpgrade: { ...lastUpgrade, result } })] }),
        }),
      ],
    });
  assert.equal(announceChanges(home(), after('Success')), 'Connect Sync on SYNC-01.contoso.example is on 1.0.1.0 now.');
  assert.equal(announceChanges(after('Success'), after('Success')), '');
  assert.equal(
    announceChanges(home(), after('UpgradeFailedRollbackSuccess-Probation')),
    'Connect Sync on SYNC-01.contoso.example: 1.0.1.0 was not installed, UpgradeFailedRollbackSuccess-Probation.',
  );
});
