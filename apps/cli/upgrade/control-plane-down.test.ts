import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { agentHome } from '@springline/agent/home';
import { callControlPlane } from '../control-plane-client.ts';
import { exportRecord } from './testing/export-record.ts';
import { autoUpgradeView, publish, upgradeNow } from './testing/releases.ts';
import { UpgradeHost } from './testing/upgrade-host.ts';

/** Cycles that fail for want of the control plane, before it comes back. */
const failedCycles = 3;

test('without its control plane an agent goes on, condemns nothing, and its reports arrive once afterwards', async (t) => {
  const host = await UpgradeHost.prepare(t);
  const { home } = host;
  const old = host.installed;
  host.set('Enabled');
  void host.startHooked();
  await host.ready();
  await host.works();

  await host.killControlPlane();
  const second = await publish(home, 'connect-sync');
  assert.deepEqual(await upgradeNow(home), [], 'nothing is begun that cannot be fetched');
  const { state, suspensionReason, components } = await autoUpgradeView(home);
  assert.equal(state, 'Suspended');
  assert.match(suspensionReason ?? '', /^UpgradeAbortedDownloadFailed: /);
  assert.ok(components.every(({ blocked }) => blocked === undefined));
  const status = await host.status();
  assert.ok(status.components.every((component) => component.state === 'running'));
  assert.equal(host.installed, old);

  await host.startControlPlane();
  assert.deepEqual(
    (await upgradeNow(home)).map(({ to, result }) => [to, result]),
    [[second, 'Success']],
  );
  await host.works();

  const third = await publish(home, 'connect-sync');
  await host.plan({ whom: host.controlPlanePid, step: 'draining' });
  const upgraded = upgradeNow(home);
  await host.until(() => host.journal.at(-1)?.step === 'probation' || undefined, 'probation begins');
  let cycle = 0;
  for (let failed = 0; failed < failedCycles; failed++) {
    cycle = await host.until(async () => {
      const last = (await host.status()).sync?.lastCycle;
      return last?.endedAt !== undefined && last.number > cycle && last.result !== 'success' ? last.number : undefined;
    }, 'a cycle of the new build fails');
    assert.equal(host.journal.at(-1)?.step, 'probation', 'it is not judged by what it cannot help');
  }
  const kept = readdirSync(join(agentHome(home).upgrade, 'reports')).length;
  assert.ok(kept > 0, 'what it has to tell waits on disk');
  await host.startControlPlane();
  assert.deepEqual(
    (await upgraded).map(({ to, result }) => [to, result]),
    [[third, 'Success']],
  );
  assert.equal(await host.works(), third);
  assert.ok((await autoUpgradeView(home)).components.every(({ blocked }) => blocked === undefined));

  const url = host.cloud.url;
  const reported = await host.until(async () => {
    const { reports } = await callControlPlane({ home, url }, 'listUpgradeReports');
    return reports.some(({ to, step }) => to === third && step === 'committed') ? reports : undefined;
  }, 'the last report has arrived');
  await host.until(async () => {
    return readdirSync(join(agentHome(home).upgrade, 'reports')).length === 0 ? true : undefined;
  }, 'nothing is left to tell');
  assert.deepEqual(reported.map(({ to, step }) => `${to} ${step}`).sort(), [
    `${second} activating`,
    `${second} committed`,
    `${third} activating`,
    `${third} committed`,
  ]);
  t.diagnostic(`${kept} reports waited on disk`);
  await host.end();
  const { createdTwice, failed, unchanged } = exportRecord(home);
  assert.deepEqual({ createdTwice, failed, unchanged }, { createdTwice: [], failed: 0, unchanged: 0 });
});
