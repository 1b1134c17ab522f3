import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listReleases } from '../release/list.ts';
import { recallRelease } from '../release/recall.ts';
import { autoUpgradeView, publish, upgradeNow } from './testing/releases.ts';
import { UpgradeHost } from './testing/upgrade-host.ts';

const component = 'connect-sync';

test('S20: a recalled build that runs goes on syncing and is shown, and a release with a higher number cures it', async (t) => {
  const host = await UpgradeHost.prepare(t);
  const { home } = host;
  host.set('Enabled');
  void host.startHooked();
  await host.ready();
  const bad = await publish(home, component);
  assert.deepEqual(
    (await upgradeNow(home)).map(({ to, result }) => [to, result]),
    [[bad, 'Success']],
  );

  await recallRelease(home, { component, version: bad, reason: 'it loses renames', stop: 'running' });
  assert.ok(listReleases(home).every(({ isCurrent, version }) => !isCurrent || version !== bad));
  assert.deepEqual(await upgradeNow(home), [], 'what came before is no cure');
  const { state, suspensionReason } = await autoUpgradeView(home);
  const words = `exposed: connect-sync ${bad} was recalled: it loses renames`;
  assert.deepEqual([state, suspensionReason], ['Suspended', words]);
  assert.equal(await host.works(), bad, 'sync goes on');

  const cure = await publish(home, component);
  assert.deepEqual(
    (await upgradeNow(home)).map(({ from, to, result }) => [from, to, result]),
    [[bad, cure, 'Success']],
  );
  assert.equal((await autoUpgradeView(home)).state, 'Enabled');
  assert.equal(await host.works(), cure);
});
