import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { agentHome, componentHome } from '@springline/agent/home';
import { restartExitCode } from '@springline/agent/launcher/launch';
import type { Kill } from '@springline/agent/updater/testing/killed-updater';
import type { UpgradeStep } from '@springline/auto-upgrade/upgrader/upgrade-step';
import { exportRecord } from './testing/export-record.ts';
import { publish, upgradeNow } from './testing/releases.ts';
import { UpgradeHost } from './testing/upgrade-host.ts';

let host: UpgradeHost;
/** Hooks have no context to clean up after: this stands in for one. */
const cleanups: (() => unknown)[] = [];
const context = { after: (work: () => unknown) => cleanups.unshift(work) };

before(async () => {
  host = await UpgradeHost.prepare(context);
});
// What a test that failed left running is not the next one's trouble.
afterEach(() => host.stop());
after(async () => {
  for (const cleanup of cleanups) await cleanup();
});

/** Runs until this step is in the journal and the Updater has died of it; the state that it leaves is whole. */
async function dieAt(step: UpgradeStep): Promise<void> {
  host.set('Enabled');
  const { signal } = await host.runHooked([{ whom: 'updater', step }]);
  assert.equal(signal, 'SIGKILL', `killed at ${step}`);
  assert.equal(host.journal.at(-1)?.step, step);
  await host.deadAndWhole();
}

/** The installed Updater goes on alone and comes to rest, without beginning anything new; gives what works. */
async function recovered(): Promise<string> {
  host.set('Disabled');
  await host.launch();
  return host.works();
}

/** The installed Updater finds the release by itself and keeps it. */
async function committed(component: 'connect-sync' | 'agent-updater', version: string): Promise<void> {
  await host.stop();
  host.set('Enabled');
  await host.launch();
  await host.until(() => {
    const ended = host.journal.findLast(({ step }) => step === 'committed');
    assert.deepEqual([ended?.component, ended?.to.version, ended?.result], [component, version, 'Success']);
    return true;
  }, `${component} ${version} is committed`);
  const works = await host.works();
  if (component === 'connect-sync') assert.equal(works, version);
  await host.stop();
}

const untouched: readonly UpgradeStep[] = [
  ...(['downloading', 'verified', 'staged', 'preflight', 'last-look', 'warming', 'draining', 'activating'] as const),
];

test('SIGKILL of the Agent Updater at any step up to the switch leaves the old version at work, and the upgrade is made afterwards', async () => {
  const old = host.installed;
  const next = await publish(host.home, 'connect-sync');
  for (const step of untouched) {
    await dieAt(step);
    assert.equal(await recovered(), old, step);
    await host.stop();
  }
  await committed('connect-sync', next);
});

test('SIGKILL of the Agent Updater after the switch: the new version proves itself, or is kept, by the next Updater', async () => {
  for (const step of ['probation', 'committed', 'idle'] as const) {
    const next = await publish(host.home, 'connect-sync');
    await dieAt(step);
    assert.equal(await recovered(), next, step);
    assert.equal(host.journal.findLast(({ result }) => result !== undefined)?.result, 'Success');
    await committed('connect-sync', next);
  }
});

test('SIGKILL while a killed upgrade is being given up loses nothing', async () => {
  const old = host.installed;
  const next = await publish(host.home, 'connect-sync');
  await dieAt('staged');
  await dieAt('aborted');
  assert.equal(await recovered(), old);
  await committed('connect-sync', next);
});

test('SIGKILL at any step of a roll back ends with the old version at work and the bad build blocked', async () => {
  const old = host.installed;
  const bad = await publish(host.home, 'connect-sync', 'crash');
  await dieAt('rolling-back');
  await dieAt('rolled-back');
  await dieAt('idle');
  assert.equal(await recovered(), old);
  const ended = host.journal.findLast(({ step }) => step === 'rolled-back');
  assert.deepEqual([ended?.to.version, ended?.blocks], [bad, true]);
  await host.enable();
  assert.deepEqual(await upgradeNow(host.home), [], 'the bad build is not tried again');
  await host.stop();
  await committed('connect-sync', await publish(host.home, 'connect-sync'));
});

test('SIGKILL of the Agent Updater at any step of its own upgrade leaves one that works, and the upgrade is made afterwards', async () => {
  const next = await publish(host.home, 'agent-updater');
  for (const step of untouched) {
    await dieAt(step);
    await recovered();
    await host.stop();
  }
  host.set('Enabled');
  assert.equal((await host.runHooked()).code, restartExitCode, 'it asks for a restart after the switch');
  // As the new one would: it runs by the new link, and is ended before it has proven itself, and right after.
  for (const step of ['probation', 'committed', 'idle'] as const) await dieAt(step);
  await committed('agent-updater', next);
  const { components } = await agentUpdaterAfterLaunch();
  assert.equal(components.find(({ component }) => component === 'agent-updater')?.version, next);
  await host.stop();
});

async function agentUpdaterAfterLaunch() {
  await host.launch();
  return host.status();
}

for (const { whom, kills, results } of [
  {
    whom: 'the upgrader',
    kills: [
      [{ whom: 'upgrader', step: 'downloading' }],
      [{ whom: 'upgrader', step: 'verified' }],
      // Everything lies in its slot by then.
      [{ whom: 'upgrader', step: 'staged' }],
    ],
    results: ['UpgradeAbortedInterrupted', 'UpgradeAbortedInterrupted', 'Success'],
  },
  {
    whom: 'Connect Sync, the old build or the new one that works,',
    kills: [
      [
        { whom: 'component', step: 'downloading' },
        { whom: 'component', step: 'draining' },
      ],
      [
        { whom: 'component', step: 'verified' },
        { whom: 'component', step: 'activating' },
      ],
      [
        { whom: 'component', step: 'staged' },
        { whom: 'component', step: 'probation' },
      ],
      [
        { whom: 'component', step: 'preflight' },
        { whom: 'component', step: 'committed' },
      ],
      [
        { whom: 'component', step: 'last-look' },
        { whom: 'component', step: 'idle' },
      ],
      [{ whom: 'component', step: 'warming' }],
    ],
    results: Array.from({ length: 6 }, () => 'Success'),
  },
  {
    whom: 'the new build while it waits for the state',
    kills: [[{ whom: 'next', step: 'draining' }], [{ whom: 'next', step: 'activating' }], []],
    results: ['UpgradeFailedRollbackSuccess-Activation', 'UpgradeFailedRollbackSuccess-Activation', 'Success'],
  },
] satisfies readonly { whom: string; kills: readonly (readonly Kill[])[]; results: readonly string[] }[]) {
  test(`SIGKILL of ${whom} blames no build, and the upgrade is made`, async () => {
    host.set('Enabled');
    void host.startHooked();
    await host.ready();
    let next = host.installed;
    let result = 'Success';
    for (const [at, killed] of kills.entries()) {
      await host.works();
      if (result === 'Success') next = await publish(host.home, 'connect-sync');
      for (const kill of killed) await host.plan(kill);
      const [ended, ...more] = await upgradeNow(host.home);
      assert.deepEqual([ended?.to, ended?.result], [next, results[at]], `${JSON.stringify(killed)}: ${ended?.reason}`);
      assert.deepEqual(more, []);
      result = ended?.result ?? '';
    }
    assert.equal(await host.works(), next);
    await host.stop();
    host.checkStore();
  });
}

test('a journal line that a power cut tore was never begun, and files half written are in nobody\u2019s way', async () => {
  const { journal, upgrade, trust } = agentHome(host.home);
  const { current } = componentHome(host.home, 'connect-sync');
  const next = await publish(host.home, 'connect-sync');
  for (const step of ['staged', 'activating', 'committed'] as const) {
    await dieAt(step);
    const text = readFileSync(journal, 'utf8');
    const lastLine = text.slice(text.trimEnd().lastIndexOf('\n') + 1);
    writeFileSync(journal, text.slice(0, text.length - Math.ceil(lastLine.length / 2)));
    for (const path of [journal, current, join(upgrade, 'blocked.json'), join(trust, 'director', 'timestamp.json')]) {
      writeFileSync(`${path}.new`, lastLine.slice(0, 40));
      writeFileSync(`${path}.99.tmp`, lastLine.slice(0, 40));
    }
    const works = await recovered();
    assert.equal(works === next, step === 'committed', step);
    await host.stop();
  }
  assert.ok(!existsSync(`${journal}.damaged`));
  await committed('connect-sync', next);
});

test('through all of that nothing was exported twice', async () => {
  await host.end();
  const { createdTwice, failed, unchanged } = exportRecord(host.home);
  assert.deepEqual({ createdTwice, failed, unchanged }, { createdTwice: [], failed: 0, unchanged: 0 });
});
