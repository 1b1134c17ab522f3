import assert from 'node:assert/strict';
import { test } from 'node:test';
import { releases } from '../testing/upgrade-fixtures.ts';
import { downloadsOf, sizeWords } from './downloads.ts';

test('of each component the newest build is offered, for each of its platforms', () => {
  const [updater, sync] = downloadsOf(releases());
  assert.deepEqual(
    [updater?.component, sync?.component, sync?.release.version],
    ['agent-updater', 'connect-sync', '1.2.0.0'],
  );
  assert.deepEqual(
    sync?.files.map(({ command }) => command),
    [
      'springline download connect-sync --version 1.2.0.0 --platform linux-x64',
      'springline download connect-sync --version 1.2.0.0 --platform win-x64',
    ],
  );
  assert.equal(sync?.files[0]?.sha256, releases()[1]?.targets?.['linux-x64']);
});

test('a build that was called back or made to fail is passed over, and that is said', () => {
  const [updater, newest, next, ...others] = releases();
  const marked = [updater!, { ...newest!, isRecalled: true }, { ...next!, deliberatelyBroken: 'hang' }, ...others];
  const sync = downloadsOf(marked).find(({ component }) => component === 'connect-sync');
  assert.equal(sync?.release.version, '1.0.0.0');
  assert.deepEqual(
    sync?.passedOver.map(({ version }) => version),
    ['1.2.0.0', '1.1.0.0', '1.0.7.0'],
  );
});

test('a component of which nothing is good to have is not offered', () => {
  const [updater] = releases();
  assert.deepEqual(downloadsOf([{ ...updater!, isRecalled: true }]), []);
});

test('sizes are in units that people read', () => {
  assert.deepEqual([1, 84_213_760, 999_499].map(sizeWords), ['1 kB', '84.2 MB', '999 kB']);
});
