/** What the upgrader does with a wish of the host's own administrator. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { component, UpdateWorld } from '../testing/update-world.ts';
import { saveSettings } from '../updater/auto-upgrade/settings.ts';
import { repositoryNames } from './trust-store.ts';

test('a release that is for download only holds, and is staged for an opted-out host that asks for it by hand', async (t) => {
  const world = await UpdateWorld.installed(t);
  const { sha256 } = await world.publish({ version: '2.6.0.0', releaseNumber: 3, autoUpgrade: false });
  const itself = await world.upgrade();
  assert.deepEqual([itself.staged, itself.look?.refusals], [undefined, []]);
  assert.equal(itself.look?.decisions[0]?.rule, 'not-for-auto-upgrade');

  saveSettings(world.home, { state: 'Disabled', checkEverySeconds: 300 });
  const byHand = { component, version: '2.6.0.0' };
  const expected = { component, sha256 };
  assert.equal((await world.upgrade({ kind: 'last-look', expected })).isConfirmed, false);
  assert.equal((await world.upgrade({ kind: 'last-look', expected, byHand })).isConfirmed, true);

  const looked = await world.upgrade({ kind: 'look', byHand: {} });
  assert.deepEqual([looked.staged, looked.byHand?.[0]?.action], [undefined, 'install']);
  const outcome = await world.upgrade({ byHand });
  assert.equal(outcome.staged?.sha256, sha256);
  assert.equal((await world.upgrade({ byHand, tried: [sha256] })).staged, undefined);
});

test('a build that was recalled meanwhile is not confirmed, though it was asked for by hand', async (t) => {
  const world = await UpdateWorld.installed(t);
  const { sha256 } = await world.publish({ version: '2.6.0.0', releaseNumber: 3 });
  world.recall({ sha256, version: '2.6.0.0', stop: 'new', reason: 'it loses deletes' });
  for (const name of repositoryNames) world.repositories[name].serve();
  const byHand = { component, version: '2.6.0.0' };
  const job = { kind: 'last-look', expected: { component, sha256 }, byHand } as const;
  const { isConfirmed, refusal } = await world.upgrade(job);
  assert.deepEqual([isConfirmed, refusal?.code], [false, 'recalled']);
});
