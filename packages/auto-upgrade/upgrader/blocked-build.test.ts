import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import { type BlockedBuild, blockBuild, blockOf } from './blocked-build.ts';

const hourMs = 3_600_000;
const now = Date.parse('2026-11-22T14:00:00Z') as EpochMs;
const bad = {
  component: 'connect-sync',
  version: '2.6.0.0',
  sha256: 'b'.repeat(64),
  result: 'UpgradeFailedRollbackSuccess-Probation',
  reason: 'the new build ended with code 1',
};

function blockedTimes(times: number): readonly BlockedBuild[] {
  let list: readonly BlockedBuild[] = [];
  for (let time = 0; time < times; time++) list = blockBuild(list, bad, now);
  return list;
}

for (const [failures, hours] of [
  [1, 1],
  [2, 6],
  [3, 24],
  [4, 24],
  [50, 24],
] as const) {
  test(`a build that failed ${failures} times is left alone for ${hours} h`, () => {
    const list = blockedTimes(failures);
    assert.deepEqual(list, [{ ...bad, failures, until: now + hours * hourMs }]);
  });
}

test('a newer build of the same component is not held by the one that failed', () => {
  assert.equal(blockOf(blockedTimes(3), 'c'.repeat(64)), undefined);
});

test('a build that failed again has its last reason, and is in the list once', () => {
  const list = blockBuild(blockedTimes(1), { ...bad, reason: 'it hung' }, (now + hourMs) as EpochMs);
  assert.equal(list.length, 1);
  assert.equal(blockOf(list, bad.sha256)?.reason, 'it hung');
});

test('64 builds are remembered; the ones that failed longest ago go first', () => {
  let list: readonly BlockedBuild[] = [];
  for (let build = 0; build < 100; build++) {
    list = blockBuild(list, { ...bad, sha256: String(build).padStart(64, '0') }, now);
  }
  assert.equal(list.length, 64);
  assert.equal(list[0]?.sha256, '36'.padStart(64, '0'));
  assert.equal(list.at(-1)?.sha256, '99'.padStart(64, '0'));
});
